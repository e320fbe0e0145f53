"""`python -m local_emulator.cli.token --user alice`: prints a token of the running local identity provider."""

from __future__ import annotations

import argparse
import sys

from local_emulator.cli.arguments import port_number
from local_emulator.cli.emulator_request import EmulatorRequestError, send_request


def main() -> int:
    """Prints a token of the local identity provider. Returns the exit status."""
    parser = argparse.ArgumentParser(
        "python -m local_emulator.cli.token", description="Prints a token of the local identity provider."
    )
    parser.add_argument("--user", required=True, help="name of the user")
    parser.add_argument("--port", type=port_number, default=3001, help="port of the emulator (default: 3001)")
    given = parser.parse_args()
    try:
        print(send_request(given.port, "POST", "/_emulator/identity/token", {"user": given.user})["token"])
    except EmulatorRequestError as error:
        print(f"local_emulator.cli.token: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
