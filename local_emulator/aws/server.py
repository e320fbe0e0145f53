"""The process of AWS's services: `python -m local_emulator.aws.server '{"listener": …, …}'` serves moto on one port.

`process.py` starts it. It ends when the gateway's end of the channel closes.
"""

from __future__ import annotations

import gc
import json
import logging
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import botocore.loaders
import moto
from moto.dynamodb.models import dynamodb_backends
from moto.moto_server.werkzeug_app import DomainDispatcherApplication

from local_emulator.aws.channel import Channel, GatewayEnd, SharedFlag
from local_emulator.aws.dynamodb_faults import DynamoDbFaults
from local_emulator.aws.failures import Failures, service_of
from local_emulator.aws.fixed_answers import AnswerOption, FixedAnswers
from local_emulator.aws.http_handler import AwsRequestHandler, AwsServer
from local_emulator.aws.moto_patches.cognito import keep_cognito_ids
from local_emulator.aws.moto_patches.dynamodb.comparisons import compare_as_dynamodb
from local_emulator.aws.moto_patches.dynamodb.install import FastDynamoDb
from local_emulator.aws.moto_patches.dynamodb.key_attributes import read_key_attributes
from local_emulator.aws.moto_patches.dynamodb_atomic import make_writes_atomic
from local_emulator.aws.moto_patches.patching import Patches
from local_emulator.aws.moto_patches.sqs import make_queues_safe
from local_emulator.aws.other_regions import OtherRegions
from local_emulator.aws.service_changes import ServiceChanges
from local_emulator.web.browser_guard.wsgi import Environ, keep_websites_out


def main() -> None:
    """Serves AWS's services until the gateway ends; the command line has ports and settings as JSON."""
    # Ctrl-C and the end of a service reach every process of the group; this one ends with the gateway, not before it.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    botocore.loaders.OrderedDict = dict  # keeps the order of a model too, in half the memory
    given = json.loads(sys.argv[1])
    channel = Channel(socket.socket(fileno=given["channel"]))
    gateway = GatewayEnd(channel, SharedFlag(given["flag"]))
    if given["region"] not in dynamodb_backends[given["account"]].regions:
        channel.send(problem=f"there is no Region {given['region']}")
        return
    options = [AnswerOption(service, action, Path(file)) for service, action, file in given["answers"]]
    answers = FixedAnswers(options, gateway.tell)
    sockets = [socket.socket(fileno=number) for number in given["listeners"]]
    regions = OtherRegions(given["region"], gateway.tell)
    server, *others = [make_server(one, gateway, answers, regions) for one in sockets]
    channel.send(ready="; ".join(change_moto()))
    gc.freeze()
    for other in others:  # the other loopback address
        threading.Thread(target=other.serve_forever, name="loopback", daemon=True).start()
    server.serve_forever()


def make_server(
    listener: socket.socket, gateway: GatewayEnd, answers: FixedAnswers, regions: OtherRegions
) -> AwsServer:
    """Returns the server of moto's services, with faults and failures around them."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    faults, failures = DynamoDbFaults(gateway), Failures(gateway.tell)
    host, port = listener.getsockname()[:2]
    app = failures.wrap(answers.wrap(faults.wrap(MotoDispatcher(ServiceChanges(gateway).create_app))))
    server = AwsServer(host, port, keep_websites_out(app, host), AwsRequestHandler, fd=listener.detach())
    server.faults, server.failures, server.regions = faults, failures, regions
    return server


class MotoDispatcher(DomainDispatcherApplication):
    """moto's choice of a service by host, which says so where there is none."""

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Any:
        """Raises NotImplementedError for InvokeModel of Bedrock, which moto answers with `{}` for each model."""
        path = str(environ["PATH_INFO"])
        if service_of(environ) == "bedrock" and path.startswith("/model/") and path.endswith("/invoke"):
            raise NotImplementedError("moto has no models; --answer bedrock-runtime.invoke_model=FILE answers it")
        return super().__call__(environ, start_response)

    def get_backend_for_host(self, host: str | None) -> Any:
        """Raises NotImplementedError for a service that moto does not have."""
        known = host is None or "amazonaws.com" not in host or self._has(f"http://{host}")
        if not known:
            raise NotImplementedError("moto does not have this service")
        return super().get_backend_for_host(host)

    def _has(self, url: str) -> bool:
        return any(pattern.match(url) for _, pattern in self.backend_url_patterns)


def change_moto() -> Iterator[str]:
    """Yields what is lost where the moto that is installed has changed inside."""
    changes = {
        "two writes at once may mix": make_writes_atomic,
        "comparisons with absent attributes fail": compare_as_dynamodb,
        "updates that read a key attribute are refused": read_key_attributes,
        "queues lose messages under load": make_queues_safe,
        "user pools have other ids": keep_cognito_ids,
        "streams tell of writes that change nothing": _correct_streams,
    }
    for loss, change in changes.items():
        if reason := _lacking(change):
            yield f"moto {moto.__version__}: {loss}, because moto has changed inside ({reason})"
    dynamodb = FastDynamoDb()
    dynamodb.install()
    if dynamodb.notice is not None:
        yield dynamodb.notice


def _correct_streams() -> None:
    from local_emulator.aws.moto_patches.dynamodb.stream_records import install_stream_records

    install_stream_records(Patches())


def _lacking(change: Callable[[], None]) -> str | None:
    try:
        change()
    except (ImportError, AttributeError) as problem:
        return str(problem)
    return None


if __name__ == "__main__":
    main()
