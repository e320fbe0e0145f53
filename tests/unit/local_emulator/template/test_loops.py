"""Loops of AWS::LanguageExtensions, written out wherever CloudFormation takes them."""

import re

import pytest

from local_emulator.template.document import InvalidTemplateError
from local_emulator.template.loops import MAX_VALUES

KEYS = 'Parameters: {Keys: {Type: CommaDelimitedList, Default: "ping, join-room"}}'
HEAD = """
Conditions:
  Fn::ForEach::Conditions: [Name, [A, B], {"Is${Name}": !Equals [!Ref Name, A]}]
Outputs:
  Fn::ForEach::Outputs: [Name, [A], {"Arn${Name}": {Value: !GetAtt ["Queue${Name}", Arn]}}]
"""
QUEUES = """
Fn::ForEach::Queues:
  - Name
  - [A, B]
  - Queue${Name}: {Type: AWS::SQS::Queue, Properties: {QueueName: !Sub "q-${Name}-${AWS::Region}"}}
Fn::ForEach::Topics: [Name, [A, B], {"Topic${Name}": {Type: AWS::SNS::Topic, Condition: !Sub "Is${Name}"}}]
"""


def test_a_loop_gives_its_entries_among_resources_conditions_and_outputs(read):
    deployment = read(QUEUES, HEAD)
    assert [queue.name for queue in deployment.queues.values()] == ["q-A-us-east-1", "q-B-us-east-1"]
    assert list(deployment.topics) == ["TopicA"]
    assert deployment.outputs["ArnA"] == deployment.queues["QueueA"].arn


def test_a_loop_over_a_parameter_makes_routes_whose_logical_ids_have_letters_and_digits_alone(read):
    more = """
    Integration:
      Type: AWS::ApiGatewayV2::Integration
      Properties: {ApiId: !Ref Api, IntegrationType: AWS_PROXY, IntegrationUri: !GetAtt Echo.Arn}
    Fn::ForEach::Routes:
      - Key
      - !Ref Keys
      - Route&{Key}:
          Type: AWS::ApiGatewayV2::Route
          Properties: {ApiId: !Ref Api, RouteKey: !Ref Key, Target: !Sub "integrations/${Integration}"}
    """
    assert {"ping", "join-room"} <= read(more, KEYS).apis[0].routes.keys()


def test_a_loop_in_a_loop_and_one_among_properties_are_written_out(read):
    more = """
    Fn::ForEach::Outer:
      - X
      - [1, 2]
      - Fn::ForEach::Inner: [Y, [a, "b${X}"], {"Q${X}${Y}": {Type: AWS::SQS::Queue}}]
    F:
      Type: AWS::Serverless::Function
      Properties:
        {CodeUri: ., Handler: a.b, Runtime: python3.13, Environment: {Variables: {
          "Fn::ForEach::Urls": [N, [1a, 2b2], {"URL_${N}": {Ref: {"Fn::Sub": "Q${N}"}}}]}}}
    """
    deployment = read(more)
    assert list(deployment.queues) == ["Q1a", "Q1b1", "Q2a", "Q2b2"]
    assert deployment.functions["F"].environment.keys() == {"URL_1a", "URL_2b2"}


@pytest.mark.parametrize(
    ("loop", "problem"),
    [
        ("[N, [a]]", "a list of an identifier, a list and a mapping"),
        ("[N, [a], b]", "a list of an identifier, a list and a mapping"),
        ("[N, !Ref AWS::Region, {a: b}]", "a list of texts, or a Ref to a list parameter"),
        ("[N, [[a]], {a: b}]", "a list of texts, or a Ref to a list parameter"),
    ],
)
def test_a_loop_of_another_shape_is_refused_with_its_line(read, loop, problem):
    with pytest.raises(InvalidTemplateError, match=re.escape(problem)) as refused:
        read(f"Fn::ForEach::Q: {loop}")
    assert refused.value.location.line == 14


def test_loops_that_multiply_without_end_are_refused(read):
    many = f"[{', '.join(map(str, range(100)))}]"
    loop = "'Q${A}${B}${C}': {Type: AWS::SQS::Queue, Properties: {QueueName: x}}"
    for name in "CBA":
        loop = f"'Fn::ForEach::{name}': [{name}, {many}, {{{loop}}}]"
    with pytest.raises(InvalidTemplateError, match=f"more than {MAX_VALUES} values"):
        read(loop)
