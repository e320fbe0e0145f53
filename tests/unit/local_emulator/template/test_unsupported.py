"""What is read past is named, with file and line."""

import re

import pytest

from testing.template_snippets import function, resource

RULE, API = "AWS::Events::Rule", "AWS::ApiGatewayV2::Api"


@pytest.mark.parametrize(
    ("more", "notice"),
    [
        (resource("Custom::Thing"), "X (Custom::Thing): custom resources are not run"),
        (resource(API, "ProtocolType: HTTP"), "X (AWS::ApiGatewayV2::Api): HTTP APIs are not emulated"),
        (resource(API, "RouteSelectionExpression: x, ProtocolType: WEBSOCKET"), "X has no stage, so in AWS nobody can"),
        (
            function("CodeUri: ., Events: {E: {Type: Kinesis, Properties: {}}}"),
            "FE: Kinesis events are not emulated; invoke the function with a sample event",
        ),
        (
            function("CodeUri: ., Events: {E: {Type: IoTRule, Properties: {Sql: x}}}"),
            "FE: IoTRule events are not emulated; invoke the function with a sample event",
        ),
        (
            resource(RULE, "EventPattern: {source: [x]}, Targets: [{Id: a, Arn: 'arn:aws:states:x:1:sm:m'}]"),
            "X: its target arn:aws:states:x:1:sm:m is not emulated",
        ),
        (
            function("CodeUri: ., Events: {E: {Type: S3, Properties: {Bucket: other, Events: s3:ObjectCreated:*}}}"),
            "FE is not emulated: its bucket other is not in this template",
        ),
        (
            resource(RULE, "ScheduleExpression: rate(1 day), Targets: [{Id: a, Arn: 'arn:aws:sqs:x'}]"),
            "X is not emulated: arn:aws:sqs:x is no function of this template",
        ),
        (
            resource(
                "AWS::Lambda::EventSourceMapping",
                "FunctionName: !Ref Echo, EventSourceArn: 'arn:aws:kinesis:x'",
            ),
            "X is not emulated: arn:aws:kinesis:x is no queue and no table's stream of this template",
        ),
    ],
)
def test_what_is_read_past_is_named(read, more, notice):
    assert re.search(rf"/template\.yaml:\d+: {re.escape(notice)}", "\n".join(read(more).notices))


def test_a_destination_that_nothing_is_delivered_to_is_named(read):
    destination = "{OnFailure: {Type: SNS, Destination: 'arn:aws:sns:us-east-1:1:topic'}}"
    (notice,) = read(function(f"CodeUri: ., EventInvokeConfig: {{DestinationConfig: {destination}}}")).notices
    assert "F: OnFailure leads to arn:aws:sns:us-east-1:1:topic, which is not emulated" in notice


def test_what_a_false_condition_leaves_out_is_not_named(read):
    deployment = read("C: {Type: Custom::Thing, Condition: Never}", "Conditions: {Never: !Equals [a, b]}")
    assert deployment.notices == ()


def test_a_stage_that_nothing_is_deployed_to_is_named(read):
    more = [
        resource(API, "Name: x, ProtocolType: WEBSOCKET, RouteSelectionExpression: $request.body.a"),
        resource("AWS::ApiGatewayV2::Stage", "ApiId: !Ref X, StageName: s", "S"),
    ]
    assert any("S has neither AutoDeploy nor a DeploymentId" in own for own in read("\n".join(more)).notices)


@pytest.mark.parametrize(
    ("permission", "credentials", "named"),
    [
        ("", "", True),
        ("Principal: apigateway.amazonaws.com, FunctionName: !Ref F", "", False),
        ("Principal: apigateway.amazonaws.com, FunctionName: !GetAtt F.Arn", "", False),
        ("Principal: events.amazonaws.com, FunctionName: !Ref F", "", True),
        ("", ", CredentialsArn: !ImportValue role", False),
    ],
)
def test_a_function_that_the_gateway_may_not_invoke_is_named(read, permission, credentials, named):
    integration = f"ApiId: !Ref Api, IntegrationType: AWS_PROXY, IntegrationUri: !GetAtt F.Arn{credentials}"
    more = [
        function("CodeUri: ."),
        resource("AWS::ApiGatewayV2::Integration", integration, "I"),
        resource("AWS::ApiGatewayV2::Route", "ApiId: !Ref Api, RouteKey: f, Target: !Sub 'integrations/${I}'", "R"),
        resource("AWS::Lambda::Permission", permission, "P"),
    ]
    notices = read("\n".join(more)).notices
    wanted = "Api: in AWS no AWS::Lambda::Permission would let it invoke F"
    assert any(wanted in notice for notice in notices) is named


def test_a_path_that_nothing_rewrites_is_named(read):
    origin = "{Id: o, DomainName: !Sub '${Api}.execute-api.us-east-1.amazonaws.com', OriginPath: /prod}"
    config = f"Origins: [{origin}], CacheBehaviors: [{{TargetOriginId: o, PathPattern: /live}}]"
    deployment = read(resource("AWS::CloudFront::Distribution", f"DistributionConfig: {{{config}}}"))
    assert [path.path_pattern for path in deployment.public_paths] == ["/live"]
    [notice] = deployment.notices
    assert "X: nothing rewrites /live, so in AWS the gateway would answer 403" in notice
