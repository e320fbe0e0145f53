#!/usr/bin/env bash
# aiohttp 3.14.5: ClientSession.put(data=f) and FormData refuse a tempfile.NamedTemporaryFile with TypeError, before
# anything is sent. The same bytes in a tempfile.TemporaryFile, or in open(f.name, "rb"), are accepted.
# aiohttp chooses a payload by isinstance(data, io.IOBase). NamedTemporaryFile returns a wrapper that passes every
# method on and is no IOBase. On POSIX, TemporaryFile returns the file itself.
# Seen with Python 3.11 on Linux; f.file, the file inside the wrapper, is accepted.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check aiohttp==3.14.5
"$folder/venv/bin/python" - <<'PYTHON'
import asyncio
import sys
import tempfile

import aiohttp
from aiohttp import web


async def status_of(url, data):
    async with aiohttp.ClientSession() as session:
        try:
            async with session.put(url, data=data) as answer:
                return await answer.text()
        except TypeError:
            return "TypeError"


async def main():
    async def size(request):
        return web.Response(text=f"{len(await request.read())} bytes")

    app = web.Application()
    app.router.add_put("/", size)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = "http://127.0.0.1:%d/" % runner.addresses[0][1]
    seen = []
    for make, inside in ((tempfile.TemporaryFile, False), (tempfile.NamedTemporaryFile, False), (tempfile.NamedTemporaryFile, True)):
        with make() as file:
            file.write(b"x" * 1000)
            file.seek(0)
            seen.append(await status_of(url, file.file if inside else file))
    await runner.cleanup()
    print("aiohttp", aiohttp.__version__, "TemporaryFile, NamedTemporaryFile, its .file:", seen)
    return seen == ["1000 bytes", "TypeError", "1000 bytes"]


sys.exit(not asyncio.run(main()))
PYTHON
