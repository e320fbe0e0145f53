"""Describes an API whose routes come from the command line, because it was made in the console."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from local_emulator.deployment import Deployment, Function, Resource, Route, RouteOption, WebSocketApi
from local_emulator.template.return_values import generated_id

API, STAGE, ACCOUNT = "Api", "prod", "123456789012"
# A template would say; Lambda's own defaults (3 s, 128 MB) are seldom what a function in use has.
TIMEOUT_SECONDS, MEMORY_MB = 29, 1024


def deployment_of_routes(
    routes: tuple[RouteOption, ...],
    variables: Mapping[str, str],
    region: str,
    api_ids: Mapping[str, str],
    tables: tuple[Resource, ...],
) -> Deployment:
    """Returns a deployment of one API with the stage `prod`, and a function with the variables for each handler."""
    names = _names(routes)
    functions = {name: _function(name, handler, variables, region) for handler, name in names.items()}
    return Deployment(
        path=Path("."),
        region=region,
        account_id=ACCOUNT,
        stack_name="local",
        parameters={},
        apis=(_api({option.key: names[_handler(option)] for option in routes}, api_ids),),
        functions=functions,
        tables={table.logical_id: table for table in tables},
    )


def _api(functions: Mapping[str, str], api_ids: Mapping[str, str]) -> WebSocketApi:
    """Returns the API whose routes have these functions, which are given by route key."""
    return WebSocketApi(
        logical_id=API,
        api_id=api_ids.get(API) or generated_id(10, "local", API),
        name=API,
        route_selection_expression="$request.body.action",
        stage_name=STAGE,
        routes={
            key: Route(key=key, integration_type="AWS_PROXY", function=name, has_role=True)
            for key, name in functions.items()
        },
    )


Handler = tuple[Path, str, str]


def _handler(option: RouteOption) -> Handler:
    return option.file, option.handler, option.runtime


def _names(routes: Iterable[RouteOption]) -> dict[Handler, str]:
    """Returns a logical id for each handler, such as `ConnectHandler` for `connect.py:handler`."""
    names: dict[Handler, str] = {}
    for option in routes:
        words = re.findall(r"[A-Za-z0-9]+", f"{option.file.stem} {option.handler}")
        name = "".join(word[:1].upper() + word[1:] for word in words) or "Function"
        taken = sum(other.rstrip("0123456789") == name for other in names.values())
        names.setdefault(_handler(option), f"{name}{taken + 1}" if taken else name)
    return names


def _function(name: str, handler: Handler, variables: Mapping[str, str], region: str) -> Function:
    file, function, runtime = handler
    return Function(
        logical_id=name,
        physical_name=name,
        arn=f"arn:aws:lambda:{region}:{ACCOUNT}:function:{name}",
        handler=f"{file.stem}.{function}",
        runtime=runtime,
        code_dir=file.parent,
        timeout_seconds=TIMEOUT_SECONDS,
        memory_mb=MEMORY_MB,
        environment=variables,
    )
