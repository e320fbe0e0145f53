"""Schedules that AWS refuses are named with their line."""

import pytest

from testing.template_snippets import resource

RULE = "Targets: [{Id: a, Arn: !GetAtt Echo.Arn}]"
SCHEDULE = "FlexibleTimeWindow: {Mode: 'OFF'}, Target: {Arn: !GetAtt Echo.Arn, RoleArn: x}"


@pytest.mark.parametrize(
    "more",
    [
        resource("AWS::Events::Rule", f"{RULE}, ScheduleExpression: cron(0 25 * * ? *)"),
        resource("AWS::Events::Rule", f"{RULE}, ScheduleExpression: rate(1 hours)"),
        resource("AWS::Events::Rule", f"{RULE}, ScheduleExpression: at(2030-01-01T00:00:00)"),
        resource("AWS::Scheduler::Schedule", f"{SCHEDULE}, ScheduleExpression: cron(0 5 * * * *)"),
        resource(
            "AWS::Scheduler::Schedule",
            f"{SCHEDULE}, ScheduleExpression: cron(0 5 * * ? *), ScheduleExpressionTimezone: Mars/North",
        ),
    ],
)
def test_a_schedule_that_aws_refuses_is_named_with_its_line(read, more):
    [notice] = [text for text in read(more).notices if "X does not run: " in text]
    assert "template.yaml:" in notice


def test_a_schedule_that_runs_is_not_named(read):
    more = resource("AWS::Events::Rule", f"{RULE}, ScheduleExpression: cron(0/30 20-2 ? * MON-FRI *)")
    assert not [text for text in read(more).notices if "does not run" in text]
