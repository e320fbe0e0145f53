"""Asks the identity provider for a user's token; an application would ask its own."""

from typing import Any

import aiohttp

from examples.upload_server.refusals import RefusedError

TIMEOUT_SECONDS = 5


class IdentityProvider:
    """An identity provider that accepts `{"user"}` and answers `{"token", "expiresInSeconds"}`, like the emulator's."""

    def __init__(self, url: str, http: aiohttp.ClientSession) -> None:
        self._url = url
        self._http = http

    async def token(self, user: str) -> dict[str, Any]:
        """Returns `{"token": …, "expiresInSeconds": …}`; raises RefusedError (502) if the provider gives none."""
        try:
            async with self._http.post(
                self._url, json={"user": user}, timeout=aiohttp.ClientTimeout(total=TIMEOUT_SECONDS)
            ) as response:
                answer = await response.json(content_type=None) if response.status == 200 else None
        except (aiohttp.ClientError, TimeoutError, ValueError):
            raise RefusedError(502, "token", f"the identity provider does not answer at {self._url}") from None
        if not isinstance(answer, dict) or not isinstance(answer.get("token"), str):
            raise RefusedError(502, "token", f"the identity provider at {self._url} gave none (HTTP {response.status})")
        return {"token": answer["token"], "expiresInSeconds": answer.get("expiresInSeconds")}
