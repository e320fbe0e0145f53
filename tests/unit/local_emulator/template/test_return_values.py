"""What Ref and Fn::GetAtt give."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local_emulator.template.reader import InvalidTemplateError
from local_emulator.template.return_values import generated_id
from testing.template_snippets import probe, resource

CLIENT = resource("AWS::Cognito::UserPoolClient", "UserPoolId: p")
QUEUE, BUCKET, TABLE = (
    resource(kind) for kind in ("AWS::SQS::Queue", "AWS::S3::Bucket", "AWS::Serverless::SimpleTable")
)
STORED = resource("AWS::SSM::Parameter", "Name: /a/b, Value: v")
ACCOUNT = "us-east-1:123456789012"


@pytest.mark.parametrize(
    ("more", "reference", "value"),
    [
        (QUEUE, "!Ref X", "https://sqs.us-east-1.amazonaws.com/123456789012/local-X"),
        (QUEUE, "!GetAtt X.QueueUrl", "https://sqs.us-east-1.amazonaws.com/123456789012/local-X"),
        (QUEUE, "!GetAtt X.Arn", f"arn:aws:sqs:{ACCOUNT}:local-X"),
        (resource("AWS::SQS::Queue", "FifoQueue: true"), "!GetAtt X.QueueName", "local-X.fifo"),
        (resource("AWS::SNS::Topic"), "!Ref X", f"arn:aws:sns:{ACCOUNT}:local-X"),
        (BUCKET, "!Ref X", "local-x"),
        (BUCKET, "!GetAtt X.Arn", "arn:aws:s3:::local-x"),
        (BUCKET, "!GetAtt X.RegionalDomainName", "local-x.s3.us-east-1.amazonaws.com"),
        (TABLE, "!Ref X", "local-X"),
        (TABLE, "!GetAtt X.Arn", f"arn:aws:dynamodb:{ACCOUNT}:table/local-X"),
        (
            resource("AWS::SecretsManager::Secret", "Name: k"),
            "!Ref X",
            f"arn:aws:secretsmanager:{ACCOUNT}:secret:k",
        ),
        (resource("AWS::IAM::Role"), "!GetAtt X.Arn", "arn:aws:iam::123456789012:role/local-X"),
        (STORED, "!Ref X", "/a/b"),
        (STORED, "!GetAtt X.Value", "v"),
        (STORED, "'{{resolve:ssm:/a/b:1}}'", "v"),
        (CLIENT, "!GetAtt X.Name", "local-X"),
        (resource("AWS::Cognito::IdentityPool"), "!GetAtt X.ProviderName", "local-X.ProviderName"),
        (resource("AWS::Cognito::IdentityPool"), "!GetAtt X.Arn", f"arn:aws:cognito:{ACCOUNT}:local-X"),
        ("", "!GetAtt EchoRole.Arn", "arn:aws:iam::123456789012:role/local-EchoRole"),
        ("", "!Ref ApiprodStage", "prod"),
        ("", "!Ref Api.Stage", "prod"),
        ("", "!Ref Echo", "Echo"),
    ],
)
def test_names_mean_what_they_mean_in_aws(read, more, reference, value):
    assert read(f"{more}\n{probe(reference)}").functions["F"].environment["PROBE"] == value


def test_the_id_of_a_user_pools_client_is_its_reference(read):
    given = "!Join [' ', [!Ref X, !GetAtt X.ClientId]]"
    found = read(f"{CLIENT}\n{probe(given)}").functions["F"].environment["PROBE"].split()
    assert found[0] == found[1] and len(found[0]) == 26


@given(st.integers(1, 40), st.lists(st.text(), min_size=1, max_size=3))
def test_a_made_up_id_is_the_same_each_time_and_made_of_letters_and_digits(length, parts):
    made = generated_id(length, *parts)
    assert (made, len(made)) == (generated_id(length, *parts), length)
    assert made[0].isalpha()
    assert made.isascii() and made.isalnum() and made == made.lower()


def test_a_name_whose_condition_is_false_is_an_error_where_it_is_used(read):
    more = TABLE.replace("{Type", "{Condition: Never, Type")
    with pytest.raises(InvalidTemplateError, match="X does not exist: its condition Never is false"):
        read(f"{more}\n{probe('!Ref X')}", "Conditions: {Never: !Equals [a, b]}")


def test_names_that_need_each_other_are_refused(read):
    one = resource("AWS::S3::Bucket", "BucketName: !Sub '${B}-a'", "A")
    other = resource("AWS::S3::Bucket", "BucketName: !Sub '${A}-b'", "B")
    with pytest.raises(InvalidTemplateError, match="refers to itself"):
        read(f"{one}\n{other}")


def test_conditions_that_need_each_other_are_refused(read):
    head = "Conditions: {A: !Not [!Condition B], B: !Not [!Condition A]}"
    with pytest.raises(InvalidTemplateError, match="condition A refers to itself"):
        read("T: {Type: AWS::SNS::Topic, Condition: A}", head)
