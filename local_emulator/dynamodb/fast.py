"""Makes moto's DynamoDB fit for many users and long days; what it answers stays the same.

What that needs of moto's inside is known of one version; another is left as it is, and slow.
"""

from __future__ import annotations

import moto

from local_emulator.dynamodb.answers import install_answers
from local_emulator.dynamodb.expressions import install_expressions
from local_emulator.dynamodb.partitions import Partitions
from local_emulator.dynamodb.patches import Patches
from local_emulator.dynamodb.sizes import install_sizes
from local_emulator.dynamodb.tracking import install_tracking

KNOWN_MOTO = "5.2.5"


class FastDynamoDb:
    """The changes to moto, which is one per process; `notice` says so if they do not fit the moto that is installed."""

    def __init__(self, version: str = moto.__version__) -> None:
        known = version == KNOWN_MOTO
        self.notice = None if known else f"moto {version}: every query costs as much as its table (known: {KNOWN_MOTO})"
        self._partitions = Partitions()
        self._patches = Patches()

    def install(self) -> None:
        if self.notice is None and not self._patches:
            self._partitions.install(self._patches)
            install_answers(self._patches)
            install_expressions(self._patches)
            install_sizes(self._patches)
            install_tracking(self._patches)

    def remove(self) -> None:
        self._patches.remove()
