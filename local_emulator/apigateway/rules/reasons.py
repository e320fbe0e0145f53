"""The reasons of the answers that the gateway gives by itself: one text per refusal, with its evidence, on one line.

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


@dataclass(frozen=True, slots=True)
class Reason:
    """The cause of a refusal or a close; `str()` returns its text."""

    text: str

    def __str__(self) -> str:
        return self.text


# Requests


def nothing_served(path: str, served: Sequence[str]) -> Reason:
    """Returns the reason for a path without a stage, or behind a stage but not `@connections/{id}`."""
    return Reason(f"nothing is served at {shown(path)}; the paths are {listed(served)}")


def no_handshake(problem: str) -> Reason:
    """Returns the reason for a request that misses a part of a WebSocket handshake (RFC 6455, section 4.1)."""
    return Reason(f"no WebSocket handshake: {problem}")


def too_large(subject: str, size: int | None, limit: int) -> Reason:
    """Returns the reason for a URL, headers, a post or an answer above a limit, in characters or bytes."""
    shown_size = "more" if size is None else str(size)
    return Reason(f"REQUEST_TOO_LARGE: {subject}: {shown_size}, the limit is {limit}")


def throttled(subject: str, rate: float, burst: float) -> Reason:
    """Returns the reason for a rate or burst that is exceeded."""
    return Reason(f"THROTTLED: {subject} has {rate:g} a second and {burst:g} at once")


def no_signature(problem: str = "the request has no Signature Version 4") -> Reason:
    """Returns the reason for a signature of AWS that is missing or not well-formed."""
    return Reason(f"MISSING_AUTHENTICATION_TOKEN: {problem}")


def no_api_key(source: str, is_sent: bool, known: int) -> Reason:
    """Returns the reason for an API key that is missing or of no usage plan of the stage, without the key."""
    problem = "is of no usage plan of this stage" if is_sent else "is missing"
    return Reason(f"INVALID_API_KEY: $connect requires an API key; that of {source} {problem} ({known} known)")


# Authorizers


UNAUTHORIZED = Reason("Unauthorized request: the authorizer raised Unauthorized")


def missing_identity(source: str) -> Reason:
    """Returns the reason for an identity source without a value: the authorizer is not invoked."""
    problem = f"the identity source {source} is missing or empty; no authorizer was invoked"
    return Reason(f"Unauthorized request: {problem}")


def authorizer_failed(problem: object) -> Reason:
    """Returns the reason for an authorizer that could not be asked, took too long, or failed."""
    return Reason(f"AUTHORIZER_FAILURE: {problem}")


def authorizer_malformed(problem: object) -> Reason:
    """Returns the reason for a result of an authorizer that is none of a REQUEST authorizer."""
    return Reason(f"AUTHORIZER_CONFIGURATION_ERROR: {problem}")


def policy_denies(problem: str) -> Reason:
    """Returns the reason for a policy that denies, or does not allow."""
    return Reason(f"ACCESS_DENIED: The client is not authorized to perform this operation: {problem}")


# Integrations


def malformed_result(problem: str, value: Any, certainty: str = "") -> Reason:
    """Returns the reason for a result that is no proxy result; `certainty` is that of AWS's strictness."""
    line = f"Execution failed due to configuration error: Malformed Lambda proxy response: {problem}"
    return Reason(f"{line}{f' ({certainty})' if certainty else ''}; the result was {shown(value)}")


def function_failed(error_type: str, message: str) -> Reason:
    """Returns the reason for a function that raised, ran out of time or crashed."""
    text = f"{error_type}: {shown(message)}"
    return Reason(f"Lambda execution failed with status 200 due to customer function error: {text}")


def not_invoked(problem: str) -> Reason:
    """Returns the reason for a function or integration that could not be called."""
    return Reason(f"Execution failed due to configuration error: {problem}")


def timed_out(milliseconds: int) -> Reason:
    """Returns the reason for an integration that exceeded its time limit; the function may run on."""
    problem = f"no answer within {milliseconds} ms; the function runs on"
    return Reason(f"Execution failed due to a timeout error: {problem}")


def connect_status(status: int) -> Reason:
    """Returns the reason for another status of $connect than a success."""
    return Reason(f"$connect returned statusCode {status}; any 2xx would open the connection")


def failing_status(status: int) -> Reason:
    """Returns the reason for a failing status on a message route, which a setting makes an error frame."""
    return Reason(f"the result has statusCode {status} (reported and disputed; failing_status_is_error_frame)")


# Messages


def no_route(key: str, expression: str, routes: Sequence[str]) -> Reason:
    """Returns the reason for a message whose route key no route has, in an API without `$default`."""
    found = f"no route {shown(key)} and no $default; the routes are {listed(routes)}"
    return Reason(f"{found}; the expression is {expression}")


def bad_request_body(route: str, problem: str) -> Reason:
    """Returns the reason for a message that fails the request model of its route."""
    return Reason(f"BAD_REQUEST_BODY: route {route}: {problem}")


# Closes


BINARY_FRAME = Reason("the client sent a binary frame; WebSocket APIs take text alone")
INVALID_TEXT = Reason("the client sent text that is not UTF-8 (RFC 6455, section 8.1)")
CONNECTION_LOST = Reason("the TCP connection ended without a close frame")


def frame_too_large(size: int, limit: int) -> Reason:
    """Returns the reason for a frame above the limit, in bytes on the wire."""
    return Reason(f"the client sent a frame of {size} bytes, more than {limit} (frame_bytes)")


def message_too_large(limit: int) -> Reason:
    """Returns the reason for a message above the limit, in bytes after inflation."""
    return Reason(f"the client sent a message of more than {limit} bytes (message_bytes)")


def protocol_violation(problem: str) -> Reason:
    """Returns the reason for a broken rule of RFC 6455, in the words of the `websockets` library."""
    return Reason(f"the client broke RFC 6455: {problem}")


def idle(seconds: float) -> Reason:
    """Returns the reason for a connection without data for too long."""
    return Reason(f"no data in either direction for {seconds:g} s (idle_seconds)")


def max_age(seconds: float) -> Reason:
    """Returns the reason for a connection that is too old."""
    return Reason(f"the connection is {seconds:g} s old (max_age_seconds)")


def closed_by(caller: str) -> Reason:
    """Returns the reason for a close that a call asked for."""
    return Reason(f"closed by {caller}")


def unread_answers(unread: int) -> Reason:
    """Returns the reason for a client that makes the gateway answer and reads nothing."""
    return Reason(f"the client makes the gateway answer and reads nothing; {unread} bytes wait")


# @connections


def gone(problem: str) -> Reason:
    """Returns the reason for a connection that `@connections` does not find."""
    return Reason(f"the connection is gone: {problem}")


def no_connection_id(connection_id: str) -> Reason:
    """Returns the reason for a text that is not shaped as a connection id."""
    form = "16 characters of base64url that end with ="
    return Reason(f"{shown(connection_id)} is no connection id: these are {form}")


def no_such_method(method: str) -> Reason:
    """Returns the reason for a method that `@connections` lacks."""
    return Reason(f"@connections has POST, GET and DELETE, not {shown(method)}")


def slow_consumer(unread: int, limit: int) -> Reason:
    """Returns the reason for a client that does not read what was posted to it, in bytes."""
    return Reason(f"WebSocket client side buffer is full: {unread} bytes wait, {limit} may (unread_bytes)")


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
