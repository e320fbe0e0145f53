"""One resource as a template declares it."""

from __future__ import annotations

from dataclasses import dataclass

from local_emulator.cloudformation.document import Block


@dataclass(frozen=True)
class Declared:
    """A resource before anything in it is evaluated. `condition` is a name of Conditions, if it has one."""

    logical_id: str
    type: str
    properties: Block
    condition: str | None = None
    line: int = 0

    def generates(self, logical_id: str, type: str, properties: dict[str, object]) -> Declared:
        """Another resource that stands for a part of this one: same place, same condition."""
        block = Block(
            {name: value for name, value in properties.items() if value is not None},
            self.properties.line or self.line,
            self.properties.lines,
        )
        return Declared(logical_id, type, block, self.condition, self.line)
