"""The deployment that a template describes: the result of reading it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from local_emulator.event_patterns.filter_criteria import FilterCriteria
from local_emulator.event_patterns.input_transformer import TargetInput

# Of functions that log JSON, least important first.
LOG_LEVELS = ("TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL")
STARTING_POSITIONS = ("LATEST", "TRIM_HORIZON")


@dataclass(frozen=True)
class Authorizer:
    """A Lambda REQUEST authorizer of `$connect`.

    `function` is the logical id of its function, None if that is not in the template.
    `has_role`: it is invoked with a role of its own, so it needs no permission.
    `identity_sources` are as declared, e.g. `route.request.querystring.token`; empty asks for none.
    """

    name: str
    function: str | None
    identity_sources: tuple[str, ...] = ()
    has_role: bool = False


@dataclass(frozen=True)
class IntegrationResponse:
    """A response of an integration that is no proxy. `key` is `$default` or a regular expression as `/2[0-9]+/`.

    `templates` are mapping templates by the value of `template_selection_expression`.
    """

    key: str
    template_selection_expression: str | None = None
    templates: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Integration:
    """An integration that is no Lambda proxy, as declared: MOCK, HTTP, HTTP_PROXY or AWS.

    `parameters` are sources such as `context.connectionId` by target such as `integration.request.header.X`.
    `function` is the logical id behind a URI of Lambda. `not_run` says why it cannot run here, if it cannot.
    """

    uri: str = ""
    method: str = "POST"
    template_selection_expression: str | None = None
    templates: Mapping[str, str] = field(default_factory=dict)
    parameters: Mapping[str, str] = field(default_factory=dict)
    passthrough_behavior: str = "WHEN_NO_MATCH"
    responses: tuple[IntegrationResponse, ...] = ()
    stage_variables: Mapping[str, str] = field(default_factory=dict)
    function: str | None = None
    not_run: str | None = None


@dataclass(frozen=True)
class Route:
    """One route of a WebSocket API and the integration behind it.

    `integration_type` is AWS_PROXY, AWS, HTTP, HTTP_PROXY, MOCK, or "" for a route without a target.
    `function` is the logical id behind an AWS_PROXY integration, None if it is not of this template.
    Deployment.functions lacks it if it is not run (a notice names it).
    `authorization` is NONE, CUSTOM or AWS_IAM. `route_response`: the function's answer goes to the caller.
    `has_role`: the integration invokes with a role of its own (CredentialsArn), so it needs no permission.
    `models` are the schemas of the request models, by the value that selects them.
    `integration` describes every other integration than AWS_PROXY.
    """

    key: str
    integration_type: str
    function: str | None = None
    timeout_ms: int = 29_000
    authorization: str = "NONE"
    authorizer: Authorizer | None = None
    api_key_required: bool = False
    route_response: bool = False
    model_selection_expression: str | None = None
    models: Mapping[str, Any] = field(default_factory=dict)
    has_role: bool = False
    integration: Integration | None = None


@dataclass(frozen=True)
class WebSocketApi:
    """One stage of a WebSocket API; an API with two stages is two of these with the same `api_id`.

    `api_keys` are the values that a usage plan of this stage accepts in `x-api-key`.
    `route_settings` and `default_route_settings` are as declared (throttling, logging).
    """

    logical_id: str
    api_id: str
    name: str
    route_selection_expression: str
    stage_name: str
    routes: Mapping[str, Route]
    stage_variables: Mapping[str, str] = field(default_factory=dict)
    api_key_selection_expression: str = "$request.header.x-api-key"
    api_keys: tuple[str, ...] = ()
    default_route_settings: Mapping[str, Any] = field(default_factory=dict)
    route_settings: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class EventInvoke:
    """The handling of failed asynchronous invocations; ages in seconds, destinations are ARNs."""

    max_retries: int = 2
    max_age_seconds: int = 21_600
    on_failure: str | None = None
    on_success: str | None = None


@dataclass(frozen=True)
class Function:
    """A function of the template. `not_run` says why it cannot run here, if it cannot.

    `code_dir` is the folder that AWS would zip: it comes first on sys.path. `layers` are folders that AWS would mount
    over /opt, so their `python/` is importable. `dead_letter` is an ARN. `log_format` is Text or JSON.
    `inline_code` is code of the template itself; before it is written out, `code_dir` is the template's folder.
    """

    logical_id: str
    physical_name: str
    arn: str
    handler: str
    runtime: str
    code_dir: Path
    timeout_seconds: int = 3
    memory_mb: int = 128
    environment: Mapping[str, str] = field(default_factory=dict)
    layers: tuple[Path, ...] = ()
    reserved_concurrency: int | None = None
    event_invoke: EventInvoke = EventInvoke()
    dead_letter: str | None = None
    log_format: str = "Text"
    application_log_level: str | None = None
    system_log_level: str = "INFO"
    log_group: str | None = None
    not_run: str | None = None
    inline_code: str | None = None


@dataclass(frozen=True)
class CorsRules:
    """The CORS configuration of a function URL, as declared. `max_age` is in seconds."""

    origins: tuple[str, ...] = ()
    methods: tuple[str, ...] = ()
    headers: tuple[str, ...] = ()
    exposed_headers: tuple[str, ...] = ()
    credentials: bool = False
    max_age: int | None = None


@dataclass(frozen=True)
class FunctionUrl:
    """The URL of a function. `function` is a logical id; `url_id` begins the host in AWS, `{url_id}.lambda-url.…`.

    `auth_type` is NONE or AWS_IAM. `denied` are the actions that no AWS::Lambda::Permission allows to the public.
    """

    logical_id: str
    function: str
    url_id: str
    auth_type: str
    cors: CorsRules | None = None
    denied: tuple[str, ...] = ()


@dataclass(frozen=True)
class Resource:
    """A table, queue, bucket, secret, topic or parameter of Parameter Store, to be created through boto3.

    `physical_id` is the value of Ref (table, bucket, parameter: the name; queue: the URL; secret and topic: the ARN).
    `name` is its own name, which `properties` hold too, under the type's word for it. `properties` are
    CloudFormation's, resolved, numbers and booleans as such. `location` is its file and line.
    """

    logical_id: str
    physical_id: str
    name: str
    arn: str
    type: str
    properties: Mapping[str, Any]
    location: str = field(default="", compare=False)


@dataclass(frozen=True)
class Schedule:
    """A schedule that invokes a function. `expression` is rate(…), cron(…) or at(…).

    `input` makes the payload: of the event that EventBridge makes (for `source` "rule"), or the text of a schedule
    of EventBridge Scheduler. `start` and `end` are its StartDate and EndDate, which a rule has not.
    """

    name: str
    logical_id: str
    function: str
    expression: str
    input: TargetInput = field(default_factory=TargetInput)
    enabled: bool = True
    source: str = "rule"
    timezone: str = "UTC"
    arn: str = ""
    start: datetime | None = None
    end: datetime | None = None


@dataclass(frozen=True)
class EventSource:
    """An SQS queue that invokes a function."""

    logical_id: str
    function: str
    queue_arn: str
    batch_size: int = 10
    window_seconds: int = 0
    report_batch_item_failures: bool = False
    enabled: bool = True
    max_concurrency: int | None = None
    filters: FilterCriteria = field(default_factory=FilterCriteria)


@dataclass(frozen=True)
class StreamSource:
    """The stream of a DynamoDB table that invokes a function. `on_failure` is the ARN of a queue or topic.

    `max_retries` and `max_age_seconds` are -1 for no limit, as in Lambda's API.
    """

    logical_id: str
    function: str
    table_name: str
    stream_arn: str = ""
    batch_size: int = 100
    window_seconds: int = 0
    starting_position: str = "LATEST"
    report_batch_item_failures: bool = False
    bisect: bool = False
    max_retries: int = -1
    max_age_seconds: int = -1
    on_failure: str | None = None
    enabled: bool = True
    filters: FilterCriteria = field(default_factory=FilterCriteria)


@dataclass(frozen=True)
class EventRule:
    """A rule of EventBridge with a pattern, as JSON text. `targets` are as PutTargets has them."""

    logical_id: str
    name: str
    bus: str
    pattern: str
    enabled: bool = True
    targets: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True)
class TopicSubscription:
    """A subscription of SNS. `endpoint` is the ARN of a queue or function; `attributes` are as Subscribe has them."""

    logical_id: str
    topic_arn: str
    protocol: str
    endpoint: str
    attributes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RouteOption:
    """A route of the command line: `handler` is a function of the module `file`."""

    key: str
    file: Path
    handler: str
    runtime: str


@dataclass(frozen=True)
class PublicPath:
    """A path pattern of a CloudFront distribution whose origin is an API, with the origin's custom headers."""

    path_pattern: str
    api: str
    stage: str
    origin_headers: Mapping[str, str] = field(default_factory=dict)
    distribution: str = ""


STATEFUL_KINDS = (
    "tables",
    "queues",
    "buckets",
    "secrets",
    "topics",
    "event_buses",
    "stored_parameters",
    "state_machines",
)
"""The fields of a deployment with resources that store something."""


@dataclass(frozen=True)
class Deployment:
    """The part of a template that the emulator runs. Keys of the mappings are logical ids.

    `bucket_notifications` are by the name of the bucket, and as S3's API takes them.

    `parameters` are the template's own, `stored_parameters` those of Parameter Store. `user_pools` are pools of Cognito
    and their clients. `notices` are sentences on resources that are read but not emulated. `sources` are the templates
    that were read, nested ones too.
    """

    path: Path
    region: str
    account_id: str
    stack_name: str
    parameters: Mapping[str, str | tuple[str, ...]]
    apis: tuple[WebSocketApi, ...]
    functions: Mapping[str, Function]
    function_urls: Mapping[str, FunctionUrl] = field(default_factory=dict)
    tables: Mapping[str, Resource] = field(default_factory=dict)
    queues: Mapping[str, Resource] = field(default_factory=dict)
    buckets: Mapping[str, Resource] = field(default_factory=dict)
    secrets: Mapping[str, Resource] = field(default_factory=dict)
    topics: Mapping[str, Resource] = field(default_factory=dict)
    user_pools: Mapping[str, Resource] = field(default_factory=dict)
    stored_parameters: Mapping[str, Resource] = field(default_factory=dict)
    state_machines: Mapping[str, Resource] = field(default_factory=dict)
    schedules: tuple[Schedule, ...] = ()
    event_sources: tuple[EventSource, ...] = ()
    stream_sources: tuple[StreamSource, ...] = ()
    event_buses: Mapping[str, Resource] = field(default_factory=dict)
    event_rules: tuple[EventRule, ...] = ()
    subscriptions: tuple[TopicSubscription, ...] = ()
    bucket_notifications: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    public_paths: tuple[PublicPath, ...] = ()
    outputs: Mapping[str, Any] = field(default_factory=dict)
    notices: tuple[str, ...] = ()
    sources: tuple[Path, ...] = ()

    @property
    def stateful_resources(self) -> Iterator[Resource]:
        """The tables, queues, buckets, secrets, topics, event buses, stored parameters and state machines."""
        for kind in STATEFUL_KINDS:
            yield from getattr(self, kind).values()
