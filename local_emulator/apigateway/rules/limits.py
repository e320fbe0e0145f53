"""The numbers of API Gateway's WebSocket APIs as settings, and a setting for each open question of AWS's documents.

Quotas: the page apigateway-execution-service-websocket-limits-table.html of API Gateway's developer guide,
docs.aws.amazon.com/apigateway/latest/developerguide.
"""

from dataclasses import dataclass
from typing import Final, Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayLimits:
    """The gateway's limits. Sizes are in bytes with 1 KB = 1024 (documented: the SDK's maximum is 131072)."""

    # Documented: a larger frame, or a larger message of several frames, closes the connection with 1009.
    frame_bytes: int = 32 * 1024
    message_bytes: int = 128 * 1024
    # Documented: the same limit on what @connections is given; more is answered with 413.
    post_bytes: int = 128 * 1024
    # Documented: both cannot be raised. Reported: data in either direction postpones the idle close.
    idle_seconds: float = 600
    max_age_seconds: float = 7200
    # Documented: 50 ms to 29 s, 29 s unless the integration says less. What a template declares outside is named at
    # start and brought inside.
    integration_timeout_ms: int = 29_000
    min_integration_timeout_ms: int = 50
    # Inferred: an authorizer is a Lambda call under the same limit.
    authorizer_timeout_ms: int = 29_000
    # Documented.
    authorizer_result_bytes: int = 8 * 1024
    # Documented: the whole URL of the handshake. Inferred: 414.
    url_chars: int = 4096
    # Documented for REST and HTTP APIs: all header lines together. Inferred for WebSocket APIs, and 431.
    header_bytes: int = 10_240

    # Unknown: the time that a client has for a request head; afterwards the TCP connection is closed.
    request_head_seconds: float = 20

    # Documented, per account and Region, adjustable; 500 new connections a second.
    connects_per_second: int = 500
    # Documented, per account and Region, shared by all APIs and @connections calls; 5 000 of them at once.
    requests_per_second: int = 10_000
    requests_burst: int = 5_000
    # The account's quotas are not enforced unless asked for: a laptop has the emulator to itself. The rates that a
    # stage declares for its routes always are.
    enforce_rates: bool = False

    # Documented, per API: a template beyond them would not deploy.
    routes_per_api: int = 300
    integrations_per_api: int = 300
    stages_per_api: int = 10
    authorizers_per_api: int = 10

    # Documented: a client sent a binary frame.
    binary_close_code: int = 1003
    # Documented: a frame or message was too large.
    too_large_close_code: int = 1009
    # Reported, by code written against AWS, and the sentence of Netty's decoder: the close reason for a frame that is
    # too large; {} is frame_bytes. Inferred: its $disconnect has it too.
    frame_too_large_close_reason: str = "Max frame length of {} has been exceeded."
    # Unknown: the close reasons for a message that is too large, and for a binary frame. So are those for text that is
    # not UTF-8 (1007), and for another broken rule of RFC 6455 (1002).
    message_too_large_close_reason: str = ""
    binary_close_reason: str = ""
    invalid_text_close_reason: str = ""
    protocol_error_close_reason: str = ""
    # Reported, by one thread of 2021: permessage-deflate is negotiated if the client offers it, and a smaller window
    # that was agreed to is not kept.
    compression: bool = True
    compression_keeps_window: bool = False
    # Reported, with the event 603.9 s after the connection.
    idle_close_code: int = 1001
    idle_close_reason: str = "Going away"
    # Unknown: no capture of the close after two hours; inferred to be that of the idle close.
    max_age_close_code: int = 1001
    max_age_close_reason: str = "Going away"
    # Reported: DeleteConnection; it takes no code or reason of the caller's.
    delete_close_code: int = 1000
    delete_close_reason: str = "Connection Closed Normally"
    # Reported: the client's close frame had no status.
    no_status_code: int = 1005
    no_status_reason: str = "Client-side close frame status not set"
    # Unknown: no capture of $disconnect after a lost TCP connection; 1006 is RFC 6455's code for one (7.1.5).
    abnormal_close_code: int = 1006
    abnormal_close_reason: str = ""

    # Inferred: the gateway answers a client's ping. Unknown: whether one postpones the idle close. False is
    # safe: who relies on pings loses the connection here and not in production.
    answers_pings: bool = True
    ping_resets_idle: bool = False
    # Unknown: no statement on the opcode of what @connections sends; every client seen treats it as text.
    outbound_opcode: Literal["text", "binary"] = "text"
    # Inferred: what is larger than one frame goes out in frames of this size.
    outbound_frame_bytes: int = 32 * 1024
    # Reported: a consumer that does not read is answered for with 429. Unknown: how much is buffered for it.
    unread_bytes: int = 1024 * 1024
    # Unknown: how long the gateway waits for the answer to its close frame before it cuts the TCP connection.
    close_wait_seconds: float = 5.0
    # Unknown: the text of the frame for a throttled message; that of REST APIs, and False sends none.
    sends_throttled_frame: bool = True
    # Documented: answers may come in another order than messages. Inferred: messages run side by side.
    messages_run_concurrently: bool = True
    # Reported, by one capture of a message route; inferred for $connect, whose REST counterpart is as strict: a key
    # that no proxy result has makes the result malformed.
    extra_keys_are_malformed: bool = True
    # Inferred from REST APIs: the handshake's status when $connect returns a malformed result.
    malformed_connect_status: int = 502
    # Inferred from an execution log that calls null malformed: the status when it returns None.
    none_connect_status: int = 502
    # Reported once: a route response without a body is an empty message. False sends nothing.
    empty_route_response_is_sent: bool = True
    # Reported and disputed: whether a failing status on a message route is replaced by an error frame.
    failing_status_is_error_frame: bool = False
    # Unknown: whether the name of a header is compared by case where it is an identity source. HTTP says that names
    # have no case (RFC 9110, section 5.1).
    identity_headers_have_case: bool = False
    # Reported, by one issue about another emulator: events show a stage's variables. No capture of one was found.
    events_show_stage_variables: bool = True
    # Inferred from REST APIs: @connections answers an unsigned call with 403 Missing Authentication Token.
    requires_signature: bool = True


DEFAULT_LIMITS: Final = GatewayLimits()
