"""The reasons of the answers that the gateway gives by itself: one value per refusal, with its evidence, on one line.

The console and the inspector show these lines; a client never gets them. The wording follows AWS's execution logs and
gateway response types where one fits (inferred for WebSocket APIs:
docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html). Pure.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

MAX_VALUE_CHARS = 300
MAX_NAMES = 20


class Reason:
    """The cause of a refusal or a close; `str()` renders it."""

    __slots__ = ()


# Requests


@dataclass(frozen=True, slots=True)
class NothingServed(Reason):
    """No stage, or something behind a stage that is not `@connections/{id}`."""

    path: str
    served: tuple[str, ...]

    def __str__(self) -> str:
        return f"nothing is served at {shown(self.path)}; the paths are {listed(self.served)}"


@dataclass(frozen=True, slots=True)
class NoHandshake(Reason):
    """A request that misses a part of a WebSocket handshake (RFC 6455, section 4.1)."""

    problem: str

    def __str__(self) -> str:
        return f"no WebSocket handshake: {self.problem}"


@dataclass(frozen=True, slots=True)
class TooLarge(Reason):
    """A URL, headers, a post or an answer above a limit, in characters or bytes."""

    subject: str
    size: int | None
    limit: int

    def __str__(self) -> str:
        size = "more" if self.size is None else str(self.size)
        return f"REQUEST_TOO_LARGE: {self.subject}: {size}, the limit is {self.limit}"


@dataclass(frozen=True, slots=True)
class Throttled(Reason):
    """A rate or burst that is exceeded."""

    subject: str
    rate: float
    burst: float

    def __str__(self) -> str:
        return f"THROTTLED: {self.subject} has {self.rate:g} a second and {self.burst:g} at once"


@dataclass(frozen=True, slots=True)
class NoSignature(Reason):
    """A signature of AWS that is missing or not well-formed."""

    problem: str = "the request has no Signature Version 4"

    def __str__(self) -> str:
        return f"MISSING_AUTHENTICATION_TOKEN: {self.problem}"


@dataclass(frozen=True, slots=True)
class NoApiKey(Reason):
    """An API key that is missing or of no usage plan of the stage; the key itself is not kept."""

    source: str
    is_sent: bool
    known: int

    def __str__(self) -> str:
        problem = "is of no usage plan of this stage" if self.is_sent else "is missing"
        return f"INVALID_API_KEY: $connect requires an API key; that of {self.source} {problem} ({self.known} known)"


# Authorizers


@dataclass(frozen=True, slots=True)
class MissingIdentity(Reason):
    """An identity source without a value: the authorizer is not invoked."""

    source: str

    def __str__(self) -> str:
        return f"Unauthorized request: the identity source {self.source} is missing or empty; no authorizer was invoked"


@dataclass(frozen=True, slots=True)
class AuthorizerSaidUnauthorized(Reason):
    """The authorizer failed with exactly `Unauthorized`."""

    def __str__(self) -> str:
        return "Unauthorized request: the authorizer raised Unauthorized"


@dataclass(frozen=True, slots=True)
class AuthorizerFailed(Reason):
    """The authorizer could not be asked, took too long, or failed."""

    problem: str

    def __str__(self) -> str:
        return f"AUTHORIZER_FAILURE: {self.problem}"


@dataclass(frozen=True, slots=True)
class AuthorizerMalformed(Reason):
    """The authorizer's result is none of a REQUEST authorizer."""

    problem: str

    def __str__(self) -> str:
        return f"AUTHORIZER_CONFIGURATION_ERROR: {self.problem}"


@dataclass(frozen=True, slots=True)
class PolicyDenies(Reason):
    """A policy that denies, or does not allow. `statement` counts from 1; None means that no statement covers it."""

    method_arn: str
    statement: int | None = None
    is_conditional: bool = False
    resources: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"ACCESS_DENIED: The client is not authorized to perform this operation: {self._problem()}"

    def _problem(self) -> str:
        if self.statement is None:
            return f"no statement allows execute-api:Invoke on {self.method_arn}; allowed: {listed(self.resources)}"
        if self.is_conditional:
            return f"statement {self.statement} of the policy has a Condition, and conditions are not evaluated here"
        return f"statement {self.statement} of the policy denies {self.method_arn}"


# Integrations


@dataclass(frozen=True, slots=True)
class MalformedResult(Reason):
    """A function's result that is no proxy result; `certainty` says how well AWS's strictness is known."""

    problem: str
    value: Any
    certainty: str = ""

    def __str__(self) -> str:
        line = f"Execution failed due to configuration error: Malformed Lambda proxy response: {self.problem}"
        return f"{line}{f' ({self.certainty})' if self.certainty else ''}; the result was {shown(self.value)}"


@dataclass(frozen=True, slots=True)
class FunctionFailed(Reason):
    """A function that raised, ran out of time or crashed."""

    error_type: str
    message: str

    def __str__(self) -> str:
        text = f"{self.error_type}: {shown(self.message)}"
        return f"Lambda execution failed with status 200 due to customer function error: {text}"


@dataclass(frozen=True, slots=True)
class NotInvoked(Reason):
    """A function or integration that could not be called."""

    problem: str

    def __str__(self) -> str:
        return f"Execution failed due to configuration error: {self.problem}"


@dataclass(frozen=True, slots=True)
class TimedOut(Reason):
    """An integration that exceeded its time limit; the function may run on."""

    milliseconds: int

    def __str__(self) -> str:
        return f"Execution failed due to a timeout error: no answer within {self.milliseconds} ms; the function runs on"


@dataclass(frozen=True, slots=True)
class ConnectStatus(Reason):
    """$connect returned another status than a success."""

    status: int

    def __str__(self) -> str:
        return f"$connect returned statusCode {self.status}; any 2xx would open the connection"


@dataclass(frozen=True, slots=True)
class FailingStatus(Reason):
    """A message route's function returned a failing status, and a setting makes it an error frame."""

    status: int

    def __str__(self) -> str:
        return f"the result has statusCode {self.status} (reported and disputed; failing_status_is_error_frame)"


# Messages


@dataclass(frozen=True, slots=True)
class NoRoute(Reason):
    """A message whose route key no route has, in an API without `$default`."""

    key: str
    expression: str
    routes: Sequence[str]

    def __str__(self) -> str:
        found = f"no route {shown(self.key)} and no $default; the routes are {listed(self.routes)}"
        return f"{found}; the expression is {self.expression}"


@dataclass(frozen=True, slots=True)
class BadRequestBody(Reason):
    """A message that fails the request model of its route."""

    route: str
    problem: str

    def __str__(self) -> str:
        return f"BAD_REQUEST_BODY: route {self.route}: {self.problem}"


# Closes


@dataclass(frozen=True, slots=True)
class FrameTooLarge(Reason):
    """A frame above the limit, in bytes on the wire."""

    size: int
    limit: int

    def __str__(self) -> str:
        return f"the client sent a frame of {self.size} bytes, more than {self.limit} (frame_bytes)"


@dataclass(frozen=True, slots=True)
class MessageTooLarge(Reason):
    """A message above the limit, in bytes after inflation."""

    limit: int

    def __str__(self) -> str:
        return f"the client sent a message of more than {self.limit} bytes (message_bytes)"


@dataclass(frozen=True, slots=True)
class BinaryFrame(Reason):
    """A binary frame of a client."""

    def __str__(self) -> str:
        return "the client sent a binary frame; WebSocket APIs take text alone"


@dataclass(frozen=True, slots=True)
class InvalidText(Reason):
    """A text message that is not UTF-8."""

    def __str__(self) -> str:
        return "the client sent text that is not UTF-8 (RFC 6455, section 8.1)"


@dataclass(frozen=True, slots=True)
class ProtocolViolation(Reason):
    """A broken rule of RFC 6455, in the words of the `websockets` library."""

    problem: str

    def __str__(self) -> str:
        return f"the client broke RFC 6455: {self.problem}"


@dataclass(frozen=True, slots=True)
class Idle(Reason):
    """A connection without data for too long."""

    seconds: float

    def __str__(self) -> str:
        return f"no data in either direction for {self.seconds:g} s (idle_seconds)"


@dataclass(frozen=True, slots=True)
class MaxAge(Reason):
    """A connection that is too old."""

    seconds: float

    def __str__(self) -> str:
        return f"the connection is {self.seconds:g} s old (max_age_seconds)"


@dataclass(frozen=True, slots=True)
class Deleted(Reason):
    """A close that a call asked for."""

    caller: str

    def __str__(self) -> str:
        return f"closed by {self.caller}"


@dataclass(frozen=True, slots=True)
class UnreadAnswers(Reason):
    """A client that makes the gateway answer and reads nothing."""

    unread: int

    def __str__(self) -> str:
        return f"the client makes the gateway answer and reads nothing; {self.unread} bytes wait"


@dataclass(frozen=True, slots=True)
class ConnectionLost(Reason):
    """A TCP connection that ended without a close frame."""

    def __str__(self) -> str:
        return "the TCP connection ended without a close frame"


# @connections


@dataclass(frozen=True, slots=True)
class Gone(Reason):
    """A connection that `@connections` does not find."""

    problem: str

    def __str__(self) -> str:
        return f"the connection is gone: {self.problem}"


@dataclass(frozen=True, slots=True)
class NoConnectionId(Reason):
    """A text that is not shaped as a connection id."""

    connection_id: str

    def __str__(self) -> str:
        return f"{shown(self.connection_id)} is no connection id: these are 16 characters of base64url that end with ="


@dataclass(frozen=True, slots=True)
class NoSuchMethod(Reason):
    """A method that `@connections` lacks."""

    method: str

    def __str__(self) -> str:
        return f"@connections has POST, GET and DELETE, not {shown(self.method)}"


@dataclass(frozen=True, slots=True)
class SlowConsumer(Reason):
    """A client that does not read what was posted to it, in bytes."""

    unread: int
    limit: int

    def __str__(self) -> str:
        return f"WebSocket client side buffer is full: {self.unread} bytes wait, {self.limit} may (unread_bytes)"


def shown(value: Any) -> str:
    """Returns a value as JSON on one line, cut after MAX_VALUE_CHARS characters; a text is shown as it is."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=repr)
    text = "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text)
    if isinstance(value, str) and (not text or " " in text):
        text = f'"{text}"'
    return text if len(text) <= MAX_VALUE_CHARS else f"{text[:MAX_VALUE_CHARS]}… ({len(text)} characters)"


def listed(names: Sequence[str]) -> str:
    """Returns names with commas between them, at most MAX_NAMES of them."""
    more = f" and {len(names) - MAX_NAMES} more" if len(names) > MAX_NAMES else ""
    return ", ".join(names[:MAX_NAMES]) + more if names else "none"
