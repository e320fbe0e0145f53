"""The sources of tokens that need no server."""

from __future__ import annotations

from pathlib import Path

import pytest

from clients.terminal.arguments import read_arguments
from clients.terminal.tokens import NoTokenError, of_command

PRINTED = "a.b.c"


async def test_the_token_is_the_output_of_the_command_without_white_space() -> None:
    assert await of_command(f"printf ' {PRINTED}\\n\\n'")() == PRINTED


@pytest.mark.parametrize("command", ["exit 7", "true", "echo '<html> 502'", "printf '\\377'", "printf 'a\\nb'"])
async def test_a_failure_is_passing_once_the_command_has_worked(command: str, tmp_path: Path) -> None:
    with pytest.raises(NoTokenError) as at_first:
        await of_command(command)()
    token = of_command(f"if [ -e {tmp_path}/seen ]; then {command}; else touch {tmp_path}/seen; echo {PRINTED}; fi")
    assert await token() == PRINTED
    with pytest.raises(NoTokenError) as later:
        await token()
    assert (at_first.value.passing, later.value.passing) == (False, True)
    assert str(at_first.value) == str(later.value)


@pytest.mark.parametrize("text", ["", " ", "a\nb", "a b", "té"])
def test_a_token_that_no_header_holds_is_refused_and_not_repeated(
    text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        read_arguments(["--token", text])
    assert "argument --token: it is empty, or holds a character that no token has\n" in capsys.readouterr().err


def test_white_space_around_a_token_is_removed() -> None:
    assert read_arguments(["--token", f"{PRINTED}\n"]).token == PRINTED
