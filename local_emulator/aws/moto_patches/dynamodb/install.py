"""Makes moto's DynamoDB fit for many users and long days; what it answers stays the same.

That changes moto's inside, which no version of moto promises to keep. So each process tries the changes once, on
a table of its own, and leaves a moto that they do not fit as it is.
"""

from __future__ import annotations

from functools import cache

import moto

from local_emulator.aws.moto_patches.patching import Patches
from local_emulator.aws.moto_patches.probe import probe


class FastDynamoDb:
    """The changes to moto, which is one per process; `notice` says so if they do not fit the moto that is installed."""

    def __init__(self) -> None:
        self.notice: str | None = None
        self._patches = Patches()

    def install(self) -> None:
        self.notice = lacking()
        if self.notice is None and not self._patches:
            install_patches(self._patches)

    def remove(self) -> None:
        self._patches.remove()


@cache
def lacking() -> str | None:
    """Returns why the changes do not fit the moto that is installed, or None if they do."""
    patches = Patches()
    try:
        install_patches(patches)
        probe()
    except Exception as problem:  # a changed inside fails in any way
        reason = f"{type(problem).__name__}: {problem}".splitlines()[0]
        return f"moto {moto.__version__}: queries read whole tables, because moto has changed inside ({reason})"
    finally:
        patches.remove()
    return None


def install_patches(patches: Patches) -> None:
    """Imports moto's inside only here, because another version of moto may lack it."""
    from local_emulator.aws.moto_patches.dynamodb.expressions import install_expressions
    from local_emulator.aws.moto_patches.dynamodb.item_size import install_sizes
    from local_emulator.aws.moto_patches.dynamodb.partitions import Partitions
    from local_emulator.aws.moto_patches.dynamodb.requests import install_requests
    from local_emulator.aws.moto_patches.dynamodb.serialization import install_answers
    from local_emulator.aws.moto_patches.untracked import install_tracking

    Partitions().install(patches)
    install_answers(patches)
    install_expressions(patches)
    install_sizes(patches)
    install_requests(patches)
    install_tracking(patches)
