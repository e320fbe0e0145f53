"""Functions that run, that are left out with a reason, and that cannot be."""

import pytest

from local_emulator.template.reader import InvalidTemplateError
from testing.template_snippets import function, resource


@pytest.mark.parametrize(
    ("properties", "message"),
    [
        ("CodeUri: nowhere/", "F: the code nowhere/ does not exist"),
        ("CodeUri: template.yaml", "F: the code template.yaml is neither a folder nor a zip archive"),
        ("CodeUri: ., Timeout: soon", "F: Timeout must be a whole number"),
        ("CodeUri: ., MemorySize: true", "F: MemorySize must be a whole number"),
        ("CodeUri: ., Environment: {Variables: [a]}", "F: Variables must be a mapping"),
        ("CodeUri: ., Environment: {Variables: {A: [a]}}", "F: A must be text"),
        ("CodeUri: ., Environment: {Variables: {A: }}", "F: A has no value"),
        ("CodeUri: ., Events: [a]", "F: Events must be a mapping"),
        ("CodeUri: ., EventInvokeConfig: a", "F: EventInvokeConfig must be a mapping"),
        ("CodeUri: ., Layers: [{}]", "F: Layers must be a list of texts"),
    ],
)
def test_a_function_that_cannot_run_is_an_error_that_names_property_and_line(read, properties, message):
    with pytest.raises(InvalidTemplateError) as refused:
        read(function(properties))
    assert message in str(refused.value)
    assert refused.value.location.line == 14


@pytest.mark.parametrize("missing", ["Handler", "Runtime"])
def test_a_function_needs_handler_and_runtime(read, missing):
    given = {"Handler": "a.b", "Runtime": "python3.13", "CodeUri": "."}
    properties = ", ".join(f"{name}: {value}" for name, value in given.items() if name != missing)
    with pytest.raises(InvalidTemplateError, match=f"F: needs {missing}"):
        read(function(properties, given=""))


@pytest.mark.parametrize(
    ("properties", "reason"),
    [
        ("CodeUri: 's3://b/k'", "its code is in S3"),
        ("CodeUri: {Bucket: b, Key: k}", "its code is in S3"),
        ("CodeUri: build.zip", "its code build.zip does not exist"),
        ("PackageType: Image, ImageUri: x", "it is a container image"),
    ],
)
def test_a_function_whose_code_is_elsewhere_cannot_run_and_is_named(read, properties, reason):
    deployment = read(function(properties))
    assert deployment.functions["Echo"].not_run is None
    assert str(deployment.functions["F"].not_run).startswith(reason)
    assert any(f"F is not run: {reason}" in notice for notice in deployment.notices)


def test_a_layer_that_is_no_folder_is_named(read):
    deployment = read(function("CodeUri: ., Layers: ['arn:aws:lambda:us-east-1:1:layer:x:1']"))
    assert deployment.functions["F"].layers == ()
    assert any("F runs without the layer arn:aws:lambda:us-east-1:1:layer:x:1" in own for own in deployment.notices)


def test_a_layer_that_is_still_to_be_built_is_named_and_its_functions_run(read):
    layer = resource("AWS::Serverless::LayerVersion", "ContentUri: dist/layer", "L")
    deployment = read(function("CodeUri: ., Layers: [!Ref L]") + "\n" + layer)
    assert deployment.functions["F"].not_run is None
    assert "F runs without the layer L: its code dist/layer does not exist" in deployment.notices[0]


def test_what_is_not_emulated_may_import_from_other_stacks(read):
    imported = "VpcConfig: {SubnetIds: !ImportValue subnets}, Role: !ImportValue role"
    assert "F" in read(function(f"CodeUri: ., {imported}")).functions


def test_ignored_globals_are_left_out(read):
    head = "Globals: {Function: {Timeout: 9, MemorySize: 256}}"
    some = function("CodeUri: .", logical_id="A").replace("{Type", "{IgnoreGlobals: [Timeout], Type")
    every = function("CodeUri: .", logical_id="B").replace("{Type", "{IgnoreGlobals: '*', Type")
    functions = read(f"{some}\n{every}", head).functions
    assert [(functions[name].timeout_seconds, functions[name].memory_mb) for name in "AB"] == [
        (3, 256),
        (3, 128),
    ]


PATH = "arn:aws:apigateway:x:lambda:path/2015-03-31/functions"
OTHER = "arn:aws:lambda:x:1:function"


def route_to(uri):
    """A route `f` whose integration has this URI."""
    integration = f"ApiId: !Ref Api, IntegrationType: AWS_PROXY, IntegrationUri: {uri}"
    route = "ApiId: !Ref Api, RouteKey: f, Target: !Sub 'integrations/${I}'"
    return "\n".join(
        (
            resource("AWS::ApiGatewayV2::Integration", integration, "I"),
            resource("AWS::ApiGatewayV2::Route", route, "R"),
        )
    )


@pytest.mark.parametrize(
    "uri",
    [
        f"!Sub '{PATH}/${{F.Arn}}/invocations'",
        f"!Sub ['{PATH}/${{A}}/invocations', {{A: !GetAtt F.Arn}}]",
        f"!Join ['', ['{PATH}/', !GetAtt F.Arn, '/invocations']]",
        f"!Join ['/', ['{PATH}', !GetAtt F.Arn, invocations]]",
        f"!Sub '{PATH}/${{F.Arn}}:live/invocations'",
        f"!Sub '{PATH}/${{F.Alias}}/invocations'",
        f"!Sub '{PATH}/${{F.Version}}/invocations'",
        f"!Sub '{PATH}/{OTHER}:${{F}}/invocations'",
        f"!Sub '{PATH}/{OTHER}:${{!stageVariables.target}}/invocations'",
        f"!Sub '{PATH}/{OTHER}:${{!stageVariables.target}}:live/invocations'",
        "!GetAtt F.Arn",
    ],
)
def test_an_integration_uri_of_any_usual_shape_leads_to_the_function(read, uri):
    called = function("CodeUri: ., AutoPublishAlias: live, FunctionName: !Sub '${AWS::StackName}-f'")
    head = "Globals: {WebSocketApi: {StageVariables: {target: local-f}}}"
    assert read(f"{called}\n{route_to(uri)}", head).apis[0].routes["f"].function == "F"


def test_a_function_of_another_stack_is_named(read):
    deployment = read(route_to(f"'{PATH}/{OTHER}:theirs/invocations'"))
    assert deployment.apis[0].routes["f"].function is None
    assert any("route f is not emulated: its function is not in" in notice for notice in deployment.notices)
