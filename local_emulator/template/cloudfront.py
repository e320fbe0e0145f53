"""Reads the paths that CloudFront distributions of a template route to its APIs."""

from __future__ import annotations

from collections.abc import Iterator

from local_emulator.deployment import PublicPath, WebSocketApi
from local_emulator.template.properties import Properties
from local_emulator.template.stack import Stack


def public_paths(stack: Stack, apis: tuple[WebSocketApi, ...]) -> tuple[PublicPath, ...]:
    """Returns every path pattern with one of `apis` as origin, also of distributions whose condition is false.

    A laptop has no CloudFront, so a template that leaves the distribution out keeps its path here.
    """
    return tuple(
        path
        for resource in stack.of_type("AWS::CloudFront::Distribution", existing=False)
        for path in _paths(stack, resource.logical_id, apis)
    )


def _paths(stack: Stack, distribution: str, apis: tuple[WebSocketApi, ...]) -> Iterator[PublicPath]:
    tolerant = stack.tolerant()
    config = tolerant.properties(stack.resources[distribution]).section("DistributionConfig")
    origins = {origin.text("Id"): origin for origin in config.sections("Origins")}
    for behavior in config.sections("CacheBehaviors"):
        origin = origins.get(behavior.text("TargetOriginId"))
        api = _api_behind(tolerant, origin, apis) if origin else None
        if origin and api:
            _notice_unemulated_behavior(stack, distribution, behavior)
            yield PublicPath(
                behavior.text("PathPattern"), api.logical_id, api.stage_name, _headers(origin), distribution
            )


def _api_behind(stack: Stack, origin: Properties, apis: tuple[WebSocketApi, ...]) -> WebSocketApi | None:
    """Returns the API whose execute-api host is the origin's domain and whose stage is the origin's path."""
    api_id = origin.text("DomainName").split(".")[0]
    stage = origin.text("OriginPath", "").strip("/")
    candidates = [api for api in apis if api.api_id == api_id]
    return next((api for api in candidates if api.stage_name == stage), candidates[0] if candidates else None)


def _headers(origin: Properties) -> dict[str, str]:
    return {header.text("HeaderName"): header.text("HeaderValue") for header in origin.sections("OriginCustomHeaders")}


def _notice_unemulated_behavior(stack: Stack, distribution: str, behavior: Properties) -> None:
    path = behavior.text("PathPattern")
    kinds = {"FunctionAssociations": "CloudFront Functions are", "LambdaFunctionAssociations": "Lambda@Edge is"}
    found = [words for name, words in kinds.items() if list(behavior.sections(name))]
    for words in found:
        text = f"{distribution}: {words} not run; {path} leads straight to the stage"
        stack.notice(text, behavior.location_of("PathPattern"))
    if not found:
        # API Gateway answers 403 to any path behind the stage, and CloudFront passes the path on.
        text = f"{distribution}: nothing rewrites {path}, so in AWS the gateway would answer 403"
        stack.notice(text, behavior.location_of("PathPattern"))
