"""Tests of texts: prefixes, suffixes, case and wildcards. Pure. Each returns False for other values than texts."""

from __future__ import annotations

import re
from collections.abc import Callable

from local_emulator.event_patterns.invalid_pattern import InvalidPatternError
from local_emulator.event_patterns.leaves import Value

Test = Callable[[Value], bool]


def prefix_test(prefix: str) -> Test:
    """Returns the test of texts that begin so; the empty text begins each."""
    return lambda value: isinstance(value, str) and value.startswith(prefix)


def suffix_test(suffix: str) -> Test:
    """Returns the test of texts that end so."""
    return lambda value: isinstance(value, str) and value.endswith(suffix)


def equals_ignore_case_test(text: str) -> Test:
    """Returns the test of texts that are equal but for case."""
    return _regular_test(_either_case(text))


def prefix_ignore_case_test(text: str) -> Test:
    """Returns the test of texts that begin so, but for case."""
    return _regular_test(f"{_either_case(text)}.*")


def suffix_ignore_case_test(text: str) -> Test:
    """Returns the test of texts that end so, but for case."""
    ending = re.compile(f"{_either_case(text)}\\Z")
    return lambda value: isinstance(value, str) and ending.search(value) is not None


def wildcard_test(pattern: str) -> Test:
    """Returns the test of a text in which `*` is any run of characters.

    It searches the pieces between the stars from left to right, each once. A backslash makes a star or a backslash
    a plain character. Raises InvalidPatternError for other escapes and for two stars in a row.
    """
    first, *others = _pieces(pattern)
    if not others:
        return lambda value: value == first
    *middle, last = others

    def matches(value: Value) -> bool:
        if not isinstance(value, str) or len(value) < len(first) + len(last):
            return False
        if not (value.startswith(first) and value.endswith(last)):
            return False
        at, end = len(first), len(value) - len(last)
        for piece in middle:
            found = value.find(piece, at, end)
            if found < 0:
                return False
            at = found + len(piece)
        return True

    return matches


def _pieces(pattern: str) -> list[str]:
    """Returns the literal texts before, between and after the stars.

    Positions in reasons count bytes of UTF-8, and the quote before the text.
    """
    pieces, position = [""], 0
    while position < len(pattern):
        two = pattern[position : position + 2]
        at = len(pattern[:position].encode(errors="surrogatepass")) + 1
        if two == "**":
            raise InvalidPatternError(f"Consecutive wildcard characters at pos {at}")
        if two in (r"\*", "\\\\"):
            pieces[-1] += two[1]
            position += 1
        elif two[0] == "\\":
            raise InvalidPatternError(f"Invalid escape character at pos {at}")
        elif two[0] == "*":
            pieces.append("")
        else:
            pieces[-1] += two[0]
        position += 1
    return pieces


def _either_case(text: str) -> str:
    """Each character of the pattern stands for its lower and its upper form: ß for ß and SS, not for ẞ."""
    return "".join(
        f"(?:{'|'.join(sorted({re.escape(one.lower()), re.escape(one.upper())}, key=len, reverse=True))})"
        for one in text
    )


def _regular_test(expression: str) -> Test:
    compiled = re.compile(expression, re.DOTALL)
    return lambda value: isinstance(value, str) and compiled.fullmatch(value) is not None
