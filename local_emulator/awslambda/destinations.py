"""Sends the outcomes of asynchronous invocations to queues and functions."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

from local_emulator.activity_log import Journal
from local_emulator.aio.thread_pool import ThreadPool
from local_emulator.awslambda.function_name import InvalidFunctionNameError
from local_emulator.awslambda.functions import Functions, UnknownFunctionError
from local_emulator.awslambda.service_clients import SERVICE_ERRORS, StoppedError
from local_emulator.awslambda.sqs_client import Sqs
from local_emulator.deployment import Function


class Destinations:
    """Delivers to an ARN. SQS and Lambda are emulated; SNS, EventBridge and S3 are named on the console instead."""

    def __init__(self, functions: Functions, sqs: Sqs, workers: ThreadPool, journal: Journal) -> None:
        self._functions = functions
        self._sqs = sqs
        self._workers = workers
        self._journal = journal

    async def deliver(
        self,
        arn: str,
        body: str,
        invoke: Callable[[Function, str], object],
        attributes: Mapping[str, Any] | None = None,
    ) -> None:
        """Sends `body` to a queue, or invokes a function with it. A failure is a line on the console."""
        service = arn.split(":")[2] if arn.count(":") >= 5 else ""
        try:
            if service == "sqs":
                await self._workers.submit(lambda: self._sqs.send(arn, body, attributes))
            elif service == "lambda":
                invoke(self._functions.find(arn), body)
            else:
                self._journal.notice(f"{arn} is not emulated as a destination; it would have received: {body[:1000]}")
        except (*SERVICE_ERRORS, UnknownFunctionError, InvalidFunctionNameError) as problem:
            self._journal.notice(f"{arn} could not be reached: {problem}")
        except StoppedError:
            raise asyncio.CancelledError from None
