"""Stacks that are deployed together: exports, nested stacks, parameters, and names that two templates have."""

import pytest

from local_emulator.template.reader import InvalidTemplateError, read_template
from testing.template_snippets import api, function, resource

ROUTES = "StageName: p, Routes: {$default: {FunctionArn: !GetAtt F.Arn}}"
STACK = "AWS::CloudFormation::Stack"


@pytest.fixture
def write(tmp_path):
    """Writes a template with resources in lines, and other sections before them."""

    def write(name, *resources, head=""):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        body = "\n  ".join(resources)
        path.write_text(f"Transform: AWS::Serverless-2016-10-31\n{head}\nResources:\n  {body}\n")
        return path

    return write


def _variable(value):
    return f"CodeUri: ., Environment: {{Variables: {{V: {value}}}}}"


def test_what_one_stack_exports_another_imports(write):
    main = write("api.yaml", api(ROUTES), function(_variable("!ImportValue data-Table")))
    export = "Outputs: {T: {Value: !Ref T, Export: {Name: !Sub '${AWS::StackName}-Table'}}}"
    data = write("data.yaml", resource("AWS::Serverless::SimpleTable", "TableName: guests", "T"), head=export)
    deployment = read_template(main, more={"data": data})
    assert deployment.functions["F"].environment["V"] == "guests"
    assert [table.name for table in deployment.tables.values()] == ["guests"]


def test_an_option_comes_before_the_export_of_a_stack(write):
    main = write("api.yaml", api(ROUTES), function(_variable("!ImportValue T")))
    data = write("data.yaml", resource("AWS::SNS::Topic"), head="Outputs: {T: {Value: a, Export: {Name: T}}}")
    found = read_template(main, more={"data": data}, exports={"T": "b"})
    assert found.functions["F"].environment["V"] == "b"


def test_an_import_that_no_stack_exports_is_named(write):
    main = write("api.yaml", api(ROUTES), function(_variable("!ImportValue T")))
    data = write("data.yaml", resource("AWS::SNS::Topic"))
    with pytest.raises(
        InvalidTemplateError, match=r"api.yaml:5: Fn::ImportValue: T is exported by another stack; give"
    ):
        read_template(main, more={"data": data})


def test_exports_that_need_each_other_are_an_error(write):
    loop = "Outputs: {{O: {{Value: !ImportValue {0}, Export: {{Name: {1}}}}}}}"
    main = write("a.yaml", api(ROUTES), function(_variable("!ImportValue B")), head=loop.format("B", "A"))
    other = write("b.yaml", resource("AWS::SNS::Topic"), head=loop.format("A", "B"))
    with pytest.raises(InvalidTemplateError, match="export B needs itself"):
        read_template(main, more={"b": other})


def test_the_same_logical_id_in_two_stacks_means_two_resources(write, tmp_path):
    (tmp_path / "two").mkdir()
    main = write("one.yaml", api(ROUTES), function(_variable("one")))
    other = write("two/two.yaml", api(ROUTES), function(_variable("two")))
    deployment = read_template(main, more={"two-stack": other})
    assert {name: one.environment["V"] for name, one in deployment.functions.items()} == {
        "F": "one",
        "twostackF": "two",
    }
    assert deployment.functions["twostackF"].code_dir == tmp_path / "two"
    assert {one.logical_id: one.routes["$default"].function for one in deployment.apis} == {
        "A": "F",
        "twostackA": "twostackF",
    }
    assert len({one.api_id for one in deployment.apis}) == 2


def test_a_parameter_goes_to_each_template_that_has_it(write):
    head = "Parameters: {{Team: {{Type: String}}{}}}".format
    main = write("a.yaml", api(ROUTES), function(_variable("!Ref Team")), head=head(""))
    other = write("b.yaml", resource("AWS::SNS::Topic", "TopicName: !Ref Team"), head=head(", Size: {Type: Number}"))
    deployment = read_template(main, {"Team": "red", "Size": "3"}, more={"b": other})
    assert deployment.functions["F"].environment["V"] == deployment.topics["X"].name == "red"
    with pytest.raises(InvalidTemplateError, match="no template has a parameter Colour"):
        read_template(main, {"Team": "red", "Size": "3", "Colour": "x"}, more={"b": other})


def test_a_nested_stack_has_parameters_of_its_parent_and_gives_outputs_back(write):
    data = (
        "Data: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: ./data.yaml, Parameters: {Names: [a, b]}}}"
    )
    routes = resource("AWS::Serverless::Application", "Location: nested/routes.yaml, Parameters: {Api: !Ref A, "
                      "Table: !GetAtt Data.Outputs.Table}", "Routes")  # fmt: skip
    plain = resource(
        "AWS::ApiGatewayV2::Api", "ProtocolType: WEBSOCKET, RouteSelectionExpression: $request.body.a", "A"
    )
    main = write("main.yaml", plain, data, routes)
    write(
        "data.yaml",
        resource("AWS::Serverless::SimpleTable", "TableName: !Join ['-', !Ref Names]", "T"),
        head="Parameters: {Names: {Type: CommaDelimitedList}}\nOutputs: {Table: {Value: !Ref T}}",
    )
    uri = "!Sub 'arn:aws:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${F.Arn}/invocations'"
    write(
        "nested/routes.yaml",
        function(_variable("!Ref Table")),
        resource("AWS::ApiGatewayV2::Route", "ApiId: !Ref Api, RouteKey: hi, Target: !Sub 'integrations/${I}'", "R"),
        resource(
            "AWS::ApiGatewayV2::Integration", f"ApiId: !Ref Api, IntegrationType: AWS_PROXY, IntegrationUri: {uri}", "I"
        ),
        head="Parameters: {Api: {Type: String}, Table: {Type: String}}",
    )
    deployment = read_template(main)
    [found] = deployment.apis
    assert found.routes["hi"].function == "F"
    assert deployment.functions["F"].environment["V"] == "a-b"


@pytest.mark.parametrize("location", ["https://s3.amazonaws.com/b/t.yaml", "absent.yaml"])
def test_a_nested_stack_that_is_elsewhere_is_named(write, location):
    nested = resource(STACK, f"TemplateURL: '{location}'", "N")
    main = write("main.yaml", api(ROUTES), function(_variable("!GetAtt N.Outputs.Table")), nested)
    notices = read_template(main).notices
    assert any(f":6: N ({STACK}): its template is not on this machine ({location})" in notice for notice in notices)


def test_a_template_that_nests_itself_is_an_error(write):
    main = write("main.yaml", api(ROUTES), function("CodeUri: ."), resource(STACK, "TemplateURL: main.yaml", "N"))
    with pytest.raises(InvalidTemplateError, match=r"main.yaml:6: \w+: too many nested stacks"):
        read_template(main)


def test_a_nested_stack_that_needs_its_own_output_is_an_error(write):
    nested = resource(STACK, "TemplateURL: data.yaml, Parameters: {P: !GetAtt N.Outputs.O}", "N")
    main = write("main.yaml", api(ROUTES), function("CodeUri: ."), nested)
    write("data.yaml", resource("AWS::SNS::Topic"), head="Parameters: {P: {Type: String}}\nOutputs: {O: {Value: a}}")
    with pytest.raises(InvalidTemplateError, match="N needs its own outputs"):
        read_template(main)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("Resources: {", "broken.yaml:3: is not YAML"),
        ("Outputs: {O: {}}\nResources: {T: {Type: AWS::SNS::Topic}}", "broken.yaml:1: output O needs a Value"),
        ("Resources: {T: {Type: AWS::SNS::Topic}}", "has no output O"),
        ("- a", "broken.yaml:1: is not a template"),
    ],
)
def test_a_damaged_nested_template_is_an_error_with_file_and_line(write, tmp_path, text, message):
    (tmp_path / "broken.yaml").write_text(f"{text}\n")
    nested = resource(STACK, "TemplateURL: broken.yaml", "N")
    main = write("main.yaml", api(ROUTES), function(_variable("!GetAtt N.Outputs.O")), nested)
    with pytest.raises(InvalidTemplateError) as refused:
        read_template(main)
    assert message in str(refused.value).replace("broken.yaml:2: is not YAML", "broken.yaml:3: is not YAML")


def test_an_option_gives_an_api_the_id_that_handlers_have_in_their_code(write):
    main = write("main.yaml", api(ROUTES), function(_variable("!Sub 'https://${A}.execute-api/'")))
    deployment = read_template(main, api_ids={"A": "vu7zzd52p2"})
    assert deployment.apis[0].api_id == "vu7zzd52p2"
    assert deployment.functions["F"].environment["V"] == "https://vu7zzd52p2.execute-api/"


@pytest.mark.parametrize("given", [{"api_ids": {"B": "x"}}, {"code": {"B": "x"}}])
def test_an_option_for_what_the_template_does_not_have_is_an_error(write, given):
    main = write("main.yaml", api(ROUTES), function("CodeUri: ."))
    with pytest.raises(InvalidTemplateError, match=r"(--api-id B: the template has A|--code B: the template has F)"):
        read_template(main, **given)
