"""What connections leave behind on an event loop, if anything."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from local_emulator.emulator import EmulatorServer
from tests.integration.local_emulator.conftest import until


@dataclass(frozen=True)
class Leftovers:
    """Tasks, timers that will still fire, and connections on the books."""

    tasks: int
    timers: int
    connections: int

    @classmethod
    def of(cls, emulator: EmulatorServer) -> Leftovers:
        scheduled = asyncio.get_running_loop()._scheduled  # type: ignore[attr-defined]
        timers = sum(not handle.cancelled() and _is_of_the_gateway(handle) for handle in scheduled)
        return cls(len(asyncio.all_tasks()), timers, emulator.open_connections)

    async def are_all_that_is_left(self, emulator: EmulatorServer) -> None:
        """Wait until there is no more than this."""
        now = self

        def same() -> bool:
            nonlocal now
            now = Leftovers.of(emulator)
            return now.tasks <= self.tasks and now.timers <= self.timers and now.connections <= self.connections

        try:
            await until(same)
        except AssertionError:
            raise AssertionError(f"left behind: {now}, before: {self}") from None


def _is_of_the_gateway(handle: asyncio.TimerHandle) -> bool:
    """Timers of the HTTP server and of execution environments come and go; their number does not grow."""
    return "local_emulator.apigateway" in str(getattr(handle._callback, "__module__", ""))
