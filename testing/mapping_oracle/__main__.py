"""Remakes the results in tests/vectors/mapping_templates.json: `python -m testing.mapping_oracle`.

Ends with 1 if a result has changed, with 2 where Java or Velocity is not installed.
"""

from __future__ import annotations

import sys

from testing.mapping_oracle.oracle import is_installed, results
from testing.mapping_oracle.vectors import read_vectors, write_vectors


def main() -> int:
    """Compares the vectors with Velocity's results, and writes the new ones."""
    if not is_installed():
        print("Velocity is not installed: apt install default-jdk-headless velocity libjsonpath-java", file=sys.stderr)
        return 2
    vectors = read_vectors()
    changed = 0
    for case, result in zip(vectors["cases"], results(map(vectors.filled, vectors["cases"])), strict=True):
        new = {"error": True} if "error" in result else {"out": result["out"]}
        old = {name: case.pop(name) for name in ("out", "error") if name in case}
        case |= new
        if old and old != new:
            changed += 1
            print(f"{case['template']!r}: {old} is now {new}")
    write_vectors(vectors)
    print(f"{len(vectors['cases'])} cases, {changed} changed")
    return 1 if changed else 0


if __name__ == "__main__":
    sys.exit(main())
