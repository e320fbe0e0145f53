"""The `context` of a handler that runs in this process."""

from __future__ import annotations

import time

from local_emulator.deployment import Function


class LambdaContext:
    """What a handler may ask of its invocation (Lambda Developer Guide, python-context)."""

    def __init__(self, function: Function, request_id: str) -> None:
        self.aws_request_id = request_id
        self.function_name = function.physical_name
        self.function_version = "$LATEST"
        self.invoked_function_arn = function.arn
        self.memory_limit_in_mb = str(function.memory_mb)
        self.log_group_name = f"/aws/lambda/{function.physical_name}"
        self.identity = None
        self.client_context = None
        self._deadline = time.monotonic() + function.timeout_seconds

    @property
    def log_stream_name(self) -> str:
        return f"{time.strftime('%Y/%m/%d')}/[$LATEST]local"

    def get_remaining_time_in_millis(self) -> int:
        return max(0, int((self._deadline - time.monotonic()) * 1000))
