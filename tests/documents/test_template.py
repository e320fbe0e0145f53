"""What template.yaml promises of safety: nothing readable, nothing public, nothing kept for ever, all else optional."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from testing.translator import OWN, ROOT, Evaluator, translated

Template = Callable[..., Evaluator]
SENDERS = {
    "UploadTopicArn": "arn:aws:sns:us-east-1:123456789012:uploads",
    "MalwareScanStatus": "completed",
    "MediaConvertQueueArns": "arn:aws:mediaconvert:us-east-1:123456789012:queues/A,arn:aws:mediaconvert:…:queues/B",
    "StateMachineArns": "arn:aws:states:us-east-1:123456789012:stateMachine:A",
    "DestinationFunctionArn": "arn:aws:lambda:us-east-1:123456789012:function:f",
}
CERTIFICATE = "arn:aws:acm:us-east-1:123456789012:certificate/c"
WEB_ACL = "arn:aws:wafv2:us-east-1:123456789012:global/webacl/a/b"


@pytest.fixture(scope="module")
def template() -> Template:
    """The template as AWS's translator reads it, with these parameters."""
    document = translated(ROOT / "template.yaml")
    return lambda **parameters: Evaluator(document, OWN | parameters, {"AWS::StackName": "stack"})


def only(aws: Evaluator, kind: str) -> dict[str, Any]:
    [(_, properties)] = aws.resources(kind)
    return properties


def test_the_gateway_never_writes_whole_requests_down(template: Template) -> None:
    settings = only(template(), "AWS::ApiGatewayV2::Stage")["DefaultRouteSettings"]
    assert (settings["DataTraceEnabled"], settings["LoggingLevel"]) == (False, "OFF")
    assert "RouteSettings" not in only(template(), "AWS::ApiGatewayV2::Stage")


def test_access_logs_are_json_and_hold_neither_query_string_nor_headers(template: Template) -> None:
    line = json.loads(only(template(), "AWS::ApiGatewayV2::Stage")["AccessLogSettings"]["Format"])
    variables = set(line.values())
    assert {"$context.requestId", "$context.connectionId", "$context.routeKey", "$context.status"} <= variables
    for variable in variables:
        assert re.fullmatch(r"\$context\.[\w.]+", variable)
        assert not re.search(r"header|query|path|token|userAgent|body", variable, re.IGNORECASE)


def test_without_access_logs_nothing_of_them_is_left(template: Template) -> None:
    aws = template(EnableAccessLogs="false")
    assert "AccessLogSettings" not in only(aws, "AWS::ApiGatewayV2::Stage")
    assert not [*aws.resources("AWS::ApiGateway::Account")]


def test_the_accounts_log_role_is_left_alone_where_there_is_one(template: Template) -> None:
    aws = template(GatewayLogRole="existing")
    assert not [*aws.resources("AWS::ApiGateway::Account")]
    assert "AccessLogSettings" in only(aws, "AWS::ApiGatewayV2::Stage")


def test_messages_leave_half_of_the_accounts_requests_to_posts(template: Template) -> None:
    settings = only(template(), "AWS::ApiGatewayV2::Stage")["DefaultRouteSettings"]
    assert (settings["ThrottlingRateLimit"], settings["ThrottlingBurstLimit"]) == ("5000", "2500")


def test_every_log_is_kept_as_long_as_the_parameter_says(template: Template) -> None:
    groups = dict(template(LogRetentionDays="7").resources("AWS::Logs::LogGroup"))
    assert {group["RetentionInDays"] for group in groups.values()} == {"7"}
    functions = dict(template().resources("AWS::Lambda::Function"))
    assert {one["LoggingConfig"]["LogGroup"].strip("<>") for one in functions.values()} < set(groups)
    assert {one["LoggingConfig"]["LogFormat"] for one in functions.values()} == {"JSON"}


def test_what_is_stored_is_encrypted_and_ends(template: Template) -> None:
    for _, table in template().resources("AWS::DynamoDB::Table"):
        assert table["SSESpecification"] == {"SSEEnabled": True}
        assert table["TimeToLiveSpecification"] == {"AttributeName": "expiresAt", "Enabled": True}
        assert table["BillingMode"] == "PAY_PER_REQUEST"
    for _, queue in template().resources("AWS::SQS::Queue"):
        assert queue["SqsManagedSseEnabled"] is True


@pytest.mark.parametrize("parameters", [{}, {"EventSource": "pipelines"}])
def test_no_queue_accepts_plain_http(template: Template, parameters: dict[str, str]) -> None:
    policies = [policy for _, policy in template(**parameters).resources("AWS::SQS::QueuePolicy")]
    denied = [one["PolicyDocument"]["Statement"][0] for one in policies]

    queues = {f"<{name}>" for name, _ in template().resources("AWS::SQS::Queue")}
    assert {queue for one in policies for queue in one["Queues"]} == queues
    assert {one["Resource"] for one in denied} == {f"{queue.removesuffix('>')}.Arn>" for queue in queues}
    for one in denied:
        assert (one["Effect"], one["Principal"], one["Action"]) == ("Deny", "*", "sqs:*")
        assert one["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_everything_that_keeps_data_says_what_its_deletion_does(template: Template) -> None:
    kinds = {"AWS::SQS::Queue", "AWS::DynamoDB::Table", "AWS::Logs::LogGroup", "AWS::SecretsManager::Secret"}
    keepers = [one for one in template().document["Resources"].values() if one["Type"] in kinds]

    assert {one["Type"] for one in keepers} == kinds
    assert all({"DeletionPolicy", "UpdateReplacePolicy"} <= one.keys() for one in keepers)


def test_clients_with_ipv6_alone_reach_the_gateway(template: Template) -> None:
    assert only(template(), "AWS::ApiGatewayV2::Api")["IpAddressType"] == "dualstack"


# The most characters that AWS accepts (API references of each service), for every text that holds the stack's name.
# CloudFormation shortens the names that it makes itself.
MAX_CHARACTERS = {
    ("AWS::ApiGatewayV2::Api", "Name"): 128,
    ("AWS::CloudFront::Distribution", "Comment"): 128,
    ("AWS::CloudFront::Function", "Name"): 64,
    ("AWS::CloudWatch::Alarm", "Namespace"): 255,
    ("AWS::CloudWatch::Dashboard", "DashboardBody"): 1_000_000,
    ("AWS::CloudWatch::Dashboard", "DashboardName"): 255,
    ("AWS::Lambda::Function", "METRICS_NAMESPACE"): 4096,
    ("AWS::Logs::LogGroup", "LogGroupName"): 512,
    ("AWS::SecretsManager::Secret", "Name"): 512,
}
MAX_STACK_NAME = "s" * 128
STACK_UUID = "1c2fa620-982a-11e3-aff7-50e2416294e0"


def texts(value: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """Every text in it, with the key that it stands under."""
    if isinstance(value, str):
        yield name, value
    for key, inner in value.items() if isinstance(value, dict) else []:
        yield from texts(inner, key)
    for inner in value if isinstance(value, list) else []:
        yield from texts(inner, name)


def test_a_stack_with_the_longest_name_deploys(template: Template) -> None:
    stack_id = f"arn:aws:cloudformation:ap-southeast-1:123456789012:stack/{MAX_STACK_NAME}/{STACK_UUID}"
    known = {"AWS::StackName": MAX_STACK_NAME, "AWS::StackId": stack_id, "AWS::Region": "ap-southeast-1"}
    aws = Evaluator(template().document, OWN | {"OriginKeyVersion": "999999"}, known)
    kinds = {one["Type"] for one in aws.document["Resources"].values()}

    lengths: dict[tuple[str, str], int] = {}
    for kind in kinds:
        for _, properties in aws.resources(kind):
            for name, text in texts(properties):
                if MAX_STACK_NAME in text or STACK_UUID in text:
                    lengths[kind, name] = max(len(text), lengths.get((kind, name), 0))

    assert lengths.keys() == MAX_CHARACTERS.keys()
    assert not {what: length for what, length in lengths.items() if length > MAX_CHARACTERS[what]}


def test_two_stacks_have_two_functions_of_cloudfront(template: Template) -> None:
    ids = [f"arn:aws:cloudformation:us-east-1:123456789012:stack/one/{uuid}" for uuid in "ab"]
    each = [Evaluator(template().document, OWN, {"AWS::StackId": one}) for one in ids]
    assert len({only(aws, "AWS::CloudFront::Function")["Name"] for aws in each}) == 2


@pytest.mark.parametrize("chosen", [False, True])
def test_tables_are_protected_where_a_parameter_says_so(template: Template, chosen: bool) -> None:
    word = str(chosen).lower()
    for _, table in template(DeletionProtection=word, PointInTimeRecovery=word).resources("AWS::DynamoDB::Table"):
        assert table["DeletionProtectionEnabled"] is chosen
        assert table["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": chosen}


def test_nobody_but_aws_services_may_call_anything(template: Template) -> None:
    everything = template(EventSource="pipelines", UploadBucket="uploads", **SENDERS)
    for _, permission in everything.resources("AWS::Lambda::Permission"):
        assert permission["Principal"].endswith(".amazonaws.com") and "SourceArn" in permission
    for _, policy in everything.resources("AWS::SQS::QueuePolicy"):
        for statement in policy["PolicyDocument"]["Statement"]:
            if statement["Effect"] == "Deny":
                continue
            assert statement["Principal"].keys() == {"Service"} and "Condition" in statement
    assert not [*everything.resources("AWS::Lambda::Url")]


def test_each_service_has_a_rule_of_its_own_only_if_a_parameter_names_its_source(template: Template) -> None:
    assert not [rule for _, rule in template().resources("AWS::Events::Rule") if "EventPattern" in rule]

    aws = template(UploadBucket="uploads", **SENDERS)
    patterns = {
        name: rule["EventPattern"]["detail"]
        for name, rule in aws.resources("AWS::Events::Rule")
        if "EventPattern" in rule
    }
    assert patterns == {
        "UploadedRule": {"bucket": {"name": ["uploads"]}},
        "MalwareScanRule": {"s3ObjectDetails": {"bucketName": ["uploads"]}},
        "MediaConvertRule": {"queue": SENDERS["MediaConvertQueueArns"].split(",")},
        "StateMachineRule": {"stateMachineArn": [SENDERS["StateMachineArns"]]},
        "DestinationRule": {
            "requestContext": {"functionArn": [{"wildcard": f"{SENDERS['DestinationFunctionArn']}:*"}]}
        },
    }
    may_invoke = {one["SourceArn"] for _, one in aws.resources("AWS::Lambda::Permission")}
    assert {f"<{name}.Arn>" for name in patterns} <= may_invoke
    parking = dict(aws.resources("AWS::SQS::QueuePolicy"))["EventsMayPark"]["PolicyDocument"]["Statement"][1]
    assert parking["Condition"]["ArnEquals"]["aws:SourceArn"] == [f"<{name}.Arn>" for name in patterns]


@pytest.mark.parametrize("way", ["queue", "topic"])
def test_the_queue_takes_messages_of_one_bucket_or_of_one_topic(template: Template, way: str) -> None:
    chosen = {"queue": {"UploadBucketEvents": "queue"}, "topic": {"UploadTopicArn": SENDERS["UploadTopicArn"]}}
    aws = template(UploadBucket="uploads", **chosen[way])

    [_, statement] = dict(aws.resources("AWS::SQS::QueuePolicy"))["ProgressQueuePolicy"]["PolicyDocument"]["Statement"]
    source = statement["Condition"]["ArnEquals"]["aws:SourceArn"]
    assert (statement["Action"], statement["Resource"]) == ("sqs:SendMessage", "<ProgressQueue.Arn>")
    assert source.endswith(":s3:::uploads" if way == "queue" else SENDERS["UploadTopicArn"])
    assert len([*aws.resources("AWS::SNS::Subscription")]) == (way == "topic")
    assert ("UploadedRule" in dict(aws.resources("AWS::Events::Rule"))) == (way == "topic")


def test_cloudfront_speaks_tls_keeps_nothing_and_logs_no_urls(template: Template) -> None:
    config = only(template(), "AWS::CloudFront::Distribution")["DistributionConfig"]
    for behavior in (config["DefaultCacheBehavior"], *config["CacheBehaviors"]):
        assert behavior["ViewerProtocolPolicy"] == "https-only"
        assert behavior["CachePolicyId"] == "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
    assert "Logging" not in config
    [origin] = config["Origins"]
    assert origin["CustomOriginConfig"]["OriginProtocolPolicy"] == "https-only"


def test_the_key_between_cloudfront_and_the_gateway_is_written_nowhere(template: Template) -> None:
    aws = template()
    [origin] = only(aws, "AWS::CloudFront::Distribution")["DistributionConfig"]["Origins"]
    [header] = origin["OriginCustomHeaders"]
    assert header["HeaderName"] == "x-api-key"
    assert header["HeaderValue"] == only(aws, "AWS::ApiGateway::ApiKey")["Value"]
    assert header["HeaderValue"] == "{{resolve:secretsmanager:<OriginKey>}}"
    names = {only(template(OriginKeyVersion=version), "AWS::SecretsManager::Secret")["Name"] for version in "12"}
    assert names == {"stack-origin-key-1", "stack-origin-key-2"}


def test_without_cloudfront_nothing_of_it_is_left(template: Template) -> None:
    aws = template(EnableCloudFront="false", DomainName="live.example.com", WebAclArn=WEB_ACL)
    kinds = {resource["Type"] for resource in aws.document["Resources"].values()}
    theirs = {kind for kind in kinds if re.search(r"CloudFront|Route53|ApiGateway::(ApiKey|UsagePlan)|Secret", kind)}
    assert len(theirs) == 7
    assert not [name for kind in theirs for name, _ in aws.resources(kind)]


def test_a_domain_a_web_acl_and_a_zone_are_there_when_they_are_named(template: Template) -> None:
    without = only(template(), "AWS::CloudFront::Distribution")["DistributionConfig"]
    assert not {"Aliases", "WebACLId"} & without.keys()
    assert not [*template().resources("AWS::Route53::RecordSetGroup")]

    named = {"DomainName": "live.example.com", "CertificateArn": CERTIFICATE, "HostedZoneId": "Z1"}
    aws = template(**named, WebAclArn=WEB_ACL)
    config = only(aws, "AWS::CloudFront::Distribution")["DistributionConfig"]
    assert (config["Aliases"], config["WebACLId"]) == (["live.example.com"], WEB_ACL)
    assert config["ViewerCertificate"]["AcmCertificateArn"] == CERTIFICATE
    records = only(aws, "AWS::Route53::RecordSetGroup")["RecordSets"]
    assert {record["Type"] for record in records} == {"A", "AAAA"}


def test_messages_are_limited_and_traced_only_on_request(template: Template) -> None:
    plain = dict(template().resources("AWS::Lambda::Function"))
    assert not [name for name, one in plain.items() if "ReservedConcurrentExecutions" in one]
    assert {one["TracingConfig"]["Mode"] for one in plain.values()} == {"PassThrough"}

    asked = dict(template(DefaultFunctionConcurrency="50", EnableTracing="true").resources("AWS::Lambda::Function"))
    limited = {
        name: one["ReservedConcurrentExecutions"]
        for name, one in asked.items()
        if "ReservedConcurrentExecutions" in one
    }
    assert limited == {"DefaultFunction": "50"}
    assert {one["TracingConfig"]["Mode"] for one in asked.values()} == {"Active"}


JWKS, SECRET = {"JwksUrl": "https://id.example.com/jwks.json"}, {"JwtSecretArn": "arn:aws:secretsmanager:…:secret:s"}
BUCKET_IS_MISSING = "MalwareScanStatus, and UploadBucketEvents with queue, require UploadBucket."
DOMAIN = {"DomainName": "live.example.com", "CertificateArn": CERTIFICATE}


@pytest.mark.parametrize(
    ("parameters", "refusal"),
    [
        (JWKS, None),
        (SECRET, None),
        (JWKS | DOMAIN, None),
        ({}, "Set exactly one of JwksUrl and JwtSecretArn."),
        (JWKS | SECRET, "Set exactly one of JwksUrl and JwtSecretArn."),
        (JWKS | {"DomainName": "live.example.com"}, "DomainName requires CertificateArn."),
        (
            JWKS | DOMAIN | {"EnableCloudFront": "false"},
            "DomainName requires EnableCloudFront to be true.",
        ),
        (JWKS | {"MalwareScanStatus": "completed"}, BUCKET_IS_MISSING),
        (JWKS | {"UploadBucketEvents": "queue"}, BUCKET_IS_MISSING),
        (JWKS | {"UploadBucketEvents": "queue", "UploadBucket": "uploads"}, None),
    ],
)
def test_parameters_that_do_not_go_together_are_refused_before_anything_is_made(
    template: Template, parameters: dict[str, str], refusal: str | None
) -> None:
    aws, broken = template(**parameters), []
    for rule in aws.document["Rules"].values():
        if "RuleCondition" not in rule or aws.truth(rule["RuleCondition"]):
            broken += [one["AssertDescription"] for one in rule["Assertions"] if not aws.truth(one["Assert"])]
    assert broken == ([refusal] if refusal else [])


@pytest.mark.node
@pytest.mark.skipif(not shutil.which("node"), reason="Node.js is not installed")
@pytest.mark.parametrize("sent", [{}, {"x-viewer-host": {"value": "evil.example", "multiValue": [{"value": "b"}]}}])
def test_cloudfront_tells_the_authorizer_the_viewers_host_whatever_the_client_sent(
    template: Template, sent: dict[str, Any]
) -> None:
    aws = template(EnableCloudFront="true")
    header = dict(aws.resources("AWS::Lambda::Function"))["AuthorizerFunction"]["Environment"]["Variables"]
    asked = {"uri": "/ws/upload-progress", "headers": {"host": {"value": "live.example.com"}, **sent}}

    request = run_viewer_request(aws, asked)

    assert (request["uri"], request["headers"]["host"]) == ("/", {"value": "live.example.com"})
    assert request["headers"][header["VIEWER_HOST_HEADER"]] == {"value": "live.example.com"}
    assert run_viewer_request(aws, asked | {"uri": "/ws"})["statusCode"] == 404


def run_viewer_request(aws: Evaluator, request: dict[str, Any]) -> dict[str, Any]:
    """Returns what the distribution's function makes of a request, under Node.js: CloudFront runs JavaScript, too."""
    code = only(aws, "AWS::CloudFront::Function")["FunctionCode"]
    call = f"{code}\nconsole.log(JSON.stringify(handler({json.dumps({'request': request})})))"
    done = subprocess.run(["node", "--eval", call], capture_output=True, text=True, check=True)
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def test_without_cloudfront_no_header_of_a_client_names_the_apis_host(template: Template) -> None:
    functions = dict(template(EnableCloudFront="false").resources("AWS::Lambda::Function"))

    assert functions["AuthorizerFunction"]["Environment"]["Variables"]["VIEWER_HOST_HEADER"] == ""
