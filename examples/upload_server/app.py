"""The server's routes: the page, signing in, tokens, files."""

import asyncio
import html
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web

from examples.upload_server.guard import guard
from examples.upload_server.identity import IdentityProvider
from examples.upload_server.refusals import RefusedError
from examples.upload_server.settings import UploadServerSettings
from examples.upload_server.sign_ins import SignIns
from examples.upload_server.spool import receive
from examples.upload_server.storage import Storage, failure_message
from examples.upload_server.uploads import Request, Upload, Uploads, parse
from upload_progress_reporter import LambdaTarget, UploadReporter, flush

PAGE = Path(__file__).parent / "page"
MODULES = Path(__file__).parents[2] / "clients" / "browser"
FILES = {
    "page.js": PAGE / "page.js",
    "page.css": PAGE / "page.css",
    "icon.svg": PAGE / "icon.svg",
    "upload-progress.js": MODULES / "upload-progress.js",
    "upload-progress-list.js": MODULES / "upload-progress-list.js",
}
TYPES = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}
MAX_JSON_BYTES = 4096
FLUSH_SECONDS = 1.0


class UploadServer:
    """Holds what the routes need; `app()` gives them to aiohttp."""

    def __init__(self, settings: UploadServerSettings) -> None:
        self._settings = settings
        self._sign_ins = SignIns()
        self._uploads = Uploads()
        self._storage = Storage(settings.bucket, settings.max_bandwidth)
        self._target = LambdaTarget(function_name=settings.push_function)

    def app(self) -> web.Application:
        """Returns the application; everything it opened is closed with it."""
        app = web.Application(middlewares=[guard(self._settings)])
        app.cleanup_ctx.append(self._life)
        app.add_routes(
            [
                web.get("/", self.page),
                web.get(r"/{file:[a-z.-]+\.(?:js|css|svg)}", self.file),
                web.post("/sign-in", self.sign_in),
                web.get("/token", self.token),
                web.put("/uploads/{upload_id}", self.put_upload),
                web.delete("/uploads/{upload_id}", self.cancel_upload),
            ]
        )
        return app

    async def page(self, request: web.Request) -> web.Response:
        """Returns the page with the WebSocket URL and the maximum file size."""
        text = (PAGE / "index.html").read_text(encoding="utf-8")
        told = {"websocket-url": self._settings.websocket_url, "max-upload-bytes": str(self._settings.max_upload_bytes)}
        for name, value in told.items():
            text = text.replace("{{" + name + "}}", html.escape(value))
        return web.Response(text=text, content_type="text/html")

    async def file(self, request: web.Request) -> web.Response:
        """A script or style of the page, straight from the source."""
        path = FILES.get(request.match_info["file"])
        if path is None:
            raise web.HTTPNotFound
        return web.Response(body=path.read_bytes(), content_type=TYPES[path.suffix], charset="utf-8")

    async def sign_in(self, request: web.Request) -> web.Response:
        """Signs a user in: `{"user"}` -> `{"user", "session"}`. The example accepts every name without a check."""
        user = (await _json_object(request)).get("user")
        secret = self._sign_ins.sign_in(user)
        return web.json_response({"user": user, "session": secret})

    async def token(self, request: web.Request) -> web.Response:
        """A fresh token of the signed-in user."""
        return web.json_response(await self._identity.token(self._sign_ins.user(request)))

    async def put_upload(self, request: web.Request) -> web.Response:
        """Accepts a file; answers 202 as soon as it has arrived here, and sends it on to S3."""
        user = self._sign_ins.user(request)
        wanted = parse(user, request.match_info["upload_id"], request.query)
        self._uploads.check(wanted)
        self._storage.reserve()
        upload = self._begin(wanted, request.content_length)
        await self._receive(upload, request)
        return web.json_response({"uploadId": wanted.upload_id, "attempt": wanted.attempt}, status=202)

    async def cancel_upload(self, request: web.Request) -> web.Response:
        """Cancels a running upload, wherever its bytes are."""
        user = self._sign_ins.user(request)
        self._uploads.call_off(user, request.match_info["upload_id"])
        return web.Response(status=204)

    def _begin(self, wanted: Request, size: int | None) -> Upload:
        report = UploadReporter(
            user_id=wanted.user,
            upload_id=wanted.upload_id,
            file_name=wanted.name,
            bytes_total=size,
            attempt=wanted.attempt,
            target=self._target,
            error_message=failure_message,
        )
        report.uploading()
        upload = Upload(wanted, report)
        self._uploads.add(upload)
        return upload

    async def _receive(self, upload: Upload, request: web.Request) -> None:
        upload.receiving = asyncio.create_task(receive(request, self._settings.max_upload_bytes, upload.report))
        try:
            spool, size = await upload.receiving
        except BaseException as error:
            self._storage.give_back()
            if upload.called_off.is_set():
                raise RefusedError(409, "attempt", "was canceled before the whole file had arrived") from None
            _report_not_received(upload.report, error)
            raise
        upload.report.learn_total(size)
        self._storage.put(upload, spool)

    async def _life(self, app: web.Application) -> AsyncIterator[None]:
        async with aiohttp.ClientSession() as http:
            self._identity = IdentityProvider(self._settings.identity_url, http)
            yield
        self._storage.stop()
        for upload in self._uploads.all_running():
            upload.called_off.set()
            upload.report.failed("server_stopped", "The server was stopped.", retryable=True)
        await asyncio.to_thread(flush, FLUSH_SECONDS)


def _report_not_received(report: UploadReporter, error: BaseException) -> None:
    if isinstance(error, RefusedError):
        report.failed("not_received", f"The file did not arrive: {error.message}.")
    else:
        report.failed("not_received", "The file did not arrive.", retryable=True)


async def _json_object(request: web.Request) -> dict[str, Any]:
    if request.content_type != "application/json":
        raise RefusedError(415, "Content-Type", "must be application/json")
    body = await request.content.read(MAX_JSON_BYTES + 1)
    if len(body) > MAX_JSON_BYTES:
        raise RefusedError(413, "body", f"must be at most {MAX_JSON_BYTES} bytes")
    try:
        fields = json.loads(body)
    except (ValueError, RecursionError):
        raise RefusedError(400, "body", "must be JSON") from None
    if not isinstance(fields, dict):
        raise RefusedError(400, "body", "must be a JSON object")
    return fields
