"""The commands of `apigw-emulator`, by name; without one of them, it runs a template."""

from __future__ import annotations

from collections.abc import Callable

from local_emulator.cli import connections, generate_event, invoke, send, validate, wait

COMMANDS: dict[str, Callable[[list[str]], int]] = {
    "invoke": invoke.main,
    "send": send.main,
    "connections": connections.main,
    "generate-event": generate_event.main,
    "validate": validate.main,
    "wait": wait.main,
}
HELP = f"commands: run (the default), {', '.join(COMMANDS)}; `apigw-emulator COMMAND --help` describes one. "
HELP += "Each option is also an environment variable: APIGW_EMULATOR_PORT for --port."


def command_of(arguments: list[str]) -> tuple[Callable[[list[str]], int] | None, list[str]]:
    """Returns the command, None for a run, and its arguments."""
    name = arguments[0] if arguments else ""
    if name in COMMANDS:
        return COMMANDS[name], arguments[1:]
    return None, arguments[1:] if name == "run" else arguments
