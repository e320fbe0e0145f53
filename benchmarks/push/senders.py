"""The senders that are compared: each in a fresh process, which prints what its broadcasts took.

python -m benchmarks.push.senders NAME URL N [--roots FILE] [--links L] [--faults] [--warm K]
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from typing import Any

REGION, THREADS = "us-east-1", 32
MESSAGE = json.dumps(
    {
        "type": "progress",
        "channel": "/user/5f1c2d1e-7a44-4a39-9a53-0b2f2f2f9d11/upload-progress",
        "upload": {
            "uploadId": "holiday.mov",
            "fileName": "holiday.mov",
            "status": "uploading",
            "phase": "transfer",
            "bytesUploaded": 61_341_696,
            "bytesTotal": 134_217_728,
            "percent": 45,
            "attempt": 1,
            "rev": 1_767_225_600_123,
            "startedAt": "2026-01-01T00:00:00.000Z",
            "updatedAt": "2026-01-01T00:00:00.123Z",
        },
    }
).encode()
Send = Callable[[list[str]], int]  # to these connections; answers how many were delivered


def ours(url: str, roots: str | None, links: int | None) -> Send:
    from infra.gateway.credentials import Credentials
    from infra.gateway.management_api import Delivery, ManagementApi
    from infra.gateway.sender.timeouts import Timeouts

    timeouts = Timeouts(max_connections=links) if links else None
    api = ManagementApi(url, REGION, lambda: Credentials("local", "local", "t" * 400), roots, timeouts)
    return lambda ids: api.send_all([(one, MESSAGE) for one in ids], within=60).count(Delivery.DELIVERED)


def boto3(url: str, roots: str | None, links: int | None) -> Send:
    """As anybody would write it: one client, 32 threads, and as many kept connections."""
    from concurrent.futures import ThreadPoolExecutor

    import boto3
    from botocore.config import Config

    client = boto3.client(
        "apigatewaymanagementapi",
        endpoint_url=url,
        region_name=REGION,
        config=Config(max_pool_connections=THREADS),
        verify=roots,
        aws_access_key_id="local",
        aws_secret_access_key="local",
        aws_session_token="t" * 400,
    )
    threads = ThreadPoolExecutor(THREADS)

    def post(connection_id: str) -> bool:
        try:
            client.post_to_connection(ConnectionId=connection_id, Data=MESSAGE)
        except client.exceptions.ClientError:
            return False
        return True

    return lambda ids: sum(threads.map(post, ids))


SENDERS = {"ours": ours, "boto3": boto3}


def connection_ids(number: int, faults: bool) -> list[str]:
    """All alive; with faults, of each forty one is gone and one busy."""
    kinds = {0: "gone", 20: "busy"} if faults else {}
    return [f"{kinds.get(index % 40, 'L0SM9cOFvHcCI')}{index}=" for index in range(number)]


def measured(send: Send, ids: list[str]) -> dict[str, Any]:
    """Seconds on the clock and of CPU. Raises RuntimeError if anything but the gone was not delivered."""
    wall, cpu = time.perf_counter(), time.process_time()
    delivered = send(ids)
    took = {"wall": time.perf_counter() - wall, "cpu": time.process_time() - cpu}
    expected = sum(not one.startswith("gone") for one in ids)
    if delivered != expected:
        raise RuntimeError(f"{delivered} of {expected} were delivered")
    return took


def main() -> None:
    parser = argparse.ArgumentParser("python -m benchmarks.push.senders")
    parser.add_argument("name", choices=SENDERS)
    parser.add_argument("url")
    parser.add_argument("number", type=int)
    parser.add_argument("--roots")
    parser.add_argument("--links", type=int, help="how many of ours at most")
    parser.add_argument("--faults", action="store_true")
    parser.add_argument("--warm", type=int, default=3)
    given = parser.parse_args()
    send = SENDERS[given.name](given.url, given.roots, given.links)
    ids = connection_ids(given.number, given.faults)
    first, *warm = [measured(send, ids) for _ in range(1 + given.warm)]
    print(json.dumps({"first": first, "warm": warm}))


if __name__ == "__main__":
    main()
