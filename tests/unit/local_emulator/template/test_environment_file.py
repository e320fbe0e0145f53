"""The file of `--env-vars`."""

from __future__ import annotations

import json

import pytest

from local_emulator.template.document import InvalidTemplateError
from local_emulator.template.environment_file import with_environment_file
from testing.template_snippets import function


@pytest.fixture
def variables(read, tmp_path):
    """The variables and notices of two functions, given the text of a file."""

    def variables(text):
        file = tmp_path / "env.json"
        file.write_text(text)
        own = "CodeUri: ., FunctionName: named, Environment: {Variables: {A: template, B: template}}"
        other = function("CodeUri: ., Environment: {Variables: {A: template}}", logical_id="G")
        deployment = with_environment_file(read(f"{function(own)}\n{other}"), file)
        values = {name: dict(deployment.functions[name].environment) for name in ("F", "G")}
        return values, deployment.notices

    return variables


def test_a_functions_own_value_wins_over_that_of_all(variables):
    values, notices = variables(json.dumps({"Parameters": {"A": "all", "B": "all"}, "F": {"A": 1}}))
    assert values == {"F": {"A": "1", "B": "all"}, "G": {"A": "all"}} and notices == ()


def test_a_function_may_have_its_physical_name(variables):
    assert variables('{"named": {"B": true}}')[0]["F"] == {"A": "template", "B": "true"}


def test_what_the_template_lacks_is_ignored_and_named(variables):
    values, notices = variables('{"F": {"NEW": "x"}, "H": {"A": "x"}}')
    assert values["F"] == {"A": "template", "B": "template"}
    assert "the template has no function H" in notices[0] and "F has no variable NEW" in notices[1]


@pytest.mark.parametrize(
    ("text", "message"),
    [("{\n!", "env.json:2: is not JSON"), ("[]", "must be a mapping"), ('{"F": {"A": []}}', "A must be text")],
)
def test_a_wrong_file_is_refused(variables, text, message):
    with pytest.raises(InvalidTemplateError, match=message):
        variables(text)
