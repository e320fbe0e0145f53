"""The command line of `python -m clients.terminal`."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from urllib.parse import urlsplit

import aiohttp

from clients.terminal.news import STALLED_SECONDS
from clients.terminal.tokens import TOKEN, TokenSource, given, of_command, of_provider

PORT = 3001


@dataclass(frozen=True, slots=True)
class Arguments:
    """The arguments; without token and command, the emulator's identity provider issues tokens."""

    user: str
    url: str
    identity_url: str
    token: str | None = None
    token_command: str | None = None
    keep_alive: bool = True
    plain: bool = False
    stalled_after: float = STALLED_SECONDS

    @property
    def title(self) -> str:
        """The title of the view: the user of the local identity provider, else the host."""
        return self.user if self.token is None and self.token_command is None else urlsplit(self.url).netloc

    def token_source(self, http: aiohttp.ClientSession) -> TokenSource:
        if self.token is not None:
            return given(self.token)
        if self.token_command is not None:
            return of_command(self.token_command)
        return of_provider(http, self.identity_url, self.user)


def read_arguments(texts: list[str]) -> Arguments:
    """Returns the arguments of a command line. Exits with status 2 if they are wrong."""
    parser = argparse.ArgumentParser("python -m clients.terminal", description="Shows the uploads of a user.")
    parser.add_argument("--user", default="you", help="the user to watch (only the local identity provider reads it)")
    parser.add_argument("--url", help="wss://… of a deployed stage (default: the emulator on this machine)")
    parser.add_argument("--port", type=int, default=PORT, help=f"port of the emulator (default: {PORT})")
    tokens = parser.add_mutually_exclusive_group()
    tokens.add_argument("--token", type=_token, help="a token; others on this machine see it in the list of processes")
    tokens.add_argument("--token-command", help="a shell command that prints a fresh token each time")
    parser.add_argument("--no-keepalive", action="store_true", help="do not answer idle warnings")
    parser.add_argument(
        "--plain", action="store_true", help="print lines instead of bars (default where the output is no terminal)"
    )
    stalled = f"seconds without news after which an upload is stalled (default: {STALLED_SECONDS:.0f})"
    parser.add_argument("--stalled-after", type=_positive, default=STALLED_SECONDS, metavar="SECONDS", help=stalled)
    read = parser.parse_args(texts)
    if read.url and not (read.token or read.token_command):
        parser.error(
            "--url requires --token or --token-command, because only the emulator issues tokens without a sign-in"
        )
    return Arguments(
        user=read.user,
        url=read.url or f"ws://localhost:{read.port}/ws/upload-progress",
        identity_url=f"http://localhost:{read.port}/_emulator/identity/token",
        token=read.token,
        token_command=read.token_command,
        keep_alive=not read.no_keepalive,
        plain=read.plain,
        stalled_after=read.stalled_after,
    )


def _token(text: str) -> str:
    """Returns the token without surrounding white space. Raises ArgumentTypeError, which does not repeat it."""
    if not TOKEN.fullmatch(text.strip()):
        raise argparse.ArgumentTypeError("it is empty, or holds a character that no token has")
    return text.strip()


def _positive(text: str) -> float:
    """Returns a number of seconds; `inf` is never. Raises ArgumentTypeError."""
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if not number > 0:
        raise argparse.ArgumentTypeError(f"{text!r} is no positive number of seconds")
    return number
