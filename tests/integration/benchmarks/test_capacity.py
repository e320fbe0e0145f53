"""What DynamoDB bills, by its Developer Guide."""

import pytest

from benchmarks.simulation.capacity import item_bytes, read_units, write_units

INDEX = ("dueShard", "dueAt")


def row(due_at: int = 1, **more: str) -> dict[str, dict[str, str]]:
    return {"dueShard": {"N": "3"}, "dueAt": {"N": str(due_at)}} | {name: {"S": text} for name, text in more.items()}


@pytest.mark.parametrize(
    ("value", "size"),
    [
        ({"S": "héllo"}, 6),
        ({"N": "1767268800123"}, 8),
        ({"N": "1767268800000"}, 5),
        ({"N": "123"}, 3),
        ({"N": "0"}, 1),
        ({"BOOL": True}, 1),
        ({"NULL": True}, 1),
        ({"M": {"idle": {"N": "12"}}}, 3 + 1 + 4 + 2),
        ({"L": [{"S": "ab"}, {"S": "c"}]}, 3 + 2 + 3),
    ],
)
def test_an_attribute_is_as_large_as_its_name_and_its_value(value: dict[str, object], size: int) -> None:
    assert item_bytes({"name": value}) == 4 + size


def test_a_new_row_is_one_unit_for_each_kilobyte_and_one_for_its_index_entry() -> None:
    assert write_units(None, row(), INDEX) == 2
    assert write_units(None, row(text="x" * 1100), INDEX) == 3


def test_an_update_that_moves_the_index_entry_deletes_one_and_puts_one() -> None:
    assert write_units(row(1), row(2), INDEX) == 3
    assert write_units(row(1), row(1, text="x"), INDEX) == 1


def test_a_delete_is_billed_for_what_was_there() -> None:
    assert write_units(row(text="x" * 3000), None, INDEX) == 4
    assert write_units(None, None, INDEX) == 1


def test_a_refused_write_is_billed_without_its_index() -> None:
    assert write_units(row(1), row(1), INDEX, written=False) == 1


def test_a_page_of_a_query_is_rounded_up_as_a_whole() -> None:
    assert read_units([], consistent=False) == 0.5
    assert read_units([1000] * 5, consistent=True) == 2
    assert read_units([1000] * 5, consistent=False) == 1
