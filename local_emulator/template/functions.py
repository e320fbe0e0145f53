"""Reads the Python functions of a template."""

from __future__ import annotations

import os
import re
from pathlib import Path

from local_emulator.deployment import EventInvoke, Function
from local_emulator.template.document import Block
from local_emulator.template.properties import Properties
from local_emulator.template.resource import DeclaredResource
from local_emulator.template.return_values import attribute_of, name_of, reference_to
from local_emulator.template.stack import Stack

# ARN prefixes of the destinations that the emulator delivers to.
DELIVERABLE = ("arn:aws:sqs:", "arn:aws:lambda:")


def functions(stack: Stack) -> dict[str, Function]:
    """Returns the functions that can run here, by logical id; a notice of the stack names each other function."""
    found = {}
    for resource in stack.of_type("AWS::Lambda::Function"):
        reason = _reason_not_run(stack, resource)
        if reason:
            stack.notice(f"{resource.logical_id} is not run: {reason}")
        else:
            found[resource.logical_id] = _function(stack, resource)
    return found


def function_names(stack: Stack) -> dict[str, str]:
    """Maps the physical name of every function of the template to its logical id, run here or not."""
    return {name_of(stack, resource): resource.logical_id for resource in stack.of_type("AWS::Lambda::Function")}


def function_of_arn(arn: str, names: dict[str, str]) -> str | None:
    """Returns the logical id of the function of an ARN, an invocation URI or a name; None if undeclared.

    A version or alias makes no difference, because there is only one version of the code.
    """
    found = re.search(r":function:([^:/]+)", arn)
    return names.get(found[1] if found else arn.split(":")[0])


def _reason_not_run(stack: Stack, resource: DeclaredResource) -> str | None:
    own = stack.properties(resource)
    if own.text("PackageType", "Zip") == "Image":
        return "it is a container image"
    runtime = own.text("Runtime")
    if not runtime.startswith("python"):
        return f"its runtime is {runtime}; only Python functions run here"
    return _reason_code_not_run(own.value("Code"))


def _reason_code_not_run(code: object) -> str | None:
    if isinstance(code, Block) and "ZipFile" in code:
        return None
    if isinstance(code, Block) or str(code).startswith("s3://"):
        return "its code is in S3"
    if str(code).endswith((".zip", ".jar")):
        return f"its code is packed in {code}; name the folder instead"
    return None


def _function(stack: Stack, resource: DeclaredResource) -> Function:
    own = stack.properties(resource)
    inline = isinstance(own.value("Code"), Block)  # any other mapping leads to a bucket: see _reason_code_not_run
    return Function(
        logical_id=resource.logical_id,
        physical_name=name_of(stack, resource),
        arn=str(attribute_of(stack, resource, "Arn")),
        handler=own.text("Handler"),
        runtime=own.text("Runtime"),
        code_dir=_absolute(stack, ".") if inline else folder(stack, own, "Code"),
        timeout_seconds=own.integer("Timeout", 3),
        memory_mb=own.integer("MemorySize", 128),
        environment=own.section("Environment").table("Variables"),
        layers=_layers(stack, resource),
        reserved_concurrency=own.integer("ReservedConcurrentExecutions", None),
        event_invoke=_event_invoke(stack, resource),
        dead_letter=own.section("DeadLetterConfig").text("TargetArn", None),
        log_format=own.section("LoggingConfig").text("LogFormat", "Text"),
        inline_code=own.section("Code").text("ZipFile") if inline else None,
    )


def folder(stack: Stack, own: Properties, name: str) -> Path:
    """Returns the folder that a property names, relative to the template. Raises InvalidTemplateError."""
    given = own.text(name)
    path = _absolute(stack, given)
    if not path.is_dir():
        kind = "is not a folder" if path.exists() else "does not exist"
        raise own.error(name, f"the code folder {given} {kind}")
    return path


def _absolute(stack: Stack, given: str) -> Path:
    return Path(os.path.normpath((stack.path.parent / given).absolute()))


def _layers(stack: Stack, resource: DeclaredResource) -> tuple[Path, ...]:
    own = stack.properties(resource)
    known = {reference_to(stack, layer): layer for layer in stack.of_type("AWS::Lambda::LayerVersion")}
    found = []
    for arn in own.texts("Layers"):
        content = known[arn].properties.get("Content") if arn in known else None
        if isinstance(content, str) and not content.startswith("s3://"):
            found.append(folder(stack, stack.properties(known[arn]), "Content"))
        else:
            stack.notice(f"{resource.logical_id} runs without the layer {arn}: it is not a folder of this template")
    return tuple(found)


def _event_invoke(stack: Stack, resource: DeclaredResource) -> EventInvoke:
    for config in stack.of_type("AWS::Lambda::EventInvokeConfig"):
        own = stack.properties(config)
        if function_of_arn(own.text("FunctionName"), function_names(stack)) == resource.logical_id:
            return EventInvoke(
                max_retries=own.integer("MaximumRetryAttempts", 2),
                max_age_seconds=own.integer("MaximumEventAgeInSeconds", 21_600),
                on_failure=_destination(stack, resource, own, "OnFailure"),
                on_success=_destination(stack, resource, own, "OnSuccess"),
            )
    return EventInvoke()


def _destination(stack: Stack, resource: DeclaredResource, config: Properties, condition: str) -> str | None:
    arn = config.section("DestinationConfig").section(condition).text("Destination", None)
    if arn is not None and not arn.startswith(DELIVERABLE):
        stack.notice(
            f"{resource.logical_id}: {condition} leads to {arn}, which is not emulated;"
            " what would go there is shown on the console"
        )
    return arn
