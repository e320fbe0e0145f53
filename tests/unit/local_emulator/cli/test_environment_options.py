"""Options as environment variables."""

from __future__ import annotations

from pathlib import Path

import pytest

from local_emulator.cli.run_arguments import read_arguments


def _settings(*arguments: str, **variables: str):
    environ = {f"APIGW_EMULATOR_{name}": value for name, value in variables.items()}
    return read_arguments(list(arguments), {**environ, "HOME": "/"})


def test_each_kind_of_option_has_a_variable():
    found = _settings(
        PORT="4000", PARAMETER="A=1 'B=two words'", STRICT="true", NO_SCHEDULES="0", LIMIT="idle_seconds=5"
    )
    assert (found.port, found.parameters) == (4000, {"A": "1", "B": "two words"})
    assert found.strict and found.schedules and found.limits.idle_seconds == 5


def test_quiet_is_the_least_that_the_console_can_say():
    assert _settings("-q").log_level == _settings(QUIET="1").log_level == "error"


def test_the_command_line_wins(tmp_path):
    found = _settings("--port", "5000", "--parameter", "A=line", PORT="4000", PARAMETER="A=environment B=2")
    assert found.port == 5000 and found.parameters == {"A": "line", "B": "2"}
    own = tmp_path / "own.yaml"
    assert _settings(str(own), TEMPLATE="other.yaml").template == own
    assert _settings(TEMPLATE="other.yaml").template == Path("other.yaml")


@pytest.mark.parametrize(
    ("variables", "message"),
    [
        ({"PORT": "x"}, "APIGW_EMULATOR_PORT: must be between"),
        ({"PORT": "99999"}, "APIGW_EMULATOR_PORT: must be between"),
        ({"STRICT": "perhaps"}, "APIGW_EMULATOR_STRICT: 'perhaps' must be true or false"),
        ({"LOG_LEVEL": "loud"}, "APIGW_EMULATOR_LOG_LEVEL: 'loud' must be one of debug"),
        ({"PROT": "3001"}, "APIGW_EMULATOR_PROT is no option"),
    ],
)
def test_a_wrong_variable_is_named(capsys, variables, message):
    with pytest.raises(SystemExit) as ended:
        _settings(**variables)
    assert ended.value.code == 2 and message in capsys.readouterr().err
