"""Passes on what functions send to hosts of AWS's services, because their SDK does not know AWS_ENDPOINT_URL."""

from __future__ import annotations

import re
from http import HTTPStatus

from aiohttp import ClientError, ClientSession, ClientTimeout, DummyCookieJar, web

# Documented: bucket.s3.region.amazonaws.com and s3.region.amazonaws.com/bucket mean the same bucket.
BUCKET = re.compile(r"(?P<bucket>.+)\.s3(?:[.-][a-z0-9-]+)?\.amazonaws\.com")
HOP_BY_HOP = frozenset({"connection", "host", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade"})
TIMEOUT_SECONDS = 900.0  # an invocation of Lambda may take so long


class ServiceHosts:
    """Answers requests by the emulator's own addresses: that of Lambda, and that of all other services."""

    def __init__(self, aws_url: str, lambda_url: str) -> None:
        self._aws_url, self._lambda_url = aws_url, lambda_url
        self._session: ClientSession | None = None

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Returns the service's answer; 502 if there is none."""
        host = request.host.partition(":")[0].lower()
        headers = {name: value for name, value in request.headers.items() if name.lower() not in HOP_BY_HOP}
        if "Authorization" not in request.headers:
            headers["Host"] = host  # moto knows the service of an unsigned request by it
        try:
            url = self._url(host, request.raw_path)
            async with self._opened().request(
                request.method, url, headers=headers, data=await request.read(), allow_redirects=False
            ) as found:
                kept = {name: value for name, value in found.headers.items() if name.lower() not in HOP_BY_HOP}
                kept.pop("Content-Length", None)
                return web.Response(status=found.status, headers=kept, body=await found.read())
        except ClientError as fault:
            return web.Response(status=HTTPStatus.BAD_GATEWAY, text=f"{host} does not answer here: {fault}")

    async def close(self, _: web.Application) -> None:
        """Closes the connections that are kept."""
        if self._session is not None:
            await self._session.close()

    def _url(self, host: str, path: str) -> str:
        if host.startswith("lambda."):
            return self._lambda_url + path
        match = BUCKET.fullmatch(host)
        return f"{self._aws_url}/{match['bucket']}{path}" if match else self._aws_url + path

    def _opened(self) -> ClientSession:
        if self._session is None:
            timeout = ClientTimeout(total=TIMEOUT_SECONDS)
            self._session = ClientSession(timeout=timeout, auto_decompress=False, cookie_jar=DummyCookieJar())
        return self._session
