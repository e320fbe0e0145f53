"""APIs that cannot be, and templates without one."""

import pytest

from local_emulator.template.reader import InvalidTemplateError, read_template
from testing.template_snippets import api, resource

CONNECT = "Routes: {$connect: {FunctionArn: !GetAtt Echo.Arn}}"
ROUTE, API = "AWS::ApiGatewayV2::Route", "AWS::ApiGatewayV2::Api"
SOCKET = "Name: x, ProtocolType: WEBSOCKET"
STAGE = "\nS: {Type: AWS::ApiGatewayV2::Stage, Properties: {ApiId: !Ref X, StageName: s, AutoDeploy: true}}"


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (api("Routes: {}"), "A: a WebSocket API needs at least one route"),
        (api("Name: a"), "A: Routes must be a mapping"),
        (api("Routes: {a_b: {FunctionArn: x}}"), "A: route key a_b must be letters and digits"),
        (api("Routes: {a: {}}"), "A: route a needs a FunctionArn"),
        (api("Auth: {AuthType: CUSTOM}, " + CONNECT), "A: AuthType CUSTOM needs AuthArn"),
        (api("Auth: {AuthType: AWS_IAM}, Routes: {a: {FunctionArn: x}}"), "A: Auth needs a $connect route"),
        (resource(ROUTE, "ApiId: !Ref Api, RouteKey: $default"), "X: a second route $default"),
        (resource(ROUTE, "ApiId: !Ref Api"), "X: needs RouteKey"),
        (resource(ROUTE, "ApiId: !Ref Api, RouteKey: $open"), "X: RouteKey $open must be one of $connect"),
        (
            resource(API, f"{SOCKET}, RouteSelectionExpression: $request.header.x") + STAGE,
            "X: RouteSelectionExpression '$request.header.x': a variable must begin with $request.body",
        ),
        (
            resource(API, f"{SOCKET}, RouteSelectionExpression: x, ApiKeySelectionExpression: y") + STAGE,
            "X: ApiKeySelectionExpression 'y': it must be $request.header.x-api-key or",
        ),
        (
            resource("AWS::ApiGatewayV2::Stage", "ApiId: !Ref Api, StageName: a/b"),
            "X: StageName 'a/b' may hold letters, digits, - and _ alone",
        ),
        (
            resource(ROUTE, "ApiId: !Ref Api, RouteKey: r, Target: integrations/x"),
            "names no integration of Api",
        ),
        (
            resource(ROUTE, "ApiId: !Ref Api, RouteKey: r, AuthorizationType: CUSTOM, AuthorizerId: x"),
            "AuthorizerId names no authorizer of Api",
        ),
        (
            "X: {Type: AWS::Serverless::WebsocketApi}",
            "X: SAM has no type WebsocketApi; it has Api, Application",
        ),
        ("X: {Properties: {}}", "X must be a mapping with a Type"),
        ("X: text", "X must be a mapping with a Type"),
        ("X: {Type: AWS::SNS::Topic, Condition: [a]}", "X: Condition must be a name"),
        ("X: {Type: AWS::SNS::Topic, Condition: Never}", "Never is not one of the Conditions"),
        ("X: {Type: AWS::SNS::Topic, DependsOn: Nobody}", "Nobody is no parameter and no resource"),
        (
            resource("AWS::Serverless::SimpleTable", "PrimaryKey: {Name: id, Type: Text}"),
            "X: PrimaryKey needs a Name and a Type of String, Number, Binary",
        ),
    ],
)
def test_a_resource_that_cannot_be_is_an_error_that_names_it_and_its_line(read, more, message):
    with pytest.raises(InvalidTemplateError) as refused:
        read(more)
    assert message in str(refused.value)
    assert refused.value.location.line == 14


HTTP = "Resources: {A: {Type: 'AWS::ApiGatewayV2::Api', Properties: {ProtocolType: HTTP}}}"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("Resources: {}", "has no Resources"),
        ("Parameters: {}", "has no Resources"),
        ("Resources: [a]", "Resources must be a mapping"),
        ("Resources: {T: {Type: AWS::SNS::Topic}}", "has no WebSocket API"),
        (HTTP, "has no WebSocket API"),
        (
            "Resources: {F: {Type: AWS::Serverless::Function}}",
            "lacks `Transform: AWS::Serverless-2016-10-31`",
        ),
        ("Globals: [a]\nResources: {T: {Type: AWS::SNS::Topic}}", "Globals must be a mapping of mappings"),
    ],
)
def test_a_template_without_an_api_to_run_is_refused(tmp_path, text, message):
    path = tmp_path / "template.yaml"
    path.write_text(text)
    with pytest.raises(InvalidTemplateError) as refused:
        read_template(path)
    assert message in str(refused.value)


def test_an_output_needs_a_value(read):
    with pytest.raises(InvalidTemplateError, match="output O needs a Value"):
        read("", "Outputs: {O: {Description: nothing}}")


@pytest.mark.parametrize("kind", ["AWS_IAM", "NONE"])
def test_sam_authorizes_the_connect_route_alone(read, kind):
    deployment = read(api(f"Auth: {{AuthType: {kind}}}, {CONNECT[:-1]}, say: {{FunctionArn: !GetAtt Echo.Arn}}}}"))
    routes = next(own for own in deployment.apis if own.logical_id == "A").routes
    assert (routes["$connect"].authorization, routes["say"].authorization) == (kind, "NONE")


@pytest.mark.parametrize(
    ("member", "enabled", "keys"),
    [("K", "true", ("secret-key-of-the-team",)), ("K", "false", ()), ("Other", "true", ())],
)
def test_a_key_counts_if_it_is_enabled_and_in_a_plan_of_the_stage(read, member, enabled, keys):
    more = [
        resource("AWS::ApiGateway::ApiKey", f"Enabled: {enabled}, Value: secret-key-of-the-team", "K"),
        resource("AWS::ApiGateway::ApiKey", "Value: not-enabled-by-default", "Other"),
        resource("AWS::ApiGateway::UsagePlan", "ApiStages: [{ApiId: !Ref Api, Stage: prod}]", "P"),
        resource("AWS::ApiGateway::UsagePlan", "ApiStages: [{ApiId: !Ref Api, Stage: beta}]", "Q"),
        resource("AWS::ApiGateway::UsagePlanKey", f"KeyId: !Ref {member}, UsagePlanId: !Ref P", "M"),
        resource("AWS::ApiGateway::UsagePlanKey", "KeyId: !Ref K, UsagePlanId: !Ref Q", "N"),
    ]
    assert read("\n".join(more)).apis[0].api_keys == keys


def test_an_api_whose_stage_was_made_in_the_console_has_one(read):
    made = read(resource(API, f"RouteSelectionExpression: $request.body.a, {SOCKET}"))
    assert [(api.logical_id, api.stage_name) for api in made.apis] == [("Api", "prod"), ("X", "prod")]


@pytest.mark.parametrize("section", ["Resources", "Outputs", "Conditions", "Mappings", "Parameters"])
@pytest.mark.parametrize(
    ("name", "message"),
    [("Fn::ForEach::Queues", "Fn::ForEach needs `Transform"), ("Fn::Transform", "is a macro that runs in AWS")],
)
def test_a_transform_among_the_entries_of_a_section_is_named_as_such(tmp_path, section, name, message):
    path = tmp_path / "template.yaml"
    entry = f"{section}:\n  {name}: [N, [a], {{b: {{Type: String}}}}]\n"
    path.write_text(entry if section == "Resources" else f"{entry}Resources:\n  T: {{Type: AWS::SNS::Topic}}\n")
    with pytest.raises(InvalidTemplateError) as refused:
        read_template(path)
    assert message in str(refused.value)
    assert refused.value.location.line == 2


def test_a_macro_of_an_account_is_named(read, tmp_path):
    read()
    template = tmp_path / "template.yaml"
    template.write_text(template.read_text().replace("[AWS::LanguageExtensions,", "[Numbers,"))
    assert any("Numbers is a macro that runs in AWS" in notice for notice in read_template(template).notices)
