"""Creates what a template stores things in, from tables to state machines, through the same boto3 calls as in AWS."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from importlib.util import find_spec
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from local_emulator.aws.api_arguments import fitted_arguments, tag_list, text_of
from local_emulator.aws.event_resources import create_rules, delete_rules, notify, subscribe, unsubscribe
from local_emulator.aws.moto_patches.cognito import MARK
from local_emulator.deployment import Deployment, Resource


class ResourceCreationError(Exception):
    """A resource that AWS would refuse, or whose service does not answer; the message names it and says why."""


def create_resources(deployment: Deployment) -> None:
    """Raises ResourceCreationError."""
    kinds: tuple[tuple[str, Mapping[str, Resource], Callable[[Any, Resource], None]], ...] = (
        ("dynamodb", deployment.tables, _create_table),
        ("sqs", deployment.queues, _create_queue),
        ("sqs", deployment.queues, _set_redrive_policy),
        ("s3", deployment.buckets, _create_bucket),
        ("secretsmanager", deployment.secrets, _create_secret),
        ("sns", deployment.topics, _create_topic),
        ("events", deployment.event_buses, lambda events, bus: events.create_event_bus(Name=bus.name)),
        ("ssm", deployment.stored_parameters, _store_parameter),
        ("cognito-idp", _of_type(deployment.user_pools, "AWS::Cognito::UserPool"), _create_user_pool),
        ("cognito-idp", _of_type(deployment.user_pools, "AWS::Cognito::UserPoolClient"), _create_user_pool_client),
        ("stepfunctions", deployment.state_machines, _create_state_machine),
    )
    session = boto3.session.Session(region_name=deployment.region)  # its parsed models go with it
    for service, resources, create in kinds:
        if resources:
            client = session.client(service)
            for resource in resources.values():
                at = f"{resource.location}: " if resource.location else ""
                with _creating(f"{at}{resource.logical_id}", resource.type):
                    create(client, resource)


def create_deliveries(deployment: Deployment, before: Deployment | None = None) -> None:
    """Creates rules, subscriptions and notifications, in place of those of `before`.

    After all queues and topics are there, since S3 tries the targets of its notifications. Raises
    ResourceCreationError.
    """
    session = boto3.session.Session(region_name=deployment.region)
    old = before or replace(deployment, event_rules=(), subscriptions=(), bucket_notifications={})
    if deployment.event_rules != old.event_rules:
        events = session.client("events")
        delete_rules(events, old.event_rules, _creating)
        create_rules(events, deployment.event_rules, _creating)
    if deployment.subscriptions != old.subscriptions:
        sns = session.client("sns")
        unsubscribe(sns, [one for one in old.subscriptions if one not in deployment.subscriptions])
        subscribe(sns, deployment.subscriptions, _creating)
    if deployment.bucket_notifications != old.bucket_notifications:
        empty: dict[str, Any] = {bucket: {} for bucket in old.bucket_notifications}
        notify(session.client("s3"), empty | dict(deployment.bucket_notifications), _creating)


def delete_tables(deployment: Deployment) -> None:
    """Deletes the tables, if they are there."""
    dynamodb = boto3.client("dynamodb", region_name=deployment.region)
    for table in deployment.tables.values():
        with suppress(dynamodb.exceptions.ResourceNotFoundException):
            dynamodb.delete_table(TableName=table.name)


@contextmanager
def _creating(logical_id: str, kind: str) -> Iterator[None]:
    try:
        yield
    except (ClientError, BotoCoreError) as refused:
        reason = " ".join(str(refused).split())
        raise ResourceCreationError(f"{logical_id} ({kind}) cannot be created: {reason}") from refused


def _create_table(dynamodb: Any, table: Resource) -> None:
    try:
        dynamodb.create_table(**fitted_arguments(dynamodb, "CreateTable", _table_arguments(table)))
    except dynamodb.exceptions.ResourceInUseException:
        return  # a real DynamoDB (--dynamodb-endpoint) keeps its tables from one run to the next
    dynamodb.get_waiter("table_exists").wait(TableName=table.name, WaiterConfig={"Delay": 1})
    expiry = table.properties.get("TimeToLiveSpecification")
    if isinstance(expiry, Mapping) and text_of(expiry.get("Enabled", True)) == "true":
        arguments = {"TableName": table.name, "TimeToLiveSpecification": {"Enabled": True} | dict(expiry)}
        dynamodb.update_time_to_live(**fitted_arguments(dynamodb, "UpdateTimeToLive", arguments))


# Also arguments of CreateTable, but of another shape or without effect here.
NOT_OF_A_TABLE = ("ResourcePolicy", "Tags", "SSESpecification", "TableClass", "WarmThroughput", "GlobalTableWitnesses")


def _table_arguments(table: Resource) -> dict[str, Any]:
    """Returns the arguments of CreateTable; for a global table, those of this Region's replica, without capacity."""
    given = table.properties
    wanted = {name: value for name, value in given.items() if name not in NOT_OF_A_TABLE}
    stream = given.get("StreamSpecification")
    if isinstance(stream, Mapping):  # CloudFormation's has no StreamEnabled
        wanted["StreamSpecification"] = {**stream, "StreamEnabled": True}
    encryption = given.get("SSESpecification")
    if isinstance(encryption, Mapping):
        wanted["SSESpecification"] = {**encryption, "Enabled": encryption.get("SSEEnabled", True)}
    if given.get("Tags"):
        wanted["Tags"] = tag_list(given["Tags"])
    # CloudFormation's default, where CreateTable asks for a choice.
    undecided = "BillingMode" not in wanted and "ProvisionedThroughput" not in wanted
    if undecided or table.type == "AWS::DynamoDB::GlobalTable":
        wanted["BillingMode"] = "PAY_PER_REQUEST"
    return wanted


NOT_OF_A_QUEUE = ("QueueName", "Tags", "RedriveAllowPolicy", "RedrivePolicy")
FIFO = ("FifoQueue", "FifoTopic")
"""Attributes that the APIs refuse with the value false, which CloudFormation takes."""


def _create_queue(sqs: Any, queue: Resource) -> None:
    tags = {tag["Key"]: tag["Value"] for tag in tag_list(queue.properties.get("Tags"))}
    sqs.create_queue(QueueName=queue.name, Attributes=_attributes(queue, NOT_OF_A_QUEUE), tags=tags)


def _set_redrive_policy(sqs: Any, queue: Resource) -> None:
    """After all queues are there: a redrive policy must name one. One of another stack is created first."""
    policy = queue.properties.get("RedrivePolicy")
    if policy:
        if isinstance(policy, Mapping):
            _create_missing_queue(sqs, text_of(policy.get("deadLetterTargetArn")).rpartition(":")[2])
        url = sqs.get_queue_url(QueueName=queue.name)["QueueUrl"]
        sqs.set_queue_attributes(QueueUrl=url, Attributes={"RedrivePolicy": text_of(policy)})


def _create_missing_queue(sqs: Any, name: str) -> None:
    try:
        sqs.get_queue_url(QueueName=name)
    except sqs.exceptions.QueueDoesNotExist:
        sqs.create_queue(QueueName=name, Attributes={"FifoQueue": "true"} if name.endswith(".fifo") else {})


def _attributes(resource: Resource, others: tuple[str, ...]) -> dict[str, str]:
    texts = {name: text_of(value) for name, value in resource.properties.items() if name not in others}
    return {name: text for name, text in texts.items() if not (name in FIFO and text == "false")}


def _create_bucket(s3: Any, bucket: Resource) -> None:
    region = s3.meta.region_name
    # us-east-1 is the API's default, and no value that it takes.
    place = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
    s3.create_bucket(Bucket=bucket.name, **place)
    given = bucket.properties
    versioning = given.get("VersioningConfiguration")
    if isinstance(versioning, Mapping):
        s3.put_bucket_versioning(Bucket=bucket.name, VersioningConfiguration=dict(versioning))
    rules = (given.get("CorsConfiguration") or {}).get("CorsRules")
    if rules:
        named = [{CORS_NAMES.get(name, name): value for name, value in rule.items()} for rule in rules]
        arguments = {"Bucket": bucket.name, "CORSConfiguration": {"CORSRules": named}}
        s3.put_bucket_cors(**fitted_arguments(s3, "PutBucketCors", arguments))
    if given.get("Tags"):
        s3.put_bucket_tagging(Bucket=bucket.name, Tagging={"TagSet": tag_list(given["Tags"])})


CORS_NAMES = {"ExposedHeaders": "ExposeHeaders", "MaxAge": "MaxAgeSeconds", "Id": "ID"}
"""Names of CloudFormation, with those of the API."""


def _create_secret(secretsmanager: Any, secret: Resource) -> None:
    value = secret.properties.get("SecretString")
    wanted: dict[str, Any] = {"Name": secret.name, "SecretString": value if isinstance(value, str) else "local"}
    wanted |= {"Description": secret.properties.get("Description", ""), "Tags": tag_list(secret.properties.get("Tags"))}
    secretsmanager.create_secret(**fitted_arguments(secretsmanager, "CreateSecret", wanted))


TOPIC_ATTRIBUTES = ("FifoTopic", "ContentBasedDeduplication", "DisplayName", "KmsMasterKeyId")


def _create_topic(sns: Any, topic: Resource) -> None:
    others = tuple(name for name in topic.properties if name not in TOPIC_ATTRIBUTES)
    tags = tag_list(topic.properties.get("Tags"))
    sns.create_topic(Name=topic.name, Attributes=_attributes(topic, others), Tags=tags)


# A definition in place of the template's: moto records executions, and runs none.
ONE_STATE = '{"StartAt": "NotRun", "States": {"NotRun": {"Type": "Succeed"}}}'


def _create_state_machine(stepfunctions: Any, machine: Resource) -> None:
    role = f"arn:aws:iam::{machine.arn.split(':')[4]}:role/{machine.name}"
    kind = machine.properties["Type"]
    stepfunctions.create_state_machine(name=machine.name, definition=ONE_STATE, roleArn=role, type=kind)


def _of_type(resources: Mapping[str, Resource], kind: str) -> dict[str, Resource]:
    """Returns those of a type; none without the packages of the extra `cognito`, which a notice names."""
    if find_spec("joserfc") is None:
        return {}
    return {name: resource for name, resource in resources.items() if resource.type == kind}


def _create_user_pool(cognito: Any, pool: Resource) -> None:
    marked = {"PoolName": f"{pool.name}{MARK}{pool.physical_id.partition('_')[2]}"}
    cognito.create_user_pool(**fitted_arguments(cognito, "CreateUserPool", {**pool.properties, **marked}))


def _create_user_pool_client(cognito: Any, client: Resource) -> None:
    marked = {"ClientName": f"{client.name}{MARK}{client.physical_id}"}
    cognito.create_user_pool_client(
        **fitted_arguments(cognito, "CreateUserPoolClient", {**client.properties, **marked})
    )


def _store_parameter(ssm: Any, parameter: Resource) -> None:
    names = ("Type", "Value", "Description", "AllowedPattern", "DataType", "Tier")
    wanted = {name: parameter.properties[name] for name in names if name in parameter.properties}
    arguments = {**wanted, "Name": parameter.name, "Tags": tag_list(parameter.properties.get("Tags"))}
    ssm.put_parameter(**fitted_arguments(ssm, "PutParameter", arguments))
