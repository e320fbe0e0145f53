"""Changes moto's EventBridge, SNS and S3 when the first request for each comes, so that a start loads none of them."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, Any

import moto
from moto.moto_server.werkzeug_app import create_backend_app

from local_emulator.aws.moto_patches.patching import Patches

if TYPE_CHECKING:
    from local_emulator.aws.channel import GatewayEnd
    from local_emulator.aws.deliveries import Deliveries
    from local_emulator.aws.event_router import EventRouter


class ServiceChanges:
    """Makes the applications of moto's services; `gateway` invokes functions and has the console."""

    def __init__(self, gateway: GatewayEnd) -> None:
        self._gateway = gateway
        self._installs: dict[str, Callable[[], None]] = {
            "events": self._install_events,
            "sns": self._install_sns,
            "s3": self._install_s3,
            "scheduler": lambda: gateway.tell("schedules that calls make are recorded, and do not run"),
        }

    def create_app(self, service: Any) -> Any:
        """Returns the application of a service, with its changes."""
        if install := self._installs.pop(service, None):
            try:
                install()
            except (ImportError, AttributeError) as problem:
                reason = f"because moto has changed inside ({problem})"
                self._gateway.tell(f"moto {moto.__version__}: {service} delivers as moto does, {reason}")
        return create_backend_app(service)

    @cached_property
    def _deliveries(self) -> Deliveries:
        from local_emulator.aws.deliveries import Deliveries

        return Deliveries(self._gateway.invoke, self._gateway.tell)

    @cached_property
    def _router(self) -> EventRouter:
        from local_emulator.aws.event_router import EventRouter

        return EventRouter(self._deliveries)

    def _install_events(self) -> None:
        from local_emulator.aws.moto_patches.events import install_events

        install_events(Patches(), self._router)

    def _install_sns(self) -> None:
        from local_emulator.aws.moto_patches.sns import install_sns

        install_sns(Patches(), self._deliveries)

    def _install_s3(self) -> None:
        from local_emulator.aws.moto_patches.s3_notifications import S3Notifications, install_s3

        install_s3(Patches(), S3Notifications(self._deliveries, self._router))
