"""The asynchronous invocations that services make for their events: EventBridge, SNS and S3."""

from __future__ import annotations

from local_emulator.activity_log import Journal
from local_emulator.awslambda.async_queue import AsyncInvocations, TooManyEventsError
from local_emulator.awslambda.function_name import InvalidFunctionNameError
from local_emulator.awslambda.functions import Functions, UnknownFunctionError


class ServiceInvocations:
    """Invokes by the ARN of a target. A failed function is retried as in every asynchronous invocation."""

    def __init__(self, functions: Functions, events: AsyncInvocations, journal: Journal) -> None:
        self._functions = functions
        self._events = events
        self._journal = journal

    def invoke(self, arn: str, payload: str, source: str) -> None:
        """Puts an event into Lambda's queue. `source` is what the console calls the sender: event, topic, bucket."""
        try:
            self._events.put(self._functions.find(arn), payload, source)
        except (UnknownFunctionError, InvalidFunctionNameError):
            self._journal.notice(f"{source}: {arn} is no function of this template")
        except TooManyEventsError:
            self._journal.notice(f"{source}: {arn} was left out: too many events are waiting")
