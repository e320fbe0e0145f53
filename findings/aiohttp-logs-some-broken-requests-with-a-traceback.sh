#!/usr/bin/env bash
# aiohttp 3.14.5, server: two requests that are not HTTP/1.1 both get "HTTP/1.0 400 Bad Request", but only one is logged.
# - TLS bytes on a plain port, the first bytes of their connection: nothing at the levels INFO and above.
# - A request without Host: an ERROR with a traceback that names no line of the application.
# So the common mistake, https:// for http://, leaves no trace, and a stray probe looks like a crash. The reason is in
# RequestHandler.handle_error: only an unknown method in the first request is logged at DEBUG.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check aiohttp==3.14.5
"$folder/venv/bin/python" - <<'PYTHON'
import asyncio
import logging
import sys

from aiohttp import web

records = []


class Kept(logging.Handler):
    def emit(self, record):
        records.append((record.levelname, record.exc_info is not None))


async def answer(port, sent):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(sent)
    line = await reader.readline()
    writer.close()
    return line.decode().strip()


async def main():
    logging.basicConfig(level=logging.INFO, handlers=[Kept()])
    runner = web.AppRunner(web.Application(), access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    seen = []
    for sent in (bytes.fromhex("16030102000100"), b"GET / HTTP/1.1\r\n\r\n"):
        records.clear()
        seen.append((await answer(port, sent), list(records)))
    await runner.cleanup()
    return seen


seen = asyncio.run(main())
for line, logged in seen:
    print(line, logged)
if seen != [("HTTP/1.0 400 Bad Request", []), ("HTTP/1.0 400 Bad Request", [("ERROR", True)])]:
    sys.exit("This behaviour has changed.")
PYTHON
