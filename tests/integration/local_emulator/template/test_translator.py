"""Our reading of a template equals that of AWS's own translator."""

import dataclasses
import json
import re

import pytest

from local_emulator.template.reader import read_template
from testing.translator import CASES, FAKE_BUCKET, NAMES, Evaluator, translated, with_folders

cases = pytest.mark.parametrize(("path", "parameters"), CASES, ids=NAMES)


@pytest.fixture
def pair(path, parameters):
    """Our deployment, and an evaluator of AWS's translation that uses our physical names."""
    deployment = read_template(path, parameters)
    known = {
        "AWS::Region": "us-east-1",
        "AWS::AccountId": "123456789012",
        "AWS::Partition": "aws",
        "AWS::URLSuffix": "amazonaws.com",
        "AWS::StackName": "local",
    }
    for kind in (deployment.tables, deployment.queues, deployment.buckets, deployment.topics):
        for logical_id, resource in kind.items():
            known |= {logical_id: resource.physical_id, f"{logical_id}.Arn": resource.arn}
    known |= {f"{name}.StreamArn": f"{table.arn}/stream/latest" for name, table in deployment.tables.items()}
    known |= {api.logical_id: api.api_id for api in deployment.apis}
    known |= {function.logical_id: function.physical_name for function in deployment.functions.values()}
    return deployment, Evaluator(translated(path, parameters), parameters, known)


def function_behind(aws, uri):
    """The logical id in an integration's URI or a target's ARN, through an alias if there is one."""
    name = re.search(r"<(\w+?)(?:\.Arn)?>", uri)[1]
    resource = aws.document["Resources"][name]
    return resource["Properties"]["FunctionName"]["Ref"] if resource["Type"] == "AWS::Lambda::Alias" else name


def aws_routes(aws, api):
    integrations = dict(aws.resources("AWS::ApiGatewayV2::Integration"))
    authorizers = dict(aws.resources("AWS::ApiGatewayV2::Authorizer"))
    responses = [own["RouteId"] for _, own in aws.resources("AWS::ApiGatewayV2::RouteResponse")]
    for logical_id, own in aws.resources("AWS::ApiGatewayV2::Route"):
        if own["ApiId"] != api.api_id:
            continue
        integration = integrations[own["Target"].removeprefix("integrations/<").removesuffix(">")]
        uri, authorizer = (
            integration.get("IntegrationUri"),
            authorizers.get(own.get("AuthorizerId", "")[1:-1], {}),
        )
        yield (
            own["RouteKey"],
            {
                "type": integration["IntegrationType"],
                "function": function_behind(aws, uri) if uri else None,
                "timeout": integration.get("TimeoutInMillis", 29_000),
                "authorization": own.get("AuthorizationType", "NONE"),
                "authorizer": function_behind(aws, authorizer["AuthorizerUri"]) if authorizer else None,
                "identity_sources": tuple(authorizer.get("IdentitySource") or ()),
                "api_key": own.get("ApiKeyRequired", False),
                "answers": own.get("RouteResponseSelectionExpression") == "$default" and f"<{logical_id}>" in responses,
            },
        )


def our_route(route):
    return {
        "type": route.integration_type,
        "function": route.function,
        "timeout": route.timeout_ms,
        "authorization": route.authorization,
        "authorizer": route.authorizer and route.authorizer.function,
        "identity_sources": route.authorizer.identity_sources if route.authorizer else (),
        "api_key": route.api_key_required,
        "answers": route.route_response,
    }


@cases
def test_routes_lead_where_aws_leads_them(pair):
    deployment, aws = pair
    for api in deployment.apis:
        assert {key: our_route(route) for key, route in api.routes.items()} == dict(aws_routes(aws, api))


@cases
def test_stages_are_those_of_aws(pair):
    deployment, aws = pair
    stages = [own for _, own in aws.resources("AWS::ApiGatewayV2::Stage") if own["StageName"] != "$default"]
    assert {(api.api_id, api.stage_name): dict(api.stage_variables) for api in deployment.apis} == {
        (own["ApiId"], own["StageName"]): own.get("StageVariables", {}) for own in stages
    }
    declared = dict(aws.resources("AWS::ApiGatewayV2::Api"))
    for api in deployment.apis:
        own = declared[api.logical_id]
        assert (api.name, api.route_selection_expression) == (own["Name"], own["RouteSelectionExpression"])


def text(value):
    return json.dumps(value) if isinstance(value, bool) else str(value)


@cases
def test_functions_have_the_settings_that_aws_would_give_them(pair, path):
    deployment, aws = pair
    expected = {}
    for logical_id, own in aws.resources("AWS::Lambda::Function"):
        if own.get("PackageType") == "Image":
            continue
        code = own["Code"].get("S3Key", "") if isinstance(own["Code"], dict) else own["Code"]
        environment = own.get("Environment", {}).get("Variables", {})
        expected[logical_id] = (
            own["Handler"],
            own["Runtime"],
            (path.parent / code.removeprefix(FAKE_BUCKET)).resolve(),
            own.get("Timeout", 3),
            own.get("MemorySize", 128),
            {name: text(value) for name, value in environment.items()},
        )
    assert expected == {
        logical_id: (
            own.handler,
            own.runtime,
            own.code_dir,
            own.timeout_seconds,
            own.memory_mb,
            own.environment,
        )
        for logical_id, own in deployment.functions.items()
        if own.runtime  # an image has none
    }


@cases
def test_schedules_and_event_sources_are_those_of_aws(pair):
    deployment, aws = pair
    rules = [(logical_id, own) for logical_id, own in aws.resources("AWS::Events::Rule") if "ScheduleExpression" in own]
    expected = {
        (
            own.get("Name", name),
            target["Arn"],
            own["ScheduleExpression"],
            target.get("Input"),
            own.get("State"),
        )
        for name, own in rules
        for target in own["Targets"]
    }
    expected |= {
        (
            own.get("Name", name),
            own["Target"]["Arn"],
            own["ScheduleExpression"],
            own["Target"].get("Input"),
            own.get("State"),
        )
        for name, own in aws.resources("AWS::Scheduler::Schedule")
    }
    assert {(*row[:-1], row[-1] != "DISABLED") for row in expected} == {
        (own.name, f"<{own.function}.Arn>", own.expression, own.input.constant, own.enabled)
        for own in deployment.schedules
    }
    mappings = aws.resources("AWS::Lambda::EventSourceMapping")
    declared = [(one.logical_id, one.queue_arn, one) for one in deployment.event_sources]
    declared += [(one.logical_id, one.stream_arn, one) for one in deployment.stream_sources]
    assert {
        name: (own["EventSourceArn"], int(own.get("BatchSize", 10)), own.get("Enabled", True)) for name, own in mappings
    } == {name: (arn, own.batch_size, own.enabled) for name, arn, own in declared}


@cases
def test_tables_have_the_keys_and_indexes_of_aws(pair):
    deployment, aws = pair
    kept = (
        "KeySchema",
        "AttributeDefinitions",
        "GlobalSecondaryIndexes",
        "BillingMode",
        "TimeToLiveSpecification",
    )
    expected = {
        logical_id: {name: own[name] for name in kept if name in own}
        for kind in ("AWS::DynamoDB::Table", "AWS::DynamoDB::GlobalTable")
        for logical_id, own in aws.resources(kind)
    }
    found = {
        logical_id: {name: table.properties[name] for name in kept if name in table.properties}
        for logical_id, table in deployment.tables.items()
    }
    for table in (*expected.values(), *found.values()):
        table.setdefault("BillingMode", "PROVISIONED")
    assert found == expected


@cases
def test_reading_the_translation_gives_the_same_deployment_as_reading_the_source(path, parameters, tmp_path):
    ours = read_template(path, parameters)
    beside = path.parent / f".{tmp_path.name}.translated.json"
    beside.write_text(json.dumps(with_folders(translated(path, parameters))))
    try:
        theirs = read_template(beside, parameters)
    finally:
        beside.unlink()
    assert in_order(theirs) == in_order(ours)


def in_order(deployment):
    """The deployment without its path and its notices, with resources in the order of their names."""
    unordered = {"path": None, "notices": (), "sources": ()}
    for name in ("apis", "schedules", "event_sources", "stream_sources", "event_rules", "subscriptions"):
        unordered[name] = tuple(sorted(getattr(deployment, name), key=lambda own: (own.logical_id, repr(own))))
    return dataclasses.replace(deployment, **unordered)
