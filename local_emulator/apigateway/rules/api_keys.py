"""The API key of a handshake, where $connect requires one.

Documented, with the only two expressions there are:
docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-selection-expressions.html.
"""

from collections.abc import Collection, Iterable
from hmac import compare_digest
from typing import Final

from local_emulator.apigateway.rules.authorizer_policy import AuthorizerResult

API_KEY_HEADER: Final = "x-api-key"
HEADER_SELECTION: Final = "$request.header.x-api-key"
AUTHORIZER_SELECTION: Final = "$context.authorizer.usageIdentifierKey"


class InvalidApiKeySelectionError(ValueError):
    """API Gateway does not have this API key selection expression; `expression` is its text."""

    def __init__(self, expression: str) -> None:
        known = f"{HEADER_SELECTION} or {AUTHORIZER_SELECTION}"
        super().__init__(f"ApiKeySelectionExpression {expression!r}: it must be {known}")
        self.expression = expression


class ApiKeySelection:
    """An API key selection expression; raises InvalidApiKeySelectionError if it is neither of the two."""

    def __init__(self, expression: str = HEADER_SELECTION) -> None:
        if expression not in (HEADER_SELECTION, AUTHORIZER_SELECTION):
            raise InvalidApiKeySelectionError(expression)
        self.expression = expression

    def key(self, headers: Iterable[tuple[str, str]], authorizer: AuthorizerResult | None) -> str | None:
        """Returns the key of the request, None if it has none.

        Inferred: AWS's pages place the authorizer's key in its result or in its context, so either is accepted.
        """
        if self.expression == HEADER_SELECTION:
            return next((value for name, value in headers if name.lower() == API_KEY_HEADER), None)
        if authorizer is None:
            return None
        return authorizer.usage_identifier_key or authorizer.context.get("usageIdentifierKey")


def is_accepted(key: str | None, keys: Collection[str]) -> bool:
    """Returns True if `key` is one of `keys`; if not, the handshake gets 403 (inferred from REST APIs)."""
    return key is not None and any(compare_digest(_bytes(key), _bytes(known)) for known in keys)


def _bytes(key: str) -> bytes:
    # Header values may hold bytes that are not UTF-8, which servers keep as lone surrogates.
    return key.encode("utf-8", "surrogatepass")
