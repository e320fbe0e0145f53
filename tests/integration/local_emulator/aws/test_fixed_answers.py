"""Files answer actions that the emulator does not have, as boto3 reads them."""

import json
import threading

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from moto.moto_server.werkzeug_app import create_backend_app
from werkzeug.serving import make_server

from local_emulator.aws.failures import Failures
from local_emulator.aws.fixed_answers import FixedAnswers, InvalidAnswerError, read_answer_option
from local_emulator.aws.server import MotoDispatcher

TEXT = {"output": {"message": {"role": "assistant", "content": [{"text": "Hé"}]}}, "stopReason": "end_turn"}
EVENTS = [
    {"messageStart": {"role": "assistant"}},
    {"contentBlockDelta": {"delta": {"text": "Hé"}, "contentBlockIndex": 0}},
    {"messageStop": {"stopReason": "end_turn"}},
]
FILES = {
    "bedrock-runtime.converse": TEXT,
    "bedrock-runtime.converse_stream": EVENTS,
    "bedrock-runtime.InvokeModel": {"body": {"completion": "x"}, "contentType": "application/json"},
    "bedrock-runtime.invoke_model_with_response_stream": [{"chunk": {"bytes": {"completion": "x"}}}],
    "sts.get_caller_identity": {"Account": "1"},
    "secretsmanager.get_secret_value": {"SecretString": "s", "CreatedDate": "2026-01-02T03:04:05Z"},
}
ASKED = {"modelId": "anthropic/x:0", "messages": [{"role": "user", "content": [{"text": "hi"}]}]}


@pytest.fixture(scope="module")
def console():
    return []


@pytest.fixture(scope="module")
def client(tmp_path_factory, console):
    """Makes clients of a server with these answers before moto."""
    folder = tmp_path_factory.mktemp("answers")
    options = []
    for name, content in FILES.items():
        (folder / f"{name}.json").write_text(json.dumps(content))
        options.append(read_answer_option(f"{name}={folder / f'{name}.json'}"))
    app = Failures(console.append).wrap(FixedAnswers(options, console.append).wrap(MotoDispatcher(create_backend_app)))
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    given = {"region_name": "us-east-1", "aws_access_key_id": "a", "aws_secret_access_key": "b"}
    config = Config(inject_host_prefix=False)
    yield lambda name: boto3.client(name, endpoint_url=f"http://127.0.0.1:{server.port}", config=config, **given)
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_model_answers_by_a_file_at_once_and_as_a_stream(client, console):
    bedrock = client("bedrock-runtime")
    assert bedrock.converse(**ASKED)["output"] == TEXT["output"]
    assert list(bedrock.converse_stream(**ASKED)["stream"]) == EVENTS
    assert json.loads(bedrock.invoke_model(modelId="m", body=b"{}")["body"].read()) == {"completion": "x"}
    [event] = bedrock.invoke_model_with_response_stream(modelId="m", body=b"{}")["body"]
    assert json.loads(event["chunk"]["bytes"]) == {"completion": "x"}
    assert any(line.startswith("bedrock-runtime Converse is answered by ") for line in console)


def test_a_model_without_a_file_is_not_emulated():
    app = Failures([].append).wrap(MotoDispatcher(create_backend_app))
    signed = {"HTTP_AUTHORIZATION": "AWS4-HMAC-SHA256 Credential=a/20260101/us-east-1/bedrock/aws4_request, x"}
    asked = {**signed, "PATH_INFO": "/model/anthropic/x:0/invoke", "REQUEST_METHOD": "POST"}
    statuses: list[str] = []
    [body] = app(asked, lambda status, headers: statuses.append(status))
    assert statuses == ["501 Not Implemented"] and b"--answer bedrock-runtime.invoke_model=FILE" in body


def test_services_of_other_protocols_answer_by_files(client):
    assert client("sts").get_caller_identity()["Account"] == "1"
    found = client("secretsmanager").get_secret_value(SecretId="s")
    assert (found["SecretString"], found["CreatedDate"].year) == ("s", 2026)
    assert client("secretsmanager").list_secrets()["SecretList"] == []


@pytest.mark.parametrize(
    ("service", "action", "asked"),
    [
        ("translate", "translate_text", {"Text": "a", "SourceLanguageCode": "en", "TargetLanguageCode": "de"}),
        ("location", "list_maps", {}),
        ("bedrock-agent-runtime", "retrieve", {"knowledgeBaseId": "ABCDEFGHIJ", "retrievalQuery": {"text": "a"}}),
        ("iot", "list_audit_findings", {}),
        ("frauddetector", "get_models", {}),
    ],
)
def test_what_is_missing_is_one_error_and_one_line(client, console, service, action, asked):
    before = len(console)
    with pytest.raises(ClientError) as refused:
        getattr(client(service), action)(**asked)
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 501
    assert refused.value.response["ResponseMetadata"]["RetryAttempts"] == 0
    [line] = console[before:]
    assert "is not emulated" in line


@pytest.mark.parametrize(
    ("option", "content", "message"),
    [
        ("bedrock-runtime.converse", "", "must be SERVICE.ACTION=FILE"),
        ("nosuch.converse=F", "{}", "botocore has no service nosuch"),
        ("bedrock-runtime.sing=F", "{}", "it has no action sing"),
        ("dynamodb.get_item=F", "{}", "its tables answer"),
        ("bedrock-runtime.converse=absent.json", "{}", "cannot be read"),
        ("bedrock-runtime.converse=F", '{\n"a"', "answer.json:2: is not JSON"),
        ("bedrock-runtime.converse=F", "\udcff", "is not JSON"),
        ("bedrock-runtime.converse=F", "[" * 100_000, "is not JSON"),
        ("bedrock-runtime.converse=F", "[]", "must be an object"),
        ("bedrock-runtime.converse=F", '{"outputs": 1}', "has no outputs; it has output"),
        ("bedrock-runtime.converse=F", '{"output": {"message": {"content": "a"}}}', "content must be of the type list"),
        ("bedrock-runtime.converse=F", '{"stopReason": 1}', "stopReason must be of the type string"),
        ("bedrock-runtime.converse_stream=F", '[{"messageEnd": {}}]', "stream[0] has no messageEnd"),
    ],
)
def test_an_answer_that_cannot_be_is_refused_with_its_place(tmp_path, option, content, message):
    file = tmp_path / "answer.json"
    file.write_bytes(content.encode("utf-8", "surrogateescape"))
    with pytest.raises(InvalidAnswerError) as refused:
        read_answer_option(option.replace("=F", f"={file}"))
    assert message in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_bucket_that_does_not_exist_is_404_as_it_is_in_aws(client, console):
    before = len(console)
    with pytest.raises(ClientError) as refused:
        client("s3").head_bucket(Bucket="no-such-bucket")
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 404
    assert console[before:] == []
