import argparse
from dataclasses import fields

import pytest

from local_emulator.apigateway.rules.limits import GatewayLimits
from local_emulator.cli.limit_arguments import add_limits, read_limits


def read(*arguments):
    parser = argparse.ArgumentParser()
    add_limits(parser)
    return read_limits(parser.parse_args(arguments))


def test_without_arguments_they_are_those_of_aws():
    assert read() == GatewayLimits()


@pytest.mark.parametrize("one", fields(GatewayLimits), ids=lambda one: one.name)
def test_each_limit_has_its_name_on_the_command_line(one):
    default = getattr(GatewayLimits(), one.name)
    other = {bool: "true" if default is False else "false", str: "binary" if default == "text" else "x"}
    text = other.get(type(default), "7")
    assert getattr(read("--limit", f"{one.name}={text}"), one.name) != default


def test_the_short_forms_win():
    limits = read("--limit", "idle_seconds=9", "--idle-timeout", "1.5", "--max-age", "4")
    assert (limits.idle_seconds, limits.max_age_seconds) == (1.5, 4)


@pytest.mark.parametrize(
    "text",
    [
        "nothing=1",
        "idle_seconds",
        "idle_seconds=soon",
        "idle_seconds=nan",
        "frame_bytes=-1",
        "frame_bytes=1.5",
        "answers_pings=maybe",
    ],
)
def test_a_wrong_one_is_named(text, capsys):
    with pytest.raises(SystemExit):
        read("--limit", text)
    assert text.partition("=")[0] in capsys.readouterr().err
