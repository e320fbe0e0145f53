"""Throttling: the rates of the account and those that a stage declares for its routes, as token buckets.

Documented: API Gateway throttles with the token bucket algorithm, a rate in requests per second and a burst
(docs.aws.amazon.com/apigateway/latest/developerguide/websocket-api-protect.html).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from local_emulator.apigateway.rules import reasons
from local_emulator.apigateway.rules.limits import GatewayLimits
from local_emulator.apigateway.rules.reasons import Reason
from local_emulator.deployment import Route, WebSocketApi


class TokenBucket:
    """Holds at most `burst` tokens and gains `rate` tokens per second."""

    __slots__ = ("_burst", "_filled_at", "_rate", "_tokens")

    def __init__(self, rate: float, burst: float, now: float) -> None:
        self._rate, self._burst = rate, burst
        self._tokens, self._filled_at = burst, now

    def take(self, now: float) -> bool:
        """Takes a token at `now`, in seconds on a monotonic clock. Returns False if there is none."""
        self._tokens = min(self._burst, self._tokens + (now - self._filled_at) * self._rate)
        self._filled_at = now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True

    def exceeded(self, subject: str) -> Reason:
        """Returns the reason of a refusal by this bucket."""
        return reasons.throttled(subject, self._rate, self._burst)


class Rates:
    """Decides whether a request may pass. All APIs share the account's buckets (documented)."""

    def __init__(self, limits: GatewayLimits, clock: Callable[[], float] = time.monotonic) -> None:
        self._limits = limits
        self._clock = clock
        self.reset()

    def reset(self) -> None:
        """Fills every bucket."""
        limits, now = self._limits, self._clock()
        # Inferred: 500 new connections a second are also the most at once.
        self._connects = TokenBucket(limits.connects_per_second, limits.connects_per_second, now)
        self._requests = TokenBucket(limits.requests_per_second, limits.requests_burst, now)
        self._routes: dict[tuple[str, str, str], TokenBucket | None] = {}

    def connect(self, api: WebSocketApi) -> Reason | None:
        """Counts a handshake: the account's new connections, its requests, and the stage's rate for $connect.

        Each method returns the rate that is exceeded, None if the request may pass.
        """
        if self._limits.enforce_rates and not self._connects.take(self._clock()):
            return self._connects.exceeded("the account for new connections")
        connect = api.routes.get("$connect")
        return self.call() or (None if connect is None else self.route(api, connect))

    def call(self) -> Reason | None:
        """Counts a request: messages, handshakes and calls of @connections share one rate (documented)."""
        if self._limits.enforce_rates and not self._requests.take(self._clock()):
            return self._requests.exceeded("the account for requests")
        return None

    def route(self, api: WebSocketApi, route: Route) -> Reason | None:
        """Counts a message against the rate that the stage declares for the route, or its default."""
        name = (api.api_id, api.stage_name, route.key)
        if name not in self._routes:
            self._routes[name] = self._bucket(_throttle(api, route))
        bucket = self._routes[name]
        if bucket is None or bucket.take(self._clock()):
            return None
        return bucket.exceeded(f"route {route.key} of stage {api.stage_name}")

    def _bucket(self, throttle: Mapping[str, float]) -> TokenBucket | None:
        if not throttle:
            return None
        rate = throttle.get("ThrottlingRateLimit", self._limits.requests_per_second)
        # Documented: a stage cannot lift the limits of the account.
        burst = throttle.get("ThrottlingBurstLimit", self._limits.requests_burst)
        return TokenBucket(
            min(rate, self._limits.requests_per_second), min(burst, self._limits.requests_burst), self._clock()
        )


def _throttle(api: WebSocketApi, route: Route) -> Mapping[str, float]:
    """Documented: RouteSettings of the route override DefaultRouteSettings, setting by setting."""
    own: Any = api.route_settings.get(route.key) or {}
    declared = {**api.default_route_settings, **own}
    return {name: float(declared[name]) for name in ("ThrottlingRateLimit", "ThrottlingBurstLimit") if name in declared}
