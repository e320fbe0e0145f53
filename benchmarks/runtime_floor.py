"""The bare Runtime API loop: AWS's runtime client in forked environments under a minimal Runtime API server.

    python -m benchmarks.runtime_floor [ENVIRONMENTS [SECONDS]]

Prints one line of JSON. No gateway, no queue, no log: what an emulator of Lambda adds is measured against this.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import socket
import sys

WARM_SECONDS = 0.5
EVENT = json.dumps({"requestContext": {"connectionId": "L0SM9cOFvHcCIhw="}, "body": "x" * 64}).encode()
LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
NEXT = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nLambda-Runtime-Aws-Request-Id: r\r\n"
    b"Lambda-Runtime-Deadline-Ms: 4102444800000\r\nLambda-Runtime-Invoked-Function-Arn: arn\r\n"
    b"Content-Length: %d\r\n\r\n%s" % (len(EVENT), EVENT)
)
ACCEPTED = b'HTTP/1.1 202 Accepted\r\nContent-Type: application/json\r\nContent-Length: 15\r\n\r\n{"status":"OK"}'


class RuntimeApi(asyncio.Protocol):
    """Answers `next` with an event at once, and counts responses."""

    responses = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._received = b""

    def data_received(self, data: bytes) -> None:
        self._received += data
        while b"\r\n\r\n" in self._received:
            head, _, rest = self._received.partition(b"\r\n\r\n")
            found = LENGTH.search(head)
            length = int(found[1]) if found else 0
            if len(rest) < length:
                return
            self._received = rest[length:]
            is_response = head.startswith(b"POST")
            RuntimeApi.responses += is_response
            self._transport.write(ACCEPTED if is_response else NEXT)


def handler(event: dict[str, str], context: object) -> dict[str, object]:
    """Returns what an echo by route response returns."""
    return {"statusCode": 200, "body": event["body"]}


def fork_environment(port: int) -> int:
    """Returns the process id of an environment whose runtime asks at `port`."""
    from awslambdaric import bootstrap  # it fixes its endpoint when it is imported
    from awslambdaric.lambda_runtime_client import LambdaRuntimeClient

    pid = os.fork()
    if pid == 0:
        bootstrap.run("benchmarks.runtime_floor.handler", LambdaRuntimeClient(f"127.0.0.1:{port}"))
    return pid


async def measure(listener: socket.socket, seconds: float) -> float:
    """Returns the responses per second."""
    await asyncio.get_running_loop().create_server(RuntimeApi, sock=listener)
    await asyncio.sleep(WARM_SECONDS)
    before = RuntimeApi.responses
    await asyncio.sleep(seconds)
    return (RuntimeApi.responses - before) / seconds


def main() -> None:
    environments, seconds = int(sys.argv[1]) if len(sys.argv) > 1 else 8, float((sys.argv[2:] or ["5"])[0])
    os.environ["AWS_LAMBDA_FUNCTION_NAME"] = "floor"
    with socket.create_server(("127.0.0.1", 0), backlog=128) as listener:
        port = listener.getsockname()[1]
        os.environ["AWS_LAMBDA_RUNTIME_API"] = f"127.0.0.1:{port}"
        pids = [fork_environment(port) for _ in range(environments)]
        try:
            rate = asyncio.run(measure(listener, seconds))
        finally:
            for pid in pids:
                os.kill(pid, signal.SIGKILL)
    print(json.dumps({"environments": environments, "per_second": round(rate)}))


if __name__ == "__main__":
    main()
