"""What a template stores things in comes to be as CloudFormation would make it."""

import json

import boto3
import pytest
from moto import mock_aws

from local_emulator.aws.moto_patches.cognito import keep_cognito_ids
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
    assert "\n" not in str(refused.value) and "template.yaml:14: T" in str(refused.value)


def test_a_dead_letter_queue_of_another_stack_is_created(read):  # noqa: F811
    policy = "deadLetterTargetArn: 'arn:aws:sqs:us-east-1:123456789012:lost', maxReceiveCount: 3"
    deployment = read(resource("AWS::SQS::Queue", f"QueueName: own, RedrivePolicy: {{{policy}}}"))
    with mock_aws():
        create_resources(deployment)
        sqs = boto3.client("sqs", region_name=deployment.region)
        assert {url.rpartition("/")[2] for url in sqs.list_queues()["QueueUrls"]} == {"own", "lost"}


def test_a_stream_and_encryption_are_translated_for_the_api(described):
    stream = "StreamSpecification: {StreamViewType: NEW_IMAGE, ResourcePolicy: {PolicyDocument: {Version: x}}}"
    given = f"{stream}, SSESpecification: {{SSEEnabled: 'true', SSEType: KMS}}, Tags: [{{Key: a, Value: 7}}]"
    for kind in ("AWS::DynamoDB::Table", "AWS::DynamoDB::GlobalTable"):
        table = described(kind, f"{given}, KinesisStreamSpecification: {{StreamArn: x}}, ResourcePolicy: {{}}")
        assert table["StreamSpecification"] == {"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"}
        assert table["SSEDescription"]["SSEType"] == "KMS"


@pytest.mark.parametrize("enabled", ["true", "'true'", "false"])
def test_an_expiry_is_on_only_if_the_template_says_so(read, enabled):  # noqa: F811
    expiry = f"TimeToLiveSpecification: {{AttributeName: ttl, Enabled: {enabled}}}"
    deployment = read(resource("AWS::DynamoDB::Table", f"{KEYS}, {expiry}", "T"))
    with mock_aws():
        create_resources(deployment)
        client = boto3.client("dynamodb", region_name="us-east-1")
        found = client.describe_time_to_live(TableName=deployment.tables["T"].name)["TimeToLiveDescription"]
    assert found["TimeToLiveStatus"] == ("DISABLED" if enabled == "false" else "ENABLED")


def test_queues_may_be_each_others_dead_letter_queues_in_any_order(read):  # noqa: F811
    def policy(to):
        return f"RedrivePolicy: {{deadLetterTargetArn: !GetAtt {to}.Arn, maxReceiveCount: '3'}}"

    own = "FifoQueue: false, DelaySeconds: '5', KmsMasterKeyId: alias/aws/sqs, Tags: [{Key: a, Value: b}]"
    first = resource("AWS::SQS::Queue", f"{policy('Q2')}, {own}, RedriveAllowPolicy: {{a: denyAll}}", "Q1")
    queues = [first, resource("AWS::SQS::Queue", policy("Q3"), "Q2"), resource("AWS::SQS::Queue", "", "Q3")]
    deployment = read("\n".join(queues))
    with mock_aws():
        create_resources(deployment)
        sqs = boto3.client("sqs", region_name="us-east-1")
        url = sqs.get_queue_url(QueueName=deployment.queues["Q1"].name)["QueueUrl"]
        found = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    assert json.loads(found["RedrivePolicy"])["deadLetterTargetArn"] == deployment.queues["Q2"].arn
    assert found["DelaySeconds"] == "5"


@pytest.mark.parametrize("region", ["us-east-1", "eu-west-1"])
def test_a_bucket_has_the_versions_and_cors_rules_of_its_template_in_any_region(read, region):  # noqa: F811
    rule = "{AllowedMethods: [PUT], AllowedOrigins: ['*'], ExposedHeaders: [ETag], MaxAge: '60', Id: put}"
    own = f"VersioningConfiguration: {{Status: Enabled}}, CorsConfiguration: {{CorsRules: [{rule}]}}"
    deployment = read(resource("AWS::S3::Bucket", f"{own}, Tags: [{{Key: a, Value: b}}]", "B"), region=region)
    name = deployment.buckets["B"].name
    with mock_aws():
        create_resources(deployment)
        s3 = boto3.client("s3", region_name=region)
        assert s3.get_bucket_versioning(Bucket=name)["Status"] == "Enabled"
        [found] = s3.get_bucket_cors(Bucket=name)["CORSRules"]
        assert (found["ExposeHeaders"], found["MaxAgeSeconds"]) == (["ETag"], 60)


def test_tags_may_be_a_list_or_a_mapping(read):  # noqa: F811
    topic = resource("AWS::SNS::Topic", "FifoTopic: false, DisplayName: Team, Tags: [{Key: a, Value: 1}]", "T")
    stored = resource("AWS::SSM::Parameter", "Type: String, Value: 7, Tags: {a: b}, Tier: Standard", "P")
    secret = resource("AWS::SecretsManager::Secret", "SecretString: x, Description: d, Tags: [{Key: a, Value: b}]", "S")
    deployment = read(f"{topic}\n{stored}\n{secret}")
    with mock_aws():
        create_resources(deployment)
        sns = boto3.client("sns", region_name="us-east-1")
        assert sns.list_tags_for_resource(ResourceArn=deployment.topics["T"].arn)["Tags"] == [
            {"Key": "a", "Value": "1"}
        ]


def test_a_user_pool_and_its_client_have_the_ids_of_their_references(read):  # noqa: F811
    pytest.importorskip("joserfc")
    keep_cognito_ids()
    pool = resource(
        "AWS::Cognito::UserPool", "UserPoolName: team, Policies: {PasswordPolicy: {MinimumLength: '8'}}", "P"
    )
    flows = "ExplicitAuthFlows: [ALLOW_ADMIN_USER_PASSWORD_AUTH], AccessTokenValidity: '1', Tags: x"
    client = resource("AWS::Cognito::UserPoolClient", f"UserPoolId: !Ref P, {flows}", "C")
    deployment = read(f"{client}\n{pool}")
    pool_id, client_id = (deployment.user_pools[name].physical_id for name in "PC")
    with mock_aws():
        create_resources(deployment)
        cognito = boto3.client("cognito-idp", region_name="us-east-1")
        assert cognito.describe_user_pool(UserPoolId=pool_id)["UserPool"]["Name"] == "team"
        cognito.admin_create_user(UserPoolId=pool_id, Username="ann")
        cognito.admin_set_user_password(UserPoolId=pool_id, Username="ann", Password="Secret-123", Permanent=True)
        asked = {
            "AuthFlow": "ADMIN_USER_PASSWORD_AUTH",
            "AuthParameters": {"USERNAME": "ann", "PASSWORD": "Secret-123"},
        }
        found = cognito.admin_initiate_auth(UserPoolId=pool_id, ClientId=client_id, **asked)["AuthenticationResult"]
    assert {"AccessToken", "IdToken"} <= found.keys()
    assert deployment.user_pools["P"].arn.endswith(f":userpool/{pool_id}")
