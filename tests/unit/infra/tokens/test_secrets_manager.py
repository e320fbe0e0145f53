"""Secrets that are rotated where they are stored reach a process that goes on."""

import json

import pytest

from domain.token_errors import KeysUnavailableError
from infra.tokens.secrets_manager import StoredSecrets
from testing.provider import SettableClock

OLD, NEW = "an older secret of thirty-two bytes", "a newer secret of thirty-two bytes!"


class Store:
    """A secret that counts how often it is read, and may be out of reach."""

    def __init__(self) -> None:
        self.text, self.reads, self.down = json.dumps([OLD]), 0, False

    def read(self) -> str:
        self.reads += 1
        if self.down:
            raise KeysUnavailableError(problem="AccessDeniedException")
        return self.text


def test_an_appended_secret_is_known_after_five_minutes() -> None:
    store, clock = Store(), SettableClock()
    keys = StoredSecrets(store.read, clock=clock)
    assert keys.candidates("HS256", None) == [OLD.encode()]
    store.text = json.dumps([OLD, NEW])

    assert keys.candidates("HS256", "any") == [OLD.encode()]
    clock.seconds += 300
    assert keys.candidates("HS256", None) == [NEW.encode(), OLD.encode()]
    assert store.reads == 2


@pytest.mark.parametrize("broken", ["", "[]", '["short"]', "{}"])
def test_a_broken_list_leaves_the_last_good_one_in_force_for_an_hour(broken: str) -> None:
    store, clock = Store(), SettableClock()
    keys = StoredSecrets(store.read, clock=clock)
    keys.candidates("HS256", None)
    store.text = broken

    clock.seconds += 3599
    assert keys.candidates("HS256", None) == [OLD.encode()]
    clock.seconds += 1
    with pytest.raises(KeysUnavailableError):
        keys.candidates("HS256", None)


def test_a_store_that_is_out_of_reach_is_asked_once_per_30_seconds() -> None:
    store, clock = Store(), SettableClock()
    keys = StoredSecrets(store.read, clock=clock)
    store.down = True
    for _ in range(3):
        with pytest.raises(KeysUnavailableError, match="AccessDeniedException"):
            keys.candidates("HS256", None)
    assert store.reads == 1

    store.down = False
    clock.seconds += 30
    assert keys.candidates("HS256", None) == [OLD.encode()]
