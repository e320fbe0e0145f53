"""Names the values that Lambda and SQS refuse, so that `cloudformation deploy` is not the first to do so.

Source of the numbers: the service models of AWS's SDKs, and SetQueueAttributes for queues, November 2026.
"""

from __future__ import annotations

from collections.abc import Iterator

from local_emulator.template.functions import function_names, function_of_arn
from local_emulator.template.properties import Properties
from local_emulator.template.return_values import attribute_of
from local_emulator.template.stack import Stack

RANGES = {
    "AWS::Lambda::Function": {"MemorySize": (128, 32_768), "Timeout": (1, 5_400)},
    "AWS::Lambda::EventInvokeConfig": {"MaximumEventAgeInSeconds": (60, 21_600), "MaximumRetryAttempts": (0, 2)},
    "AWS::Lambda::EventSourceMapping": {
        "BatchSize": (1, 10_000),
        "MaximumBatchingWindowInSeconds": (0, 300),
        "MaximumRecordAgeInSeconds": (-1, 604_800),
        "MaximumRetryAttempts": (-1, 10_000),
        "ParallelizationFactor": (1, 10),
        "TumblingWindowInSeconds": (0, 900),
    },
    "AWS::SQS::Queue": {
        "DelaySeconds": (0, 900),
        "MaximumMessageSize": (1_024, 1_048_576),
        "MessageRetentionPeriod": (60, 1_209_600),
        "ReceiveMessageWaitTimeSeconds": (0, 20),
        "VisibilityTimeout": (0, 43_200),
    },
}
"""Lowest and highest value of a property, by type."""

# Documented (Lambda Developer Guide, "Defined runtime environment variables").
RESERVED_VARIABLES = (
    "_HANDLER _X_AMZN_TRACE_ID AWS_ACCESS_KEY AWS_ACCESS_KEY_ID AWS_DEFAULT_REGION AWS_EXECUTION_ENV "
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE AWS_LAMBDA_FUNCTION_NAME AWS_LAMBDA_FUNCTION_VERSION "
    "AWS_LAMBDA_INITIALIZATION_TYPE AWS_LAMBDA_LOG_GROUP_NAME AWS_LAMBDA_LOG_STREAM_NAME AWS_LAMBDA_RUNTIME_API "
    "AWS_REGION AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN LAMBDA_RUNTIME_DIR LAMBDA_TASK_ROOT"
)


def notice_refused_values(stack: Stack) -> None:
    """Adds a notice for each value that AWS refuses. The emulator goes on with it."""
    for type, ranges in RANGES.items():
        for own in map(stack.properties, stack.of_type(type)):
            for name, (low, high) in ranges.items():
                value = own.integer(name, None)
                if value is not None and not low <= value <= high:
                    _refuse(stack, own, name, f"{name} {value}: it must be {low} to {high}")
    for own in map(stack.properties, stack.of_type("AWS::Lambda::Function")):
        variables = own.section("Environment").section("Variables")
        for name in sorted(variables.names & set(RESERVED_VARIABLES.split())):
            _refuse(stack, variables, name, f"the variable {name}: Lambda sets it")
    for own, queue in _queue_mappings(stack):
        for name, reason in _refused_batches(stack, own, queue):
            _refuse(stack, own, name, reason)


def _refuse(stack: Stack, own: Properties, name: str, reason: str) -> None:
    stack.notice(f"{own.owner}: AWS refuses {reason}", own.location_of(name))


def _queue_mappings(stack: Stack) -> Iterator[tuple[Properties, Properties]]:
    queues = {attribute_of(stack, queue, "Arn"): queue for queue in stack.of_type("AWS::SQS::Queue")}
    for own in map(stack.properties, stack.of_type("AWS::Lambda::EventSourceMapping")):
        arn = own.text("EventSourceArn", "")
        if arn in queues:
            yield own, stack.properties(queues[arn])


def _refused_batches(stack: Stack, own: Properties, queue: Properties) -> Iterator[tuple[str, str]]:
    """Yields property and reason (Lambda Developer Guide, "Using Lambda with Amazon SQS")."""
    size, window = own.integer("BatchSize", 10), own.integer("MaximumBatchingWindowInSeconds", 0)
    if queue.flag("FifoQueue", False):
        if window:
            yield "MaximumBatchingWindowInSeconds", "MaximumBatchingWindowInSeconds for a FIFO queue"
        if size > 10:
            yield "BatchSize", f"BatchSize {size} for a FIFO queue: it must be at most 10"
    elif size > 10 and not window:
        yield "BatchSize", f"BatchSize {size} without a MaximumBatchingWindowInSeconds of at least 1"
    function = stack.resources.get(function_of_arn(own.text("FunctionName"), function_names(stack)) or "")
    seconds = stack.properties(function).integer("Timeout", 3) if function else 0
    visible = queue.integer("VisibilityTimeout", 30)
    if visible < seconds:
        text = f"a queue whose VisibilityTimeout of {visible} s is less than the function's Timeout of {seconds} s"
        yield "EventSourceArn", text
