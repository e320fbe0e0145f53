"""An emulator in a process of its own, for tests and scripts."""

from __future__ import annotations

import asyncio
import base64
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from local_emulator.control import aws_clients
from local_emulator.control.errors import EmulatorHttpError, FunctionError
from local_emulator.control.faults import Faults
from local_emulator.control.http import INVOKE_SECONDS, HttpAnswer, send
from local_emulator.control.process import EmulatorProcess

if TYPE_CHECKING:
    from local_emulator.control.websocket import AsyncConnecting, HandshakeOptions, WebSocketClient

START_SECONDS = 60.0
CONNECT_SECONDS = 35.0  # documented: the gateway waits 29 s for $connect
RECORDS_PER_PAGE = 200
HEALTH_PATH = "/_emulator/health"
ENDING_SECONDS = 1.0  # from a lost connection to the end of its process


@dataclass(frozen=True, slots=True)
class OpenConnection:
    """One open connection as the gateway sees it; `connected_at` in epoch milliseconds."""

    id: str
    user: str | None
    api: str
    stage: str
    connected_at: int
    source_ip: str
    user_agent: str | None


class Emulator:
    """Runs a template: `with Emulator("template.yaml") as emulator:`, or `async with`.

    It is a process of its own on free ports: environment, libraries, signal handlers and event loop of the caller stay
    as they are. It ends with `stop()`, at the end of the block, or when the caller's process ends, also by SIGKILL.
    `start()` and `stop()` may be repeated, and all methods be called from any thread.

    `template` is relative to `folder`, the current one by default; without it, the emulator looks for one there.
    `parameters` are the template's; in their values, `{emulator_url}` stands for the emulator's URL. `arguments` are
    more options of the command line, such as `["--idle-timeout", "2"]`.
    `environment` are more variables of its process.
    """

    def __init__(
        self,
        template: str | Path | None = None,
        *,
        parameters: Mapping[str, str] | None = None,
        folder: str | Path | None = None,
        arguments: Sequence[str] = (),
        environment: Mapping[str, str] | None = None,
        start_timeout: float = START_SECONDS,
    ) -> None:
        named = [] if template is None else ["--template", str(template)]
        values = [part for pair in (parameters or {}).items() for part in ("--parameter", "=".join(pair))]
        self._arguments = [*named, *values, "--port", "0", "--aws-port", "0", *arguments]
        self._folder = None if folder is None else Path(folder)
        self._environment = dict(environment or {})
        self._start_timeout = start_timeout
        self._lock = threading.RLock()
        self._process: EmulatorProcess | None = None
        self._facts: dict[str, Any] = {}
        self._session: Any = None
        self._last_output = ""

    def start(self) -> Emulator:
        """Starts the emulator and waits until it is ready; a running one stays. Raises EmulatorStartError."""
        with self._lock:
            if self._process is None:
                process = EmulatorProcess(self._arguments, self._folder, self._environment)
                try:
                    self._facts = process.wait_until_ready(self._start_timeout)
                except BaseException:  # Ctrl-C, too
                    process.stop()
                    raise
                self._process = process
        return self

    def stop(self) -> None:
        """Ends the emulator; one that does not run stays so. No function runs after it returns."""
        with self._lock:
            process, self._process = self._process, None
            if process is not None:
                self._last_output = process.stop()

    def __enter__(self) -> Emulator:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    async def __aenter__(self) -> Emulator:
        try:
            return await asyncio.to_thread(self.start)
        except asyncio.CancelledError:  # the thread goes on
            await asyncio.to_thread(self.stop)
            raise

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await asyncio.to_thread(self.stop)

    @property
    def pid(self) -> int:
        """The process id. Raises RuntimeError if the emulator does not run."""
        return self._running().pid

    @property
    def output(self) -> str:
        """The end of what the process has printed, functions included: at most 4 MB, of the last run after a stop."""
        process = self._process
        return self._last_output if process is None else process.output()

    @property
    def output_bytes(self) -> int:
        """The size of what the process has printed, for `output_since`."""
        return self._running().output_bytes

    def output_since(self, start: int) -> str:
        """Returns what the process has printed from a byte on: the end of it, at most 4 MB."""
        return self._running().output(start)

    @property
    def notices(self) -> list[str]:
        """The sentences on what the emulator does not emulate of the template."""
        return list(self._get(HEALTH_PATH)["notices"])

    @property
    def http_url(self) -> str:
        """The URL of the gateway's port: Lambda's API, the health URL and the identity provider."""
        return str(self._fact("url"))

    @property
    def inspector_url(self) -> str:
        """The URL of the inspector."""
        return str(self._fact("inspectorUrl"))

    @property
    def aws_endpoint(self) -> str:
        """The endpoint of DynamoDB, S3, SQS, SNS, Secrets Manager and Parameter Store."""
        return str(self._fact("awsUrl"))

    @property
    def management_url(self) -> str:
        """The endpoint of the management API (`@connections`) of the template's first API."""
        return str(self._api(None, None)["managementUrl"])

    @property
    def environment(self) -> dict[str, str]:
        """The variables that lead AWS's SDKs in another process to the emulator."""
        return dict(self._fact("environment"))

    def url(
        self,
        path: str | None = None,
        *,
        api: str | None = None,
        stage: str | None = None,
        token: str | None = None,
        query: Mapping[str, str] | None = None,
    ) -> str:
        """Returns a WebSocket URL: of a path, of an API's logical id or stage, or of the template's first API.

        `token` becomes the query parameter of that name.
        """
        if path is None:
            found = self._api(api, stage)["urls"]
            base = str(found[0] if api is None and stage is None else found[-1])
        else:
            base = self.http_url.replace("http", "ws", 1) + "/" + path.lstrip("/")
        asked = {**(query or {}), **({} if token is None else {"token": token})}
        return f"{base}?{urlencode(asked)}" if asked else base

    def connect(
        self,
        path: str | None = None,
        *,
        token: str | None = None,
        subprotocols: Sequence[str] = (),
        headers: Mapping[str, str] | None = None,
        timeout: float = CONNECT_SECONDS,
        **url: Any,
    ) -> WebSocketClient:
        """Opens a WebSocket. `token` is sent as `Authorization: Bearer`; `api`, `stage` and `query` as in `url`.

        Raises HandshakeRefusedError, TimeoutError.
        """
        from local_emulator.control.websocket import WebSocketClient

        return WebSocketClient.open(self._handshake(path, token, subprotocols, headers, timeout, url))

    def connect_async(
        self,
        path: str | None = None,
        *,
        token: str | None = None,
        subprotocols: Sequence[str] = (),
        headers: Mapping[str, str] | None = None,
        timeout: float = CONNECT_SECONDS,
        **url: Any,
    ) -> AsyncConnecting:
        """Opens a WebSocket for coroutines, by `await` or `async with`; arguments and errors as in `connect`."""
        from local_emulator.control.websocket import AsyncConnecting

        return AsyncConnecting(self._handshake(path, token, subprotocols, headers, timeout, url))

    def client(self, service: str, **options: Any) -> Any:
        """Returns a boto3 client of the emulator with dummy credentials; `options` as boto3 has them.

        It reaches the emulator also inside moto's `mock_aws`, and with any AWS variables, profiles and proxies.
        """
        return self._aws("client", service, options)

    def resource(self, service: str, **options: Any) -> Any:
        """Returns a boto3 resource, as `client` does."""
        return self._aws("resource", service, options)

    def invoke(self, function: str, payload: Any = None, *, timeout: float = INVOKE_SECONDS) -> Any:
        """Invokes a function by logical id, name or ARN, and returns its result. Raises FunctionError."""
        path = f"/2015-03-31/functions/{quote(function, safe='')}/invocations"
        answer = self._send("POST", path, payload, {"X-Amz-Log-Type": "Tail"}, timeout)
        if "x-amz-function-error" in answer.headers:
            log = base64.b64decode(answer.headers.get("x-amz-log-result", "")).decode("utf-8", "replace")
            raise FunctionError(function, answer.json(), log)
        return answer.json()

    def run_schedule(self, name: str | None = None) -> Any:
        """Runs a schedule now and returns its function's result; the only schedule needs no name.

        Raises FunctionError, EmulatorHttpError for an unknown name.
        """
        names = [one["name"] for one in self._get("/_emulator/schedules")["schedules"]]
        if name is None:
            if len(names) != 1:
                raise ValueError(f"name one of the template's schedules: {', '.join(names) or 'it has none'}")
            name = names[0]
        ended = self._send("POST", f"/_emulator/schedules/{quote(name, safe='')}", timeout=INVOKE_SECONDS).json()
        if ended["failed"]:
            raise FunctionError(name, ended["result"], "")
        return ended["result"]

    @property
    def connections(self) -> list[OpenConnection]:
        """The open connections, oldest first."""
        found: list[dict[str, Any]] = []
        page, pages = 0, 1
        while page < pages:
            listed = self._get(f"/_emulator/connections?order=newest&page={page}")
            found += listed["connections"]
            page, pages = page + 1, listed["pages"]
        return [_open_connection(one) for one in reversed(found)]

    @property
    def last_record(self) -> int:
        """The number of the newest record, for `records`."""
        return int(self._get("/_emulator/records?limit=1")["last"])

    def records(self, after: int = 0) -> list[dict[str, Any]]:
        """Returns the frames, calls and events that the inspector has kept after a number, oldest first.

        docs/inspector.md describes their fields. A call has `payload`, `result` and `log`. Tokens are hidden.
        """
        found: list[dict[str, Any]] = []
        before: int | None = None
        while before != 0:
            start = "" if before is None else f"&before={before}"
            page = self._get(f"/_emulator/records?full=1&limit={RECORDS_PER_PAGE}{start}")
            new = [row for row in page["rows"] if row["number"] > after]
            found += new
            before = page["before"] if len(new) == len(page["rows"]) else 0
        return found[::-1]

    @property
    def faults(self) -> Faults:
        """The faults that can be switched on (docs/faults.md)."""
        return Faults(self.http_url)

    def token(self, user: str, **claims: Any) -> str:
        """Returns a token of the emulator's own identity provider for a user."""
        asked = {"user": user, **claims}
        return str(self._send("POST", "/_emulator/identity/token", asked).json()["token"])

    def reset(self) -> None:
        """Returns to the state after the start: no connections, rows, objects, messages and running functions.

        Faults are those of the start again. Tables on a DynamoDB of your own (`--dynamodb-endpoint`) stay as they are.
        """
        self._send("POST", "/_emulator/reset")

    def _aws(self, kind: str, service: str, options: dict[str, Any]) -> Any:
        with self._lock:
            if self._session is None:
                self._session = aws_clients.new_session(self._fact("region"))
            return aws_clients.new_client(self._session, kind, service, self._endpoint(service), options)

    def _endpoint(self, service: str) -> str:
        special = {"lambda": "url", "dynamodb": "dynamoDbUrl", "dynamodbstreams": "dynamoDbUrl"}
        if service == "apigatewaymanagementapi":
            return self.management_url
        return str(self._fact(special.get(service, "awsUrl")))

    def _handshake(
        self,
        path: str | None,
        token: str | None,
        subprotocols: Sequence[str],
        headers: Mapping[str, str] | None,
        timeout: float,
        url: Mapping[str, Any],
    ) -> HandshakeOptions:
        from local_emulator.control.websocket import HandshakeOptions

        bearer = {} if token is None else {"Authorization": f"Bearer {token}"}
        return HandshakeOptions(self.url(path, **url), {**bearer, **(headers or {})}, subprotocols, timeout)

    def _api(self, api: str | None, stage: str | None) -> dict[str, Any]:
        found: list[dict[str, Any]] = self._get(HEALTH_PATH)["webSocketApis"]  # a changed template has others
        for one in found:
            if api in (None, one["logicalId"]) and stage in (None, one["stage"]):
                return one
        known = ", ".join(f"{one['logicalId']}/{one['stage']}" for one in found)
        raise ValueError(f"the template has no such API or stage; it has {known or 'none'}")

    def _running(self) -> EmulatorProcess:
        if self._process is None:
            raise RuntimeError("the emulator does not run: use it as `with Emulator(...) as emulator:`, or start it")
        return self._process

    def _fact(self, name: str) -> Any:
        self._running()
        return self._facts[name]

    def _get(self, path: str) -> Any:
        return self._send("GET", path).json()

    def _send(
        self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None, timeout: float = 30.0
    ) -> HttpAnswer:
        process, url = self._running(), self.http_url
        try:
            return send(url, method, path, body, headers, timeout)
        except EmulatorHttpError as problem:
            if problem.status is None and (status := process.ended_within(ENDING_SECONDS)) is not None:
                tail = "\n".join(process.output().splitlines()[-20:])
                raise EmulatorHttpError(f"the emulator has ended (exit status {status}):\n{tail}") from problem
            raise


def _open_connection(described: dict[str, Any]) -> OpenConnection:
    return OpenConnection(
        id=described["id"],
        user=described["user"],
        api=described["api"],
        stage=described["stage"],
        connected_at=described["connectedAt"],
        source_ip=described["sourceIp"],
        user_agent=described["userAgent"],
    )
