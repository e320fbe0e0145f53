"""The part of polling that queues and streams share: errors of the source, and its end."""

from __future__ import annotations

import asyncio

from local_emulator.activity_log import Journal
from local_emulator.awslambda.service_clients import SERVICE_ERRORS, StoppedError
from local_emulator.deployment import EventSource, Function, StreamSource
from local_emulator.event_sources.stream_client import NoStreamError

RETRY_SECONDS = 5  # after a source could not be reached

Source = EventSource | StreamSource


class Poller:
    """Polls one source for a function, which another deployment may replace."""

    def __init__(self, logical_id: str, function: Function, journal: Journal) -> None:
        self.function = function
        self._logical_id, self._journal = logical_id, journal
        self._is_retired = False

    async def run(self) -> None:
        """Polls until it is cancelled or the emulator stops. Logs an error of the source once, and tries again."""
        last_error = ""
        while not self._is_retired:
            try:
                await self._follow()
            except StoppedError:
                return
            except (*SERVICE_ERRORS, NoStreamError) as problem:
                if last_error != (last_error := str(problem)):
                    self._journal.notice(f"{self._logical_id}: {problem}")
                await asyncio.sleep(RETRY_SECONDS)

    def retire(self) -> None:
        """Ends the polling after the call that is running; what it receives is still handled."""
        self._is_retired = True

    def stop(self) -> None:
        """Cancels the work that runs beside `run`."""

    async def _follow(self) -> None:
        """Polls until the poller is retired. Raises StoppedError, SERVICE_ERRORS, NoStreamError."""
        raise NotImplementedError
