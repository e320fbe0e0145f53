"""A pattern of the keys under which uploads lie in a bucket, such as `uploads/{userId}/{uploadId}`."""

from __future__ import annotations

import re
from collections.abc import Sequence

from domain.user_id import decode_user_id

REQUIRED = frozenset({"userId", "uploadId"})
PLACEHOLDER = re.compile(r"\{(\w*)\}")


class KeyPattern:
    """Reads the placeholders of a key. `{userId}` and `{uploadId}` are required; `{fileName}` is used.

    A placeholder stands for one part of the path. The last one stands for the rest of the key, if nothing follows it
    and it is not `{userId}`: a user id is percent-encoded (domain/user_id.py).
    """

    def __init__(self, pattern: str) -> None:
        """Raises ValueError for a pattern that could not name an upload, or that reads one key in two ways."""
        literals_and_names = PLACEHOLDER.split(pattern)
        literals, names = literals_and_names[::2], literals_and_names[1::2]
        if not REQUIRED.issubset(names) or len(set(names)) < len(names) or not all(map(str.isidentifier, names)):
            raise ValueError(f"UploadKeyPattern {pattern}: must hold {{userId}} and {{uploadId}}, no placeholder twice")
        if not _is_unambiguous(literals, names):
            raise ValueError(
                f"UploadKeyPattern {pattern}: must have a slash on both sides of {{userId}} and between placeholders"
            )
        self.has_ids_alone = REQUIRED.issuperset(names)
        parts = [re.escape(literals[0])]
        for name, literal in zip(names, literals[1:], strict=True):
            is_rest = name == names[-1] != "userId" and not literal
            parts.append(f"(?P<{name}>{'.+' if is_rest else '[^/]+'}){re.escape(literal)}")
        self._expression = re.compile("".join(parts), re.DOTALL)

    def read(self, key: str) -> dict[str, str] | None:
        """Returns the values of the placeholders in this key, or None if the key does not match.

        The key itself is plain; `userId` in it is percent-encoded. It is "", which is no id, if it is encoded wrongly.
        """
        found = self._expression.fullmatch(key)
        if found is None:
            return None
        return found.groupdict() | {"userId": decode_user_id(found["userId"]) or ""}


def _is_unambiguous(literals: Sequence[str], names: Sequence[str]) -> bool:
    """Returns True if no key can be split in two ways.

    A user's id may hold any other delimiter. With another delimiter than a slash, the name that a user gives an upload
    would decide on part of the user's id. The ends of a key delimit as well as a slash does.
    """
    place = names.index("userId")
    before, after = literals[place], literals[place + 1]
    starts = before.endswith("/") or (not before and place == 0)
    ends = after.startswith("/") or (not after and place == len(names) - 1)
    return starts and ends and all("/" in literal for literal in literals[1:-1])
