"""`python -m local_emulator.cli.faults add management-error status=410 times=1`: faults of the running emulator."""

from __future__ import annotations

import argparse
import json
import shlex
import sys
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import quote
from urllib.request import Request, urlopen

from local_emulator.cli.arguments import port_number
from local_emulator.faults.fields import FIELDS, InvalidFaultError
from local_emulator.faults.kinds import AIMS, COMMON_FIELDS, KINDS, FaultKind
from local_emulator.faults.parsing import fault_object, read_fault

PATH = "/_emulator/faults"


class EmulatorRequestError(Exception):
    """The emulator refused the request, or no emulator listens on the port."""


def main() -> int:
    given = _parser().parse_args()
    try:
        print(_answer(given))
    except InvalidFaultError as problem:
        print(f"local_emulator.cli.faults: {problem}", file=sys.stderr)
        return 2
    except EmulatorRequestError as problem:
        print(f"local_emulator.cli.faults: {problem}", file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m local_emulator.cli.faults", description=__doc__)
    parser.add_argument("--port", type=port_number, default=3001)
    commands = parser.add_subparsers(dest="command", required=True)
    add = commands.add_parser("add", help="switch a fault on")
    add.add_argument("kind")
    add.add_argument("pairs", nargs="*", metavar="name=value")
    commands.add_parser("list", help="what is on, and how often it has struck")
    clear = commands.add_parser("clear", help="switch one off, or all")
    clear.add_argument("id", nargs="?")
    commands.add_parser("kinds", help="what there is, with fields and aims")
    return parser


def _answer(given: argparse.Namespace) -> str:
    """What one command has to say. Raises InvalidFaultError, EmulatorRequestError."""
    match given.command:
        case "add":
            asked = fault_object(given.kind, given.pairs)
            read_fault(asked)
            return _line(_call(given.port, "POST", PATH, asked))
        case "list":
            faults = _call(given.port, "GET", PATH)["faults"]
            return "\n".join(map(_line, faults)) or "no fault is on"
        case "clear" if given.id is not None:
            _call(given.port, "DELETE", f"{PATH}/{quote(given.id, safe='')}")
            return f"cleared {given.id}"
        case "clear":
            return f"cleared {_call(given.port, 'DELETE', PATH)['cleared']}"
    return _kinds()


def _call(port: int, method: str, path: str, body: Any = None) -> Any:
    data = None if body is None else json.dumps(body).encode()
    request = Request(f"http://127.0.0.1:{port}{path}", data, {"Content-Type": "application/json"}, method=method)
    try:
        with urlopen(request, timeout=5) as answer:
            return json.loads(answer.read() or b"null")
    except HTTPError as refused:
        problem = json.loads(refused.read())
        raise EmulatorRequestError(problem.get("problem") or problem["message"]) from None
    except URLError as problem:
        raise EmulatorRequestError(f"no emulator on port {port} ({problem.reason}); start it with: make run") from None


def _line(fault: dict[str, Any]) -> str:
    """One fault: its id, what was asked for in words that could be typed again, and how it has gone."""
    asked = {name: fault[name] for name in FIELDS if fault.get(name) is not None} | fault["target"]
    told = (f"{name}={_typed(value)}" for name, value in asked.items() if (name, value) not in DEFAULTS)
    state = "spent" if fault["spent"] else "on"
    gone = f"({state}: struck {fault['strikes']} of {fault['seen']})"
    return " ".join([f"{fault['id']:<5}", fault["kind"], *told, gone])


DEFAULTS = (("after", 0), ("probability", 1.0))


def _typed(value: Any) -> str:
    return shlex.quote(value) if isinstance(value, str) else json.dumps(value)


def _kinds() -> str:
    common = [_row(name, FIELDS[name].about) for name in COMMON_FIELDS]
    return "\n".join(["every kind", *common, *map(_told, KINDS.values())])


def _told(kind: FaultKind) -> str:
    aims = [_row(aim, AIMS[aim]) for aim in kind.aims]
    fields = [_row(name, FIELDS[name].about) for name in kind.fields]
    return "\n".join(["", f"{kind.name}: {kind.about}", f"    counts {kind.occasion}", *aims, *fields])


def _row(name: str, about: str) -> str:
    return f"    {name + '=':<19} {about}"


if __name__ == "__main__":
    sys.exit(main())
