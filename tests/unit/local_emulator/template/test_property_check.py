"""Types, properties and parts of APIs that have no effect are named, with file and line."""

from __future__ import annotations

import pytest

from local_emulator.project import Project, StrictTemplateError
from local_emulator.settings import Settings
from local_emulator.template.known_types import CHECKED_ELSEWHERE, KNOWN, is_known_type
from testing.template_snippets import function, resource

V2 = "AWS::ApiGatewayV2::"
AUTHORIZER = "ApiId: !Ref Api, Name: a, AuthorizerType: REQUEST, AuthorizerUri: !GetAtt Echo.Arn"


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        (resource("AWS::Kinesis::Stream"), "X (AWS::Kinesis::Stream): this type is not emulated"),
        (resource("AWS::DynamoDB::Tabel"), "did you mean AWS::DynamoDB::Table?"),
        (resource("Alexa::ASK::Skill"), "X (Alexa::ASK::Skill): this type is not emulated"),
        (function("CodeUri: ., VpcConfig: {SubnetIds: [a]}"), "F: VpcConfig is ignored: it has no effect here"),
        (function("CodeUri: ., Timeuot: 9"), "F: Timeuot is ignored"),
        (
            "X: {Type: AWS::SQS::Queue, Propertys: {}}",
            "X: Propertys is ignored: a resource has no attribute of this name",
        ),
        (function("CodeUri: ., Timeuot: 9"), "did you mean Timeout?"),
        (
            function("CodeUri: ., Environment: {Variabels: {A: b}}"),
            "F: Environment: Variabels is ignored: it has no property of this name; did you mean Variables?",
        ),
        (resource("AWS::SQS::Queue", "DelaySecond: 1"), "X: DelaySecond is ignored"),
        (
            resource(
                "AWS::Events::Rule", "ScheduleExpression: rate(1 day), Targets: [{Id: a, Arn: x, Inptu: y}]"
            ).replace("Arn: x", "Arn: !GetAtt Echo.Arn"),
            "X: Targets: Inptu is ignored: it has no property of this name; did you mean Input?",
        ),
        (
            function("CodeUri: ., Events: {E: {Type: Schedule, Properties: {Schedule: rate(1 day), Inptu: y}}}"),
            "F: an event of type Schedule: Inptu is ignored",
        ),
        (
            resource(V2 + "Stage", "ApiId: !Ref Api, StageName: s, AutoDeploy: true, DefaultRouteSettings: {Rate: 1}"),
            "X: DefaultRouteSettings: Rate is ignored",
        ),
        (resource(V2 + "Authorizer", AUTHORIZER), "X: no route names this authorizer, so it is never asked"),
        (
            resource(V2 + "Authorizer", AUTHORIZER)
            + "\n"
            + resource(V2 + "Route", "ApiId: !Ref Api, RouteKey: $connect, AuthorizerId: !Ref X", "R"),
            "X: $connect names this authorizer without AuthorizationType CUSTOM, so it is never asked",
        ),
        (
            resource(V2 + "Authorizer", AUTHORIZER)
            + "\n"
            + resource(
                V2 + "Route", "ApiId: !Ref Api, RouteKey: a, AuthorizationType: CUSTOM, AuthorizerId: !Ref X", "R"
            ),
            "X: authorizers are asked for $connect alone, which does not name this one, so it is never asked",
        ),
        (
            resource(V2 + "Route", "ApiId: other, RouteKey: a"),
            "X is not emulated: its API other is not in this template",
        ),
        (
            resource(V2 + "Stage", "ApiId: other, StageName: a"),
            "X is not emulated: its API other is not in this template",
        ),
        (
            resource(V2 + "Route", "ApiId: !Ref Api, RouteKey: a, RouteResponseSelectionExpression: $default"),
            "needs an AWS::ApiGatewayV2::RouteResponse",
        ),
        (
            resource(V2 + "Route", "ApiId: !Ref Api, RouteKey: a, RequestParameters: {a: {Required: true}}"),
            "X: RequestParameters is ignored",
        ),
        (
            resource(
                V2 + "RouteResponse", "ApiId: !Ref Api, RouteId: !Ref ApiDefaultRoute, RouteResponseKey: $default"
            ),
            "has no RouteResponseSelectionExpression, so its answer reaches no client",
        ),
    ],
)
def test_what_has_no_effect_is_named(read, more, sentence):
    [notice] = [one for one in read(more).notices if sentence in one]
    assert "template.yaml:14: " in notice


@pytest.mark.parametrize(
    "more",
    [
        function("CodeUri: ., Tags: {a: b}, Policies: [AWSLambdaExecute], Tracing: Active, Architectures: [arm64]"),
        resource("AWS::IAM::Role", "AssumeRolePolicyDocument: {}"),
        resource("AWS::CloudWatch::Alarm", "Anything: at all"),
        resource("AWS::Logs::LogGroup"),
        resource("AWS::EC2::VPC", "CidrBlock: 10.1.0.0/16"),
        resource("AWS::EC2::SubnetRouteTableAssociation"),
        resource("Custom::LogRetention"),
        "X: {Type: AWS::SQS::Queue, DeletionPolicy: Retain, Metadata: {a: b}}",
        "X: {Type: AWS::Kinesis::Stream, Condition: Never}",
    ],
)
def test_what_makes_no_difference_is_not_named(read, more):
    assert read(more, "Conditions: {Never: !Equals [a, b]}").notices == ()


def test_a_property_of_globals_is_named_with_its_own_line(read):
    [notice] = read(head="Globals: {Function: {EphemeralStorage: {Size: 1024}}}").notices
    assert "template.yaml:1: Echo: EphemeralStorage is ignored" in notice


@pytest.mark.parametrize(
    ("head", "sentence"),
    [
        ("Globals: {Functions: {Timeout: 9}}", "Globals: Functions is ignored: SAM has no section of this name"),
        ("Resource: {}", "Resource is ignored: a template has no section of this name; did you mean Resources?"),
        ("Rules: {R: {Assertions: []}}", "Rules: R is ignored: no rule is evaluated here"),
    ],
)
def test_a_section_without_effect_is_named(read, head, sentence):
    [notice] = read(head=head).notices
    assert f"template.yaml:1: {sentence}" in notice


def test_a_type_is_in_one_table_alone():
    assert not CHECKED_ELSEWHERE & KNOWN.keys()
    for known in KNOWN.values():
        assert not known.read & known.inert and not (known.read | known.inert) & known.ignored
    assert is_known_type("AWS::Serverless::Function") and not is_known_type("AWS::Kinesis::Stream")


def test_strict_refuses_a_template_with_notices_and_names_each(read):
    path = read(resource("AWS::Kinesis::Stream")).path
    with pytest.raises(StrictTemplateError) as refused:
        Project(Settings(template=path, strict=True)).read()
    assert "--strict refuses it (1):" in str(refused.value) and f"{path}:14: X (AWS::Kinesis::Stream)" in str(
        refused.value
    )
    path = read().path
    assert Project(Settings(template=path, strict=True)).read().notices == ()
