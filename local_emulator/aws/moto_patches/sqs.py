"""Makes moto's queues safe for the many threads that use them here, and its long polls prompt.

moto rebuilds a queue's list of messages on every delete, without a lock. A message that another thread sends
meanwhile is lost, and two receivers may get one message. A long poll of a FIFO queue knows only which groups were
in flight when it began. It spins while there are only their messages. So all that reads or changes a queue
takes one lock. A long poll looks again after every change, and after a second, when hidden messages may have
come back. moto also keeps every message that ever was; here a message is released when its queue has deleted it.

For each message that it receives, moto asks for all attributes of the queue, and counts all messages for them nine
times. So a backlog of hundreds takes minutes of CPU. Here it asks for the one attribute, and reads a cheap clock.
"""

from __future__ import annotations

import functools
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from local_emulator.aws.moto_patches.untracked import untracked

if TYPE_CHECKING:
    from moto.sqs.models import Message, SQSBackend

GLANCE_SECONDS = 1.0

_changed = threading.Condition(threading.RLock())


def make_queues_safe() -> None:
    """Patches moto before the first queue is used; a second call has no effect.

    Raises ImportError or AttributeError for a moto that has changed inside.
    """
    from moto.sqs import models
    from moto.sqs.models import Message, Queue, SQSBackend

    if hasattr(SQSBackend.receive_message, "__wrapped__"):
        return
    for owner, names in (
        (Queue, ("add_message", "delete_message")),
        (SQSBackend, ("change_message_visibility", "purge_queue", "get_queue_attributes", "reset")),
    ):
        for name in names:
            setattr(owner, name, _one_at_a_time(getattr(owner, name)))
    SQSBackend.receive_message = _long_poll(SQSBackend.receive_message)  # type: ignore[method-assign]
    SQSBackend.is_message_valid_based_on_retention_period = _is_retained  # type: ignore[assignment,method-assign]
    models.unix_time_millis = _unix_time_ms  # type: ignore[attr-defined,assignment]
    Message.__new__ = untracked  # type: ignore[method-assign]


def _one_at_a_time(method: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(method)
    def locked(*args: Any, **kwargs: Any) -> Any:
        with _changed:
            result = method(*args, **kwargs)
            if not method.__name__.startswith("get"):
                _changed.notify_all()
            return result

    return locked


def _long_poll(receive_at_once: Callable[..., list[Message]]) -> Callable[..., list[Message]]:
    @functools.wraps(receive_at_once)
    def receive(
        backend: SQSBackend, queue_name: str, count: int, wait_seconds_timeout: int, *args: Any, **kwargs: Any
    ) -> list[Message]:
        end, queue = time.monotonic() + wait_seconds_timeout, backend.queues.get(queue_name)
        with _changed:
            while True:
                if backend.queues.get(queue_name) is not queue:
                    return []  # deleted, or reset: another queue of that name is for other receivers
                found = receive_at_once(backend, queue_name, count, 0, *args, **kwargs)
                left = end - time.monotonic()
                if found or left <= 0:
                    return found
                _changed.wait(min(left, GLANCE_SECONDS))

    return receive


def _is_retained(backend: SQSBackend, queue_name: str, message: Message) -> bool:
    period: Any = backend.get_queue(queue_name).message_retention_period  # type: ignore[attr-defined]
    return float(period) + message.sent_timestamp / 1000 > time.time()  # type: ignore[operator]


def _unix_time_ms() -> float:
    return time.time() * 1000
