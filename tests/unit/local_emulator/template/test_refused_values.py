"""Values that Lambda and SQS refuse are named at start."""

import pytest

from testing.template_snippets import function, resource


def _reads(queue: str, event: str, more: str = "") -> str:
    """A queue, and a function with an event of it."""
    given = f"Queue: !GetAtt X.Arn, {event}"
    events = f"CodeUri: ., {more}Events: {{E: {{Type: SQS, Properties: {{{given}}}}}}}"
    return resource("AWS::SQS::Queue", queue) + "\n" + function(events)


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        (function("CodeUri: ., MemorySize: 64"), "F: AWS refuses MemorySize 64: it must be 128 to 32768"),
        (function("CodeUri: ., Timeout: '0'"), "F: AWS refuses Timeout 0: it must be 1 to 5400"),
        (
            function("CodeUri: ., EventInvokeConfig: {MaximumRetryAttempts: 3}"),
            "FEventInvokeConfig: AWS refuses MaximumRetryAttempts 3: it must be 0 to 2",
        ),
        (
            function("CodeUri: ., Environment: {Variables: {AWS_REGION: x}}"),
            "F: AWS refuses the variable AWS_REGION: Lambda sets it",
        ),
        (
            resource("AWS::SQS::Queue", "MaximumMessageSize: 1048577"),
            "X: AWS refuses MaximumMessageSize 1048577: it must be 1024 to 1048576",
        ),
        (_reads("", "BatchSize: 0"), "FE: AWS refuses BatchSize 0: it must be 1 to 10000"),
        (
            _reads("", "BatchSize: 11"),
            "FE: AWS refuses BatchSize 11 without a MaximumBatchingWindowInSeconds of at least 1",
        ),
        (
            _reads("FifoQueue: true", "BatchSize: 11"),
            "FE: AWS refuses BatchSize 11 for a FIFO queue: it must be at most 10",
        ),
        (
            _reads("FifoQueue: true", "MaximumBatchingWindowInSeconds: 1"),
            "FE: AWS refuses MaximumBatchingWindowInSeconds for a FIFO queue",
        ),
        (
            _reads("", "BatchSize: 1", "Timeout: 31, "),
            "FE: AWS refuses a queue whose VisibilityTimeout of 30 s is less than the function's Timeout of 31 s",
        ),
    ],
)
def test_a_value_that_aws_refuses_is_named_with_its_line(read, more, reason):
    [notice] = read(more).notices
    assert notice.endswith(reason) and "template.yaml:" in notice


@pytest.mark.parametrize(
    "more",
    [
        function("CodeUri: ., MemorySize: 10240, Timeout: 900, Environment: {Variables: {AWS_ACCOUNT: x}}"),
        _reads("VisibilityTimeout: 60", "BatchSize: 10000, MaximumBatchingWindowInSeconds: 1", "Timeout: 60, "),
        _reads("FifoQueue: true", "BatchSize: 10"),
    ],
)
def test_a_value_that_aws_takes_is_not_named(read, more):
    assert read(more).notices == ()
