"""The result of a Lambda proxy integration: its shape, which API Gateway checks strictly on every route.

Reported for messages: a result with another key becomes the frame `Internal server error`, on a one-way route too
(github.com/middyjs/middy/issues/1219). Reported for REST APIs: an object as body, and other keys, are malformed
(github.com/vincentsarago/lambda-proxy/issues/59, github.com/anomalyco/sst/issues/2760). Pure.
"""

from __future__ import annotations

from typing import Any, Final

from local_emulator.apigateway.rules import reasons
from local_emulator.apigateway.rules.reasons import shown

KEYS: Final = ("statusCode", "headers", "multiValueHeaders", "body", "isBase64Encoded")


class InvalidProxyResultError(ValueError):
    """A result is malformed; `reason` says which part, and why. `is_null` is True if it is null."""

    def __init__(self, problem: str, value: Any, certainty: str = "inferred from REST APIs") -> None:
        self.reason = reasons.malformed_result(problem, value, certainty)
        self.is_null = value is None
        super().__init__(str(self.reason))


def read_proxy_result(result: Any, *, extra_keys_are_malformed: bool) -> tuple[dict[str, Any], int]:
    """Returns the result and its status, 100 to 599. Raises InvalidProxyResultError.

    A member that is null counts as absent (inferred: Go's and Java's types write null for what is not set).
    """
    if result is None:
        raise InvalidProxyResultError("it is null", result, "inferred from an execution log")
    if not isinstance(result, dict):
        raise InvalidProxyResultError("it is not a JSON object", result)
    status = _status(result)
    _check_types(result)
    extra = [name for name in result if name not in KEYS] if extra_keys_are_malformed else []
    if extra:
        problem = f"{', '.join(map(shown, extra))}: a proxy result has only {', '.join(KEYS)}"
        raise InvalidProxyResultError(problem, result, "one capture, of a message; inferred for $connect")
    return result, status


def _status(result: dict[str, Any]) -> int:
    status = result.get("statusCode")
    if isinstance(status, str) and status.isascii() and status.isdigit() and len(status) == 3:
        status = int(status)
    if isinstance(status, bool) or not isinstance(status, int) or not 100 <= status <= 599:
        said = "there is no statusCode" if status is None else f"statusCode {shown(status)} is no HTTP status"
        raise InvalidProxyResultError(said, result, "reported")
    return status


def _check_types(result: dict[str, Any]) -> None:
    for name in ("headers", "multiValueHeaders"):
        if not isinstance(result.get(name), dict | None):
            raise InvalidProxyResultError(f"{name} is not an object", result)
    if not isinstance(result.get("body"), str | None):
        raise InvalidProxyResultError("body is not a string; JSON needs json.dumps or JSON.stringify", result)
