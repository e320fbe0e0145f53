"""Runs the functions of one release: python driver.py TREE < work.json > result.json

Imports nothing of this repository but the functions in TREE, so that it runs any release. `work` has the rows of both
tables and the steps, `{"function", "event"}`. The result has the answers, the rows, and the messages by connection.
"""

from __future__ import annotations

import json
import os
import re
import sys
import threading
from collections import defaultdict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import import_module
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import unquote

import boto3
from moto import mock_aws

REGION = "us-east-1"
TABLES = {"connections": "connectionId", "uploads": "uploadId"}
VARIABLES = {
    "ABANDON_AFTER_MINUTES": "360",
    "ALLOWED_ORIGINS": "",
    "ALLOW_QUERY_TOKEN": "false",
    "ALLOW_CLIENT_REPORTS": "false",
    "AWS_ACCESS_KEY_ID": "local",
    "AWS_DEFAULT_REGION": REGION,
    "AWS_SECRET_ACCESS_KEY": "local",
    "CONNECTIONS_TABLE": "connections",
    "HEARTBEAT_SECONDS": "120",
    "IDLE_TIMEOUT_SECONDS": "300",
    "IGNORED_KEY_SUFFIXES": "",
    "MAX_CONNECTIONS_PER_USER": "10",
    "MAX_CONNECTION_SECONDS": "7080",
    "MAX_CONNECTION_WARNING_SECONDS": "480",
    "MESSAGES_BURST": "20",
    "MESSAGES_PER_10_SECONDS": "10",
    "METRICS_NAMESPACE": "UploadProgress/compatibility",
    "UPLOADS_TABLE": "uploads",
    "UPLOAD_BUCKET_STATUS": "completed",
    "UPLOAD_KEY_PATTERN": "uploads/{userId}/{uploadId}",
    "WARNING_SECONDS": "120",
}


class Context:
    """The part of Lambda's context that the functions use."""

    function_name = "function"
    invoked_function_arn = f"arn:aws:lambda:{REGION}:123456789012:function:function"

    def get_remaining_time_in_millis(self) -> int:
        return 55_000


class Management(BaseHTTPRequestHandler):
    """The management API: it accepts all calls and keeps the posted messages."""

    protocol_version = "HTTP/1.1"
    messages: ClassVar[defaultdict[str, list[Any]]] = defaultdict(list)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.messages[unquote(self.path.rsplit("/", 1)[1])].append(json.loads(body))
        self._done(200)

    def do_DELETE(self) -> None:
        self._done(204)

    def _done(self, status: int) -> None:
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """Writes nothing."""


def variables(tree: Path) -> dict[str, str]:
    """Returns the variables of the functions; those that a release has besides are empty."""
    [bootstrap] = [path for path in (tree / "handlers/bootstrap.py", tree / "infra/bootstrap.py") if path.exists()]
    named = re.findall(r'environ\["(\w+)"\]', bootstrap.read_text(encoding="utf-8"))
    return dict.fromkeys(named, "") | VARIABLES


def run(work: dict[str, Any]) -> dict[str, Any]:
    """Returns the result of the steps of `work`."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Management)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}/prod"
    os.environ.update(variables(Path(sys.path[0])), AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI=url)
    with mock_aws():
        dynamodb = boto3.client("dynamodb")
        for table, sort_key in TABLES.items():
            _create(dynamodb, table, sort_key)
            for item in work["rows"].get(table, ()):
                dynamodb.put_item(TableName=table, Item=item)
        answers = [
            import_module(f"handlers.{one['function']}").handler(one["event"], Context()) for one in work["steps"]
        ]
        rows = {table: dynamodb.scan(TableName=table)["Items"] for table in TABLES}
    server.shutdown()
    return {"answers": answers, "rows": rows, "messages": Management.messages}


def _create(dynamodb: Any, table: str, sort_key: str) -> None:
    types = {"userId": "S", sort_key: "S", "dueShard": "N", "dueAt": "N"}
    dynamodb.create_table(
        TableName=table,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": kind} for name, kind in types.items()],
        KeySchema=_keys("userId", sort_key),
        GlobalSecondaryIndexes=[
            {"IndexName": "due", "KeySchema": _keys("dueShard", "dueAt"), "Projection": {"ProjectionType": "KEYS_ONLY"}}
        ],
    )


def _keys(partition: str, sort: str) -> list[dict[str, str]]:
    return [{"AttributeName": partition, "KeyType": "HASH"}, {"AttributeName": sort, "KeyType": "RANGE"}]


if __name__ == "__main__":
    sys.path[0] = sys.argv[1]
    json.dump(run(json.load(sys.stdin)), sys.stdout)
