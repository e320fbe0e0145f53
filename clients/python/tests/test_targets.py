"""Targets against a local SQS, and against a stub of Lambda's Invoke API (moto runs no function)."""

import json
import os
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import boto3
import pytest

from upload_progress_reporter import LambdaTarget, NotSentError, SqsTarget, Update, UploadReporter
from upload_progress_reporter.targets import as_target

from .conftest import CREDENTIALS, Received


def update(upload: str = "u1", rev: int = 1) -> Update:
    return {
        "userId": "alice",
        "uploadId": upload,
        "runId": "run-of-it",
        "fileName": "Übung.mp4",
        "status": "uploading",
        "phase": "transfer",
        "bytesUploaded": rev,
        "bytesTotal": 100,
        "attempt": 1,
        "rev": rev,
    }


class InvokeApi(ThreadingHTTPServer):
    """Answers Invoke as Lambda does: 202 and no body for an event (API reference, Invoke)."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.calls: list[tuple[str, str | None, Any]] = []
        self.status = 202


class _Handler(BaseHTTPRequestHandler):
    server: InvokeApi

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.calls.append((self.path, self.headers.get("X-Amz-Invocation-Type"), body))
        self.send_response(self.server.status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Keep quiet."""


@pytest.fixture
def invoke_api() -> Iterator[InvokeApi]:
    with InvokeApi() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def lambda_client(invoke_api: InvokeApi) -> Iterator[Any]:
    url = f"http://127.0.0.1:{invoke_api.server_address[1]}"
    client = boto3.client("lambda", endpoint_url=url, **CREDENTIALS)
    yield client
    client.close()


@pytest.fixture
def sqs(aws: str) -> Iterator[Any]:
    client = boto3.client("sqs", endpoint_url=aws, **CREDENTIALS)
    yield client
    client.close()


def received_from(sqs: Any, queue: str) -> list[Any]:
    found: list[Any] = []
    while messages := sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages"):
        for message in messages:
            found.append(json.loads(message["Body"]))
            sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
    return found


def test_lambda_is_invoked_asynchronously_with_a_list_of_updates(invoke_api: InvokeApi, lambda_client: Any) -> None:
    LambdaTarget("PushFunction", lambda_client).send([update(rev=1), update("u2", 2)])
    path = "/2015-03-31/functions/PushFunction/invocations"
    assert invoke_api.calls == [(path, "Event", {"updates": [update(rev=1), update("u2", 2)]})]


def test_a_refused_invocation_is_a_failure_of_the_batch(invoke_api: InvokeApi, lambda_client: Any) -> None:
    invoke_api.status = 403
    with pytest.raises(lambda_client.exceptions.ClientError):
        LambdaTarget("PushFunction", lambda_client).send([update()])


def test_a_client_is_made_when_first_needed_and_once_per_process(
    lambda_client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[int] = []

    def make_client() -> Any:
        made.append(os.getpid())
        return lambda_client

    target = LambdaTarget("PushFunction", make_client=make_client)
    assert made == []
    for _ in range(3):
        target.send([update()])
    assert made == [os.getpid()]
    monkeypatch.setattr(os, "getpid", lambda: -1)
    target.send([update()])
    assert len(made) == 2


def test_without_a_client_boto3_makes_one_from_its_own_settings(
    invoke_api: InvokeApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_LAMBDA", f"http://127.0.0.1:{invoke_api.server_address[1]}")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    target = LambdaTarget("PushFunction")
    target.send([update()])
    target._client().close()
    assert [call[1] for call in invoke_api.calls] == ["Event"]


def test_sqs_gets_one_message_per_update(sqs: Any) -> None:
    queue = sqs.create_queue(QueueName="progress")["QueueUrl"]
    updates = [update(f"u{number}", number) for number in range(10)]
    SqsTarget(queue, sqs).send(updates)
    assert sorted(received_from(sqs, queue), key=lambda item: item["rev"]) == updates


def test_a_fifo_queue_keeps_each_upload_in_order_and_drops_repetitions(sqs: Any) -> None:
    queue = sqs.create_queue(QueueName="progress.fifo", Attributes={"FifoQueue": "true"})["QueueUrl"]
    target = SqsTarget(queue, sqs)
    target.send([update(rev=1), update(rev=2)])
    target.send([update(rev=2), update(rev=3)])
    assert received_from(sqs, queue) == [update(rev=1), update(rev=2), update(rev=3)]


class PartlyDeaf:
    """A queue client whose service refuses one entry of each batch (SendMessageBatch, `Failed`)."""

    def send_message_batch(self, QueueUrl: str, Entries: list[dict[str, str]]) -> dict[str, Any]:
        return {"Failed": [{"Id": Entries[1]["Id"], "Code": "InternalError", "SenderFault": False}]}


def test_entries_that_sqs_refuses_are_named() -> None:
    with pytest.raises(NotSentError, match="InternalError") as caught:
        SqsTarget("http://queue", PartlyDeaf()).send([update("a"), update("b"), update("c")])
    assert caught.value.updates == [update("b")]


def test_many_uploads_reach_sqs_in_batches_of_ten(sqs: Any) -> None:
    queue = sqs.create_queue(QueueName="many")["QueueUrl"]
    target = SqsTarget(queue, sqs)
    reports = [
        UploadReporter(user_id="alice", upload_id=f"u{n}", file_name="f", bytes_total=1, target=target)
        for n in range(25)
    ]
    for report in reports:
        with report:
            report(1)
    assert reports[0].flush(20)
    ends = [item["uploadId"] for item in received_from(sqs, queue) if item["status"] == "completed"]
    assert sorted(ends) == sorted(f"u{n}" for n in range(25))


def test_a_large_burst_stays_below_the_limit_of_an_invocation(invoke_api: InvokeApi, lambda_client: Any) -> None:
    target = LambdaTarget("PushFunction", lambda_client)
    reports = [
        UploadReporter(user_id="alice", upload_id=f"u{n}", file_name="n" * 1000, target=target) for n in range(400)
    ]
    with reports[0]._sender._wake:  # hold the thread until all of them wait
        for report in reports:
            report.completed()
    assert reports[0].flush(20)
    sizes = [len(json.dumps(call[2], separators=(",", ":"))) for call in invoke_api.calls]
    assert len(sizes) > 1 and max(sizes) <= 200_100
    assert sum(len(call[2]["updates"]) for call in invoke_api.calls) == 400


def test_any_callable_is_a_target() -> None:
    received = Received()
    as_target(received).send([update()])
    assert received.updates == [update()]
