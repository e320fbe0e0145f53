"""The CORS rules of a function URL: Lambda answers preflight requests itself, and adds headers to answers.

Documented: Lambda API reference, Cors. Reported: the function's own headers stay beside them, so both together give two
values of `Access-Control-Allow-Origin`, which browsers refuse.
"""

from __future__ import annotations

from collections.abc import Mapping
from fnmatch import fnmatchcase

from local_emulator.deployment import CorsRules


def is_preflight(method: str, headers: Mapping[str, str]) -> bool:
    """Returns True for a preflight request (Fetch standard, "CORS-preflight request")."""
    return method == "OPTIONS" and "Origin" in headers and "Access-Control-Request-Method" in headers


def cors_headers(rules: CorsRules | None, origin: str | None) -> list[tuple[str, str]]:
    """Returns the headers of an answer to a page; none for an origin that the rules do not name."""
    if rules is None or origin is None or not _is_allowed(rules, origin):
        return []
    any_origin = "*" in rules.origins and not rules.credentials
    found = [("access-control-allow-origin", "*" if any_origin else origin)]
    found += [] if any_origin else [("vary", "Origin")]
    found += [("access-control-allow-credentials", "true")] if rules.credentials else []
    return found + _listed("access-control-expose-headers", rules.exposed_headers)


def preflight_headers(rules: CorsRules, origin: str) -> list[tuple[str, str]]:
    """Returns the headers of the answer to a preflight request."""
    found = cors_headers(rules, origin)
    if not found:
        return []
    found += _listed("access-control-allow-methods", rules.methods)
    found += _listed("access-control-allow-headers", rules.headers)
    return found + ([] if rules.max_age is None else [("access-control-max-age", str(rules.max_age))])


def _is_allowed(rules: CorsRules, origin: str) -> bool:
    return any(one == "*" or fnmatchcase(origin.lower(), one.lower()) for one in rules.origins)


def _listed(name: str, values: tuple[str, ...]) -> list[tuple[str, str]]:
    return [(name, ",".join(values))] if values else []
