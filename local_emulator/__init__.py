"""A local emulator of API Gateway's WebSocket APIs, Lambda and Lambda's event sources.

`from local_emulator import Emulator` starts one from Python (docs/use-the-emulator.md).
"""

from typing import TYPE_CHECKING, Any

from local_emulator.version import __version__ as __version__

if TYPE_CHECKING:
    from local_emulator.control.emulator import Emulator as Emulator

__all__ = ["Emulator", "__version__"]


def __getattr__(name: str) -> Any:
    """Imports Emulator when it is first used: the emulator's own processes do not need it."""
    if name == "Emulator":
        from local_emulator.control.emulator import Emulator

        return Emulator
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
