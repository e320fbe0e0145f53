"""The events that the command line prints."""

from __future__ import annotations

import json

import pytest

from local_emulator.cli.generate_event import main


def _event(capsys, *arguments: str):
    assert main(list(arguments)) == 0
    return json.loads(capsys.readouterr().out)


@pytest.mark.parametrize(
    ("kind", "route", "event_type"),
    [
        ("$connect", "$connect", "CONNECT"),
        ("connect", "$connect", "CONNECT"),
        ("message", "$default", "MESSAGE"),
        ("$disconnect", "$disconnect", "DISCONNECT"),
    ],
)
def test_each_event_has_its_route_and_type(capsys, kind, route, event_type):
    context = _event(capsys, kind)["requestContext"]
    assert (context["routeKey"], context["eventType"]) == (route, event_type)


def test_the_handshake_is_in_the_authorizers_event(capsys):
    event = _event(capsys, "authorizer", "--query", "token=a b", "--header", "Origin=https://a.example")
    assert event["type"] == "REQUEST" and event["queryStringParameters"] == {"token": "a b"}
    assert event["headers"]["Origin"] == "https://a.example" and event["methodArn"].endswith("/prod/$connect")


def test_a_message_has_body_route_and_authorizer(capsys):
    event = _event(capsys, "message", "--body", "hi", "--route-key", "say", "--authorizer", "principalId=ann")
    context = event["requestContext"]
    assert (event["body"], context["routeKey"], context["authorizer"]["principalId"]) == ("hi", "say", "ann")


def test_an_unknown_event_is_refused(capsys):
    with pytest.raises(SystemExit) as ended:
        main(["reconnect"])
    assert ended.value.code == 2
