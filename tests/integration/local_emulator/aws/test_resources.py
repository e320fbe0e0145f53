"""What a template stores things in comes to be as CloudFormation would make it."""

import boto3
import pytest
from moto import mock_aws

from local_emulator.aws.resources import ResourceCreationError, create_resources
from testing.template_snippets import resource
from tests.unit.local_emulator.template.conftest import read  # noqa: F401

KEYS = "AttributeDefinitions: [{AttributeName: a, AttributeType: S}], KeySchema: [{AttributeName: a, KeyType: HASH}]"
INDEX = "IndexName: own, KeySchema: [{AttributeName: a, KeyType: HASH}], Projection: {ProjectionType: ALL}"


@pytest.fixture
def described(read):  # noqa: F811
    """What DynamoDB says of a table with these properties."""

    def described(kind, properties):
        deployment = read(resource(kind, f"{KEYS}, {properties}", "T"))
        with mock_aws():
            create_resources(deployment)
            client = boto3.client("dynamodb", region_name=deployment.region)
            return client.describe_table(TableName=deployment.tables["T"].name)["Table"]

    return described


def test_a_global_table_is_a_table_of_one_region(described):
    capacity = "WriteProvisionedThroughputSettings: {WriteCapacityAutoScalingSettings: {MinCapacity: 1}}"
    replicas = "Replicas: [{Region: us-east-1}, {Region: eu-west-1}], TableName: guests, BillingMode: PROVISIONED"
    table = described(
        "AWS::DynamoDB::GlobalTable", f"{replicas}, {capacity}, GlobalSecondaryIndexes: [{{{INDEX}, {capacity}}}]"
    )
    assert table["TableName"] == "guests"
    assert table["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"
    assert [index["IndexName"] for index in table["GlobalSecondaryIndexes"]] == ["own"]


def test_what_an_index_says_beyond_its_keys_does_not_keep_the_table_away(described):
    extra = "ContributorInsightsSpecification: {Enabled: true}"
    table = described("AWS::DynamoDB::Table", f"GlobalSecondaryIndexes: [{{{INDEX}, {extra}}}]")
    assert [index["IndexName"] for index in table["GlobalSecondaryIndexes"]] == ["own"]


def test_a_function_may_publish_and_read_what_the_template_stores(read):  # noqa: F811
    topic = resource("AWS::SNS::Topic", "FifoTopic: true, ContentBasedDeduplication: 'true'", "T")
    stored = resource("AWS::SSM::Parameter", "Name: /team/limit, Type: String, Value: 7", "P")
    deployment = read(f"{topic}\n{stored}")
    with mock_aws():
        create_resources(deployment)
        sns, ssm = (boto3.client(service, region_name=deployment.region) for service in ("sns", "ssm"))
        assert sns.publish(TopicArn=deployment.topics["T"].arn, Message="m", MessageGroupId="g")["MessageId"]
        assert ssm.get_parameter(Name="/team/limit")["Parameter"]["Value"] == "7"


def test_what_aws_would_refuse_is_named(described):
    with pytest.raises(
        ResourceCreationError, match=r"T \(AWS::DynamoDB::Table\) cannot be created: .*Keys: \[b\]"
    ) as refused:
        described("AWS::DynamoDB::Table", "GlobalSecondaryIndexes: [{" + INDEX.replace("Name: a", "Name: b") + "}]")
    assert "\n" not in str(refused.value)
