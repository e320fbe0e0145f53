"""Finds the asset folder of a resource whose template names only a key in a bucket.

The AWS CDK writes the folder into the metadata of the resource for tools that run templates on a laptop, such as
`sam local` (aws/aws-cdk#1433).
"""

from __future__ import annotations

from local_emulator.template.document import Block

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
