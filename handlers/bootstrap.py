"""Builds each adapter once per process from the environment, the only place that reads it.

The imports are inside the functions, so that a Lambda function loads only what it uses. The authorizer, in front of
every connection, needs no AWS SDK. The others need botocore alone, because the import of boto3 takes as long again.
"""

from __future__ import annotations

import gc
import os
import threading
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from application.abandon_uploads import AbandonUploads
    from application.broadcast import Broadcast
    from application.client_actions import ClientActions
    from application.close_connection import CloseConnection
    from application.push import Push
    from application.report_upload import ReportUpload
    from application.requeue import Requeue
    from application.sweep import Sweep
    from domain.connection import ConnectionLimits
    from domain.handshake import HandshakeRules
    from domain.upload_bucket import UploadBucket
    from infra.dynamodb.connections import ConnectionStore
    from infra.dynamodb.due_index import DueIndex, DueKeys
    from infra.dynamodb.uploads import UploadStore
    from infra.gateway.credentials import Credentials
    from infra.gateway.management_api import ManagementApi
    from infra.sqs.progress_queue import ProgressQueue
    from infra.telemetry import Metrics
    from infra.thread_pool import WorkerPool
    from infra.tokens.signatures import VerificationKeys
    from infra.tokens.verifier import TokenVerifier
    from infra.tokens.webhook_senders import StoredSenders

# The number of threads of a function: a smaller pool would discard connections, and each new one is a handshake.
MAX_CONCURRENT_CALLS = 32

# Saves a fifth of a call's CPU. botocore checks each request against its model, although the service does so again. It
# builds its own name anew for each request, and looks for account ids in endpoints.
LEAN: dict[str, Any] = {
    "parameter_validation": False,
    "user_agent": "upload-progress",
    "account_id_endpoint_mode": "disabled",
    "disable_request_compression": True,
    "request_checksum_calculation": "when_required",
}

CALLED_SERVICES = frozenset({"dynamodb", "lambda", "secrets-manager", "sqs"})  # as botocore's events name them

# Sessions are not thread-safe while they create clients (botocore's guide to multithreading).
_creating = threading.Lock()


def build_early(*adapters: Callable[[], object]) -> None:
    """Builds adapters while a function starts, when Lambda gives it a full CPU.

    Outside Lambda they are built at first use, in the environment of that moment. Start-up objects are excluded from
    garbage collection (gc.freeze), which takes an eighth of the start, and again at each later collection.
    """
    if "AWS_LAMBDA_RUNTIME_API" not in os.environ:
        return
    gc.disable()
    try:
        for adapter in adapters:
            adapter()
    finally:
        gc.freeze()
        gc.enable()


@cache
def metrics() -> Metrics:
    """Returns the metrics in METRICS_NAMESPACE."""
    from infra.telemetry import Metrics

    return Metrics(os.environ["METRICS_NAMESPACE"])


@cache
def limits() -> ConnectionLimits:
    """Returns the limits of connections; the variables have the names of the fields, in capitals."""
    from dataclasses import fields

    from domain.connection import ConnectionLimits

    return ConnectionLimits(**{one.name: int(os.environ[one.name.upper()]) for one in fields(ConnectionLimits)})


@cache
def handshake_rules() -> HandshakeRules:
    """Returns the rules of handshakes: origins, query tokens and the viewer's host header."""
    from domain.handshake import HandshakeRules, normalize_origin

    origins = os.environ["ALLOWED_ORIGINS"].split(",")
    return HandshakeRules(
        allowed_origins=frozenset(normalize_origin(origin) for origin in origins if origin.strip()),
        allow_query_token=os.environ["ALLOW_QUERY_TOKEN"] == "true",  # noqa: S105 - a setting
        viewer_host_header=os.environ["VIEWER_HOST_HEADER"] or None,
    )


@cache
def tokens() -> TokenVerifier:
    """Returns the verifier of access tokens."""
    from domain.token_claims import ClaimsRule
    from domain.token_kind import read_kinds
    from infra.tokens.verifier import TokenVerifier

    rule = ClaimsRule(
        issuer=os.environ["JWT_ISSUER"],
        audience=os.environ["JWT_AUDIENCE"],
        scope=os.environ["JWT_SCOPE"] or None,
        kinds=read_kinds(os.environ["JWT_KINDS"]),
        user_claim=os.environ["JWT_USER_CLAIM"],
        audience_claim=os.environ["JWT_AUDIENCE_CLAIM"] or None,
    )
    return TokenVerifier(_keys(), rule)


def _keys() -> VerificationKeys:
    """Returns the keys of one family of algorithms: with both, key confusion would be possible."""
    url, secret_arn = os.environ["JWKS_URL"], os.environ["JWT_SECRET_ARN"]
    if bool(url) == bool(secret_arn):
        raise ValueError("exactly one of JWKS_URL and JWT_SECRET_ARN must be set")
    if url:
        from infra.tokens.jwks import JwksKeys

        return JwksKeys(url)
    from infra.tokens.secret_text import SecretText
    from infra.tokens.secrets_manager import StoredSecrets

    return StoredSecrets(SecretText(_client("secretsmanager", 3), secret_arn, _aws_errors()))


@cache
def webhook_senders() -> StoredSenders:
    """Returns the senders of webhooks."""
    from infra.tokens.secret_text import SecretText
    from infra.tokens.webhook_senders import StoredSenders

    return StoredSenders(SecretText(_client("secretsmanager", 3), os.environ["WEBHOOK_SECRET_ARN"], _aws_errors()))


@cache
def connections() -> ConnectionStore:
    """Returns the store of connections."""
    from domain.connection import MAX_FLOOD_ERRORS
    from infra.dynamodb.connections import ConnectionStore

    heard = limits().messages_burst + MAX_FLOOD_ERRORS
    return ConnectionStore(_dynamodb(), os.environ["CONNECTIONS_TABLE"], heard)


@cache
def due_index() -> DueIndex:
    """Returns the index of connections by their next deadline."""
    from infra.dynamodb.due_index import DueIndex

    return DueIndex(_dynamodb(), os.environ["CONNECTIONS_TABLE"])


@cache
def due_uploads() -> DueKeys | None:
    """Returns the index of uploads by the time of their next look; None if uploads are never abandoned."""
    from infra.dynamodb.due_index import DueKeys

    return DueKeys(_dynamodb(), os.environ["UPLOADS_TABLE"], "uploadId") if _abandon_after_ms() else None


def abandon_uploads(posts_per_second: float) -> AbandonUploads:
    """Returns the use case that ends uploads without news, at the rate of a sweep."""
    from application.abandon_uploads import AbandonUploads
    from infra.rate_limiter import RateLimiter

    return AbandonUploads(
        uploads(),
        broadcast(),
        RateLimiter(posts_per_second),
        abandon_after_ms=_abandon_after_ms(),
        max_connections_per_user=limits().max_connections_per_user,
    )


def _abandon_after_ms() -> int:
    return int(os.environ["ABANDON_AFTER_MINUTES"]) * 60_000


def sweep(posts_per_second: float) -> Sweep:
    """Returns a sweep whose rate leaves the rest of the account's requests to push."""
    from application.sweep import Sweep
    from application.sweep_actions import SweepActions
    from infra.dynamodb.ping_log import PingLog
    from infra.rate_limiter import RateLimiter

    notes = PingLog(_dynamodb(), os.environ["CONNECTIONS_TABLE"])
    actions = SweepActions(
        connections(), management(), close_connection(), notes, limits(), RateLimiter(posts_per_second)
    )
    return Sweep(due_index(), notes, actions, limits())


@cache
def functions() -> Any:
    """Returns a botocore Lambda client, with which the sweep invokes itself."""
    return _client("lambda", 3)


@cache
def uploads() -> UploadStore:
    """Returns the store of uploads."""
    from infra.dynamodb.uploads import UploadStore

    return UploadStore(_dynamodb(), os.environ["UPLOADS_TABLE"], _abandon_after_ms())


@cache
def management() -> ManagementApi:
    """Returns the client of the management API."""
    from infra.amazon_roots import roots_for
    from infra.gateway.management_api import ManagementApi

    url = _management_endpoint()
    roots = os.environ.get("AWS_CA_BUNDLE") or roots_for(url)
    return ManagementApi(url, _region(), _credentials, roots)


@cache
def close_connection() -> CloseConnection:
    """Returns the use case that closes a connection."""
    from application.close_connection import CloseConnection

    return CloseConnection(connections(), management(), metrics())


@cache
def client_actions() -> ClientActions:
    """Returns the use case that answers a client's message."""
    from application.client_actions import ClientActions

    adapters = connections(), uploads(), management(), close_connection(), tokens, limits()
    return ClientActions(*adapters, _reports() if os.environ["ALLOW_CLIENT_REPORTS"] == "true" else None)


def _reports() -> ReportUpload:
    from application.report_upload import ReportUpload

    return ReportUpload(uploads(), broadcast())


@cache
def broadcast() -> Broadcast:
    """Returns the use case that sends updates to a user's connections."""
    from application.broadcast import Broadcast

    return Broadcast(connections(), management(), close_connection(), _workers())


@cache
def push() -> Push:
    """Returns the use case that stores and broadcasts updates."""
    from application.disconnect_user import DisconnectUser
    from application.push import Push
    from application.store_updates import StoreUpdates

    return Push(
        StoreUpdates(uploads(), _workers()), broadcast(), DisconnectUser(connections(), close_connection(), _workers())
    )


@cache
def upload_bucket() -> UploadBucket | None:
    """Returns the bucket of uploads, if there is one. Raises ValueError for a pattern that reads a key in two ways."""
    from domain.key_pattern import KeyPattern
    from domain.upload_bucket import UploadBucket

    pattern = os.environ["UPLOAD_KEY_PATTERN"]
    if not pattern:
        return None
    suffixes = tuple(one.strip() for one in os.environ["IGNORED_KEY_SUFFIXES"].split(",") if one.strip())
    statuses = os.environ["UPLOAD_BUCKET_STATUS"], os.environ["SCANNED_STATUS"]
    accepts_unscanned = os.environ["ACCEPT_UNSCANNED_OBJECTS"] == "true"
    return UploadBucket(KeyPattern(pattern), statuses[0], suffixes, statuses[1], accepts_unscanned)


@cache
def requeue() -> Requeue:
    """Returns the use case that sends failed items back to the queue."""
    from application.requeue import Requeue

    return Requeue(queue)


@cache
def queue() -> ProgressQueue:
    """Returns the queue; it is built when an item must be retried, because its client takes time to build."""
    from infra.sqs.progress_queue import ProgressQueue

    urls = os.environ["PROGRESS_QUEUE_URL"], os.environ["DEAD_LETTER_QUEUE_URL"]
    return ProgressQueue(_client("sqs", 2), *urls, _aws_errors())


@cache
def _workers() -> WorkerPool:
    from infra.thread_pool import WorkerPool

    return WorkerPool(MAX_CONCURRENT_CALLS)


def _management_endpoint() -> str:
    """Returns the URL of the management API; the SDKs' own variable takes precedence over the template's.

    The event's domain name is not used: behind CloudFront or a custom domain it is not that of the management API.
    """
    return os.environ.get("AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI") or os.environ["MANAGEMENT_ENDPOINT"]


def _region() -> str:
    named = os.environ.get("AWS_DEFAULT_REGION") or os.environ.get("AWS_REGION")
    region = named or _session().get_config_variable("region")
    if not region:
        raise ValueError("no AWS region: set AWS_DEFAULT_REGION")
    return str(region)


def _credentials() -> Credentials:
    """Returns the present credentials: from Lambda's variables, else from botocore's chain."""
    from infra.gateway.credentials import Credentials

    if in_variables := _credential_variables():
        return Credentials(*in_variables)
    found = _credential_chain().get_frozen_credentials()
    return Credentials(found.access_key, found.secret_key, found.token)


def _credential_variables() -> tuple[str, str, str | None] | None:
    """Returns key id, secret and session token from the environment, where Lambda puts them; None without them."""
    key_id, secret = os.environ.get("AWS_ACCESS_KEY_ID"), os.environ.get("AWS_SECRET_ACCESS_KEY")
    return (key_id, secret, os.environ.get("AWS_SESSION_TOKEN")) if key_id and secret else None


@cache
def _credential_chain() -> Any:
    """Returns credentials that refresh themselves before they expire. Raises botocore's NoCredentialsError."""
    from botocore.exceptions import NoCredentialsError

    found = _session().get_credentials()
    if found is None:
        raise NoCredentialsError()
    return found


@cache
def _dynamodb() -> Any:
    return _client("dynamodb", 3, max_pool_connections=MAX_CONCURRENT_CALLS)


def _client(service: str, attempts: int, **settings: Any) -> Any:
    """Returns a client whose calls end early enough for the function to report their failure.

    The longest call takes `attempts` times both time-outs, with at most 1, 2, 4... seconds between them.
    """
    from botocore.config import Config

    retries = {"mode": "standard", "total_max_attempts": attempts}
    config = Config(connect_timeout=1, read_timeout=2, retries=retries, **LEAN, **settings)
    with _creating:
        return _session().create_client(service, config=config, verify=_aws_roots())


def _aws_roots() -> str | None:
    """Returns the roots for botocore's clients; None, its own choice, if variables may redirect them."""
    from infra.amazon_roots import roots_in

    if any(name.startswith(("AWS_CA_BUNDLE", "AWS_ENDPOINT_URL")) for name in os.environ):
        return None
    return roots_in(_region())


@cache
def _session() -> Any:
    """Returns a session with botocore's own handlers, except those for documentation and for other services.

    These are 112 of 127: to register them takes half of the session's start, and each client copies them.
    """
    from botocore.handlers import BUILTIN_HANDLERS
    from botocore.session import Session

    session = Session(include_builtin_handlers=False)
    for event, handler, *_ in BUILTIN_HANDLERS:
        name, *service = event.split(".")[:2]
        if name != "docs" and CALLED_SERVICES.issuperset(service):
            session.register(event, handler)
    if in_variables := _credential_variables():  # else botocore builds a provider for each place that may have keys
        session.set_credentials(*in_variables)
    return session


def _aws_errors() -> tuple[type[Exception], ...]:
    """Returns the base classes of the errors that botocore raises."""
    from botocore.exceptions import BotoCoreError, ClientError

    return (BotoCoreError, ClientError)
