"""Runs the installed emulator on a template of its own, in an environment that holds nothing else.

    python -I first_use.py                       (`make check-package` does so)

Starts the command and the module, connects a WebSocket, gets an answer and a post, and ends the emulator.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import urllib.request
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from websockets.sync.client import connect

TEMPLATE = """
AWSTemplateFormatVersion: "2010-09-09"
Transform: AWS::Serverless-2016-10-31
Resources:
  Chat:
    Type: AWS::Serverless::WebSocketApi
    Properties:
      StageName: live
      RouteSelectionExpression: $request.body.action
      Routes:
        $connect: {FunctionArn: !GetAtt Connect.Arn}
        $default: {FunctionArn: !GetAtt Default.Arn}
  Connect:
    Type: AWS::Serverless::Function
    Properties: {CodeUri: code, Handler: chat.connect, Runtime: python3.13}
  Default:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: code
      Handler: chat.default
      Runtime: python3.13
      Environment: {Variables: {TABLE: !Ref Messages}}
  Messages:
    Type: AWS::Serverless::SimpleTable
"""
CODE = """
import json
import os

import boto3


def connect(event, context):
    return {"statusCode": 200}


def default(event, context):
    request = event["requestContext"]
    table = boto3.resource("dynamodb").Table(os.environ["TABLE"])
    table.put_item(Item={"id": request["connectionId"], "body": event["body"]})
    stored = table.get_item(Key={"id": request["connectionId"]}, ConsistentRead=True)["Item"]["body"]
    api = boto3.client("apigatewaymanagementapi", endpoint_url=f"https://{request['domainName']}/{request['stage']}")
    api.post_to_connection(ConnectionId=request["connectionId"], Data=json.dumps({"stored": stored}))
    return {"statusCode": 200}
"""
COMMAND = [str(Path(sys.executable).with_name("apigw-emulator"))]
MODULE = [sys.executable, "-m", "local_emulator"]
SECONDS = 60


def main() -> None:
    alien = [name for name in ("handlers", "domain", "infra", "tests") if find_spec(name)]
    assert not alien, f"the emulator's package brings {alien}"
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        Path("template.yaml").write_text(TEMPLATE)
        Path("code").mkdir()
        Path("code/chat.py").write_text(CODE)
        for command in (COMMAND, MODULE):
            said = subprocess.run([*command, "--version"], capture_output=True, text=True, check=True).stdout
            assert version("apigw-emulator") in said, said
        for command in (COMMAND, [*MODULE, "--isolation", "process"]):
            use(command)
            print(Path(command[0]).name, *command[1:], "carries messages, posts and writes items")
    print(
        "apigw-emulator", version("apigw-emulator"), "with", *(f"{name} {version(name)}" for name in ("boto3", "moto"))
    )


def use(command: list[str]) -> None:
    """Starts the emulator, talks to it, and ends it as Ctrl-C does."""
    process = subprocess.Popen(
        [*command, "--port", str(_free_port()), "--aws-port", str(_free_port())], stdout=subprocess.PIPE, text=True
    )
    try:
        url = _address(process)
        with connect(url, open_timeout=SECONDS) as socket:
            socket.send("hello")
            assert json.loads(socket.recv(timeout=SECONDS)) == {"stored": "hello"}
        with urllib.request.urlopen(f"http{url[2:].rpartition('/')[0]}/_emulator/", timeout=SECONDS) as page:
            assert b"<html" in page.read()
        process.send_signal(signal.SIGINT)
        assert process.wait(SECONDS) == 0
    finally:
        process.kill()


def _address(process: subprocess.Popen[str]) -> str:
    """The URL that the emulator prints when it is ready; the start says nothing of a part of moto that is missing."""
    assert process.stdout is not None
    printed = ""
    for line in process.stdout:
        printed += line
        assert "moto" not in line, line
        if found := re.search(r"ws://\S+", line):
            return found[0]
    raise AssertionError(f"the emulator ended before it was ready:\n{printed}")


def _free_port() -> int:
    import socket

    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        return int(bound.getsockname()[1])


main()
