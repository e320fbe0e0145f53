"""Options that choose templates, tables and ids."""

import argparse
import json

import pytest

from local_emulator.cli import send
from local_emulator.cli.run_arguments import read_arguments
from local_emulator.cli.table_argument import table
from local_emulator.template.reader import InvalidTemplateError, read_template
from local_emulator.template.template_free import deployment_of_routes
from testing.template_snippets import api, function


def test_several_templates_are_stacks_named_by_their_files_or_by_the_option(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    given = ["--template", "app/template.yaml", "--template", "Data.template.json", "--template", "auth=x.yaml"]
    settings = read_arguments([*given, "--template", "infra/template.yml"])
    assert (settings.stack_name, str(settings.template)) == ("local", "app/template.yaml")
    assert {name: str(path) for name, path in settings.more_templates.items()} == {
        "Data": "Data.template.json",
        "auth": "x.yaml",
        "infra": "infra/template.yml",
    }


def test_a_folder_means_the_stacks_of_cdk_synth_or_the_template_in_it(tmp_path):
    stacks = {
        "Data": {"type": "aws:cloudformation:stack", "properties": {"templateFile": "Data.template.json"}},
        "Api": {
            "type": "aws:cloudformation:stack",
            "properties": {"templateFile": "Api.template.json", "stackName": "chat"},
        },
        "Tree": {"type": "cdk:tree", "properties": {"file": "tree.json"}},
    }
    (tmp_path / "manifest.json").write_text(json.dumps({"artifacts": stacks}))
    settings = read_arguments(["--template", str(tmp_path)])
    assert (settings.stack_name, settings.template) == ("Data", tmp_path / "Data.template.json")
    assert settings.more_templates == {"chat": tmp_path / "Api.template.json"}
    packaged = tmp_path / ".serverless"
    packaged.mkdir()
    (packaged / "cloudformation-template-update-stack.json").write_text("{}")
    assert read_arguments(["--template", str(packaged)]).template.name == "cloudformation-template-update-stack.json"


@pytest.mark.parametrize("manifest", ["", "[]", "{}", '{"artifacts": {"a": {}}}', '{"artifacts": [1]}', "null"])
def test_a_damaged_manifest_is_refused_in_one_line(tmp_path, capsys, manifest):
    (tmp_path / "manifest.json").write_text(manifest)
    with pytest.raises(SystemExit) as ended:
        read_arguments(["--template", str(tmp_path)])
    assert ended.value.code == 2
    assert capsys.readouterr().err.splitlines()[-1].count("no manifest of `cdk synth`") == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ["--template", "a.yaml", "--template", "x=b.yaml", "--template", "x=c.yaml"],
        ["--template", "=a.yaml"],
        ["--template", "."],
        ["--api-id", "Api=UPPER"],
        ["--table", "t=id"],
    ],
)
def test_a_wrong_option_ends_with_2(tmp_path, monkeypatch, capsys, arguments):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as ended:
        read_arguments(arguments)
    assert ended.value.code == 2
    assert capsys.readouterr().err


def test_a_table_has_the_keys_of_its_option():
    found = table("user-orders=owner,at:N")
    assert found.name == "user-orders"
    assert found.properties["KeySchema"] == [
        {"AttributeName": "owner", "KeyType": "HASH"},
        {"AttributeName": "at", "KeyType": "RANGE"},
    ]
    assert [one["AttributeType"] for one in found.properties["AttributeDefinitions"]] == ["S", "N"]


@pytest.mark.parametrize(
    "text", ["", "name", "na=id", "name=", "name=id:X", "name=a,b,c", "name=a,a", "na me=id", "name=a,"]
)
def test_a_table_that_dynamodb_would_refuse_is_refused(text):
    with pytest.raises(argparse.ArgumentTypeError):
        table(text)


def test_a_table_that_the_template_has_is_an_error(tmp_path):
    path = tmp_path / "template.yaml"
    own = "T: {Type: AWS::Serverless::SimpleTable, Properties: {TableName: guests}}"
    resources = "\n  ".join([own, api("StageName: p, Routes: {hi: {FunctionArn: x}}"), function("CodeUri: .")])
    path.write_text(f"Transform: AWS::Serverless-2016-10-31\nResources:\n  {resources}\n")
    assert [*read_template(path, tables=(table("other=id"),)).tables] == ["T", "other"]
    with pytest.raises(InvalidTemplateError, match="--table guests: the template has this table"):
        read_template(path, tables=(table("guests=id"),))


@pytest.fixture
def handlers(tmp_path, monkeypatch):
    """The handlers of a project without a template."""
    monkeypatch.chdir(tmp_path)
    for name in ("connect.py", "a/send.py", "b/send.py", "hang-up.mjs"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("")
    return tmp_path


def test_routes_without_a_template_are_an_api_with_a_function_for_each_handler(handlers):
    routes = ["$connect=connect.py:handler", "$disconnect=hang-up.mjs:handler", "a=a/send.py:main", "b=b/send.py:main"]
    given = [*(word for route in [*routes, "$default=a/send.py:main"] for word in ("--route", route))]
    settings = read_arguments([*given, "--variable", "TABLE=guests", "--table", "guests=id", "--api-id", "Api=abc"])
    deployment = deployment_of_routes(
        settings.routes, settings.variables, settings.region, settings.api_ids, settings.tables
    )
    [found] = deployment.apis
    assert (found.api_id, found.stage_name) == ("abc", "prod")
    assert {key: one.function for key, one in found.routes.items()} == {
        "$connect": "ConnectHandler",
        "$disconnect": "HangUpHandler",
        "a": "SendMain",
        "b": "SendMain2",
        "$default": "SendMain",
    }
    assert deployment.functions["SendMain2"].code_dir == handlers / "b"
    assert deployment.functions["HangUpHandler"].runtime == "nodejs22.x"
    assert deployment.functions["ConnectHandler"].environment == {"TABLE": "guests"}
    assert [*deployment.tables] == ["guests"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--route", "connect.py:handler"], "must be KEY=FILE:HANDLER"),
        (["--route", "$open=connect.py:handler"], "must be KEY=FILE:HANDLER"),
        (["--route", "a=connect.py"], "must be KEY=FILE:HANDLER"),
        (["--route", "a=connect.rb:handler"], "must be KEY=FILE:HANDLER"),
        (["--route", "a=absent.py:handler"], "there is no file"),
        (["--route", "a=connect.py:handler", "--route", "a=a/send.py:main"], "gives a key twice"),
        (["--route", "a=connect.py:handler", "--template", "t.yaml"], "leave --template out"),
    ],
)
def test_a_route_that_cannot_be_is_refused(handlers, capsys, arguments, message):
    with pytest.raises(SystemExit) as ended:
        read_arguments(arguments)
    assert ended.value.code == 2
    assert message in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--port", "abc"], "--port: must be between 0 and 65535, not abc"),
        (["--aws-port", "-1"], "--aws-port: must be between 0 and 65535, not -1"),
        (["--idle-timeout", "soon"], "--idle-timeout: must be between 0 and 86400 seconds, not soon"),
        (["--max-age", "nan"], "--max-age: must be between 0 and 86400 seconds, not nan"),
        (["--max-environments", "0"], "--max-environments: must be between 1 and 1000, not 0"),
        (["--environment-wait-ms", "-5"], "--environment-wait-ms: must be between 0 and 60000, not -5"),
        (["conections"], "conections is no command, and no template has this name"),
    ],
)
def test_a_wrong_argument_is_named_with_what_it_may_be(capsys, arguments, message):
    with pytest.raises(SystemExit) as ended:
        read_arguments(arguments)
    assert ended.value.code == 2
    assert message in capsys.readouterr().err


def test_a_message_in_place_of_a_connection_id_is_refused_before_anything_is_sent(capsys):
    with pytest.raises(SystemExit) as ended:
        send.main(['{"action": "say"}'])
    assert ended.value.code == 2
    assert "is no connection id" in capsys.readouterr().err
