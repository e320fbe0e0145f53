"""The schedules of a deployment: each invokes its function when it is due, or on request."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from local_emulator.activity_log import Journal
from local_emulator.awslambda.async_queue import AsyncInvocations, TooManyEventsError
from local_emulator.awslambda.functions import Functions
from local_emulator.awslambda.invocation import Invocation
from local_emulator.awslambda.invocation_record import EndedEvent
from local_emulator.awslambda.payload import Payload
from local_emulator.deployment import Deployment, Schedule
from local_emulator.scheduler.event import schedule_payload
from local_emulator.scheduler.expressions import Expression, InvalidScheduleError, next_due, parse_expression

# A clock may be set, and a laptop sleeps: look at it again before a long wait is over.
MAX_SLEEP_SECONDS = 30.0

Now = Callable[[], datetime]


class UnknownScheduleError(Exception):
    """The deployment has no schedule of this name."""


class NothingSentError(Exception):
    """The input of this schedule makes no JSON, so AWS sends nothing."""


@dataclass(frozen=True, slots=True)
class Run:
    """The end of a schedule's last run; `condition` as in the invocation record."""

    at: datetime
    condition: str
    request_id: str
    invocation: Invocation | None


@dataclass(slots=True)
class ScheduleEntry:
    """One schedule; without an expression if that is invalid. `next` is None while it does not run by itself."""

    schedule: Schedule
    expression: Expression | None
    problem: str | None = None
    next: datetime | None = None
    last: Run | None = None


def _utc_now() -> datetime:
    return datetime.now(UTC)


class Schedules:
    """The rules of EventBridge and the schedules of Scheduler. `running` is False if only requests start them."""

    def __init__(
        self,
        deployment: Deployment,
        functions: Functions,
        events: AsyncInvocations,
        journal: Journal,
        running: bool = True,
        now: Now = _utc_now,
        max_sleep_seconds: float = MAX_SLEEP_SECONDS,
    ) -> None:
        self._deployment = deployment
        self._functions = functions
        self._events = events
        self._journal = journal
        self._running = running
        self._now = now
        self._glance_seconds = max_sleep_seconds
        self._tasks: dict[Schedule, asyncio.Task[None]] = {}
        self._started: set[Schedule] = set()
        self.entries = _entries(deployment)

    def start(self) -> None:
        """Starts the timers. An expression that AWS would refuse does not run; the template's notices name it."""
        loop, start = asyncio.get_running_loop(), self._now()
        for entry in self.entries:
            schedule = entry.schedule
            if schedule in self._started:
                continue
            self._started.add(schedule)
            if self._running and schedule.enabled and entry.expression:
                self._tasks[schedule] = loop.create_task(self._keep(entry, entry.expression, start))

    def deploy(self, deployment: Deployment) -> None:
        """Takes the schedules of a changed template; the timers of those that are as before run on."""
        known = {entry.schedule: entry for entry in self.entries}
        self._deployment = deployment
        self.entries = [known.get(entry.schedule, entry) for entry in _entries(deployment)]
        for schedule in self._started - {entry.schedule for entry in self.entries}:
            self._started.discard(schedule)
            if schedule in self._tasks:
                self._tasks.pop(schedule).cancel()
        self.start()

    def stop(self) -> None:
        for task in self._tasks.values():
            task.cancel()

    def find(self, name: str) -> ScheduleEntry:
        """Returns the entry of a name or logical id. Raises UnknownScheduleError."""
        for entry in self.entries:
            if name in (entry.schedule.name, entry.schedule.logical_id):
                return entry
        raise UnknownScheduleError(name)

    async def run_now(self, entry: ScheduleEntry) -> Invocation:
        """Invokes the function once, at any time, without retries. Raises ThrottledError, NothingSentError."""
        now = self._now()
        payload = self._payload(entry.schedule, now)
        if payload is None:
            raise NothingSentError(entry.schedule.name)
        function = self._deployment.functions[entry.schedule.function]
        invocation = await self._functions.invoke(function, Payload(payload))
        self._journal.invoked("schedule", entry.schedule.name, invocation)
        condition = "Failed" if invocation.failed else "Success"
        entry.last = Run(now, condition, invocation.request_id, invocation)
        return invocation

    async def _keep(self, entry: ScheduleEntry, expression: Expression, start: datetime) -> None:
        schedule = entry.schedule
        entry.next = next_due(expression, start - timedelta(microseconds=1), start, schedule.start, schedule.end)
        while entry.next is not None:
            left = (entry.next - self._now()).total_seconds()
            if left > 0:
                await asyncio.sleep(min(left, self._glance_seconds))
                continue
            self._fire(entry, entry.next)
            # What was due while the machine slept is made up for once, not once for each time.
            entry.next = next_due(expression, max(self._now(), entry.next), start, schedule.start, schedule.end)

    def _fire(self, entry: ScheduleEntry, due: datetime) -> None:
        """Documented: both services invoke asynchronously, so a failure is retried by Lambda."""
        schedule = entry.schedule

        def ended(event: EndedEvent) -> None:
            entry.last = Run(due, event.condition, event.request_id, event.last)

        function, payload = self._deployment.functions[schedule.function], self._payload(schedule, due)
        if payload is None:
            self._journal.notice(f"{schedule.name} sent nothing: its InputTransformer or InputPath gives no JSON")
            return
        try:
            self._events.put(function, payload, "schedule", ended)
        except TooManyEventsError:
            self._journal.notice(f"{schedule.name} was left out: too many events are waiting")

    def _payload(self, schedule: Schedule, due: datetime) -> str | None:
        deployment = self._deployment
        return schedule_payload(schedule, due, str(uuid.uuid4()), deployment.account_id, deployment.region)


def _entries(deployment: Deployment) -> list[ScheduleEntry]:
    return [_entry(schedule) for schedule in deployment.schedules if schedule.function in deployment.functions]


def _entry(schedule: Schedule) -> ScheduleEntry:
    try:
        return ScheduleEntry(schedule, parse_expression(schedule.expression, schedule.timezone, schedule.source))
    except InvalidScheduleError as invalid:
        return ScheduleEntry(schedule, None, str(invalid))
