"""Random names, a page at a time."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor
from itertools import count

from local_emulator.aio.id_pool import Pages, new_uuid


def test_every_name_of_a_page_is_given_once_and_in_its_order() -> None:
    numbers = count()
    pages = Pages(lambda: [str(next(numbers)) for _ in range(3)])
    assert [pages.take() for _ in range(7)] == ["0", "1", "2", "3", "4", "5", "6"]


def test_threads_never_get_the_same() -> None:
    numbers = count()
    pages = Pages(lambda: [str(next(numbers)) for _ in range(3)])
    with ThreadPoolExecutor(8) as threads:
        taken = list(threads.map(lambda _: pages.take(), range(4000)))
    assert len(set(taken)) == 4000


def test_a_new_uuid_is_one_of_version_4_and_never_the_same() -> None:
    made = {new_uuid() for _ in range(1000)}
    assert len(made) == 1000
    assert {(uuid.UUID(one).version, uuid.UUID(one).variant) for one in made} == {(4, uuid.RFC_4122)}
    assert all(str(uuid.UUID(one)) == one for one in made)
