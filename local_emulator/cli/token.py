"""`python -m local_emulator.cli.token --user alice`: prints a token of the running local identity provider."""

from __future__ import annotations

import argparse
import sys

from local_emulator.cli.arguments import port_number
from local_emulator.cli.client_options import request, run_client


def main() -> int:
    """Prints a token of the local identity provider. Returns the exit status."""
    parser = argparse.ArgumentParser(
        "python -m local_emulator.cli.token", description="Prints a token of the local identity provider."
    )
    parser.add_argument("--user", required=True, help="name of the user")
    parser.add_argument("--port", type=port_number, default=3001, help="port of the emulator (default: 3001)")
    given = parser.parse_args()

    def print_token() -> int:
        print(request(given.port, "POST", "/_emulator/identity/token", {"user": given.user}).json()["token"])
        return 0

    return run_client("local_emulator.cli.token", given.port, print_token)


if __name__ == "__main__":
    sys.exit(main())
