import json
from collections.abc import Callable

import pytest

from local_emulator.apigateway.rules import error_frames

CONNECTION = "XDmENcnwIE0CFEQ="
REQUEST = "XDmGEE2RoE0FRdQ="


def test_forbidden_has_the_bytes_of_the_captures() -> None:
    assert error_frames.forbidden(CONNECTION, REQUEST) == (
        '{"message": "Forbidden", "connectionId":"XDmENcnwIE0CFEQ=", "requestId":"XDmGEE2RoE0FRdQ="}'
    )


def test_internal_server_error_has_the_bytes_of_the_captures() -> None:
    assert error_frames.internal_server_error(CONNECTION, REQUEST) == (
        '{"message": "Internal server error", "connectionId":"XDmENcnwIE0CFEQ=", "requestId":"XDmGEE2RoE0FRdQ="}'
    )


def test_endpoint_request_timed_out_has_the_bytes_of_the_reports() -> None:
    assert error_frames.endpoint_request_timed_out(CONNECTION, REQUEST) == (
        '{"message": "Endpoint request timed out", "connectionId":"XDmENcnwIE0CFEQ=", "requestId":"XDmGEE2RoE0FRdQ="}'
    )


def test_bad_request_body_has_the_documented_spacing_and_the_message_id() -> None:
    assert error_frames.bad_request_body(CONNECTION, "XDmF3cnwIE0CFEQ=") == (
        '{"message" : "Bad request body", "connectionId": "XDmENcnwIE0CFEQ=", "messageId": "XDmF3cnwIE0CFEQ="}'
    )


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (error_frames.forbidden, "Forbidden"),
        (error_frames.internal_server_error, "Internal server error"),
        (error_frames.endpoint_request_timed_out, "Endpoint request timed out"),
        (error_frames.too_many_requests, "Too Many Requests"),
    ],
)
def test_every_error_frame_is_json_that_names_the_connection_and_the_request(
    frame: Callable[[str, str], str], message: str
) -> None:
    assert json.loads(frame(CONNECTION, REQUEST)) == {
        "message": message,
        "connectionId": CONNECTION,
        "requestId": REQUEST,
    }
