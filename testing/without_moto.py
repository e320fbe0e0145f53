"""A plugin for `make check`: tests of pure rules load no moto, and this keeps it so."""

import sys

sys.modules["moto"] = None  # type: ignore[assignment]
