import base64
import json
import logging
from pathlib import Path
from typing import Any

import pytest
from awslambdaric.lambda_runtime_log_utils import JsonFormatter

from local_emulator.runtimes.json_log_format import JsonLogFormat
from tests.integration.local_emulator.emulating import Emulated, emulating, write, write_template


def _record(message: Any = "pushed", *args: Any, level: int = logging.INFO, **extra: Any) -> logging.LogRecord:
    record = logging.LogRecord("upload_progress", level, "/code/app.py", 12, message, args, None, "handler")
    vars(record).update(extra, aws_request_id="r-1")
    return record


def _failed() -> logging.LogRecord:
    record = _record("it broke", level=logging.ERROR)
    try:
        raise ValueError("no")
    except ValueError as problem:
        record.exc_info = (type(problem), problem, problem.__traceback__)
    return record


@pytest.mark.parametrize(
    "record",
    [
        _record(),
        _record("%s of %s", 1, 2),
        _record({"a": [1]}),
        _record(received=1, nothing=None, when=object),
        _record("Größe", level=logging.WARNING),
        _failed(),
    ],
    ids=["plain", "arguments", "an object", "added fields", "a warning", "an exception"],
)
def test_a_record_says_what_awss_own_runtime_says(record: logging.LogRecord) -> None:
    ours = json.loads(JsonLogFormat().format(record))
    assert ours == json.loads(JsonFormatter().format(record))
    assert ours["requestId"] == "r-1"


@pytest.mark.parametrize("isolation", ["thread", "process"])
async def test_a_function_logs_in_the_format_that_its_template_asks_for(tmp_path: Path, isolation: str) -> None:
    write(
        tmp_path,
        app="""
        import logging
        def say(event, context):
            logging.getLogger("mine").warning("said", extra={"count": 3})
        """,
    )
    template = write_template(
        tmp_path,
        Plain="CodeUri: ., Handler: app.say, Timeout: 20",
        Json="CodeUri: ., Handler: app.say, Timeout: 20, LoggingConfig: {LogFormat: JSON}",
    )
    async with emulating(template, isolation=isolation) as emulated:
        plain, structured = await _log_of(emulated, "Plain"), await _log_of(emulated, "Json")
    assert any(line.startswith("[WARNING]") and line.endswith("\tsaid") for line in plain)
    [record] = [json.loads(line) for line in structured if line.startswith("{")]
    assert (record["level"], record["message"], record["logger"], record["count"]) == ("WARNING", "said", "mine", 3)


async def _log_of(emulated: Emulated, function: str) -> list[str]:
    url = f"{emulated.base}/2015-03-31/functions/{function}/invocations"
    async with emulated.http.post(url, json={}, headers={"X-Amz-Log-Type": "Tail"}) as answer:
        return base64.b64decode(answer.headers["X-Amz-Log-Result"]).decode().splitlines()
