"""The sources of tokens: the local identity provider, a command, or the command line."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
from yarl import URL

TOKEN_COMMAND_SECONDS = 30
TOKEN = re.compile(r"[!-~]+")  # visible ASCII: what a header holds, unlike the error page of a proxy

TokenSource = Callable[[], Awaitable[str]]


class NoTokenError(Exception):
    """There is no token now; `passing` is True if the next try may get one."""

    def __init__(self, problem: str, passing: bool) -> None:
        super().__init__(problem)
        self.passing = passing


def of_provider(http: aiohttp.ClientSession, url: str, user: str) -> TokenSource:
    """Asks the emulator's identity provider (POST `url`) for a fresh token each time."""

    async def token() -> str:
        try:
            async with http.post(url, json={"user": user}) as answer:
                told: Any = await answer.json()
        except (aiohttp.ClientConnectionError, TimeoutError) as problem:
            raise NoTokenError(
                f"no answer from {URL(url).authority}. Start the emulator with: make run PORT={URL(url).port}",
                passing=True,
            ) from problem
        except (aiohttp.ClientError, ValueError) as problem:
            raise NoTokenError(f"{url} is not an identity provider", passing=False) from problem
        if answer.status != 200:
            raise NoTokenError(
                f"the identity provider refused the request: {told.get('message')}", passing=answer.status >= 500
            )
        return str(told["token"])

    return token


def of_command(command: str) -> TokenSource:
    """Runs a shell command each time; its output is the token.

    A failure is passing once a call has worked: without a network, the command may fail, too.
    """
    has_worked = False

    async def token() -> str:
        nonlocal has_worked
        process = await asyncio.create_subprocess_shell(command, stdout=asyncio.subprocess.PIPE)
        try:
            printed, _ = await asyncio.wait_for(process.communicate(), TOKEN_COMMAND_SECONDS)
        except TimeoutError:
            process.kill()
            await process.wait()
            raise NoTokenError("the token command takes too long", passing=True) from None
        text = printed.decode(errors="replace").strip()
        if process.returncode != 0 or not TOKEN.fullmatch(text):
            problem = f"the token command ended with status {process.returncode} and no token"
            raise NoTokenError(problem, passing=has_worked)
        has_worked = True
        return text

    return token


def given(text: str) -> TokenSource:
    """Returns the same token each time."""

    async def token() -> str:
        return text

    return token
