"""Creates what a template stores things in, from tables to parameters, through the same boto3 calls as in AWS."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from local_emulator.deployment import Deployment, Resource

# CloudFormation's names of what CreateTable takes under the same name.
TABLE_PROPERTIES = (
    "AttributeDefinitions",
    "BillingMode",
    "GlobalSecondaryIndexes",
    "KeySchema",
    "LocalSecondaryIndexes",
    "ProvisionedThroughput",
    "StreamSpecification",
    "TableName",
)

TOPIC_ATTRIBUTES = ("FifoTopic", "ContentBasedDeduplication")
INDEX_PROPERTIES = ("IndexName", "KeySchema", "Projection", "ProvisionedThroughput")


class ResourceCreationError(Exception):
    """A resource that AWS would refuse, or whose service does not answer; the message names it and says why."""


def create_resources(deployment: Deployment) -> None:
    """Raises ResourceCreationError."""
    region = deployment.region
    if deployment.tables:
        _create_tables(boto3.client("dynamodb", region_name=region), deployment.tables)
    if deployment.queues:
        _create_queues(boto3.client("sqs", region_name=region), deployment.queues)
    if deployment.buckets:
        _create_buckets(boto3.client("s3", region_name=region), deployment.buckets)
    if deployment.secrets:
        _create_secrets(boto3.client("secretsmanager", region_name=region), deployment.secrets)
    if deployment.topics:
        _create_topics(boto3.client("sns", region_name=region), deployment.topics)
    if deployment.stored_parameters:
        _store_parameters(boto3.client("ssm", region_name=region), deployment.stored_parameters)


@contextmanager
def _creating(resource: Resource) -> Iterator[None]:
    try:
        yield
    except (ClientError, BotoCoreError) as refused:
        reason = " ".join(str(refused).split())
        raise ResourceCreationError(f"{resource.logical_id} ({resource.type}) cannot be created: {reason}") from refused


def _create_tables(dynamodb: Any, tables: Mapping[str, Resource]) -> None:
    for table in tables.values():
        with _creating(table):
            _create_table(dynamodb, table)


def _create_table(dynamodb: Any, table: Resource) -> None:
    try:
        dynamodb.create_table(**_creation(table))
    except dynamodb.exceptions.ResourceInUseException:
        return  # a real DynamoDB (--dynamodb-endpoint) keeps its tables from one run to the next
    dynamodb.get_waiter("table_exists").wait(TableName=table.name, WaiterConfig={"Delay": 1})
    expiry = table.properties.get("TimeToLiveSpecification")
    if expiry:
        dynamodb.update_time_to_live(TableName=table.name, TimeToLiveSpecification=expiry)


def _creation(table: Resource) -> dict[str, Any]:
    """Returns the arguments of CreateTable; for a global table, those of this Region's replica, without capacity."""
    wanted = {name: table.properties[name] for name in TABLE_PROPERTIES if name in table.properties}
    for kind in ("GlobalSecondaryIndexes", "LocalSecondaryIndexes"):
        if kind in wanted:
            wanted[kind] = [{name: index[name] for name in INDEX_PROPERTIES if name in index} for index in wanted[kind]]
    # CloudFormation's default, where CreateTable asks for a choice.
    undecided = "BillingMode" not in wanted and "ProvisionedThroughput" not in wanted
    if undecided or table.type == "AWS::DynamoDB::GlobalTable":
        wanted["BillingMode"] = "PAY_PER_REQUEST"
    return wanted | {"TableName": table.name}


def _create_queues(sqs: Any, queues: Mapping[str, Resource]) -> None:
    """Dead-letter queues first: a redrive policy must name a queue that is there."""
    for queue in sorted(queues.values(), key=lambda one: "RedrivePolicy" in one.properties):
        attributes = {name: _text(value) for name, value in queue.properties.items() if name not in NOT_ATTRIBUTES}
        with _creating(queue):
            sqs.create_queue(QueueName=queue.name, Attributes=attributes)


NOT_ATTRIBUTES = ("QueueName", "Tags", "RedriveAllowPolicy")


def _create_buckets(s3: Any, buckets: Mapping[str, Resource]) -> None:
    for bucket in buckets.values():
        with _creating(bucket):
            s3.create_bucket(Bucket=bucket.name)


def _create_secrets(secretsmanager: Any, secrets: Mapping[str, Resource]) -> None:
    for secret in secrets.values():
        value = secret.properties.get("SecretString")
        with _creating(secret):
            secretsmanager.create_secret(Name=secret.name, SecretString=value if isinstance(value, str) else "local")


def _create_topics(sns: Any, topics: Mapping[str, Resource]) -> None:
    """So that a function may publish; nothing is delivered from them."""
    for topic in topics.values():
        attributes = {name: _text(topic.properties[name]) for name in TOPIC_ATTRIBUTES if name in topic.properties}
        with _creating(topic):
            sns.create_topic(Name=topic.name, Attributes=attributes)


def _store_parameters(ssm: Any, parameters: Mapping[str, Resource]) -> None:
    for parameter in parameters.values():
        wanted = {name: parameter.properties[name] for name in ("Type", "Value") if name in parameter.properties}
        with _creating(parameter):
            ssm.put_parameter(Name=parameter.name, **{name: _text(value) for name, value in wanted.items()})


def _text(value: object) -> str:
    """SQS takes every attribute as a string."""
    if isinstance(value, bool):
        return str(value).lower()
    return json.dumps(value) if isinstance(value, Mapping) else str(value)
