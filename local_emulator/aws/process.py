"""AWS's services in a process of their own: moto, which every boto3 call of the emulator reaches over HTTP."""

from __future__ import annotations

import contextlib
import gc
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Callable, Collection, Iterable, Sequence
from concurrent.futures import Future
from pathlib import Path
from queue import SimpleQueue

from local_emulator.activity_log import Journal
from local_emulator.aws.channel import Channel, SharedFlag
from local_emulator.aws.dynamodb_faults import of_dynamodb
from local_emulator.aws.fixed_answers import AnswerOption
from local_emulator.aws.resource_changes import added_resources, by_key, outdated_resources
from local_emulator.aws.resources import ResourceCreationError, create_deliveries, create_resources
from local_emulator.deployment import Deployment
from local_emulator.faults.registry import FaultRegistry
from local_emulator.timestamps import now_ms
from local_emulator.web.listen import address

SERVER = "local_emulator.aws.server"
FOLDER = Path(__file__).parents[2]  # of the package, installed or not
STOP_SECONDS = 5.0
RESET_SECONDS = 10.0
NO_PROXY = urllib.request.build_opener(urllib.request.ProxyHandler({}))
KINDS = {"dynamodb-latency", "dynamodb-down", "dynamodb-throttled"}


class AwsProcess:
    """moto's process, from its start to its end. The registry of faults stays here, and the process asks it."""

    def __init__(
        self,
        deployment: Deployment,
        faults: FaultRegistry,
        journal: Journal,
        answers: Iterable[AnswerOption] = (),
        other_dynamodb: str | None = None,
    ) -> None:
        """`other_dynamodb` is the address of the DynamoDB that functions use in place of this one."""
        self._deployment = deployment
        self._table_names = {table.name: logical_id for logical_id, table in deployment.tables.items()}
        self._faults = faults
        self._journal = journal
        self._other_dynamodb = other_dynamodb
        self._answers = [(option.service, option.action, str(option.file)) for option in answers]
        self._ready: Future[str] = Future()
        self._invocations: SimpleQueue[tuple[str, str, str]] = SimpleQueue()
        self._on_invocation: Callable[[], object] | None = None
        self._told: set[str] = set()
        self._stopping = False

    def start(self, listeners: Sequence[socket.socket]) -> None:
        """Starts the process, which takes the listening socket over. To be called first: it takes a second to load."""
        host, port = listeners[0].getsockname()[:2]
        self._url = f"http://{address(host)}:{port}"
        ours, theirs = socket.socketpair()
        self._flag, flag = SharedFlag.create()
        given = {
            "listeners": [listener.fileno() for listener in listeners],
            "channel": theirs.fileno(),
            "flag": flag,
            "region": self._deployment.region,
            "account": self._deployment.account_id,
            "answers": self._answers,
        }
        self._process = subprocess.Popen(
            [sys.executable, "-m", SERVER, json.dumps(given)],
            cwd=FOLDER,
            stdin=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C is the gateway's affair
            env={"MALLOC_ARENA_MAX": "1"} | os.environ,  # its threads take turns; an arena for each costs memory
            pass_fds=(*(listener.fileno() for listener in listeners), theirs.fileno(), flag),
        )
        for closed in (*listeners, theirs):
            closed.close()
        os.close(flag)
        self._channel = Channel(ours)
        self._faults.on_change = self._switched
        self._receiving = threading.Thread(target=self._receive, name="aws", daemon=True)
        self._receiving.start()

    def create(self) -> None:
        """Waits until the services answer, and creates what the template declares. Raises ResourceCreationError."""
        if notice := self._ready.result():
            self._journal.notice(notice)
        create_resources(self._deployment)
        create_deliveries(self._deployment)
        gc.collect()
        self._created = by_key(self._deployment)

    def deploy(self, deployment: Deployment) -> list[str]:
        """Creates what a changed template adds. Raises ResourceCreationError.

        Returns a sentence for each resource that the template changes or no longer has. It stays as it is, with what it
        stores, because CloudFormation might replace or delete it.
        """
        create_resources(added_resources(self._created, deployment))
        create_deliveries(deployment, self._deployment)
        self._table_names |= {table.name: logical_id for logical_id, table in deployment.tables.items()}
        outdated = list(outdated_resources(self._created, deployment))
        self._created = by_key(deployment) | self._created
        self._deployment = deployment
        return outdated

    def reset(self) -> None:
        """Empties all services, and creates what the template declares. Blocks; raises ResourceCreationError.

        Tables on another server of DynamoDB stay as they are.
        """
        request = urllib.request.Request(f"{self._url}/moto-api/reset", method="POST")
        try:
            with NO_PROXY.open(request, timeout=RESET_SECONDS):
                pass
        except OSError as problem:
            raise ResourceCreationError(f"the AWS services cannot be reset: {problem}") from problem
        create_resources(self._deployment)
        create_deliveries(self._deployment)
        self._created = by_key(self._deployment)

    def invoke_with(
        self, invoke: Callable[[str, str, str], None], schedule: Callable[[Callable[[], None]], object]
    ) -> None:
        """Invokes functions for the services: with an ARN, a payload and the kind of source.

        `schedule` runs a call on the event loop, from any thread. What came before waits for this.
        """

        def invoke_all() -> None:
            while not self._invocations.empty():
                invoke(*self._invocations.get())

        self._on_invocation = lambda: schedule(invoke_all)
        schedule(invoke_all)

    def stop(self) -> None:
        """Ends the process; what it stores is gone."""
        self._stopping = True
        self._channel.close()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._receiving.join()

    def _switched(self, kinds: Collection[str]) -> None:
        struck = KINDS & set(kinds)
        self._flag.set(bool(struck))
        if self._other_dynamodb is not None and struck - self._told:
            named = ", ".join(sorted(struck - self._told))
            self._journal.notice(f"{named}: no effect on {self._other_dynamodb} (--dynamodb-endpoint)")
        self._told = struck

    def _receive(self) -> None:
        """Runs in a thread, because handlers may block the event loop while DynamoDB asks for a strike."""
        for message in self._channel.received():
            match message:
                case {"strike": [kind, operation, tables]}:
                    with contextlib.suppress(OSError):
                        self._channel.send(delay=self._strike(kind, operation, tables))
                case {"ready": notice}:
                    self._ready.set_result(notice)
                case {"problem": problem}:
                    self._ready.set_exception(ResourceCreationError(problem))
                case {"invoke": [arn, payload, source]}:
                    self._invoke(arn, payload, source)
                case {"notice": text}:
                    self._journal.notice(text)
        if not self._stopping:
            self._tell_end(self._process.wait())

    def _invoke(self, arn: str, payload: str, source: str) -> None:
        self._invocations.put((arn, payload, source))
        if self._on_invocation is not None:
            with contextlib.suppress(RuntimeError):  # the loop is closed
                self._on_invocation()

    def _strike(self, kind: str, operation: str, tables: list[str]) -> float | None:
        subject = of_dynamodb(operation, tables, self._table_names)
        strike = self._faults.strike(kind, subject, now_ms())
        return None if strike is None else strike.delay_seconds

    def _tell_end(self, status: int) -> None:
        how = f"exit status {status}" if status >= 0 else f"signal {signal.Signals(-status).name}"
        text = f"the AWS services (DynamoDB, S3, SQS and others) have ended ({how}); start the emulator again"
        if self._ready.done():
            self._journal.notice(text)
        else:
            self._ready.set_exception(ResourceCreationError(text))
