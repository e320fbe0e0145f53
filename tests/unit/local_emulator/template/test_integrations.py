"""Integrations that cannot be, and those that run in AWS alone."""

from __future__ import annotations

import pytest

from local_emulator.template.reader import InvalidTemplateError
from testing.template_snippets import resource

V2 = "AWS::ApiGatewayV2::"
OK = "IntegrationType: MOCK"


def declared(properties: str, more: str = "") -> str:
    route = resource(V2 + "Route", "ApiId: !Ref Api, RouteKey: r, Target: !Sub 'integrations/${I}'", logical_id="R")
    return f"{resource(V2 + 'Integration', f'ApiId: !Ref Api, {properties}', logical_id='I')}\n{route}\n{more}"


def answered(properties: str) -> str:
    return resource(V2 + "IntegrationResponse", f"ApiId: !Ref Api, {properties}", logical_id="A")


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (declared("IntegrationType: SOAP"), "I: IntegrationType SOAP must be one of AWS, AWS_PROXY, HTTP"),
        (declared("IntegrationMethod: POST"), "I: needs IntegrationType"),
        (declared("IntegrationType: HTTP"), "I: an integration of type HTTP needs IntegrationUri"),
        (declared("IntegrationType: AWS"), "I: an integration of type AWS needs IntegrationUri"),
        (declared("IntegrationType: HTTP, IntegrationUri: 'http://[::1'"), None),
        (
            declared("IntegrationType: HTTP, IntegrationUri: 'http://localhost', IntegrationMethod: FETCH"),
            "I: IntegrationMethod FETCH must be one of",
        ),
        (declared(f"{OK}, PassthroughBehavior: SOMETIMES"), "I: PassthroughBehavior must be one of WHEN_NO_MATCH"),
        (declared(f"{OK}, ContentHandlingStrategy: ZIP"), "I: ContentHandlingStrategy must be one of"),
        (declared(f"{OK}, RequestTemplates: [1]"), "I: RequestTemplates must be a mapping"),
        (declared(f"{OK}, RequestTemplates: {{a: [1]}}"), "I: a must be text"),
        (declared(f"{OK}, TemplateSelectionExpression: '$request.'"), "I: TemplateSelectionExpression '$request.'"),
        (declared(f"{OK}, TemplateSelectionExpression: [1]"), "I: TemplateSelectionExpression must be text"),
        (
            declared(f"{OK}, RequestParameters: {{integration.request.cookie.x: context.apiId}}"),
            "I: RequestParameters: 'integration.request.cookie.x' must be",
        ),
        (
            declared(f"{OK}, RequestParameters: {{integration.request.header.x: method.request.header.y}}"),
            "I: RequestParameters: 'method.request.header.y' must be",
        ),
        (declared(OK, answered("IntegrationId: none, IntegrationResponseKey: $default")), "A: IntegrationId names no"),
        (declared(OK, answered("IntegrationId: !Ref I")), "A: needs IntegrationResponseKey"),
        (
            declared(OK, answered("IntegrationId: !Ref I, IntegrationResponseKey: '200'")),
            "A: IntegrationResponseKey '200' must be $default or a regular expression",
        ),
        (
            declared(OK, answered("IntegrationId: !Ref I, IntegrationResponseKey: '/(/'")),
            "A: IntegrationResponseKey '/(/': '(' is no regular expression",
        ),
    ],
)
def test_an_integration_that_cannot_be_is_an_error_that_names_it_and_its_line(read, more, message):
    if message is None:
        assert "is no URL" in read(more).apis[0].routes["r"].integration.not_run
        return
    with pytest.raises(InvalidTemplateError) as refusal:
        read(more)
    assert refusal.value.location.line > 0
    assert message in refusal.value.message
    assert "\n" not in str(refusal.value)


def test_two_responses_of_one_key_are_an_error(read):
    twice = answered("IntegrationId: !Ref I, IntegrationResponseKey: $default")
    with pytest.raises(InvalidTemplateError, match=r"a second response \$default"):
        read(declared(OK, f"{twice}\n{twice.replace('A:', 'B:', 1)}"))


ARN = "arn:aws:apigateway:us-east-1:"


@pytest.mark.parametrize(
    ("properties", "reason"),
    [
        ("IntegrationType: HTTP, IntegrationUri: 'https://example.com/x'", "--allow-host example.com lets"),
        ("IntegrationType: HTTP, IntegrationUri: 'http://127.0.0.1.example.com'", "is not this machine"),
        ("IntegrationType: HTTP, IntegrationUri: 'http://127.0.0.1@example.com'", "a user in its host"),
        ("IntegrationType: HTTP, IntegrationUri: 'http://{host}/'", "a placeholder or a user in its host"),
        ("IntegrationType: HTTP, IntegrationUri: 'file:///etc/passwd'", "must begin with http:// or https://"),
        ("IntegrationType: HTTP, IntegrationUri: 'http://localhost', ConnectionType: VPC_LINK", "VPC_LINK"),
        (f"IntegrationType: AWS, IntegrationUri: '{ARN}kinesis:action/PutRecord'", "kinesis is not emulated"),
        ("IntegrationType: AWS, IntegrationUri: 'http://localhost'", "must be arn:aws:apigateway:"),
        (f"IntegrationType: AWS, IntegrationUri: '{ARN}s3:action/GetObject'", "has no action of s3"),
        (
            f"IntegrationType: AWS, IntegrationUri: '{ARN}lambda:path/2015-03-31/functions/other/invocations'",
            "its function is not in this template",
        ),
        ("IntegrationType: MOCK, RequestTemplates: {a: '#if(true)'}", "its mapping template 'a' cannot run: line 1"),
    ],
)
def test_an_integration_that_runs_in_aws_alone_is_named_with_its_line(read, properties, reason):
    deployment = read(declared(properties))
    [notice] = [text for text in deployment.notices if "route r answers 500" in text]
    assert reason in notice
    assert reason in deployment.apis[0].routes["r"].integration.not_run


@pytest.mark.parametrize(
    "uri", ["http://localhost/x", "http://127.9.9.9:80/", "https://[::1]:8443/{id}", "http://a.example.com:81/"]
)
def test_loopback_and_allowed_hosts_may_be_called(read, uri):
    deployment = read(declared(f"IntegrationType: HTTP, IntegrationUri: '{uri}'"), allowed_hosts=("a.example.com:81",))
    assert deployment.apis[0].routes["r"].integration.not_run is None


def test_what_aws_needs_besides_is_named(read):
    properties = f"IntegrationType: AWS, IntegrationUri: '{ARN}sqs:action/SendMessage'"
    parameters = "ResponseParameters: {route.response.header.x: context.apiId}"
    notices = read(declared(f"{properties}, ContentHandlingStrategy: CONVERT_TO_BINARY, {parameters}")).notices
    assert any("has no CredentialsArn" in notice for notice in notices)
    assert any("ResponseParameters, which have no effect" in notice for notice in notices)
    assert any("CONVERT_TO_BINARY, which has no effect here" in notice for notice in notices)


def test_a_route_response_of_a_function_without_an_expression_is_named(read):
    response = resource(
        V2 + "RouteResponse", "ApiId: !Ref Api, RouteId: !Ref R, RouteResponseKey: $default", logical_id="Answer"
    )
    deployment = read(declared("IntegrationType: AWS_PROXY, IntegrationUri: !GetAtt Echo.Arn", response))
    assert sum("route r: the route has no RouteResponseSelectionExpression" in one for one in deployment.notices) == 1
    assert not deployment.apis[0].routes["r"].route_response


def test_a_route_response_without_an_expression_is_enough_for_other_integrations(read):
    response = resource(
        V2 + "RouteResponse", "ApiId: !Ref Api, RouteId: !Ref R, RouteResponseKey: $default", logical_id="Answer"
    )
    assert read(declared(OK, response)).apis[0].routes["r"].route_response
