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

# The runtimes that the emulator has.
RUNTIMES = ("python3.", "provided.al2")
LOG_LEVELS = ("TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL")
DELIVERABLE = ("arn:aws:sqs:", "arn:aws:lambda:")


def functions(stack: Stack) -> dict[str, Function]:
    """Returns the functions by logical id; those that cannot run here are named in the stack's notices too."""
    found = {}
    for resource in stack.of_type("AWS::Lambda::Function"):
        reason = _reason_not_run(stack, resource)
        if reason:
            stack.notice(f"{resource.logical_id} is not run: {reason}", resource.location)
        found[resource.logical_id] = _function(stack, resource, reason)
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
    if not runtime.startswith(RUNTIMES) and not re.fullmatch(r"nodejs\d+\.x", runtime):
        return f"its runtime is {runtime}, which the emulator does not have"
    return _reason_code_not_run(own.value("Code"))


def _reason_code_not_run(code: object) -> str | None:
    if isinstance(code, Block) and "ZipFile" in code:
        return None
    if isinstance(code, Block) or str(code).startswith("s3://"):
        return "its code is in S3"
    if str(code).endswith((".zip", ".jar")):
        return f"its code is packed in {code}; name the folder instead"
    return None


def _function(stack: Stack, resource: DeclaredResource, not_run: str | None) -> Function:
    own = stack.properties(resource)
    log = own.section("LoggingConfig")
    inline = isinstance(own.value("Code"), Block)  # any other mapping leads to a bucket: see _unrunnable_code
    return Function(
        logical_id=resource.logical_id,
        physical_name=name_of(stack, resource),
        arn=str(attribute_of(stack, resource, "Arn")),
        handler=own.text("Handler", *([""] if not_run or _is_os_only(own) else [])),
        runtime=own.text("Runtime", *([""] if not_run else [])),
        code_dir=_absolute(stack, ".") if inline or not_run else folder(stack, own, "Code"),
        timeout_seconds=own.integer("Timeout", 3),
        memory_mb=own.integer("MemorySize", 128),
        environment=own.section("Environment").table("Variables"),
        layers=_layers(stack, resource),
        reserved_concurrency=own.integer("ReservedConcurrentExecutions", None),
        event_invoke=_event_invoke(stack, resource),
        dead_letter=own.section("DeadLetterConfig").text("TargetArn", None),
        log_format=log.text("LogFormat", "Text"),
        application_log_level=_log_level(log, "ApplicationLogLevel"),
        system_log_level=_log_level(log, "SystemLogLevel") or "INFO",
        log_group=log.text("LogGroup", None),
        not_run=not_run,
        inline_code=own.section("Code").text("ZipFile") if inline and not not_run else None,
    )


def _is_os_only(own: Properties) -> bool:
    """Returns True for a runtime whose handler is the affair of its own bootstrap."""
    return own.text("Runtime").startswith("provided")


def _log_level(log: Properties, name: str) -> str | None:
    """Returns the level of a function that logs JSON; text has none.

    Documented (Lambda Developer Guide, "Log-level filtering"): INFO unless the template says otherwise.
    """
    if log.text("LogFormat", "Text") != "JSON":
        return None
    level = log.text(name, "INFO")
    if level not in LOG_LEVELS:
        raise log.error(name, f"{name} must be one of {', '.join(LOG_LEVELS)}, not {level}")
    return level


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
            text = f"{resource.logical_id} runs without the layer {arn}: it is not a folder of this template"
            stack.notice(text, own.location_of("Layers"))
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
            " what would go there is shown on the console",
            config.location_of("DestinationConfig"),
        )
    return arn
