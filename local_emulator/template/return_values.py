"""Computes the values of Ref and Fn::GetAtt for each type of resource, after the CloudFormation reference.

AWS generates names with a random suffix. Here the same template gives the same names: `{stack}-{LogicalId}`.
"""

from __future__ import annotations

import hashlib
import string
from collections.abc import Callable, Mapping

from local_emulator.template.resource import DeclaredResource
from local_emulator.template.scope import Scope

Name = Callable[[Scope, DeclaredResource], str]
_ALPHABET = string.digits + string.ascii_lowercase


def generated_id(length: int, *parts: str) -> str:
    """Returns lower-case letters and digits that depend on `parts` alone and begin with a letter, as API ids do."""
    number = int.from_bytes(hashlib.sha256("\0".join(parts).encode()).digest(), "big")
    number, first = divmod(number, 26)
    digits = [string.ascii_lowercase[first]]
    while len(digits) < length:
        number, digit = divmod(number, 36)
        digits.append(_ALPHABET[digit])
    return "".join(digits)


NAME_PROPERTIES = {
    "AWS::DynamoDB::Table": "TableName",
    "AWS::DynamoDB::GlobalTable": "TableName",
    "AWS::SQS::Queue": "QueueName",
    "AWS::S3::Bucket": "BucketName",
    "AWS::SecretsManager::Secret": "Name",
    "AWS::SNS::Topic": "TopicName",
    "AWS::Lambda::Function": "FunctionName",
    "AWS::Lambda::LayerVersion": "LayerName",
    "AWS::IAM::Role": "RoleName",
    "AWS::Logs::LogGroup": "LogGroupName",
    "AWS::StepFunctions::StateMachine": "StateMachineName",
    "AWS::Serverless::StateMachine": "Name",
    "AWS::Events::Rule": "Name",
    "AWS::Events::EventBus": "Name",
    "AWS::Scheduler::Schedule": "Name",
    "AWS::SSM::Parameter": "Name",
    "AWS::Cognito::UserPool": "UserPoolName",
    "AWS::Cognito::UserPoolClient": "ClientName",
    "AWS::ApiGatewayV2::Stage": "StageName",
    "AWS::ApiGateway::Stage": "StageName",
    "AWS::ApiGatewayV2::DomainName": "DomainName",
}
"""The property that names a resource of a type."""


def name_of(scope: Scope, resource: DeclaredResource) -> str:
    """Returns the name of a resource: given in the template, else generated."""
    given = scope.properties(resource).text(NAME_PROPERTIES.get(resource.type, ""), None)
    return given if given is not None else _generated_name(scope, resource)


def _generated_name(scope: Scope, resource: DeclaredResource) -> str:
    name = f"{scope.name}-{resource.logical_id}"
    if resource.type == "AWS::Lambda::Function":
        return resource.logical_id  # shorter to type in `aws lambda invoke` than AWS's {stack}-{LogicalId}-{random}
    if resource.type == "AWS::S3::Bucket":
        return name.lower()
    if resource.type in ("AWS::SQS::Queue", "AWS::SNS::Topic"):
        return name + ".fifo" * bool(scope.properties(resource).flag(_FIFO[resource.type], False))
    return name


_FIFO = {"AWS::SQS::Queue": "FifoQueue", "AWS::SNS::Topic": "FifoTopic"}


def _id(length: int) -> Name:
    return lambda scope, resource: generated_id(length, scope.name, resource.logical_id)


def _arn(service: str, kind: str = "", regional: bool = True) -> Name:
    def arn(scope: Scope, resource: DeclaredResource) -> str:
        return scope.arn(service, kind + name_of(scope, resource), regional)

    return arn


def _qualified(scope: Scope, resource: DeclaredResource) -> str:
    """Returns the ARN of an alias or version: that of its function, followed by the qualifier."""
    properties = scope.properties(resource)
    function = str(properties.text("FunctionName")).rpartition("function:")[2]
    return scope.arn("lambda", f"function:{function}:{properties.text('Name', '1')}")


def _rule_arn(scope: Scope, resource: DeclaredResource) -> str:
    """Returns an ARN that names the bus, unless that is the default bus; a bus may be given by its own ARN."""
    bus = str(scope.properties(resource).text("EventBusName", "default")).rpartition("/")[2]
    return scope.arn("events", f"rule/{'' if bus == 'default' else f'{bus}/'}{name_of(scope, resource)}")


def _queue_url(scope: Scope, resource: DeclaredResource) -> str:
    return f"{scope.sqs_url}/{scope.account_id}/{name_of(scope, resource)}"


def _bucket_host(prefix: str) -> Name:
    return lambda scope, resource: f"{name_of(scope, resource)}.{prefix.format(region=scope.region)}"


def _url_function(scope: Scope, resource: DeclaredResource) -> str:
    """Returns the ARN of a URL's function, followed by the qualifier if there is one."""
    properties = scope.properties(resource)
    target, qualifier = str(properties.text("TargetFunctionArn")), properties.text("Qualifier", None)
    arn = target if target.startswith("arn:") else scope.arn("lambda", f"function:{target}")
    return f"{arn}:{qualifier}" if qualifier else arn


URL_ID = _id(32)


def _api_id(scope: Scope, resource: DeclaredResource) -> str:
    """Returns the id that an option gives, else a generated one."""
    return scope.api_id(resource.logical_id) or _id(10)(scope, resource)


def _api_endpoint(scope: Scope, resource: DeclaredResource) -> str:
    scheme = "wss" if scope.properties(resource).text("ProtocolType", "") == "WEBSOCKET" else "https"
    return f"{scheme}://{_api_id(scope, resource)}.execute-api.{scope.region}.{scope.url_suffix}"


def _user_pool_id(scope: Scope, resource: DeclaredResource) -> str:
    return f"{scope.region}_{_id(9)(scope, resource)}"


def _user_pool_provider(scope: Scope, resource: DeclaredResource) -> str:
    return f"cognito-idp.{scope.region}.{scope.url_suffix}/{_user_pool_id(scope, resource)}"


REFERENCES: Mapping[str, Name] = {
    "AWS::Cognito::UserPool": _user_pool_id,
    "AWS::Cognito::UserPoolClient": _id(26),
    "AWS::SQS::Queue": _queue_url,
    "AWS::SNS::Topic": _arn("sns"),
    # A partial ARN, without the six random characters at its end: Secrets Manager takes it as SecretId.
    "AWS::SecretsManager::Secret": _arn("secretsmanager", "secret:"),
    "AWS::StepFunctions::StateMachine": _arn("states", "stateMachine:"),
    "AWS::Serverless::StateMachine": _arn("states", "stateMachine:"),
    "AWS::Lambda::Alias": _qualified,
    "AWS::Lambda::Version": _qualified,
    "AWS::Lambda::Url": _url_function,
    "AWS::Lambda::LayerVersion": lambda scope, resource: _arn("lambda", "layer:")(scope, resource) + ":1",
    "AWS::ApiGatewayV2::Api": _api_id,
    "AWS::ApiGateway::RestApi": _id(10),
    "AWS::Serverless::Api": _id(10),
    "AWS::Serverless::HttpApi": _id(10),
    "AWS::ApiGateway::ApiKey": _id(10),
    "AWS::ApiGateway::UsagePlan": _id(6),
    "AWS::ApiGatewayV2::Route": _id(7),
    "AWS::ApiGatewayV2::Integration": _id(7),
    "AWS::ApiGatewayV2::Authorizer": _id(6),
    "AWS::ApiGatewayV2::Deployment": _id(6),
    "AWS::ApiGatewayV2::RouteResponse": _id(6),
    "AWS::ApiGatewayV2::Model": _id(6),
    "AWS::CloudFront::Distribution": lambda scope, resource: _id(14)(scope, resource).upper(),
}
"""The values of Ref; for every other type it is the name."""

_TABLE: Mapping[str, Name] = {
    "Arn": _arn("dynamodb", "table/"),
    "StreamArn": lambda scope, resource: _arn("dynamodb", "table/")(scope, resource) + "/stream/latest",
}

_STATE_MACHINE: Mapping[str, Name] = {
    "Arn": _arn("states", "stateMachine:"),
    "Name": name_of,
    "StateMachineRevisionId": _id(32),
}

ATTRIBUTES: Mapping[str, Mapping[str, Name]] = {
    "AWS::Cognito::UserPool": {
        "Arn": lambda scope, pool: scope.arn("cognito-idp", f"userpool/{_user_pool_id(scope, pool)}"),
        "UserPoolId": _user_pool_id,
        "ProviderName": _user_pool_provider,
        "ProviderURL": lambda scope, resource: f"https://{_user_pool_provider(scope, resource)}",
    },
    "AWS::Cognito::UserPoolClient": {
        "ClientId": REFERENCES["AWS::Cognito::UserPoolClient"],
        "ClientSecret": lambda scope, resource: f"{name_of(scope, resource)}.ClientSecret",  # made with the client
        "Name": name_of,
    },
    "AWS::DynamoDB::Table": _TABLE,
    "AWS::DynamoDB::GlobalTable": {**_TABLE, "TableId": _id(32)},
    "AWS::SQS::Queue": {"Arn": _arn("sqs"), "QueueName": name_of, "QueueUrl": _queue_url},
    "AWS::S3::Bucket": {
        "Arn": lambda scope, bucket: f"arn:{scope.partition}:s3:::{name_of(scope, bucket)}",
        "DomainName": _bucket_host("s3.amazonaws.com"),
        "RegionalDomainName": _bucket_host("s3.{region}.amazonaws.com"),
        "DualStackDomainName": _bucket_host("s3.dualstack.{region}.amazonaws.com"),
        "WebsiteURL": lambda scope, bucket: (
            "http://" + _bucket_host("s3-website-{region}.amazonaws.com")(scope, bucket)
        ),
    },
    "AWS::SecretsManager::Secret": {"Id": _arn("secretsmanager", "secret:")},
    "AWS::SNS::Topic": {"TopicArn": _arn("sns"), "TopicName": name_of},
    "AWS::SSM::Parameter": {
        "Type": lambda scope, resource: scope.properties(resource).text("Type"),
        "Value": lambda scope, resource: scope.properties(resource).text("Value"),
    },
    "AWS::Lambda::Function": {"Arn": _arn("lambda", "function:")},
    "AWS::Lambda::Alias": {"AliasArn": _qualified},
    "AWS::Lambda::Version": {"FunctionArn": _qualified, "Version": lambda scope, resource: "1"},
    "AWS::Lambda::Url": {
        "FunctionArn": _url_function,
        "FunctionUrl": lambda scope, url: f"https://{URL_ID(scope, url)}.lambda-url.{scope.region}.on.aws/",
    },
    "AWS::Lambda::LayerVersion": {"LayerVersionArn": REFERENCES["AWS::Lambda::LayerVersion"]},
    "AWS::IAM::Role": {"Arn": _arn("iam", "role/", regional=False), "RoleId": _id(20)},
    "AWS::Logs::LogGroup": {"Arn": lambda scope, resource: _arn("logs", "log-group:")(scope, resource) + ":*"},
    "AWS::StepFunctions::StateMachine": _STATE_MACHINE,
    "AWS::Serverless::StateMachine": _STATE_MACHINE,
    "AWS::Events::Rule": {"Arn": _rule_arn},
    "AWS::Events::EventBus": {"Arn": _arn("events", "event-bus/"), "Name": name_of},
    "AWS::Scheduler::Schedule": {"Arn": _arn("scheduler", "schedule/default/")},
    "AWS::ApiGatewayV2::Api": {"ApiId": _api_id, "ApiEndpoint": _api_endpoint},
    "AWS::ApiGatewayV2::Route": {"RouteId": _id(7)},
    "AWS::ApiGatewayV2::Integration": {"IntegrationId": _id(7)},
    "AWS::ApiGatewayV2::Authorizer": {"AuthorizerId": _id(6)},
    "AWS::ApiGatewayV2::Deployment": {"DeploymentId": _id(6)},
    "AWS::ApiGateway::ApiKey": {"APIKeyId": _id(10)},
    "AWS::CloudFront::Distribution": {
        "DomainName": lambda scope, resource: f"{_id(14)(scope, resource)}.cloudfront.net",
        "Id": REFERENCES["AWS::CloudFront::Distribution"],
    },
}
"""The values of Fn::GetAtt, complete for the types that the emulator reads.

For other types an attribute is a readable text that names it (`attribute_of` below). Such a value ends in
resources that are not emulated, or in an environment variable, where the text names the missing attribute.
"""


def reference_to(scope: Scope, resource: DeclaredResource) -> str:
    """Returns the value of a `Ref` to the resource."""
    return REFERENCES.get(resource.type, name_of)(scope, resource)


def attribute_of(scope: Scope, resource: DeclaredResource, attribute: str) -> str | None:
    """Returns the value of an attribute; None if a type in ATTRIBUTES has no such attribute."""
    known = ATTRIBUTES.get(resource.type)
    if known is not None:
        return known[attribute](scope, resource) if attribute in known else None
    service = resource.type.split("::")[1].lower() if resource.type.startswith("AWS::") else "custom"
    name = f"{scope.name}-{resource.logical_id}"
    return scope.arn(service, name) if attribute.endswith("Arn") else f"{name}.{attribute}"
