"""Where in a bucket uploads lie: a pattern of keys such as `uploads/{userId}/{uploadId}`."""

from __future__ import annotations

import re

REQUIRED = frozenset({"userId", "uploadId"})
PLACEHOLDER = re.compile(r"\{(\w*)\}")


class KeyPattern:
    """Reads a key's placeholders. `{userId}` and `{uploadId}` must be in the pattern; `{fileName}` is told, others not.

    A placeholder stands for one part of the path; the last one, if nothing follows it, for all that is left.
    """

    def __init__(self, pattern: str) -> None:
        """Raises ValueError for a pattern that could not name an upload."""
        literals_and_names = PLACEHOLDER.split(pattern)
        names = literals_and_names[1::2]
        if not REQUIRED.issubset(names) or len(set(names)) < len(names) or not all(map(str.isidentifier, names)):
            raise ValueError(f"{pattern}: must hold {{userId}} and {{uploadId}}, and no placeholder twice")
        ends_open = pattern.endswith("}")
        parts = [re.escape(literals_and_names[0])]
        for number, (name, literal) in enumerate(zip(names, literals_and_names[2::2], strict=True), 1):
            rest = ends_open and number == len(names)
            parts.append(f"(?P<{name}>{'.+' if rest else '[^/]+'}){re.escape(literal)}")
        self._expression = re.compile("".join(parts), re.DOTALL)

    def read(self, key: str) -> dict[str, str] | None:
        """What the placeholders stand for in this key (not URL-encoded), or None if it is no upload's."""
        found = self._expression.fullmatch(key)
        return found.groupdict() if found else None
