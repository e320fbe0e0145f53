"""Sends requests from any thread, over shared connections."""

from __future__ import annotations

import asyncio
import random
import threading
import time
import weakref
from collections.abc import Callable, Sequence

from infra.gateway.credentials import Credentials
from infra.gateway.sender.batch import SendBatch
from infra.gateway.sender.connector import Connector
from infra.gateway.sender.dispatcher import Dispatcher
from infra.gateway.sender.endpoint import Endpoint
from infra.gateway.sender.outcome import Outcome
from infra.gateway.sender.server_clock import ServerClock
from infra.gateway.sender.timeouts import Timeouts

GRACE_SECONDS = 1.0  # beyond the time of a call, in case the loop is blocked


class Engine:
    """An event loop in a daemon thread of its own, which ends with the engine or the process.

    `url` is that of the management API, up to the stage. `roots` is a PEM file of root certificates, None for the
    system's. `chance` draws the length of pauses from [0, 1). Connections stay open between calls and while the process
    is frozen; those that broke meanwhile are opened again.
    """

    def __init__(
        self,
        url: str,
        region: str,
        roots: str | None = None,
        timeouts: Timeouts | None = None,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._endpoint, self._region = Endpoint.parse(url), region
        self._loop = asyncio.new_event_loop()
        connector = Connector(self._endpoint, roots)
        self._dispatcher = Dispatcher(self._loop, connector, timeouts or Timeouts(), ServerClock(), chance)
        thread = threading.Thread(target=_run, args=(self._loop, self._dispatcher), name="fanout", daemon=True)
        thread.start()
        self._end = weakref.finalize(self, _end, self._loop, thread)

    def call(
        self, method: str, sends: Sequence[tuple[str, bytes]], credentials: Credentials, within: float
    ) -> list[Outcome]:
        """Sends one request for each (connection id, body) concurrently; returns the outcomes in order.

        Returns after `within` seconds at the latest; a request without a response is then out of time.
        """
        if not sends:
            return []
        deadline = time.monotonic() + within
        batch = SendBatch(method, sends, self._endpoint, self._region, credentials, deadline)
        self._loop.call_soon_threadsafe(self._dispatcher.start, batch)
        batch.done.wait(within + GRACE_SECONDS)
        return batch.outcomes

    def stop(self) -> None:
        """Ends the loop and its connections; nothing can be called after that."""
        self._end()


def _run(loop: asyncio.AbstractEventLoop, dispatcher: Dispatcher) -> None:
    loop.run_forever()
    loop.run_until_complete(_close(dispatcher))
    loop.close()


async def _close(dispatcher: Dispatcher) -> None:
    await asyncio.gather(*dispatcher.close(), return_exceptions=True)
    await asyncio.sleep(0)  # connections get `connection_lost` in the next turn of the loop
    await asyncio.get_running_loop().shutdown_default_executor()


def _end(loop: asyncio.AbstractEventLoop, thread: threading.Thread) -> None:
    loop.call_soon_threadsafe(loop.stop)
    if thread is not threading.current_thread():
        thread.join(GRACE_SECONDS)
