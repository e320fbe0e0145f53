"""Names the package that a bill of materials describes: python -m testing.release.bill pkg:npm/NAME < BILL > NAMED

cyclonedx-py leaves the version out where it is dynamic, and `npm sbom` writes the name of the folder.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from testing.release.versions import current


def named(bill: dict[str, Any], package: str, version: str) -> dict[str, Any]:
    """Returns the bill, in CycloneDX's JSON, with name, version and package URL of its main component.

    `package` is the package URL without a version.
    """
    component = {"type": "library", **bill["metadata"].get("component", {})}
    component |= {"name": package.rsplit("/", 1)[1], "version": version, "purl": f"{package}@{version}"}
    return bill | {"metadata": bill["metadata"] | {"component": component}}


if __name__ == "__main__":
    json.dump(named(json.load(sys.stdin), sys.argv[1], current()), sys.stdout, indent=2)
