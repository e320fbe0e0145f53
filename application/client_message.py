"""A message of a client, before it is answered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from domain.action import Action
from domain.disconnect import BAD_REQUEST
from domain.protocol import MessageRefusedError

if TYPE_CHECKING:
    from infra.thread_pool import SecondsLeft


@dataclass(frozen=True, slots=True)
class ClientMessage:
    """A message of a client: its action, or the reason to refuse it. `about` holds fields for the log.

    `seconds_left` is the time that sends to other connections may take.
    """

    user_id: str
    connection_id: str
    about: Mapping[str, str]
    action: Action | None
    refused: MessageRefusedError | None
    seconds_left: SecondsLeft

    @property
    def is_malformed(self) -> bool:
        """Returns True for a malformed message; an unknown action or a long message may come from another version."""
        return self.refused is not None and self.refused.code == BAD_REQUEST.code
