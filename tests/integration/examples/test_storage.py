"""What the storage refuses before anything moves."""

import pytest

from examples.upload_server.refusals import RefusedError
from examples.upload_server.storage import Storage
from tests.integration.examples.conftest import KEYS


def test_there_is_room_for_so_many_files_and_again_when_one_is_given_back(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)
    storage = Storage("uploads", None, places=2)
    storage.reserve()
    storage.reserve()
    with pytest.raises(RefusedError) as refused:
        storage.reserve()
    assert (refused.value.status, refused.value.retry_after_seconds) == (503, 5)
    storage.give_back()
    storage.reserve()
