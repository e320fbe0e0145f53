"""An SFTP server of asyncssh on loopback, which lets everyone in."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncssh  # type: ignore[import-not-found,unused-ignore]  # in an environment of its own


class _Open(asyncssh.SSHServer):  # type: ignore[misc,unused-ignore]
    def begin_auth(self, username: str) -> bool:
        return False


@contextmanager
def sftp_server(folder: Path) -> Iterator[int]:
    """Serves `folder` for the length of a block, and gives the port."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    listener = asyncio.run_coroutine_threadsafe(_listen(folder), loop).result(20)
    try:
        yield listener.get_port()
    finally:
        asyncio.run_coroutine_threadsafe(_close(listener), loop).result(20)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _listen(folder: Path) -> asyncssh.SSHAcceptor:
    return await asyncssh.listen(
        "127.0.0.1",
        0,
        server_factory=_Open,
        server_host_keys=[asyncssh.generate_private_key("ssh-ed25519")],
        sftp_factory=lambda channel: asyncssh.SFTPServer(channel, chroot=str(folder)),
    )


async def _close(listener: asyncssh.SSHAcceptor) -> None:
    listener.close()
    await listener.wait_closed()
