import json
from functools import cache
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from local_emulator.apigateway.rules.authorizer_policy import (
    MAX_RESULT_BYTES,
    InvalidAuthorizerResultError,
    InvalidPolicyError,
    denial,
    matches,
    read_authorizer_result,
)

ARN = "arn:aws:execute-api:us-east-1:123456789012:abc123/prod/$connect"


def policy(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def statement(effect: str = "Allow", action: Any = "execute-api:Invoke", resource: Any = ARN) -> dict[str, Any]:
    return {"Effect": effect, "Action": action, "Resource": resource}


def result(**changes: Any) -> dict[str, Any]:
    return {"principalId": "user-17", "policyDocument": policy(statement()), **changes}


@cache
def naive_match(pattern: str, text: str) -> bool:
    """The definition of the wildcards, word for word, at whatever cost."""
    if not pattern:
        return not text
    if pattern[0] == "*":
        return any(naive_match(pattern[1:], text[taken:]) for taken in range(len(text) + 1))
    return bool(text) and pattern[0] in ("?", text[0]) and naive_match(pattern[1:], text[1:])


def naive_allows(document: dict[str, Any], arn: str) -> bool:
    def covers(entry: dict[str, Any]) -> bool:
        if "Action" in entry:
            action = any(naive_match(each.lower(), "execute-api:invoke") for each in entry["Action"])
        else:
            action = all(not naive_match(each.lower(), "execute-api:invoke") for each in entry["NotAction"])
        if "Resource" in entry:
            return action and any(naive_match(each, arn) for each in entry["Resource"])
        return action and all(not naive_match(each, arn) for each in entry["NotResource"])

    effects = {entry["Effect"] for entry in document["Statement"] if covers(entry)}
    return effects == {"Allow"}


patterns = st.text(alphabet="ab*?", max_size=8)
actions = st.sampled_from(
    [
        "*",
        "execute-api:*",
        "execute-api:Invoke",
        "EXECUTE-API:INVOKE",
        "execute-api:?nvoke",
        "s3:*",
        "execute-api:I",
    ]
)
statements = st.builds(
    lambda effect, act, acts, res, ress: {"Effect": effect, act: acts, res: ress},
    st.sampled_from(["Allow", "Deny"]),
    st.sampled_from(["Action", "NotAction"]),
    st.lists(actions, min_size=1, max_size=3),
    st.sampled_from(["Resource", "NotResource"]),
    st.lists(patterns, min_size=1, max_size=3),
)


@given(patterns, st.text(alphabet="ab", max_size=8))
@example("*a*b", "aabab")
@example("**", "")
@example("ab*ba", "aba")
@example("?*", "")
def test_wildcards_match_as_they_are_defined(pattern: str, text: str) -> None:
    assert matches(pattern, text) is naive_match(pattern, text)


@given(st.lists(statements, min_size=1, max_size=4), st.text(alphabet="ab", max_size=6))
def test_policies_are_evaluated_as_iam_defines_it(entries: list[dict[str, Any]], arn: str) -> None:
    document = {"Version": "2012-10-17", "Statement": entries}
    assert (denial(document, arn) is None) is naive_allows(document, arn)


def test_a_pattern_of_many_stars_is_judged_at_once() -> None:
    assert not matches("*a" * 200 + "b", "a" * 2000)


@pytest.mark.parametrize(
    "resource",
    [
        ARN,
        "*",
        "arn:aws:execute-api:*",
        "arn:aws:execute-api:us-east-1:123456789012:abc123/*",
        "arn:aws:execute-api:*:*:*/prod/$connect",
        "arn:aws:execute-api:us-east-?:123456789012:abc123/prod/?connect",
        ["arn:aws:s3:::bucket", ARN],
    ],
)
def test_an_allow_of_the_connection_allows(resource: Any) -> None:
    assert not denial(policy(statement(resource=resource)), ARN)


@pytest.mark.parametrize(
    "resource",
    [
        "",
        ARN.upper(),
        ARN + "/",
        "arn:aws:execute-api:us-east-1:123456789012:abc123/dev/*",
        "arn:aws:execute-api:us-east-1:123456789012:abc123/prod/connect",
        "arn.aws.execute-api.*",
    ],
)
def test_an_allow_of_something_else_does_not(resource: str) -> None:
    assert denial(policy(statement(resource=resource)), ARN)


@pytest.mark.parametrize(
    "action", ["execute-api:Invoke", "execute-api:invoke", "EXECUTE-API:*", "*", ["s3:Get", "*:Invoke"]]
)
def test_the_case_of_actions_does_not_matter(action: Any) -> None:
    assert not denial(policy(statement(action=action)), ARN)


@pytest.mark.parametrize("action", ["execute-api:ManageConnections", "lambda:InvokeFunction", "execute-api"])
def test_another_action_allows_nothing(action: str) -> None:
    assert denial(policy(statement(action=action)), ARN)


def test_the_action_asked_about_can_be_another() -> None:
    document = policy(statement(action="execute-api:ManageConnections", resource="*"))
    assert not denial(document, ARN, action="execute-api:ManageConnections")


def test_an_explicit_deny_wins_wherever_it_stands() -> None:
    allow, deny = statement(resource="*"), statement("Deny", resource="*/prod/*")
    assert denial(policy(allow, deny), ARN)
    assert denial(policy(deny, allow), ARN)


def test_a_deny_of_something_else_does_not_matter() -> None:
    assert not denial(policy(statement(), statement("Deny", resource="*/dev/*")), ARN)


def test_one_statement_needs_no_list() -> None:
    assert not denial({"Version": "2012-10-17", "Statement": statement()}, ARN)


def test_not_resource_and_not_action_speak_of_all_the_others() -> None:
    assert denial(policy({"Effect": "Allow", "Action": "*", "NotResource": ARN}), ARN)
    assert not denial(policy({"Effect": "Allow", "Action": "*", "NotResource": "*/dev/*"}), ARN)
    assert not denial(policy({"Effect": "Allow", "NotAction": "s3:*", "Resource": "*"}), ARN)
    assert denial(policy({"Effect": "Allow", "NotAction": "execute-api:*", "Resource": "*"}), ARN)


def test_a_condition_is_never_in_the_favour_of_the_caller() -> None:
    condition = {"Condition": {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}}
    assert denial(policy({**statement(), **condition}), ARN)
    assert denial(policy(statement(), {**statement("Deny"), **condition}), ARN)
    assert not denial(policy({**statement(), "Condition": {}}), ARN)


INVALID_POLICIES: list[tuple[Any, str]] = [
    (None, "policyDocument"),
    ("Allow", "policyDocument"),
    ([], "policyDocument"),
    ({}, "Statement"),
    ({"Statement": []}, "Statement"),
    ({"Statement": "Allow"}, "Statement"),
    ({"Statement": ["Allow"]}, "Statement"),
    ({"Version": "2020-01-01", "Statement": statement()}, "Version"),
    ({"Version": ["2012-10-17"], "Statement": statement()}, "Version"),
    (policy({"Action": "*", "Resource": "*"}), "Effect"),
    (policy(statement("allow")), "Effect"),
    (policy({**statement(), "Effect": ["Allow"]}), "Effect"),
    (policy({"Effect": "Allow", "Resource": "*"}), "Action"),
    (policy({"Effect": "Allow", "Action": "*"}), "Resource"),
    (policy({**statement(), "NotAction": "s3:*"}), "NotAction"),
    (policy({**statement(), "NotResource": "*"}), "NotResource"),
    (policy(statement(action=[])), "Action"),
    (policy(statement(action=1)), "Action"),
    (policy(statement(resource=[ARN, None])), "Resource"),
]


@pytest.mark.parametrize(("document", "field"), INVALID_POLICIES)
def test_a_document_that_is_no_policy_is_an_error_that_names_the_field(document: Any, field: str) -> None:
    with pytest.raises(InvalidPolicyError, match=field):
        denial(document, ARN)
    with pytest.raises(InvalidAuthorizerResultError, match=field):
        read_authorizer_result(result(policyDocument=document))


def test_a_result_gives_its_principal_and_its_context_as_strings() -> None:
    context = {"tenant": "t1", "level": 1, "ratio": 0.5, "admin": True, "guest": False, "empty": ""}
    read = read_authorizer_result(result(context=context))
    assert read.principal_id == "user-17"
    assert read.policy_document == policy(statement())
    assert read.context == {
        "tenant": "t1",
        "level": "1",
        "ratio": "0.5",
        "admin": "true",
        "guest": "false",
        "empty": "",
    }


def test_a_result_is_read_as_its_json_would_be() -> None:
    read = read_authorizer_result(result(context={7: "seven", False: "no"}))
    assert read.context == {"7": "seven", "false": "no"}


def test_events_show_the_principal_beside_the_context() -> None:
    read = read_authorizer_result(result(context={"tenant": "t1", "principalId": "someone else"}))
    assert read.event_fields() == {"principalId": "user-17", "tenant": "t1"}


def test_a_context_and_a_usage_key_are_optional() -> None:
    assert read_authorizer_result(result()).context == {}
    assert read_authorizer_result(result()).usage_identifier_key is None
    assert read_authorizer_result(result(usageIdentifierKey="key-1")).usage_identifier_key == "key-1"


def test_a_usage_key_is_not_shown_in_logs() -> None:
    assert "key-1" not in repr(read_authorizer_result(result(usageIdentifierKey="key-1")))


@pytest.mark.parametrize(
    ("returned", "field"),
    [
        (None, "object"),
        ("Allow", "object"),
        ([result()], "object"),
        (True, "object"),
        ({"isAuthorized": True}, "principalId"),
        ({"policyDocument": policy(statement())}, "principalId"),
        (result(principalId=None), "principalId"),
        (result(principalId=""), "principalId"),
        (result(principalId=17), "principalId"),
        ({"principalId": "user-17"}, "policyDocument"),
        (result(context=None), "context"),
        (result(context=["a"]), "context"),
        (result(context={"roles": ["a"]}), "context.roles"),
        (result(context={"user": {"id": 1}}), "context.user"),
        (result(context={"nothing": None}), "context.nothing"),
        (result(context={"ratio": float("nan")}), "not JSON"),
        (result(context={"when": object()}), "not JSON"),
        (result(usageIdentifierKey=1), "usageIdentifierKey"),
        (result(context={"big": "x" * MAX_RESULT_BYTES}), "bytes"),
        (result(context={"big": "ü" * (MAX_RESULT_BYTES // 2)}), "bytes"),
    ],
)
def test_an_unusable_result_is_an_error_that_names_the_field(returned: Any, field: str) -> None:
    with pytest.raises(InvalidAuthorizerResultError, match=field):
        read_authorizer_result(returned)


def test_a_result_of_exactly_8_kb_is_taken() -> None:
    room = MAX_RESULT_BYTES - len(json.dumps(result(context={"big": ""})))
    assert read_authorizer_result(result(context={"big": "x" * room})).principal_id == "user-17"
    with pytest.raises(InvalidAuthorizerResultError, match="8193"):
        read_authorizer_result(result(context={"big": "x" * (room + 1)}))


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["principalId", "policyDocument", "context", "Statement", "Effect", "Action", "a"]),
                inner,
                max_size=4,
            )
        ),
        max_leaves=12,
    )
)
def test_any_result_is_read_or_refused(returned: Any) -> None:
    try:
        read = read_authorizer_result(returned)
    except InvalidAuthorizerResultError:
        return
    assert all(isinstance(value, str) for value in read.event_fields().values())
