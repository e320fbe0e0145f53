#!/usr/bin/env bash
# websockets 17.4: a close frame between two frames of a message ends with 1002, "incomplete fragmented message".
#
# RFC 6455, section 5.4, allows control frames in the middle of a fragmented message, and a close frame is one. Case 7.1.5
# of the Autobahn test suite expects an ordinary close. The peer sent 1000, and gets 1002 as if it had broken a rule.
# wsproto 1.2.0 reads the same bytes, and answers a close with 1000.
#
# Seen with Python 3.11. Ends with 0 while it is so, with 1 when it has changed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check websockets==17.4 wsproto==1.2.0
"$folder/venv/bin/python" - <<'PYTHON'
import sys
from importlib.metadata import version

from websockets.frames import Frame, Opcode
from websockets.protocol import Protocol, Side
from wsproto.connection import Connection, ConnectionType
from wsproto.events import CloseConnection

FIRST_FRAME = Frame(Opcode.TEXT, b"first half", fin=False).serialize(mask=True)
CLOSE = Frame(Opcode.CLOSE, (1000).to_bytes(2, "big")).serialize(mask=True)


def websockets_answer():
    server = Protocol(Side.SERVER)
    server.receive_data(FIRST_FRAME + CLOSE)
    return int(server.close_sent.code), server.close_sent.reason


def wsproto_answer():
    server = Connection(ConnectionType.SERVER)
    server.receive_data(FIRST_FRAME + CLOSE)
    closed = [event for event in server.events() if isinstance(event, CloseConnection)]
    return int.from_bytes(server.send(closed[0].response())[2:4], "big")


answers = websockets_answer(), wsproto_answer()
print(f"websockets {version('websockets')}, wsproto {version('wsproto')}: {answers}")
sys.exit(answers != ((1002, "incomplete fragmented message"), 1000))
PYTHON
