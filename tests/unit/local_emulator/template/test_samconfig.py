"""The parameters of samconfig.toml."""

from __future__ import annotations

import pytest

from local_emulator.project import Project
from local_emulator.settings import Settings
from local_emulator.template.document import InvalidTemplateError
from local_emulator.template.samconfig import samconfig_parameters, samconfig_path


@pytest.mark.parametrize(
    "value",
    [
        '''"A=1 B=\\"two words\\""''',
        """["A=1", "B=two words"]""",
        """["A=1 B='two words'"]""",
        '''"ParameterKey=A,ParameterValue=1 ParameterKey=B,ParameterValue='two words'"''',
        """{A = 1, B = "two words"}""",
    ],
)
def test_each_form_of_overrides_is_read(tmp_path, value):
    file = tmp_path / "samconfig.toml"
    file.write_text(f"version = 0.1\n[default.deploy.parameters]\nparameter_overrides = {value}\n")
    assert samconfig_parameters(file) == {"A": "1", "B": "two words"}


def test_a_value_may_hold_an_equals_sign_and_be_empty(tmp_path):
    file = tmp_path / "samconfig.toml"
    file.write_text('[default.global.parameters]\nparameter_overrides = ["A=x=y", "B="]\n')
    assert samconfig_parameters(file) == {"A": "x=y", "B": ""}


def test_the_command_nearest_to_a_local_run_wins_and_environments_are_apart(tmp_path):
    file = tmp_path / "samconfig.toml"
    commands = {"default.global": "global", "default.deploy": "deploy", "default.local_start_api": "local"}
    text = [f'[{name}.parameters]\nparameter_overrides = "A={value}"' for name, value in commands.items()]
    file.write_text("\n".join([*text, '[staging.deploy.parameters]\nparameter_overrides = "A=staging"']))
    assert samconfig_parameters(file) == {"A": "local"}
    assert samconfig_parameters(file, "staging") == {"A": "staging"}
    assert samconfig_parameters(tmp_path / "none.toml") == {}


def test_yaml_is_read_too_and_a_build_has_the_configuration_of_its_project(tmp_path):
    file = tmp_path / "samconfig.yaml"
    file.write_text("default: {deploy: {parameters: {parameter_overrides: [A=1]}}}")
    assert samconfig_path(tmp_path / ".aws-sam" / "build" / "template.yaml") == file
    assert samconfig_parameters(samconfig_path(tmp_path / "template.yaml")) == {"A": "1"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[default", "samconfig.toml:1: is not TOML"),
        (
            '[default.deploy.parameters]\nparameter_overrides = "A"',
            "samconfig.toml:2: parameter_overrides: 'A' must be",
        ),
        (
            "[default.deploy.parameters]\nparameter_overrides = [[1]]",
            "samconfig.toml:2: parameter_overrides: [1] must be",
        ),
    ],
)
def test_a_wrong_file_is_refused_with_its_line(tmp_path, text, message):
    file = tmp_path / "samconfig.toml"
    file.write_text(text)
    with pytest.raises(InvalidTemplateError) as refused:
        samconfig_parameters(file)
    assert message in str(refused.value)


def test_the_command_line_wins_over_samconfig_and_unknown_parameters_are_named(read, tmp_path):
    path = read(head="Parameters: {A: {Type: String}, B: {Type: String}}", parameters={"A": "", "B": ""}).path
    overrides = 'parameter_overrides = "A=file B=file C=file"'
    (tmp_path / "samconfig.toml").write_text(f"[default.deploy.parameters]\n{overrides}\n")
    deployment = Project(Settings(template=path, parameters={"A": "line"})).read()
    assert deployment.parameters == {"A": "line", "B": "file"}
    [notice] = deployment.notices
    assert notice.endswith("samconfig gives parameters that no template has: C")


def test_an_environment_that_was_asked_for_must_be_there(tmp_path):
    path = tmp_path / "samconfig.toml"
    assert samconfig_parameters(path) == {}
    for text in (None, "[default.deploy.parameters]\n"):
        if text is not None:
            path.write_text(text)
        with pytest.raises(InvalidTemplateError, match="has no environment staging"):
            samconfig_parameters(path, "staging")
