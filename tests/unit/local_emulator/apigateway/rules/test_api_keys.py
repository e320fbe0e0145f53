import pytest

from local_emulator.apigateway.rules.api_keys import (
    AUTHORIZER_SELECTION,
    ApiKeySelection,
    InvalidApiKeySelectionError,
    is_accepted,
)
from local_emulator.apigateway.rules.authorizer_policy import AuthorizerResult

HEADERS = (("Host", "example.com"), ("X-API-Key", "from-header"))


def authorizer(usage_identifier_key: str | None = None, **context: str) -> AuthorizerResult:
    return AuthorizerResult("user-17", context, {}, usage_identifier_key)


def test_the_header_is_found_in_any_case() -> None:
    assert ApiKeySelection().key(HEADERS, None) == "from-header"
    assert ApiKeySelection("$request.header.x-api-key").key(HEADERS, authorizer("other")) == "from-header"


def test_without_the_header_no_key_is_presented() -> None:
    assert ApiKeySelection().key((("Host", "example.com"),), authorizer("other")) is None


def test_the_authorizer_presents_a_key_in_its_result_or_its_context() -> None:
    selection = ApiKeySelection(AUTHORIZER_SELECTION)
    assert selection.key(HEADERS, authorizer("key-1")) == "key-1"
    assert selection.key(HEADERS, authorizer(usageIdentifierKey="key-2")) == "key-2"
    assert selection.key(HEADERS, authorizer()) is None
    assert selection.key(HEADERS, None) is None


@pytest.mark.parametrize("expression", ["", "$request.header.api-key", "$request.querystring.key", "key"])
def test_any_other_expression_is_refused(expression: str) -> None:
    with pytest.raises(InvalidApiKeySelectionError, match="ApiKeySelectionExpression"):
        ApiKeySelection(expression)


def test_a_key_is_accepted_if_it_is_one_of_the_known() -> None:
    assert is_accepted("b", ["a", "b"])
    assert is_accepted("schlüssel", {"schlüssel"})
    assert not is_accepted("B", ["a", "b"])
    assert not is_accepted("a-longer", ["a"])
    assert not is_accepted("", ["a"])
    assert not is_accepted(None, ["a"])
    assert not is_accepted("a", [])
