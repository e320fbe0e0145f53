"""`python -m local_emulator.cli.token --user alice`: a token of the running local identity provider."""

from __future__ import annotations

import argparse
import json
import sys
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

from local_emulator.cli.arguments import port_number


def main() -> int:
    parser = argparse.ArgumentParser("python -m local_emulator.cli.token", description=__doc__)
    parser.add_argument("--user", required=True)
    parser.add_argument("--port", type=port_number, default=3001)
    given = parser.parse_args()
    url = f"http://127.0.0.1:{given.port}/_emulator/identity/token"
    body = json.dumps({"user": given.user}).encode()
    try:
        with urlopen(Request(url, body, {"Content-Type": "application/json"}), timeout=5) as answer:
            print(json.load(answer)["token"])
    except HTTPError as refused:
        print(f"the identity provider refused: {refused.read().decode(errors='replace')}", file=sys.stderr)
        return 1
    except URLError as problem:
        print(f"no emulator on port {given.port} ({problem.reason}); start it with: make run", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
