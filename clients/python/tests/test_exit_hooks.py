import time

import pytest

from upload_progress_reporter.exit_hooks import AT_ONCE_SECONDS, EXIT_SECONDS, ExitHooks


class Flushes:
    """Stands for all senders: takes `takes` seconds in vain, and keeps how long it might have taken."""

    def __init__(self, takes: float = 0.0) -> None:
        self.takes = takes
        self.given: list[float] = []

    def __call__(self, seconds: float) -> bool:
        self.given.append(seconds)
        time.sleep(min(self.takes, seconds))
        return False


def test_all_hooks_of_a_process_share_one_deadline(caplog: pytest.LogCaptureFixture) -> None:
    flushes = Flushes(takes=0.2)
    hooks = ExitHooks(flushes)
    for _ in range(3):
        hooks.flush()
    first, second, third = flushes.given
    assert first == EXIT_SECONDS and second <= first - 0.2 and third <= second - 0.2
    assert caplog.messages == ["The process ends before every update has left."]


def test_a_child_has_a_deadline_of_its_own() -> None:
    flushes = Flushes(takes=0.1)
    hooks = ExitHooks(flushes)
    hooks.flush()
    hooks.after_fork()
    hooks.flush()
    assert flushes.given == [EXIT_SECONDS, EXIT_SECONDS]


def test_a_vain_wait_at_the_end_of_a_block_is_not_repeated_at_exit() -> None:
    flushes = Flushes()
    hooks = ExitHooks(flushes)
    hooks.note_vain_wait(EXIT_SECONDS)
    hooks.flush()
    assert flushes.given == [0.0]


def test_a_vain_wait_of_long_ago_does_not_shorten_the_wait_at_exit(monkeypatch: pytest.MonkeyPatch) -> None:
    flushes, seconds = Flushes(), [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: seconds[0])
    hooks = ExitHooks(flushes)
    hooks.note_vain_wait(EXIT_SECONDS)
    seconds[0] += AT_ONCE_SECONDS
    hooks.flush()
    assert flushes.given == [EXIT_SECONDS]
