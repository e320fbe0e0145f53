"""AWS's services in this process: moto answers every boto3 call here, and on a port of its own for other processes."""

from __future__ import annotations

import logging
import socket
import threading
from collections.abc import Callable, Iterator

import moto
from moto import mock_aws
from moto.dynamodb.models import dynamodb_backends
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import make_server

from local_emulator.aws.dynamodb_faults import DynamoDbFaults
from local_emulator.aws.moto_patches.dynamodb.install import FastDynamoDb
from local_emulator.aws.moto_patches.dynamodb_atomic import make_writes_atomic
from local_emulator.aws.moto_patches.sqs import make_queues_safe
from local_emulator.aws.resources import CannotCreate, create_resources
from local_emulator.deployment import Deployment
from local_emulator.web.browser_guard.wsgi import keep_websites_out

POLL_SECONDS = 0.05  # how long stopping may take


class EmbeddedAws:
    """moto, for this process and for others; both see the same tables, queues, buckets and secrets."""

    def __init__(self, listener: socket.socket, faults: DynamoDbFaults) -> None:
        # Our credentials are set by the emulator for all functions; moto need not bring its own.
        self._mock = mock_aws(config={"core": {"mock_credentials": False}})
        logging.getLogger("werkzeug").setLevel(logging.ERROR)
        host, port = listener.getsockname()[:2]
        self._faults = faults
        app = keep_websites_out(faults.wrap(DomainDispatcherApplication(create_backend_app)), host)
        self._server = make_server(host, port, app, threaded=True, fd=listener.fileno())
        listener.close()  # the server has a duplicate of its own
        self._server.daemon_threads = True  # type: ignore[attr-defined]
        self._dynamodb = FastDynamoDb()
        self.notice: str | None = None

    def start(self, deployment: Deployment) -> None:
        """Answer from now on, and create what the template declares. Raises CannotCreate."""
        if deployment.region not in dynamodb_backends[deployment.account_id].regions:
            raise CannotCreate(f"there is no Region {deployment.region}")
        self.notice = "; ".join(self._change_moto()) or None
        self._faults.start()
        self._mock.start()
        create_resources(deployment)
        threading.Thread(target=self._server.serve_forever, args=(POLL_SECONDS,), name="aws", daemon=True).start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._dynamodb.remove()
        self._mock.stop()
        self._faults.stop()

    def _change_moto(self) -> Iterator[str]:
        """Yields what is lost where the moto that is installed has changed inside."""
        changes = {
            "two writes at once may mix": make_writes_atomic,
            "queues lose messages under load": make_queues_safe,
        }
        for loss, change in changes.items():
            if reason := _lacking(change):
                yield f"moto {moto.__version__}: {loss}, because moto has changed inside ({reason})"
        self._dynamodb.install()
        if self._dynamodb.notice is not None:
            yield self._dynamodb.notice


def _lacking(change: Callable[[], None]) -> str | None:
    try:
        change()
    except (ImportError, AttributeError) as problem:
        return str(problem)
    return None
