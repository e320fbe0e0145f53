"""The plan of a run: the template that it deploys, the IAM policy that it needs, and the most that it can cost."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from testing.prices import dollars
from testing.translator import FAKE_BUCKET, translated

STACK_PREFIX = "apigw-conformance-"
TAG = "apigw-emulator:conformance"

MAX_TEMPLATE_BYTES = 51_200  # https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
MAX_RUN_SECONDS = 3_600
MAX_LONG_RUN_SECONDS = 4 * 3_600  # the ages of two connections, one after the other

# The suite sends from at most four threads, and asks for an event seven times a second. These are its bounds.
MAX_MESSAGES_PER_SECOND = 50
MAX_CONCURRENT_INVOCATIONS = 4
MAX_EVENT_WRITE_UNITS = 30
FUNCTION_GB = 0.25
LOG_BYTES_PER_INVOCATION = 1_000
MAX_PRICE_OF_A_REGION = 2  # no Region asks for more than twice the prices of us-east-1

_GATEWAY = ("apigateway:GET", "apigateway:POST", "apigateway:PUT", "apigateway:PATCH", "apigateway:DELETE")
_PATHS = ("apis", "apis/*", "apikeys", "apikeys/*", "usageplans", "usageplans/*", "tags/*")
_LAMBDA = (
    *("CreateFunction", "DeleteFunction", "GetFunction", "GetFunctionConfiguration", "GetPolicy"),
    *("AddPermission", "RemovePermission", "TagResource", "ListTags", "GetFunctionCodeSigningConfig"),
    *("GetRuntimeManagementConfig", "GetFunctionRecursionConfig"),
)
_ROLE = (
    *("CreateRole", "DeleteRole", "GetRole", "PassRole", "TagRole", "AttachRolePolicy", "DetachRolePolicy"),
    *("PutRolePolicy", "GetRolePolicy", "DeleteRolePolicy", "ListRolePolicies", "ListAttachedRolePolicies"),
)
_TABLE = (
    *("CreateTable", "DeleteTable", "DescribeTable", "UpdateTimeToLive", "DescribeTimeToLive", "TagResource"),
    *("ListTagsOfResource", "DescribeContinuousBackups", "DescribeContributorInsights"),
    *("DescribeKinesisStreamingDestination", "GetResourcePolicy"),
)
_STACK = ("CreateStack", "DeleteStack", "DescribeStackEvents")


class UnplannedTypeError(Exception):
    """The template has a resource type that the plan's IAM policy does not cover."""


class TemplateTooLargeError(Exception):
    """The template is larger than a call of CloudFormation can hold."""


@dataclass(frozen=True, slots=True)
class Place:
    """The partition, Region and account of a run."""

    partition: str
    region: str
    account: str

    def arn(self, service: str, resource: str) -> str:
        return f"arn:{self.partition}:{service}:{self.region}:{self.account}:{resource}"


def deployable(path: Path) -> dict[str, Any]:
    """Returns the template as plain CloudFormation, with the functions' code in it, so that no bucket is needed.

    A mapping holds the code once, because eight copies would exceed MAX_TEMPLATE_BYTES.
    """
    document: dict[str, Any] = translated(path)
    document.pop("Transform", None)
    for resource in document["Resources"].values():
        properties = resource.get("Properties", {})
        code = properties.get("Code")
        if isinstance(code, dict) and code.get("S3Bucket") == FAKE_BUCKET.split("/")[2]:
            module, function = properties["Handler"].split(".")
            text = (path.parent / f"{module}.py").read_text(encoding="utf-8")
            document.setdefault("Mappings", {}).setdefault("Code", {})[module] = {"text": text}
            # Lambda names the file of inline code "index".
            properties |= {
                "Code": {"ZipFile": {"Fn::FindInMap": ["Code", module, "text"]}},
                "Handler": f"index.{function}",
            }
    return document


def template_body(document: Mapping[str, Any]) -> str:
    """Returns the text that CloudFormation receives. Raises TemplateTooLargeError."""
    text = json.dumps(document, separators=(",", ":"))
    if len(text.encode()) > MAX_TEMPLATE_BYTES:
        raise TemplateTooLargeError(f"the template has {len(text.encode())} bytes, the maximum is {MAX_TEMPLATE_BYTES}")
    return text


def resource_counts(document: Mapping[str, Any]) -> dict[str, int]:
    """Returns the number of resources of each type, in the order of their names."""
    return dict(sorted(Counter(resource["Type"] for resource in document["Resources"].values()).items()))


def iam_policy(document: Mapping[str, Any], place: Place) -> dict[str, Any]:
    """Returns the policy that the caller needs to deploy, test and remove the stack. Raises UnplannedTypeError."""
    own = f"{STACK_PREFIX}*"
    gateway = [f"arn:{place.partition}:apigateway:{place.region}::/{path}" for path in _PATHS]
    services = {
        "AWS::ApiGateway": _allow(_GATEWAY, *gateway),
        "AWS::Lambda": _allow(_named("lambda", _LAMBDA), place.arn("lambda", f"function:{own}")),
        "AWS::IAM": _allow(_named("iam", _ROLE), f"arn:{place.partition}:iam::{place.account}:role/{own}"),
        "AWS::DynamoDB": _allow(_named("dynamodb", _TABLE), place.arn("dynamodb", f"table/{own}")),
    }
    used = {kind.rpartition("::")[0].removesuffix("V2") for kind in resource_counts(document)}
    if unplanned := sorted(used - services.keys()):
        raise UnplannedTypeError(f"the IAM policy of the plan has no actions for {', '.join(unplanned)}")
    statements = [
        _allow(_named("cloudformation", _STACK), place.arn("cloudformation", f"stack/{own}")),
        _allow(("cloudformation:DescribeStacks", "logs:DescribeLogGroups"), "*"),
        *(statement for service, statement in services.items() if service in used),
        _allow(("execute-api:ManageConnections", "execute-api:Invoke"), place.arn("execute-api", "*/live/*")),
        _allow(("logs:DeleteLogGroup",), place.arn("logs", f"log-group:/aws/lambda/{own}")),
    ]
    return {"Version": "2012-10-17", "Statement": statements}


def max_cost(long: bool = False) -> float:
    """Returns the most that a run can cost, in US dollars, as long as only the suite calls the APIs.

    The command stops the suite after `max_run_seconds`. The long tests mostly wait; they send a message now and then.
    """
    messages = MAX_MESSAGES_PER_SECOND * MAX_RUN_SECONDS
    consumed = {
        "messages": messages,
        "connection_minutes": 10 * max_run_seconds(long) / 60,
        "invocations": messages,
        "gb_seconds": MAX_CONCURRENT_INVOCATIONS * FUNCTION_GB * MAX_RUN_SECONDS,
        "wru": messages / 10 * MAX_EVENT_WRITE_UNITS,
        "rru": messages * MAX_EVENT_WRITE_UNITS / 4,
        "log_bytes": messages * LOG_BYTES_PER_INVOCATION,
    }
    return MAX_PRICE_OF_A_REGION * dollars(consumed)


def max_run_seconds(long: bool) -> int:
    """Returns the time after which the suite is stopped."""
    return MAX_LONG_RUN_SECONDS if long else MAX_RUN_SECONDS


def describe(document: Mapping[str, Any], place: Place, stack: str, long: bool) -> str:
    """Returns the plan as the text that is shown before anything is created."""
    counts = [f"  {count:3} {kind}" for kind, count in resource_counts(document).items()]
    return "\n".join(
        [
            f"This creates the stack {stack} in {place.region}, account {place.account}:",
            *counts,
            f"Its tag is {TAG}. Lambda also creates log groups; they are removed with the stack.",
            "The run needs this IAM policy:",
            json.dumps(iam_policy(document, place), indent=2),
            f"The suite is stopped after {max_run_seconds(long) // 60} minutes.",
            f"The run costs less than ${max_cost(long):.2f}, as long as only the suite calls the APIs.",
        ]
    )


def _allow(actions: tuple[str, ...], *resources: str) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": sorted(actions), "Resource": list(resources)}


def _named(service: str, actions: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(f"{service}:{action}" for action in actions)
