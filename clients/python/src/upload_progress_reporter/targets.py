"""The targets of updates: PushFunction through Lambda or SQS, or any callable."""

import hashlib
import json
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

from .updates import Update

# An asynchronous invocation takes 256 KB (1 MB since October 2025), a batch of SQS likewise (quotas of AWS
# Lambda and SQS): 200 KB fits everywhere, envelope included.
MAX_BATCH_BYTES = 200_000


class NotSentError(Exception):
    """Raised by a target that sent only a part: `updates` are the ones to send again."""

    def __init__(self, updates: Sequence[Update], reason: str) -> None:
        super().__init__(f"{len(updates)} updates were not taken: {reason}")
        self.updates = list(updates)


@runtime_checkable
class Target(Protocol):
    """Takes batches of at most `max_updates` updates and `max_bytes` bytes of JSON."""

    @property
    def max_updates(self) -> int:
        """The maximum number of updates in one call."""

    @property
    def max_bytes(self) -> int:
        """The maximum bytes of JSON in one call."""

    def send(self, updates: list[Update]) -> None:
        """Sends all of `updates`, in order; raises NotSentError for a part, any other exception for the whole."""


@dataclass(frozen=True)
class CallableTarget:
    """Passes each batch to `function`, on the sending thread."""

    function: Callable[[list[Update]], object]
    max_updates: int = 500
    max_bytes: int = MAX_BATCH_BYTES

    def send(self, updates: list[Update]) -> None:
        """Calls the function; any exception counts as a failure of the batch."""
        self.function(updates)


@dataclass
class _Client:
    """A boto3 client: the one given, or one made on first use in each process.

    A fork must not share connections with its parent.
    """

    service: str
    given: Any = None
    make: Callable[[], Any] | None = None
    made: Any = None
    made_in: int = 0

    def __call__(self) -> Any:
        if self.given is not None:
            return self.given
        if self.made is None or self.made_in != os.getpid():
            self.made, self.made_in = (self.make or self._make)(), os.getpid()
        return self.made

    def _make(self) -> Any:
        import boto3  # an optional extra, not needed with a given client
        from botocore.config import Config

        # The sender retries by itself; short time-outs keep one dead call from holding back newer states.
        config = Config(connect_timeout=3, read_timeout=10, retries={"total_max_attempts": 1})
        return boto3.session.Session().client(self.service, config=config)


@dataclass(frozen=True)
class LambdaTarget:
    """Invokes PushFunction asynchronously (InvocationType Event) with `{"updates": [...]}`.

    `client` is a boto3 Lambda client to use, `make_client` a function that makes one, once per process.
    Without either, `boto3.session.Session().client("lambda")` is made on the sending thread on first use.
    After a fork, a given `client` is shared with the parent, which botocore does not support: there, give
    `make_client`.
    """

    function_name: str
    client: Any = None
    make_client: Callable[[], Any] | None = None
    max_updates: int = 500
    max_bytes: int = MAX_BATCH_BYTES
    _client: _Client = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_client", _Client("lambda", self.client, self.make_client))

    def send(self, updates: list[Update]) -> None:
        """Invokes; Lambda answers 202 once the event is queued, and boto3 raises all other answers."""
        payload = json.dumps({"updates": updates}, separators=(",", ":"))
        self._client().invoke(FunctionName=self.function_name, InvocationType="Event", Payload=payload.encode())


@dataclass(frozen=True)
class SqsTarget:
    """Sends one message per update to ProgressQueue, ten in a batch (the limit of SendMessageBatch).

    `client` and `make_client` are as for LambdaTarget. On a FIFO queue the uploads are the message groups.
    """

    queue_url: str
    client: Any = None
    make_client: Callable[[], Any] | None = None
    max_updates: int = 10
    max_bytes: int = MAX_BATCH_BYTES
    _client: _Client = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_client", _Client("sqs", self.client, self.make_client))

    def send(self, updates: list[Update]) -> None:
        """Sends the batch; entries that SQS refuses are raised as NotSentError."""
        entries = [self._entry(str(index), update) for index, update in enumerate(updates)]
        answer = self._client().send_message_batch(QueueUrl=self.queue_url, Entries=entries)
        if failed := answer.get("Failed"):
            raise NotSentError([updates[int(entry["Id"])] for entry in failed], str(failed[0].get("Code")))

    def _entry(self, entry_id: str, update: Update) -> dict[str, str]:
        entry = {"Id": entry_id, "MessageBody": json.dumps(update, separators=(",", ":"))}
        if self.queue_url.endswith(".fifo"):
            upload = f"{update['userId']}\n{update['uploadId']}"
            entry["MessageGroupId"] = hashlib.sha256(upload.encode()).hexdigest()
            state = f"{upload}\n{update['runId']}\n{update['rev']}"
            entry["MessageDeduplicationId"] = hashlib.sha256(state.encode()).hexdigest()
        return entry


def as_target(target: Target | Callable[[list[Update]], object]) -> Target:
    """Returns `target` itself, or a CallableTarget around a function; raises ValueError for anything else."""
    if isinstance(target, Target):
        return target
    if callable(target):
        return CallableTarget(target)
    raise ValueError(f"target must be a Target or a callable that takes a list of updates, not {target!r}")
