from hypothesis import given
from hypothesis import strategies as st

from local_emulator.inspector.ring_buffer import RECORD_CHARS, RingBuffer


@given(st.lists(st.integers(0, 3000), max_size=60), st.integers(1, 20), st.integers(RECORD_CHARS, 20_000))
def test_the_newest_are_kept_within_both_bounds(sizes: list[int], max_records: int, max_chars: int) -> None:
    ring = RingBuffer(max_records, max_chars)
    for number, size in enumerate(sizes, 1):
        ring.append((number,), size)
        assert len(ring) <= max_records
        assert ring.chars <= max_chars

    kept = [record for _, record in ring.before(ring.last + 1, 1000)]
    assert kept == [(number,) for number in range(len(sizes), len(sizes) - len(ring), -1)]
    assert ring.last == len(sizes)
    assert ring.chars == sum(size + RECORD_CHARS for size in sizes[len(sizes) - len(ring) :])
    if len(ring) < min(len(sizes), max_records):
        dropped = sizes[len(sizes) - len(ring) - 1] + RECORD_CHARS
        assert ring.chars + dropped > max_chars


@given(st.integers(0, 30), st.integers(1, 10), st.integers(-5, 40), st.integers(0, 15))
def test_pages_in_both_directions_have_the_numbers_that_were_given(
    added: int, most: int, place: int, page: int
) -> None:
    ring = RingBuffer(most)
    for number in range(1, added + 1):
        ring.append((number,), 0)
    kept = range(ring.first, ring.last + 1)

    assert ring.before(place, page) == [(one, (one,)) for one in reversed(kept) if one < place][:page]
    newer = [(one, (one,)) for one in kept if one > place]
    assert ring.after(place, page) == newer[len(newer) - min(page, len(newer)) :]
    assert ring.find(place) == ((place,) if place in kept else None)


def test_what_comes_after_a_clearing_is_numbered_on() -> None:
    ring = RingBuffer()
    ring.append(("a",), 1)
    ring.clear()
    assert (len(ring), ring.chars, ring.after(0, 10)) == (0, 0, [])
    ring.append(("b",), 1)
    assert ring.after(0, 10) == [(2, ("b",))]
