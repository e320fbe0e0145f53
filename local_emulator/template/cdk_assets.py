"""Finds the assets of resources whose template names only a key in a bucket.

The AWS CDK writes the folder into the metadata of the resource, for tools such as `sam local` (aws/aws-cdk#1433). An
app that runs without the CDK's command line writes no metadata. Its list of assets (`NAME.assets.json`, the schema of
cloud-assembly-schema's asset manifest) is always there.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from local_emulator.template.document import Block, load

TEMPLATE, ASSETS = ".template.json", ".assets.json"
FOLDER, PROPERTY = "aws:asset:path", "aws:asset:property"


def with_asset(resource: Block, properties: Block) -> Block:
    """Returns the properties of a resource with the folder of its asset instead of the key in a bucket."""
    metadata = resource.get("Metadata")
    if not isinstance(metadata, Block) or not isinstance(metadata.get(FOLDER), str):
        return properties
    name = metadata.get(PROPERTY)
    if not isinstance(name, str) or name not in properties:  # `Code.ImageUri` is the folder of a Dockerfile
        return properties
    locations = properties.locations | {name: metadata.location_of(FOLDER)}
    return Block({**properties, name: metadata[FOLDER]}, properties.location, locations)


def asset_files(template: Path) -> dict[str, tuple[str, Path]]:
    """Returns the assets beside a template of `cdk synth`, by key in the bucket: path, folder that it is relative to.

    Raises InvalidTemplateError for a list of assets that is no JSON mapping.
    """
    if not template.name.endswith(TEMPLATE):
        return {}
    lists = sorted(template.parent.glob(f"*{ASSETS}"))
    return {key: (path, file.parent) for file in lists for key, path in _listed(load(file))}


def _listed(assets: Block) -> Iterator[tuple[str, str]]:
    for file in _blocks(assets.get("files")):
        source = file.get("source")
        path = source.get("path") if isinstance(source, Block) else None
        for destination in _blocks(file.get("destinations")):
            if isinstance(path, str) and isinstance(destination.get("objectKey"), str):
                yield destination["objectKey"], path


def _blocks(value: object) -> Iterator[Block]:
    yield from (item for item in value.values() if isinstance(item, Block)) if isinstance(value, Block) else ()
