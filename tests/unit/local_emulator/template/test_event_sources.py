"""Event sources, rules and subscriptions: what is read, and what AWS refuses with file and line."""

import re

import pytest

from local_emulator.template.document import InvalidTemplateError
from testing.template_snippets import function, resource

RULE, MAPPING, SUBSCRIPTION = "AWS::Events::Rule", "AWS::Lambda::EventSourceMapping", "AWS::SNS::Subscription"
SCHEDULE = "AWS::Scheduler::Schedule"
TABLE = resource(
    "AWS::DynamoDB::Table",
    "AttributeDefinitions: [{AttributeName: a, AttributeType: S}], KeySchema: [{AttributeName: a, KeyType: HASH}], "
    "BillingMode: PAY_PER_REQUEST, StreamSpecification: {StreamViewType: NEW_IMAGE}",
    "T",
)
QUEUE = resource("AWS::SQS::Queue", "QueueName: jobs", "Q")
TO_ECHO = "Targets: [{Id: t, Arn: !GetAtt Echo.Arn"
OF_QUEUE = "FunctionName: !Ref Echo, EventSourceArn: !GetAtt Q.Arn"
OF_TABLE = "FunctionName: !Ref Echo, EventSourceArn: !GetAtt T.StreamArn"
TO_QUEUE = "TopicArn: 'arn:aws:sns:us-east-1:123456789012:t', Protocol: sqs, Endpoint: !GetAtt Q.Arn"
AT_NOON = "ScheduleExpression: rate(1 day), Target: {Arn: !GetAtt Echo.Arn, RoleArn: r}"


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        (
            resource(RULE, "EventPattern: {source: []}"),
            "Event pattern is not valid. Reason: Empty arrays are not allowed",
        ),
        (resource(RULE, "EventPattern: {source: x}"), 'Reason: "source" must be an object or an array'),
        (resource(RULE, "EventPattern: {a: [{contains: x}]}"), "Reason: Unrecognized match type contains"),
        (resource(RULE, "State: ENABLED"), "needs EventPattern or ScheduleExpression"),
        (
            resource(RULE, f"ScheduleExpression: rate(1 day), {TO_ECHO}, Input: '1', InputPath: $}}]"),
            "Only one of Input, InputPath, or InputTransformer must be provided for target t.",
        ),
        (
            resource(RULE, f"EventPattern: {{a: [1]}}, {TO_ECHO}, InputTransformer: {{InputTemplate: '<x>'}}}}]"),
            "InputTemplate for target t contains invalid placeholder x.",
        ),
        (
            QUEUE + "\n" + resource(MAPPING, f"{OF_QUEUE}, FilterCriteria: {{Filters: [{{Pattern: simple}}]}}"),
            "Invalid filter pattern definition.",
        ),
        (
            QUEUE
            + "\n"
            + resource(MAPPING, f"{OF_QUEUE}, FilterCriteria: {{Filters: [{{Pattern: '{{\"body\": 1}}'}}]}}"),
            'Invalid filter pattern definition. "body" must be an object or an array',
        ),
        (TABLE + "\n" + resource(MAPPING, OF_TABLE), "StartingPosition must be LATEST or TRIM_HORIZON"),
        (
            TABLE.replace("StreamSpecification: {StreamViewType: NEW_IMAGE}", "Tags: []")
            + "\n"
            + resource(MAPPING, f"{OF_TABLE}, StartingPosition: LATEST"),
            "T has no stream: it needs a StreamSpecification",
        ),
        (
            QUEUE + "\n" + resource(SUBSCRIPTION, f"{TO_QUEUE}, FilterPolicy: {{a: {{b: [1]}}}}"),
            "Filter policy scope MessageAttributes does not support nested filter policy",
        ),
        (
            QUEUE + "\n" + resource(SUBSCRIPTION, f"{TO_QUEUE}, FilterPolicyScope: Message"),
            "FilterPolicyScope must be MessageAttributes or MessageBody",
        ),
        (resource(SCHEDULE, f"{AT_NOON}, StartDate: soon"), "StartDate must be a time such as"),
        (
            resource(SCHEDULE, f"{AT_NOON}, StartDate: 2030-01-02T00:00:00Z, EndDate: 2030-01-01T00:00:00Z"),
            "EndDate must be after StartDate",
        ),
    ],
)
def test_what_aws_refuses_is_refused_with_its_reason_and_line(read, more, reason):
    with pytest.raises(InvalidTemplateError, match=re.escape(reason)) as refused:
        read(more)

    assert re.match(r".+/template\.yaml:\d+: ", str(refused.value))


def test_a_rule_names_its_bus_and_its_targets(read):
    bus = resource("AWS::Events::EventBus", "Name: orders", "B")
    rule = resource(
        RULE,
        f"EventBusName: !GetAtt B.Arn, State: DISABLED, EventPattern: {{n: [1]}}, {TO_ECHO}, InputPath: $.detail}}]",
        "R",
    )

    deployment = read(f"{bus}\n{rule}")

    (found,) = deployment.event_rules
    assert (found.bus, found.enabled, found.pattern) == ("orders", False, '{"n": [1]}')
    assert found.targets == ({"Id": "t", "Arn": deployment.functions["Echo"].arn, "InputPath": "$.detail"},)
    assert deployment.event_buses["B"].arn == "arn:aws:events:us-east-1:123456789012:event-bus/orders"


def test_a_stream_of_a_table_is_a_source_with_its_settings(read):
    settings = (
        "StartingPosition: TRIM_HORIZON, BatchSize: 5, BisectBatchOnFunctionError: true, MaximumRetryAttempts: 2, "
        "MaximumRecordAgeInSeconds: 60, FunctionResponseTypes: [ReportBatchItemFailures], "
        "DestinationConfig: {OnFailure: {Destination: !GetAtt Q.Arn}}"
    )
    deployment = read(f"{TABLE}\n{QUEUE}\n" + resource(MAPPING, f"{OF_TABLE}, {settings}", "M"))

    (source,) = deployment.stream_sources
    assert (source.logical_id, source.function, source.table_name) == ("M", "Echo", "local-T")
    assert (source.batch_size, source.starting_position, source.max_retries) == (5, "TRIM_HORIZON", 2)
    assert (source.bisect, source.report_batch_item_failures, source.max_age_seconds) == (True, True, 60)
    assert source.on_failure == deployment.queues["Q"].arn


def test_subscriptions_are_read_from_topics_and_by_themselves(read):
    topic = resource("AWS::SNS::Topic", "Subscription: [{Protocol: lambda, Endpoint: !GetAtt Echo.Arn}]", "N")
    own = resource(
        SUBSCRIPTION,
        "TopicArn: !Ref N, Protocol: sqs, Endpoint: !GetAtt Q.Arn, RawMessageDelivery: true, "
        "FilterPolicyScope: MessageBody, FilterPolicy: {a: {b: [1]}}",
        "S",
    )
    mail = resource(SUBSCRIPTION, "TopicArn: !Ref N, Protocol: email, Endpoint: a@example.com", "E")

    deployment = read(f"{topic}\n{QUEUE}\n{own}\n{mail}")

    assert {one.logical_id: one.protocol for one in deployment.subscriptions} == {"N": "lambda", "S": "sqs"}
    (queue,) = [one for one in deployment.subscriptions if one.protocol == "sqs"]
    assert queue.attributes == {
        "RawMessageDelivery": "true",
        "FilterPolicyScope": "MessageBody",
        "FilterPolicy": '{"a": {"b": [1]}}',
    }
    assert any("E: subscriptions by email are not emulated" in notice for notice in deployment.notices)


def test_a_function_of_sam_with_filters_is_refused_at_their_line(read):
    events = "Events: {E: {Type: SQS, Properties: {Queue: !GetAtt Q.Arn, FilterCriteria: {Filters: [{Pattern: no}]}}}}"
    with pytest.raises(InvalidTemplateError, match=r"template\.yaml:\d+: FE: Invalid filter pattern definition"):
        read(f"{QUEUE}\n" + function(f"CodeUri: ., {events}"))


def test_a_stream_of_a_table_whose_rows_expire_is_named(read):
    expiring = TABLE.replace("BillingMode", "TimeToLiveSpecification: {AttributeName: t, Enabled: true}, BillingMode")
    mapping = resource(MAPPING, f"{OF_TABLE}, StartingPosition: LATEST")

    (notice,) = read(f"{expiring}\n{mapping}").notices
    assert re.search(r"template\.yaml:\d+: T: rows do not expire here", notice)


@pytest.mark.parametrize(
    ("kind", "properties", "notice"),
    [
        (RULE, "EventPattern: {d: {b: [1], a: [{exists: false}]}}", "X: d.a must be absent in every element of a list"),
        (RULE, "ScheduleExpression: rate(1 day), EventPatern: {a: [1]}", "X: EventPatern is ignored: .*EventPattern"),
        (SUBSCRIPTION, f"{TO_QUEUE}, RedrivePolicy: {{}}", "X: RedrivePolicy is ignored: it has no effect here"),
        (SCHEDULE, f"{AT_NOON}, Starts: 1", "X: Starts is ignored: AWS::Scheduler::Schedule has no property"),
        (MAPPING, f"{OF_QUEUE}, FilterCriterias: {{}}", "X: FilterCriterias is ignored: .*FilterCriteria"),
    ],
)
def test_what_has_no_effect_or_may_surprise_is_named(read, kind, properties, notice):
    notices = "\n".join(read(f"{QUEUE}\n" + resource(kind, properties)).notices)

    assert re.search(rf"template\.yaml:\d+: {notice}", notices)
