"""Reads the functions of a template."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from local_emulator.deployment import LOG_LEVELS, EventInvoke, Function
from local_emulator.template.code_locations import NoLocalCodeError, code_location
from local_emulator.template.document import Block, Location
from local_emulator.template.known_layers import replacement_of
from local_emulator.template.properties import Properties
from local_emulator.template.resource import DeclaredResource
from local_emulator.template.return_values import attribute_of, name_of, reference_to
from local_emulator.template.stack import Stack
from local_emulator.template.unbuilt_code import LAYER_FOLDERS, missing_handler, unbuilt_layer

# The runtimes that the emulator has.
RUNTIMES = ("python3.", "provided.al2")
DELIVERABLE = ("arn:aws:sqs:", "arn:aws:lambda:")


def functions(stack: Stack) -> dict[str, Function]:
    """Returns the functions by logical id; those that cannot run here are named in the stack's notices too."""
    found = {}
    for resource in stack.of_type("AWS::Lambda::Function"):
        function = _function(stack, resource)
        if function.not_run is not None:
            stack.notice(f"{function.logical_id} is not run: {function.not_run}", resource.location)
        found[function.logical_id] = function
    for archive, names in _archives(found.values()).items():
        stack.notice(f"is unpacked for {', '.join(names)}", Location(archive))
    return found


def _archives(functions: Iterable[Function]) -> dict[Path, list[str]]:
    """Returns the zip archives among the code, each with the functions that have it."""
    found: dict[Path, list[str]] = {}
    for function in functions:
        for place in (function.code_dir, *function.layers):
            if place.is_file():
                found.setdefault(place, []).append(function.logical_id)
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
    return None


def _function(stack: Stack, resource: DeclaredResource) -> Function:
    own = stack.properties(resource)
    log = own.section("LoggingConfig")
    inline = _inline_code(own)
    code, not_run = _code(stack, resource, inline)
    function = Function(
        logical_id=resource.logical_id,
        physical_name=name_of(stack, resource),
        arn=str(attribute_of(stack, resource, "Arn")),
        # The handler of an OS-only runtime is the affair of its own bootstrap.
        handler=own.text("Handler", *([""] if not_run or own.text("Runtime").startswith("provided") else [])),
        runtime=own.text("Runtime", *([""] if not_run else [])),
        code_dir=code,
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
        inline_code=None if not_run else inline,
    )
    _notice_unbuilt(stack, own, function)
    return function


def _code(stack: Stack, resource: DeclaredResource, inline: str | None) -> tuple[Path, str | None]:
    """Returns the place of a function's code, and the reason if the function cannot run here."""
    reason = _reason_not_run(stack, resource)
    if reason is None and inline is None:
        try:
            return code_location(stack, resource, "Code"), None
        except NoLocalCodeError as missing:
            reason = str(missing)
    return resource.location.path.parent.absolute(), reason


def _notice_unbuilt(stack: Stack, own: Properties, function: Function) -> None:
    """Names a handler that no call can reach. Its code may be in a layer that is not read here."""
    reason = None if function.not_run or own.texts("Layers") else missing_handler(function)
    if reason is not None:
        stack.notice(f"{own.owner}: {reason}", own.location_of("Handler"))


def _inline_code(own: Properties) -> str | None:
    """Returns the text of `ZipFile`, which is code and no archive."""
    return own.section("Code").text("ZipFile", None) if isinstance(own.value("Code"), Block) else None


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


def _layers(stack: Stack, resource: DeclaredResource) -> tuple[Path, ...]:
    known = {reference_to(stack, layer): layer for layer in stack.of_type("AWS::Lambda::LayerVersion")}
    found = []
    own = stack.properties(resource)
    for arn in own.texts("Layers"):
        if arn not in known:
            instead = replacement_of(arn)
            reason = f"instead: {instead}" if instead else "it is not of this template"
            stack.notice(f"{resource.logical_id} runs without the layer {arn}: {reason}", own.location_of("Layers"))
            continue
        try:
            found.append(code_location(stack, known[arn], "Content"))
            source = unbuilt_layer(found[-1])
            if source is not None:
                text = f"{known[arn].logical_id} has {source} and none of the folders {', '.join(LAYER_FOLDERS)}"
                stack.notice(f"{text}: it is still to be built", known[arn].location)
        except NoLocalCodeError as reason:
            text = f"{resource.logical_id} runs without the layer {known[arn].logical_id}: {reason}"
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
