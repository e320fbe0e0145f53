from dataclasses import replace

from local_emulator.apigateway.rules.limits import GatewayLimits
from local_emulator.apigateway.rules.quotas import beyond_quotas
from local_emulator.template.reader import read_template
from tests.integration.local_emulator.conftest import ECHO


def sentences(**limits):
    return list(beyond_quotas(read_template(ECHO / "template.yaml"), replace(GatewayLimits(), **limits)))


def test_a_template_within_the_quotas_is_fine():
    assert sentences() == []


def test_each_quota_that_is_exceeded_is_named():
    told = sentences(routes_per_api=4, integrations_per_api=3, stages_per_api=0, authorizers_per_api=0)
    assert [sentence.split(":")[0] for sentence in told] == [
        "Api has 6 routes",
        "Api has 6 integrations",
        "Api has 1 stages",
        "Api has 1 authorizers",
    ]


def test_a_time_out_that_aws_would_not_take_is_named():
    [told] = sentences(min_integration_timeout_ms=301)
    assert told == "Api: route slow: a time-out of 300 ms would not deploy, AWS takes 301 to 29000 ms"
