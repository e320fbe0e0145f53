"""The result of an authorizer: its shape, and the decision of its policy.

Sources: docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-authorizer-output.html and
docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from local_emulator.apigateway.rules import reasons
from local_emulator.apigateway.rules.limits import DEFAULT_LIMITS
from local_emulator.apigateway.rules.reasons import Reason, listed

INVOKE: Final = "execute-api:Invoke"
MAX_RESULT_BYTES: Final = DEFAULT_LIMITS.authorizer_result_bytes

_VERSIONS = ("2012-10-17", "2008-10-17")


class InvalidPolicyError(ValueError):
    """A policy document that IAM's grammar does not allow; the message names the field."""


class InvalidAuthorizerResultError(ValueError):
    """An authorizer's result is unusable, and the handshake gets 500. The message names the field."""


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement of a policy. `except_*` is True for the patterns of NotAction or NotResource."""

    allow: bool
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    except_actions: bool = False
    except_resources: bool = False
    conditional: bool = False

    def covers(self, method_arn: str, action: str) -> bool:
        """Returns True if the statement covers this action on this resource. IAM ignores the case of actions."""
        in_actions = any(matches(pattern.lower(), action.lower()) for pattern in self.actions)
        in_resources = any(matches(pattern, method_arn) for pattern in self.resources)
        return in_actions is not self.except_actions and in_resources is not self.except_resources


@dataclass(frozen=True, slots=True)
class AuthorizerResult:
    """An authorizer's usable answer; `context` as later events show it, all strings."""

    principal_id: str
    context: Mapping[str, str]
    policy_document: Mapping[str, Any]
    usage_identifier_key: str | None = field(default=None, repr=False)

    def event_fields(self) -> dict[str, str]:
        """Returns `requestContext.authorizer` of all later events of the connection (reported)."""
        return {**self.context, "principalId": self.principal_id}


def denial(policy_document: object, method_arn: str, action: str = INVOKE) -> Reason | None:
    """Returns the statement that denies `action` on `method_arn`, None if it is allowed. Raises InvalidPolicyError.

    Documented (IAM): an explicit Deny wins, and the default is Deny. Conditions are not evaluated.
    The safe reading, which allows nothing that AWS would deny: a conditional Allow never allows, and a conditional
    Deny denies.
    """
    statements = read_policy(policy_document)
    covering = [(number, one) for number, one in enumerate(statements, 1) if one.covers(method_arn, action)]
    for number, statement in covering:
        if not statement.allow:
            return reasons.policy_denies(f"statement {number} of the policy denies {method_arn}")
    if any(not statement.conditional for _, statement in covering):
        return None
    if covering:
        problem = f"statement {covering[0][0]} of the policy has a Condition, and conditions are not evaluated here"
        return reasons.policy_denies(problem)
    allowed = [resource for statement in statements if statement.allow for resource in statement.resources]
    problem = f"no statement allows execute-api:Invoke on {method_arn}; allowed: {listed(allowed)}"
    return reasons.policy_denies(problem)


def read_policy(document: object) -> tuple[Statement, ...]:
    """Returns the statements of a policy document. Raises InvalidPolicyError."""
    if not isinstance(document, Mapping):
        raise InvalidPolicyError("policyDocument must be an object")
    version = document.get("Version", "2008-10-17")
    if version not in _VERSIONS:
        raise InvalidPolicyError(f"policyDocument.Version must be 2012-10-17, not {version!r}")
    statements = document.get("Statement")
    if isinstance(statements, Mapping):
        statements = [statements]
    if not isinstance(statements, list | tuple) or not statements:
        raise InvalidPolicyError("policyDocument.Statement must be a statement or a list of at least one")
    return tuple(_read_statement(statement) for statement in statements)


def matches(pattern: str, text: str) -> bool:
    """IAM's wildcards: `*` is any run of characters, colons and slashes too, `?` any single one. Documented.

    Goes back to the latest `*` only, which is enough, so many of them cost no more than pattern times text.
    """
    at, star, resume = 0, -1, 0
    position = 0
    while position < len(text):
        if at < len(pattern) and pattern[at] == "*":
            star, resume = at, position
            at += 1
        elif at < len(pattern) and pattern[at] in ("?", text[position]):
            at, position = at + 1, position + 1
        elif star >= 0:
            at, resume = star + 1, resume + 1
            position = resume
        else:
            return False
    return not pattern[at:].strip("*")


def read_authorizer_result(result: object, max_bytes: int = MAX_RESULT_BYTES) -> AuthorizerResult:
    """Checks the result of an authorizer function. Raises InvalidAuthorizerResultError (a 500, reported)."""
    if not isinstance(result, Mapping):
        raise InvalidAuthorizerResultError(f"an authorizer must return an object, not {type(result).__name__}")
    sent = _as_sent(result, max_bytes)
    return AuthorizerResult(
        principal_id=_read_principal_id(sent.get("principalId")),
        context=_read_context(sent.get("context", {})),
        policy_document=_checked_policy(sent.get("policyDocument")),
        usage_identifier_key=_read_usage_identifier_key(sent.get("usageIdentifierKey")),
    )


def _read_statement(statement: object) -> Statement:
    if not isinstance(statement, Mapping):
        raise InvalidPolicyError("policyDocument.Statement must hold objects")
    effect = statement.get("Effect")
    if effect not in ("Allow", "Deny"):
        raise InvalidPolicyError(f"Effect must be Allow or Deny, not {effect!r}")
    actions, except_actions = _read_either(statement, "Action", "NotAction")
    resources, except_resources = _read_either(statement, "Resource", "NotResource")
    conditional = bool(statement.get("Condition"))
    return Statement(effect == "Allow", actions, resources, except_actions, except_resources, conditional)


def _read_either(statement: Mapping[str, Any], name: str, negated: str) -> tuple[tuple[str, ...], bool]:
    if (name in statement) == (negated in statement):
        raise InvalidPolicyError(f"a statement must have either {name} or {negated}")
    found = name if name in statement else negated
    return _read_patterns(found, statement[found]), found == negated


def _read_patterns(name: str, value: object) -> tuple[str, ...]:
    patterns = [value] if isinstance(value, str) else value
    if not isinstance(patterns, list | tuple) or not all(isinstance(pattern, str) for pattern in patterns):
        raise InvalidPolicyError(f"{name} must be a string or a list of strings")
    if not patterns:
        raise InvalidPolicyError(f"{name} must not be empty")
    return tuple(patterns)


def _as_sent(result: Mapping[str, Any], max_bytes: int) -> dict[str, Any]:
    """Returns the result after a round trip through JSON, as AWS would receive it."""
    try:
        text = json.dumps(result, ensure_ascii=False, allow_nan=False)
        sent: dict[str, Any] = json.loads(text)
    except (TypeError, ValueError, RecursionError) as error:
        raise InvalidAuthorizerResultError(f"the authorizer's result is not JSON: {error}") from error
    size = len(text.encode("utf-8", "surrogatepass"))
    # Documented: the quota. Inferred: it counts the JSON that the function's runtime sends.
    if size > max_bytes:
        raise InvalidAuthorizerResultError(f"the authorizer's result has {size} bytes, more than {max_bytes}")
    return sent


def _read_principal_id(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise InvalidAuthorizerResultError("principalId must be a string that is not empty")
    return value


def _read_context(value: object) -> dict[str, str]:
    if not isinstance(value, Mapping):
        raise InvalidAuthorizerResultError("context must be an object")
    return {name: _stringify(name, item) for name, item in value.items()}


def _stringify(name: str, value: object) -> str:
    """Documented: strings, numbers and booleans, and templates see strings. Inferred: so do events."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return json.dumps(value)
    raise InvalidAuthorizerResultError(f"context.{name} must be a string, number or boolean")


def _read_usage_identifier_key(value: object) -> str | None:
    if value is not None and not isinstance(value, str):
        raise InvalidAuthorizerResultError("usageIdentifierKey must be a string")
    return value


def _checked_policy(document: Any) -> Mapping[str, Any]:
    try:
        read_policy(document)
    except InvalidPolicyError as error:
        raise InvalidAuthorizerResultError(str(error)) from error
    checked: Mapping[str, Any] = document
    return checked
