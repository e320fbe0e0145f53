"""`$util`: JSON, URLs, Base64 and JavaScript.

Rules: docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-mapping-template-reference.html; where it is
silent, the Java classes that it names (java.net.URLEncoder, Commons Lang 2, json-smart 2.2).
"""

from __future__ import annotations

import base64
import json
import re
from decimal import Decimal
from typing import Any
from urllib.parse import quote_plus, unquote_to_bytes

from local_emulator.apigateway.mapping.budget import Budget
from local_emulator.apigateway.mapping.errors import MappingError
from local_emulator.apigateway.mapping.java_text import JsonList

_JAVASCRIPT = {"\b": "\\b", "\n": "\\n", "\t": "\\t", "\f": "\\f", "\r": "\\r"} | {
    sign: f"\\{sign}" for sign in "'\"\\/"
}
_TO_ESCAPE = re.compile("['\"\\\\/]|[^ -~]")


class Utilities:
    """The object `$util`, which has methods alone."""


def escape_javascript(budget: Budget, util: Utilities, text: str) -> str:
    r"""Returns the text for a JavaScript string; `'` becomes `\\'`, which is not valid in JSON (documented)."""
    budget.spend_text(len(text))
    return _TO_ESCAPE.sub(_escaped, text)


def parse_json(budget: Budget, util: Utilities | None, text: str) -> Any:
    """Returns the value of JSON text; its lists print as JSON. Raises MappingError."""
    budget.spend_text(len(text))
    try:
        return _with_json_lists(json.loads(text, parse_float=_number, parse_constant=_refuse))
    except (ValueError, RecursionError):
        raise MappingError(f"it is not JSON: {text[:40]!r}") from None


def url_encode(budget: Budget, util: Utilities, text: str) -> str:
    """Returns form-encoded text; `*-_.` stay and `~` does not."""
    budget.spend_text(len(text))
    return quote_plus(text, safe="*", errors="replace").replace("~", "%7E")


def url_decode(budget: Budget, util: Utilities, text: str) -> str:
    """Returns form-decoded text. Raises MappingError."""
    budget.spend_text(len(text))
    if re.search(r"%(?![0-9A-Fa-f]{2})", text):
        raise MappingError("urlDecode: a % is not followed by two hexadecimal digits")
    return unquote_to_bytes(text.replace("+", " ")).decode("utf-8", "replace")


def base64_encode(budget: Budget, util: Utilities, text: str) -> str:
    """Returns Base64 of the text in UTF-8."""
    budget.spend_text(len(text))
    return base64.b64encode(text.encode("utf-8", "replace")).decode()


def base64_decode(budget: Budget, util: Utilities, text: str) -> str:
    """Returns the text of Base64 in UTF-8. Raises MappingError."""
    budget.spend_text(len(text))
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), validate=True).decode("utf-8", "replace")
    except ValueError:  # also binascii.Error
        raise MappingError("base64Decode: it is not Base64") from None


def _number(text: str) -> float | Decimal:
    """Returns a double; json-smart reads numbers of more than 18 characters as decimals (run)."""
    return Decimal(text) if len(text) > 18 else float(text)


def _refuse(name: str) -> None:
    raise ValueError(name)


def _with_json_lists(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _with_json_lists(item) for key, item in value.items()}
    return JsonList(map(_with_json_lists, value)) if isinstance(value, list) else value


def _escaped(found: re.Match[str]) -> str:
    sign = found[0]
    if sign in _JAVASCRIPT:
        return _JAVASCRIPT[sign]
    units = sign.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at : at + 2].hex().upper()}" for at in range(0, len(units), 2))
