"""Function URLs over real sockets, of functions in their own processes."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from local_emulator import Emulator
from local_emulator.template.reader import read_template
from testing.running import free_port
from testing.translator import translated, with_folders

TEMPLATE = """
Transform: AWS::Serverless-2016-10-31
Globals: {Function: {Runtime: python3.13, CodeUri: ., Handler: app.handler}}
Resources:
  Hook:
    Type: AWS::Serverless::Function
    Properties:
      FunctionUrlConfig:
        AuthType: NONE
        Cors: {AllowOrigins: ["https://app.example.com"], AllowMethods: [POST], AllowHeaders: [x-a], MaxAge: 60}
  Caller:
    Type: AWS::Serverless::Function
    Properties: {Handler: app.call, Timeout: 10, Environment: {Variables: {HOOK: !GetAtt HookUrl.FunctionUrl}}}
  Signed:
    Type: AWS::Serverless::Function
    Properties: {FunctionUrlConfig: {AuthType: AWS_IAM}}
  Closed: {Type: AWS::Serverless::Function}
  ClosedUrl: {Type: AWS::Lambda::Url, Properties: {AuthType: NONE, TargetFunctionArn: !GetAtt Closed.Arn}}
  Stopped:
    Type: AWS::Serverless::Function
    Properties: {ReservedConcurrentExecutions: 0, FunctionUrlConfig: {AuthType: NONE}}
"""
CODE = """
import json, os, urllib.request
def handler(event, context):
    asked = json.loads(event["body"]) if event.get("body") and not event["isBase64Encoded"] else {}
    if asked.get("raise"):
        raise ValueError("as you wish")
    return asked.get("result", {"statusCode": 200, "body": json.dumps(event)})
def call(event, context):
    with urllib.request.urlopen(os.environ["HOOK"] + "from/inside?a=1") as answer:
        return json.load(answer)
"""
PAGE = {"Origin": "https://app.example.com"}
JSON = {"Content-Type": "application/json"}


class Answer(NamedTuple):
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@pytest.fixture(scope="module")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    folder = tmp_path_factory.mktemp("urls")
    (folder / "template.yaml").write_text(TEMPLATE)
    (folder / "app.py").write_text(CODE)
    arguments = ["--port", str(free_port())]
    with Emulator(folder=folder, arguments=arguments) as emulator:
        yield emulator


def ask(emulator: Emulator, path: str, body: bytes | None = None, method: str = "POST", **headers: str) -> Answer:
    connection = http.client.HTTPConnection("127.0.0.1", int(emulator.http_url.rpartition(":")[2]), timeout=20)
    connection.request(method, path, body, headers)
    answer = connection.getresponse()
    found = Answer(answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read())
    connection.close()
    return found


def test_a_request_becomes_an_event_of_format_2(emulator: Emulator) -> None:
    event = ask(emulator, "/_lambda-url/Hook/a%20b/c?x=1&x=2", b"\x00", Cookie="a=1; b=2").json
    assert (event["version"], event["rawPath"], event["rawQueryString"]) == ("2.0", "/a%20b/c", "x=1&x=2")
    assert (event["cookies"], event["body"], event["isBase64Encoded"]) == (["a=1", "b=2"], "AA==", True)
    assert event["requestContext"]["http"]["sourceIp"] == "127.0.0.1"


@pytest.mark.parametrize("path", ["/_lambda-url/Hook", "/_lambda-url/Hook/", "/_lambda-url/HookUrl/"])
def test_the_path_names_the_function_or_the_url(emulator: Emulator, path: str) -> None:
    assert ask(emulator, path).json["rawPath"] == "/"


def test_the_host_of_aws_is_served_to_clients_and_to_functions(emulator: Emulator) -> None:
    host = ask(emulator, "/_lambda-url/Hook/").json["requestContext"]["domainName"]
    assert ask(emulator, "/2015-03-31/x", Host=host).json["rawPath"] == "/2015-03-31/x"
    seen = ask(emulator, "/2015-03-31/functions/Caller/invocations", b"{}").json
    assert (seen["rawPath"], seen["rawQueryString"], seen["headers"]["host"]) == ("/from/inside", "a=1", host)


def test_sams_own_translation_has_the_same_urls(tmp_path: Path) -> None:
    source, translation = tmp_path / "template.yaml", tmp_path / "translated.json"
    source.write_text(TEMPLATE)
    translation.write_text(json.dumps(with_folders(translated(source))))
    assert read_template(translation).function_urls == read_template(source).function_urls


def test_a_value_is_the_json_of_a_200(emulator: Emulator) -> None:
    answer = ask(emulator, "/_lambda-url/Hook/", b'{"result": "hello"}', **JSON)
    assert (answer.status, answer.headers["content-type"], answer.body) == (200, "application/json", b'"hello"')


@pytest.mark.parametrize("asked", [b'{"raise": true}', b'{"result": {"statusCode": "x"}}'])
def test_a_failure_is_a_502(emulator: Emulator, asked: bytes) -> None:
    answer = ask(emulator, "/_lambda-url/Hook/", asked, **JSON)
    assert (answer.status, answer.body) == (502, b"Internal Server Error")


def test_without_a_permission_or_a_signature_the_answer_is_403(emulator: Emulator) -> None:
    for name in ("Closed", "Signed"):
        answer = ask(emulator, f"/_lambda-url/{name}/")
        assert (answer.status, answer.headers["x-amzn-errortype"]) == (403, "AccessDeniedException")


def test_a_signed_request_is_let_in(emulator: Emulator) -> None:
    request = AWSRequest("GET", f"{emulator.http_url}/_lambda-url/Signed/")
    SigV4Auth(Credentials("AKIDLOCAL", "secret"), "lambda", "us-east-1").add_auth(request)
    event = ask(emulator, "/_lambda-url/Signed/", method="GET", **dict(request.headers.items())).json
    assert event["requestContext"]["authorizer"]["iam"]["accessKey"] == "AKIDLOCAL"


def test_pages_of_other_websites_may_call_and_lambda_answers_their_preflights(emulator: Emulator) -> None:
    preflight = ask(
        emulator, "/_lambda-url/Hook/", method="OPTIONS", **PAGE, **{"Access-Control-Request-Method": "POST"}
    )
    assert (preflight.status, preflight.body) == (200, b"")
    assert preflight.headers["access-control-allow-methods"] == "POST"
    answer = ask(emulator, "/_lambda-url/Hook/", b"x", **PAGE)
    assert answer.headers["access-control-allow-origin"] == PAGE["Origin"]
    assert "access-control-allow-origin" not in ask(emulator, "/_lambda-url/Hook/", Origin="https://evil.test").headers


def test_limits_are_lambdas(emulator: Emulator) -> None:
    assert ask(emulator, "/_lambda-url/Hook/", bytes(6 * 1024 * 1024 + 1)).status == 413
    assert ask(emulator, "/_lambda-url/Stopped/").status == 429
    assert ask(emulator, "/_lambda-url/Missing/").status == 404


def test_the_ready_facts_list_the_urls(emulator: Emulator) -> None:
    urls = ask(emulator, "/_emulator/health", method="GET").json["functionUrls"]
    assert f"{emulator.http_url.replace('localhost', '127.0.0.1')}/_lambda-url/Hook/" in urls
