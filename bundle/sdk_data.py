"""The AWS SDK's data, without what our functions never look at.

For each client, botocore lists the directories of all its 430 services and parses everything about one of them,
documentation included. With four services, and of these what we call, a client is there in a third of the time.
"""

from __future__ import annotations

import gzip
import json
import shutil
from pathlib import Path
from typing import Any

# What template.yaml's roles allow, in the words of the services' models.
OPERATIONS = {
    "dynamodb": frozenset({"BatchGetItem", "DeleteItem", "PutItem", "Query", "UpdateItem"}),
    "lambda": frozenset({"Invoke"}),
    "secretsmanager": frozenset({"GetSecretValue"}),
    "sqs": frozenset({"ChangeMessageVisibilityBatch", "SendMessage"}),
}
# Examples, paginators and waiters are not used.
KEPT = ("service-2", "endpoint-rule-set-1")
DOCUMENTATION = frozenset({"documentation", "documentationUrl"})


def slim_down(data: Path) -> None:
    """Leaves in botocore's data directory only what `OPERATIONS` need, in its newest version."""
    for folder in [path for path in data.iterdir() if path.is_dir()]:
        if folder.name in OPERATIONS:
            _slim_service(folder, OPERATIONS[folder.name])
        else:
            shutil.rmtree(folder)
    endpoints = data / "endpoints.json"
    _write(endpoints, _of_our_services(_read(endpoints)))


def only(operations: frozenset[str], model: dict[str, Any]) -> dict[str, Any]:
    """A service's model with these operations and the shapes that they lead to. Raises KeyError for an unknown one."""
    kept = {name: {**model["operations"][name]} for name in sorted(operations)}
    for operation in kept.values():
        operation.pop("operationContextParams", None)  # for endpoints of an account, which the functions switch off
    shapes: dict[str, Any] = {}
    wanted = _shapes_named_in(list(kept.values()))
    while wanted:
        name = wanted.pop()
        if name not in shapes:
            shapes[name] = model["shapes"][name]
            wanted += _shapes_named_in(shapes[name])
    return {**model, "operations": kept, "shapes": dict(sorted(shapes.items()))}


def undocumented(model: Any) -> Any:
    """A model without its prose; a shape or member that is itself named `documentation` stays."""
    if isinstance(model, dict):
        kept = {k: v for k, v in model.items() if k not in DOCUMENTATION or not isinstance(v, str)}
        return {name: undocumented(value) for name, value in kept.items()}
    return [undocumented(one) for one in model] if isinstance(model, list) else model


def _slim_service(folder: Path, operations: frozenset[str]) -> None:
    *older, newest = sorted(folder.iterdir())
    for version in older:
        shutil.rmtree(version)
    for file in sorted(newest.iterdir()):
        kind, _, suffix = file.name.partition(".")
        if kind not in KEPT:
            file.unlink()
            continue
        model = undocumented(_read(file))
        is_whole = kind == "service-2" and not suffix.startswith("sdk-extras")
        _write(file, only(operations, model) if is_whole else model)


def _shapes_named_in(part: Any) -> list[str]:
    """Returns the name in every `{"shape": NAME}` of a node."""
    if isinstance(part, list):
        return [name for one in part for name in _shapes_named_in(one)]
    if not isinstance(part, dict):
        return []
    named = [part["shape"]] if isinstance(part.get("shape"), str) else []
    return named + [name for one in part.values() for name in _shapes_named_in(one)]


def _of_our_services(endpoints: Any) -> Any:
    """Every partition stays, with the regions that our services have there."""
    for partition in endpoints["partitions"]:
        partition["services"] = {k: v for k, v in partition["services"].items() if k in OPERATIONS}
    return endpoints


def _read(file: Path) -> Any:
    content = file.read_bytes()
    return json.loads(gzip.decompress(content) if file.suffix == ".gz" else content)


def _write(file: Path, content: Any) -> None:
    """Under the same name, which the package's own list of files knows; the same content makes the same bytes."""
    text = json.dumps(content, separators=(",", ":")).encode()
    file.write_bytes(gzip.compress(text, mtime=0) if file.suffix == ".gz" else text)
