"""Regular expressions of Java: replaceAll, replaceFirst, matches and split, bounded in time.

Python's own `re` has no time limit. The syntax that both know alike is let through, and the rest is refused.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

import regex

from local_emulator.apigateway.mapping.budget import Budget
from local_emulator.apigateway.mapping.errors import MappingError
from local_emulator.apigateway.mapping.java_text import JavaArray

MAX_PATTERN = 1000
"""Maximum length of a regular expression."""

_QUANTIFIER = r"(?:[*+?]|\{\d{1,4}(?:,\d{0,4})?\})[?+]?"
_ESCAPE = r"\\(?:[dDwWsSbBtnrfA]|[^A-Za-z0-9]|[1-9]|x[0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4})"
_CLASS = rf"\[\^?(?:{_ESCAPE}|(?!&&|\[)[^\\\]])+\]"
_GROUP = r"\((?:\?(?:[:=!>]|<[=!]))?|\(\?i\)|\)"
_SUPPORTED = re.compile(rf"(?:{_ESCAPE}|{_CLASS}|{_GROUP}|{_QUANTIFIER}|[^\\\[\](){{}}*+?])*")
_GROUP_OF_REPLACEMENT = re.compile(r"\\(?P<escaped>.)|\$(?P<group>\d)|(?P<wrong>[\\$])", re.DOTALL)


@lru_cache(maxsize=128)
def compiled(pattern: str) -> Any:
    """Returns a pattern of the package regex. Raises MappingError."""
    if len(pattern) > MAX_PATTERN or not _SUPPORTED.fullmatch(pattern):
        raise MappingError(f"the regular expression {pattern[:60]!r} is not supported")
    try:
        return regex.compile(pattern, regex.ASCII | regex.VERSION0)
    except (regex.error, RecursionError):
        raise MappingError(f"{pattern[:60]!r} is no regular expression") from None


def replace_all(budget: Budget, text: str, pattern: str, replacement: str) -> str:
    """Returns the text with each match replaced; `$1` in the replacement is a group. Raises MappingError."""
    return _replaced(budget, text, pattern, replacement, 0)


def replace_first(budget: Budget, text: str, pattern: str, replacement: str) -> str:
    """Returns the text with its first match replaced. Raises MappingError."""
    return _replaced(budget, text, pattern, replacement, 1)


def matches(budget: Budget, text: str, pattern: str) -> bool:
    """Returns True if the whole text matches. Raises MappingError."""
    budget.spend_text(len(text))
    with budget.regex() as seconds:
        return compiled(pattern).fullmatch(text, timeout=seconds) is not None


def split(budget: Budget, text: str, pattern: str, limit: int = 0) -> JavaArray:
    """Returns the parts between matches; without a limit, empty ones at the end are dropped. Raises MappingError."""
    budget.spend_text(len(text))
    parts: list[str] = []
    start = 0
    with budget.regex() as seconds:
        for found in compiled(pattern).finditer(text, timeout=seconds):
            budget.spend()
            if limit > 0 and len(parts) == limit - 1:
                break
            if found.end() == 0:
                continue  # a match of nothing at the beginning makes no part
            parts.append(text[start : found.start()])
            start = found.end()
    parts.append(text[start:])
    while limit == 0 and len(parts) > 1 and not parts[-1]:
        parts.pop()
    if limit == 0 and start and parts == [""]:
        parts = []
    return JavaArray(parts)


def _replaced(budget: Budget, text: str, pattern: str, replacement: str, count: int) -> str:
    budget.spend_text(len(text))
    size = 0

    def expand(found: Any) -> str:
        nonlocal size
        new = _expanded(found, replacement)
        size += len(new)
        budget.spend()
        budget.spend_text(size)
        return new

    with budget.regex() as seconds:
        result: str = compiled(pattern).sub(expand, text, count=count, timeout=seconds)
    budget.spend_text(len(result))
    return result


def _expanded(found: Any, replacement: str) -> str:
    def part(piece: re.Match[str]) -> str:
        if piece["wrong"]:
            raise MappingError("a $ in a replacement is followed by no digit")
        if piece["escaped"] is not None:
            return piece["escaped"]
        number = int(piece["group"])
        if number > found.re.groups:
            raise MappingError(f"the regular expression has no group {number}")
        return found[number] or ""

    return _GROUP_OF_REPLACEMENT.sub(part, replacement)
