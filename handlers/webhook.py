"""Webhook: receives signed updates, hooks of tusd and CloudEvents by HTTP, and processes them like push."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from domain.push_item import PushEvent
from domain.token_errors import KeysUnavailableError
from domain.webhook_signature import UnsignedMessageError, read_message
from handlers import bootstrap
from handlers.event_items import EventItems
from handlers.gateway_event import now_ms
from handlers.push_log import log_push
from handlers.remaining_time import seconds_left
from handlers.webhook_request import RefusedWebhookError, WebhookRequest, answer, read_request
from infra.telemetry import log, log_failure

if TYPE_CHECKING:
    from domain.webhook_sender import WebhookSender
    from domain.webhook_signature import SignedMessage

SPARE_MS = 10_000  # for calls under way, and for queueing what is left
RETRY_AFTER_SECONDS = "30"

bootstrap.build_early(bootstrap.push, bootstrap.upload_bucket, bootstrap.webhook_senders)


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Answers 200 with the counts and errors of push, 401 without a valid signature, 400, 405 or 413.

    A sender may send a request again, because the acceptance rule makes a repeated update harmless. It must do so after
    503 (the secrets are unavailable) and 502 (raises NotQueuedError). Lambda answers 429 beyond the concurrency.
    """
    try:
        request = read_request(event)
        message = _message(request)
        sender = bootstrap.webhook_senders().sender_of(message)
        if sender is None:
            raise RefusedWebhookError(401, "the signature is of no known secret")
        return answer(200, _push(request.value(), message.sent_at * 1000, sender, context))
    except RefusedWebhookError as refused:
        log("webhook_refused", status=refused.status, reason=str(refused))
        return refused.answer
    except KeysUnavailableError as unavailable:
        log_failure("webhook_secrets_unavailable", **unavailable.evidence)
        return answer(503, {"message": "try again later"}, {"Retry-After": RETRY_AFTER_SECONDS})


def _message(request: WebhookRequest) -> SignedMessage:
    try:
        return read_message(request.headers, request.body, now_ms() // 1000)
    except UnsignedMessageError as invalid:
        raise RefusedWebhookError(401, str(invalid)) from None


def _push(value: object, sent_at: int, sender: WebhookSender, context: Any) -> dict[str, Any]:
    """Processes the items that the sender may report, and returns push's answer. Raises NotQueuedError.

    An item without a time has that of its signature, so a message that is replayed is a duplicate.
    """
    now, left = now_ms(), seconds_left(context, SPARE_MS)
    pushed = PushEvent.of("direct", EventItems(bootstrap.upload_bucket()).read(value, now, sent_at))
    result = bootstrap.push().process(pushed.items, now, left, sender.may_report_for)
    result.counts.ignored += pushed.ignored
    bootstrap.requeue().settle(pushed, result, left)
    return log_push("webhook", result, sender=sender.name)
