"""Changes to the methods of a library, which can all be taken back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Method = Callable[..., Any]


class Patches:
    """Wraps methods, for the whole process, until they are removed."""

    def __init__(self) -> None:
        self._stock: list[tuple[Any, str, Any]] = []

    def __bool__(self) -> bool:
        return bool(self._stock)

    def wrap(self, owner: Any, name: str, wrap: Callable[[Method], Method]) -> None:
        """Lets `wrap` make the method of that name from the one that is there, inherited or not."""
        self.replace(owner, name, wrap(getattr(owner, name)))

    def replace(self, owner: Any, name: str, value: Any) -> None:
        self._stock.append((owner, name, vars(owner).get(name, _INHERITED)))
        setattr(owner, name, value)

    def remove(self) -> None:
        while self._stock:
            owner, name, stock = self._stock.pop()
            if stock is _INHERITED:
                delattr(owner, name)
            else:
                setattr(owner, name, stock)


_INHERITED = object()
