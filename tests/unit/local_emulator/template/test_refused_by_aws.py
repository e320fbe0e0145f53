"""What AWS refuses to deploy is named at start, or refused here too."""

import pytest
import yaml
from samtranslator.model.exceptions import InvalidDocumentException
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator

from local_emulator.template.document import InvalidTemplateError
from local_emulator.template.reader import read_template
from testing.template_snippets import resource

OWN = "ApiId: !Ref Api"
V2 = "AWS::ApiGatewayV2::"


@pytest.mark.parametrize(
    ("more", "notice"),
    [
        (
            resource(f"{V2}Authorizer", f"{OWN}, AuthorizerType: REQUEST, Name: a, AuthorizerResultTtlInSeconds: 300"),
            "X: AWS refuses AuthorizerResultTtlInSeconds 300 for a WebSocket API (reported: hashicorp/",
        ),
        (
            resource(f"{V2}Authorizer", f"{OWN}, AuthorizerPayloadFormatVersion: '2.0'"),
            "X: AWS refuses AuthorizerPayloadFormatVersion 2.0 for a WebSocket API (one report)",
        ),
        (
            resource(f"{V2}Integration", f"{OWN}, IntegrationType: MOCK, PayloadFormatVersion: '2.0'"),
            "X: AWS refuses PayloadFormatVersion 2.0 for a WebSocket API (one report)",
        ),
        (
            resource(f"{V2}RouteResponse", f"{OWN}, RouteId: !Ref ApiDefaultRoute, RouteResponseKey: other"),
            "X: AWS refuses RouteResponseKey other for a WebSocket API (one report)",
        ),
        (
            resource(f"{V2}Authorizer", f"{OWN}, Name: a, AuthorizerType: JWT"),
            "X: AWS refuses AuthorizerType JWT for a WebSocket API (documented: AWS::ApiGatewayV2::Authorizer)",
        ),
        (
            resource(f"{V2}Route", f"{OWN}, RouteKey: a, AuthorizationType: JWT"),
            "X: AWS refuses AuthorizationType JWT for a WebSocket API (documented: AWS::ApiGatewayV2::Route)",
        ),
        (
            resource(f"{V2}Integration", f"{OWN}, IntegrationType: MOCK, TimeoutInMillis: 29001"),
            "X: AWS refuses TimeoutInMillis 29001 for a WebSocket API (documented: AWS::ApiGatewayV2::Integration)",
        ),
        (
            resource(f"{V2}Stage", f"{OWN}, StageName: $default, AutoDeploy: true"),
            "X: AWS refuses StageName $default for a WebSocket API (inferred: AWS SAM refuses it)",
        ),
    ],
)
def test_a_property_that_aws_refuses_is_named_with_its_line_and_its_certainty(read, more, notice):
    named = [text for text in read(more).notices if notice in text]
    assert len(named) == 1 and "template.yaml:" in named[0]


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        (
            resource(
                f"{V2}Stage", f"{OWN}, StageName: s, AutoDeploy: true, RouteSettings: {{no: {{}}, $default: {{}}}}"
            ),
            "X: AWS refuses RouteSettings of no, a route that the API does not have",
        ),
        (
            resource("AWS::Events::Rule", "EventBusName: own, ScheduleExpression: rate(1 day)"),
            "X: AWS refuses a ScheduleExpression on another bus than the default one",
        ),
    ],
)
def test_names_that_aws_refuses_are_named_with_their_line(read, more, reason):
    [notice] = read(more).notices
    assert notice.endswith(reason) and "template.yaml:14: " in notice


def test_properties_that_aws_takes_are_not_named(read):
    more = resource(f"{V2}Integration", f"{OWN}, IntegrationType: MOCK, PayloadFormatVersion: '1.0'")
    assert not [text for text in read(more).notices if "refuses" in text]


SAM = """
Transform: AWS::Serverless-2016-10-31
Resources:
  Chat:
    Type: AWS::Serverless::WebSocketApi
    Properties:
      RouteSelectionExpression: $request.body.action
      {properties}
      Routes:
        $connect: {{FunctionArn: 'arn:aws:lambda:us-east-1:123456789012:function:f'}}
        $default: {{FunctionArn: 'arn:aws:lambda:us-east-1:123456789012:function:f'{route}}}
"""


@pytest.mark.parametrize(
    ("properties", "route", "named"),
    [
        ("StageName: $default", "", "StageName|stages"),
        ("IpAddressType: ipv6", "", "IpAddressType"),
        ("Auth: {AuthArn: 'arn:aws:lambda:us-east-1:123456789012:function:f'}", "", "AuthType"),
        ("Auth: {AuthType: JWT}", "", "AuthType"),
        ("Auth: {AuthType: AWS_IAM, InvokeRole: x}", "", "AuthType AWS_IAM"),
        ("Auth: {AuthType: NONE, Name: x}", "", "AuthType NONE"),
        ("Auth: {AuthType: CUSTOM}", "", "AuthArn"),
        ("StageName: a", ", RequestParameters: {a: {Required: true}}", "RequestParameters"),
        ("StageName: a", "", None),
        ("IpAddressType: dualstack", "", None),
        ("Auth: {AuthType: NONE}", "", None),
        ("Auth: {AuthType: AWS_IAM}", "", None),
    ],
)
def test_a_sam_api_is_refused_as_the_translator_refuses_it(tmp_path, properties, route, named):
    text = SAM.format(properties=properties, route=route)
    assert _translator_refuses(text) is (named is not None)
    path = tmp_path / "template.yaml"
    path.write_text(text)
    if named is None:
        read_template(path)
        return
    with pytest.raises(InvalidTemplateError, match=named) as refused:
        read_template(path)
    assert refused.value.location.line > 1


@pytest.fixture(autouse=True)
def region(monkeypatch):
    """The translator asks boto3 for a Region."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")


def _translator_refuses(text):
    try:
        Translator({}, Parser()).translate(yaml.safe_load(text), {})
    except InvalidDocumentException:
        return True
    return False
