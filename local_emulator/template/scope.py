"""The part of a stack that return values and secrets are computed from."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from local_emulator.template.document import Location
from local_emulator.template.properties import Properties
from local_emulator.template.resource import DeclaredResource


class Scope(Protocol):
    """Gives the stack's identity and its resources. `Stack` implements it, so that no import runs back to it."""

    name: str
    region: str
    account_id: str
    sqs_url: str

    @property
    def partition(self) -> str: ...
    @property
    def url_suffix(self) -> str: ...
    def arn(self, service: str, resource: str, regional: bool = True) -> str: ...
    def api_id(self, logical_id: str) -> str | None: ...
    def properties(self, resource: DeclaredResource) -> Properties: ...
    def of_type(self, *types: str) -> Iterator[DeclaredResource]: ...
    def notice(self, text: str, at: Location) -> None: ...
