"""Holds this release against an earlier one, in both directions: python -m testing.compatibility TREE [--write]

TREE is a checkout of the earlier release. `--write` records its rows and updates for the tests that CI runs.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from testing.compatibility.releases import (
    ACTIONS,
    EARLIER,
    GOLDEN,
    ROOT,
    WRITING,
    open_connection,
    run_functions,
    run_reporter,
    say,
    show,
    update,
)

# After WRITING: news of each upload, an update that comes twice, and one that is late.
FOLLOWING = [
    update("running", "uploading", 100, bytesUploaded=6),
    update("retried", "completed", 100, attempt=2),
    update("retried", "uploading", 200, attempt=1),
    update("paused", "uploading", 100),
    update("done", "uploading", 200, attempt=2, bytesUploaded=2),
]
SHOWN = {"running": ["uploading", 6], "retried": ["completed", 1], "paused": ["uploading", 0], "done": ["uploading", 2]}


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("tree", type=Path)
    parser.add_argument("--write", action="store_true", help=f"record {GOLDEN.name}")
    arguments = parser.parse_args()
    if arguments.write:
        record(arguments.tree)
    for before, after in ((arguments.tree, ROOT), (ROOT, arguments.tree)):
        check(before, after)
        print(f"ok: rows, updates and messages of {before} in the functions and clients of {after}", flush=True)


def record(tree: Path) -> None:
    """Writes the rows and the reporter's updates of the earlier release, and its schema of the server's messages."""
    schema = json.loads((tree / "docs" / "schemas" / "server-message.json").read_text(encoding="utf-8"))
    rows = run_functions(tree, WRITING).rows
    content = {"commit": EARLIER, "rows": rows, "updates": run_reporter(tree), "serverMessages": schema}
    GOLDEN.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def check(before: Path, after: Path) -> None:
    """Lets `after` go on with what `before` began, and `before` show what `after` sends. Raises AssertionError."""
    began = run_functions(before, WRITING)
    went_on = run_functions(after, [*FOLLOWING, *ACTIONS[1:], ("sweep", {})], began.rows)
    counts = [answer for answer in went_on.answers if isinstance(answer, dict) and "received" in answer]
    assert [one["delivered"] for one in counts] == [1, 1, 0, 1, 1], counts
    assert counts[2]["stale"] == 1, counts
    assert not [one for one in went_on.messages["A="] if one["type"] == "error"]
    messages = [*began.messages["A="], *went_on.messages["A="]]
    assert show(before, messages) == show(after, messages) == SHOWN

    # Attributes that the second release does not know are still there.
    assert went_on.upload("running").keys() >= began.upload("running").keys()
    again = run_functions(before, [update("running", "completed", 300)], went_on.rows)
    third = run_functions(after, [open_connection("B="), say("B=", action="hello")], again.rows)
    assert show(after, third.messages["B="])["running"] == ["completed", 6]

    reported = run_functions(after, [("push", one) for one in run_reporter(before)])
    assert not [answer for answer in reported.answers if answer["invalid"]]
    assert reported.upload("film")["status"] == "completed"


if __name__ == "__main__":
    main()
