"""The delay of a fault: a distribution, in milliseconds."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from random import Random

MAX_MS = 900_000  # Lambda's maximum time-out
MAX_VALUES = 1000

# What each distribution is given; a list takes any number of values.
PARAMETERS = {
    "fixed": ("value",),
    "uniform": ("least", "most"),
    "normal": ("mean", "deviation"),
    "exponential": ("mean",),
    "list": (),
}
FORMS = "fixed(200), uniform(100, 300), normal(200, 50), exponential(200), list(10, 20, 500) or just 200"

_CALL = re.compile(r"\s*(\w+)\s*\(([^()]*)\)\s*")


@dataclass(frozen=True, slots=True)
class Latency:
    """A distribution and its parameters, all in milliseconds; read by `read_latency`."""

    distribution: str
    parameters: tuple[float, ...]

    def __str__(self) -> str:
        return f"{self.distribution}({', '.join(f'{one:g}' for one in self.parameters)})"

    def sample(self, random: Random, number: int) -> float:
        """Returns the `number`th delay (from 1), between 0 and 15 minutes; a list is used in turn."""
        values = self.parameters
        match self.distribution:
            case "uniform":
                wait = random.uniform(values[0], values[1])
            case "normal":
                wait = random.gauss(values[0], values[1])
            case "exponential":
                wait = -math.log(1 - random.random()) * values[0]
            case _:
                wait = values[(number - 1) % len(values)]
        return min(max(wait, 0.0), MAX_MS)


def read_latency(value: object) -> Latency:
    """Reads milliseconds (a number) or a distribution (a text, as `str` writes it). Raises ValueError."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _checked("fixed", (float(value),))
    if not isinstance(value, str):
        raise ValueError(f"must be a number of milliseconds, or one of {FORMS}")
    called = _CALL.fullmatch(value)
    name, inside = (called[1], called[2]) if called else ("fixed", value)
    try:
        values = tuple(float(part) for part in inside.split(","))
    except ValueError:
        raise ValueError(f"must be {FORMS}") from None
    return _checked(name, values)


def _checked(name: str, values: tuple[float, ...]) -> Latency:
    if name not in PARAMETERS:
        raise ValueError(f"has no distribution {name[:32]!r}; there are {FORMS}")
    wanted = PARAMETERS[name]
    if wanted and len(values) != len(wanted):
        raise ValueError(f"{name} takes {' and '.join(wanted)}")
    if len(values) > MAX_VALUES or not all(0 <= one <= MAX_MS for one in values):
        raise ValueError(f"takes at most {MAX_VALUES} values of 0 to {MAX_MS} milliseconds")
    if name == "uniform" and values[0] > values[1]:
        raise ValueError("uniform takes least and most, in this order")
    return Latency(name, values)
