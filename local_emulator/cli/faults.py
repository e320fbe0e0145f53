"""`python -m local_emulator.cli.faults add management-error status=410 times=1`: faults of the running emulator."""

from __future__ import annotations

import argparse
import json
import shlex
import sys
from typing import Any
from urllib.parse import quote

from local_emulator.cli.arguments import port_number
from local_emulator.cli.client_options import request, run_client
from local_emulator.faults.fields import FIELDS, InvalidFaultError
from local_emulator.faults.kinds import AIMS, COMMON_FIELDS, KINDS, FaultKind
from local_emulator.faults.parsing import fault_object, read_fault

PATH = "/_emulator/faults"
PROGRAM = "local_emulator.cli.faults"


def main() -> int:
    """Sends one request about faults to a running emulator. Returns the exit status."""
    given = _parser().parse_args()
    return run_client(PROGRAM, given.port, lambda: _run(given))


def _run(given: argparse.Namespace) -> int:
    try:
        print(_answer(given))
    except InvalidFaultError as problem:
        print(f"{PROGRAM}: {problem}", file=sys.stderr)
        return 2
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(f"python -m {PROGRAM}", description=__doc__)
    parser.add_argument("--port", type=port_number, default=3001)
    commands = parser.add_subparsers(dest="command", required=True)
    add = commands.add_parser("add", help="add a fault")
    add.add_argument("kind")
    add.add_argument("pairs", nargs="*", metavar="name=value")
    commands.add_parser("list", help="list active and spent faults with their counts")
    clear = commands.add_parser("clear", help="clear one fault, or all")
    clear.add_argument("id", nargs="?")
    commands.add_parser("kinds", help="list the kinds with their fields and targets")
    return parser


def _answer(given: argparse.Namespace) -> str:
    """Carries out one command and returns its output. Raises InvalidFaultError, EmulatorHttpError."""
    match given.command:
        case "add":
            asked = fault_object(given.kind, given.pairs)
            read_fault(asked)
            return _line(request(given.port, "POST", PATH, asked).json())
        case "list":
            faults = request(given.port, "GET", PATH).json()["faults"]
            return "\n".join(map(_line, faults)) or "no fault is on"
        case "clear" if given.id is not None:
            request(given.port, "DELETE", f"{PATH}/{quote(given.id, safe='')}")
            return f"cleared {given.id}"
        case "clear":
            return f"cleared {request(given.port, 'DELETE', PATH).json()['cleared']}"
    return _kinds()


def _line(fault: dict[str, Any]) -> str:
    """Returns a fault as one line: its id, its request as arguments of `add`, its state and counts."""
    asked = {name: fault[name] for name in FIELDS if fault.get(name) is not None} | fault["target"]
    settings = (f"{name}={_typed(value)}" for name, value in asked.items() if (name, value) not in DEFAULTS)
    state = "spent" if fault["spent"] else "on"
    gone = f"({state}: struck {fault['strikes']} of {fault['seen']})"
    return " ".join([f"{fault['id']:<5}", fault["kind"], *settings, gone])


DEFAULTS = (("after", 0), ("probability", 1.0))


def _typed(value: Any) -> str:
    return shlex.quote(value) if isinstance(value, str) else json.dumps(value)


def _kinds() -> str:
    common = [_row(name, FIELDS[name].about) for name in COMMON_FIELDS]
    return "\n".join(["every kind", *common, *map(_kind_text, KINDS.values())])


def _kind_text(kind: FaultKind) -> str:
    aims = [_row(aim, AIMS[aim]) for aim in kind.aims]
    fields = [_row(name, FIELDS[name].about) for name in kind.fields]
    return "\n".join(["", f"{kind.name}: {kind.about}", f"    counts {kind.occasion}", *aims, *fields])


def _row(name: str, about: str) -> str:
    return f"    {name + '=':<19} {about}"


if __name__ == "__main__":
    sys.exit(main())
