"""Reads a SAM or CloudFormation template into what the emulator runs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from local_emulator.deployment import Deployment, Resource
from local_emulator.template.bucket_notifications import bucket_notifications
from local_emulator.template.cloudfront import public_paths
from local_emulator.template.document import InvalidTemplateError, Location
from local_emulator.template.event_sources import event_sources
from local_emulator.template.function_urls import function_urls
from local_emulator.template.functions import functions
from local_emulator.template.invoke_permissions import notice_unpermitted
from local_emulator.template.refused_values import notice_refused_values
from local_emulator.template.rule_targets import event_rules
from local_emulator.template.schedules import schedules
from local_emulator.template.stack import Stack, StackContext
from local_emulator.template.stacks import read_stacks
from local_emulator.template.stateful_resources import resources, state_machines
from local_emulator.template.subscriptions import subscriptions
from local_emulator.template.unsupported import notice_unemulated
from local_emulator.template.websocket_apis import websocket_apis

__all__ = ["InvalidTemplateError", "read_template"]


def read_template(
    path: Path,
    parameters: Mapping[str, str] | None = None,
    *,
    defaults: Mapping[str, str] | None = None,
    region: str = "us-east-1",
    account_id: str = "123456789012",
    stack_name: str = "local",
    exports: Mapping[str, str] | None = None,
    sqs_url: str | None = None,
    code: Mapping[str, Path] | None = None,
    api_ids: Mapping[str, str] | None = None,
    more: Mapping[str, Path] | None = None,
    tables: tuple[Resource, ...] = (),
    allowed_hosts: tuple[str, ...] = (),
) -> Deployment:
    """Returns the deployment that the template at `path` describes, given values for its parameters.

    Reads that file, the templates and zip archives that it names, and the list of assets of `cdk synth`. `exports` are
    values for `Fn::ImportValue`, by name. `sqs_url` begins the URLs of queues, None for AWS's own: AWS's SDK for
    JavaScript sends to the host in a queue's URL, whatever its endpoint is. `code` are folders or zip archives that
    replace the code of functions and layers, by logical id; `api_ids` are the ids of APIs, by logical id. `more` are
    the templates of other stacks, by stack name, which are deployed together with this one. `defaults` are values of
    parameters that `parameters` does not give; a template need not have them. `tables` come in addition.
    `allowed_hosts` are hosts that HTTP integrations may call.

    Raises InvalidTemplateError, whose text is one line with file, line and fault.
    """
    context = StackContext(
        region, account_id, stack_name, exports or {}, sqs_url, code or {}, api_ids or {}, allowed_hosts
    )
    stack = read_stacks({stack_name: path, **(more or {})}, parameters or {}, context, defaults or {})
    _check_named(stack, "--code", code or {}, ("AWS::Lambda::Function", "AWS::Lambda::LayerVersion"))
    _check_named(stack, "--api-id", api_ids or {}, ("AWS::ApiGatewayV2::Api",))
    notice_unemulated(stack)
    notice_refused_values(stack)
    apis = websocket_apis(stack)
    notice_unpermitted(stack, apis)
    queue_sources, stream_sources = event_sources(stack)
    return Deployment(
        path=path,
        region=region,
        account_id=account_id,
        stack_name=stack_name,
        parameters=stack.parameters,
        apis=apis,
        functions=functions(stack),
        function_urls=function_urls(stack),
        tables=_tables(stack, tables),
        queues=resources(stack, "AWS::SQS::Queue"),
        buckets=resources(stack, "AWS::S3::Bucket"),
        secrets=resources(stack, "AWS::SecretsManager::Secret"),
        topics=resources(stack, "AWS::SNS::Topic"),
        user_pools=resources(stack, "AWS::Cognito::UserPool", "AWS::Cognito::UserPoolClient"),
        stored_parameters=resources(stack, "AWS::SSM::Parameter"),
        state_machines=state_machines(stack),
        schedules=schedules(stack),
        event_sources=queue_sources,
        stream_sources=stream_sources,
        event_buses=resources(stack, "AWS::Events::EventBus"),
        event_rules=event_rules(stack),
        subscriptions=subscriptions(stack),
        bucket_notifications=bucket_notifications(stack),
        public_paths=public_paths(stack, apis),
        outputs=stack.all_outputs(),
        notices=tuple(stack.notices),
        sources=tuple(dict.fromkeys(member.path for member in stack.group.stacks)),
    )


def _check_named(stack: Stack, option: str, given: Iterable[str], types: tuple[str, ...]) -> None:
    """Raises InvalidTemplateError for a logical id that means none of these types."""
    known = [resource.logical_id for resource in stack.of_type(*types, existing=False)]
    for name in given:
        if name not in known:
            has = ", ".join(known) or "nothing"
            raise InvalidTemplateError(Location(stack.path), f"{option} {name}: the template has {has} of this kind")


def _tables(stack: Stack, more: tuple[Resource, ...]) -> dict[str, Resource]:
    """Returns the tables of the templates, and those of options. Raises InvalidTemplateError if a name is taken."""
    found = resources(stack, "AWS::DynamoDB::Table", "AWS::DynamoDB::GlobalTable")
    names = {table.name for table in found.values()}
    for table in more:
        if table.name in names:
            raise InvalidTemplateError(Location(stack.path), f"--table {table.name}: the template has this table")
        found[table.logical_id] = table
        names.add(table.name)
    return found
