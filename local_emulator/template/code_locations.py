"""Finds the code of functions and layers on this machine: a folder, or a zip archive as packagers write it."""

from __future__ import annotations

import os
from pathlib import Path, PurePosixPath

from local_emulator.template.code_archive import InvalidArchiveError, check_archive
from local_emulator.template.document import Block
from local_emulator.template.properties import Properties
from local_emulator.template.resource import DeclaredResource
from local_emulator.template.stack import Stack

BUCKET_KEYS = ("S3Key", "Key")
"""Names of the key in a bucket: CloudFormation's, SAM's."""
ARCHIVES = (".zip", ".jar")
LAYER = "Content"
"""The property of a layer, without which its functions may run all the same."""


class NoLocalCodeError(Exception):
    """Code that is not on this machine. Its text ends a sentence about the function or layer."""


def code_location(stack: Stack, resource: DeclaredResource, name: str) -> Path:
    """Returns the folder or zip archive that the property `name` (`Code`, `Content`) of a resource means.

    `--code` comes first. Without the property it is the template's folder: SAM CLI's default, and that of
    `aws cloudformation package`. A key in a bucket means the asset of a CDK stack, or a file of the same name beside
    the template. The Serverless Framework puts it there.

    Raises NoLocalCodeError for code in S3, and for an archive or layer that is still to be built. Raises
    InvalidTemplateError for a function's folder that is missing, and for an archive that is damaged.
    """
    own = stack.properties(resource)
    given = stack.context.code.get(resource.logical_id)
    if given is not None:
        return _checked(own, name, str(given), Path.cwd())
    value = own.value(name, ".")
    folder = resource.location.path.parent
    if isinstance(value, Block) or str(value).startswith("s3://"):
        return _checked(own, name, *_packed(stack, resource, value, folder))
    return _checked(own, name, own.text(name, "."), folder)


def _packed(stack: Stack, resource: DeclaredResource, value: object, folder: Path) -> tuple[str, Path]:
    """Returns a path, and the folder that it is relative to."""
    key = _key(value)
    if key in stack.context.assets:
        return stack.context.assets[key]
    file = PurePosixPath(key).name
    if file and (folder / file).is_file():
        return file, folder
    where = f"its code is in S3 ({key})" if key else "its code is in S3"
    raise NoLocalCodeError(f"{where}; --code {resource.logical_id}=PATH gives a folder or zip archive of it")


def _key(value: object) -> str:
    if isinstance(value, Block):
        return next((str(value[name]) for name in BUCKET_KEYS if name in value), "")
    return str(value).removeprefix("s3://").partition("/")[2]


def _checked(own: Properties, name: str, given: str, folder: Path) -> Path:
    path = Path(os.path.normpath((folder / given).absolute()))
    if path.is_dir():
        return path
    if not path.exists() and (given.endswith(ARCHIVES) or name == LAYER):
        raise NoLocalCodeError(f"its code {given} does not exist: it is still to be built")
    if not path.exists():
        raise own.error(name, f"the code {given} does not exist")
    if not given.endswith(ARCHIVES) and not _is_zip(path):
        raise own.error(name, f"the code {given} is neither a folder nor a zip archive")
    try:
        check_archive(path)
    except InvalidArchiveError as fault:
        raise own.error(name, f"the code {given} {fault}") from fault
    return path


def _is_zip(path: Path) -> bool:
    """Returns True for a file that begins like an archive, whatever its name: `sam package` names them by hash."""
    try:
        with path.open("rb") as file:
            return file.read(4) == b"PK\3\4"
    except OSError:
        return False
