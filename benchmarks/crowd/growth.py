"""How the emulator's memory grows, and how much of that is what it stores."""

from __future__ import annotations

from dataclasses import dataclass, field

PRINT_EVERY = 30  # looks
# moto keeps some 10 KB for a row of twenty attributes. What is lost at each of an upload's updates comes to more.
MAX_BYTES_PER_UPLOAD = 16 * 1024
MAX_SHARE = 0.05  # whatever it is for


@dataclass
class Growth:
    """Since `begins_at` seconds; `looks` are (seconds, bytes, uploads stored). No bytes where nobody can look."""

    begins_at: float
    looks: list[tuple[float, int, int]] = field(default_factory=list)

    def note(self, elapsed: float, size: int, uploads: int) -> None:
        self.looks.append((elapsed, size, uploads))
        if len(self.looks) % PRINT_EVERY == 1:
            print(f"{elapsed:6.0f} s  {size / 1e6:7.1f} MB", flush=True)

    @property
    def share(self) -> float:
        (_, before, _), (_, after, _) = self._ends
        return after / before - 1 if before else 0.0

    @property
    def bytes_per_upload(self) -> float:
        (_, before, stored), (_, after, all_stored) = self._ends
        return (after - before) / max(1, all_stored - stored)

    @property
    def flat(self) -> bool:
        """Whether nothing grows but the tables."""
        return self.share <= MAX_SHARE or self.bytes_per_upload <= MAX_BYTES_PER_UPLOAD

    @property
    def _ends(self) -> tuple[tuple[float, int, int], tuple[float, int, int]]:
        first = next((look for look in self.looks if look[0] >= self.begins_at), self.looks[-1])
        return first, self.looks[-1]
