"""The plan of a run on AWS: its template, its IAM policy and its cost."""

import json
import re
from pathlib import Path

import pytest

from testing.conformance_aws.__main__ import TEMPLATE
from testing.conformance_aws.plan import (
    MAX_TEMPLATE_BYTES,
    Place,
    TemplateTooLargeError,
    UnplannedTypeError,
    deployable,
    describe,
    iam_policy,
    max_cost,
    template_body,
)

PLACE = Place("aws", "eu-central-1", "123456789012")


@pytest.fixture(scope="module")
def document() -> dict[str, object]:
    return deployable(TEMPLATE)


def test_the_template_needs_neither_a_transform_nor_a_bucket(document: dict[str, object]) -> None:
    text = template_body(document)

    assert not re.search("S3Bucket|CodeUri|AWS::Serverless|Transform", text)
    assert text.count("def authorizer(event") == 1


def test_a_template_over_cloudformations_limit_is_refused() -> None:
    with pytest.raises(TemplateTooLargeError, match=str(MAX_TEMPLATE_BYTES)):
        template_body({"Resources": "x" * MAX_TEMPLATE_BYTES})


def test_the_policy_allows_only_what_belongs_to_stacks_of_runs(document: dict[str, object]) -> None:
    statements = iam_policy(document, PLACE)["Statement"]

    everywhere = [one["Action"] for one in statements if one["Resource"] == ["*"]]
    assert everywhere == [["cloudformation:DescribeStacks", "logs:DescribeLogGroups"]]
    named = ("cloudformation:", "lambda:", "iam:", "dynamodb:", "logs:")
    limited = [one for one in statements if one["Resource"] != ["*"] and one["Action"][0].startswith(named)]
    assert all("apigw-conformance-" in resource for one in limited for resource in one["Resource"])
    assert not any("*" in action for one in statements for action in one["Action"])


def test_a_type_without_actions_in_the_policy_is_an_error() -> None:
    with pytest.raises(UnplannedTypeError, match="AWS::SQS"):
        iam_policy({"Resources": {"Queue": {"Type": "AWS::SQS::Queue"}}}, PLACE)


def test_a_run_costs_less_than_two_dollars() -> None:
    assert 0 < max_cost() < max_cost(long=True) < 2


def test_the_plan_shows_resources_policy_and_cost(document: dict[str, object]) -> None:
    text = describe(document, PLACE, "apigw-conformance-1", long=False)

    assert "apigw-conformance-1 in eu-central-1, account 123456789012" in text
    assert "4 AWS::ApiGatewayV2::Api" in text
    assert "iam:PassRole" in text
    assert f"less than ${max_cost():.2f}" in text


def test_a_template_without_a_transform_is_deployed_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "own.json"
    path.write_text(json.dumps({"Resources": {"T": {"Type": "AWS::DynamoDB::Table", "Properties": {}}}}))

    assert deployable(path) == json.loads(path.read_text())
