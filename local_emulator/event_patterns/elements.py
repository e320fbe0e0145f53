"""Fields of a pattern that match leaves of one and the same element of every list they share. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from local_emulator.event_patterns.leaves import Leaves
from local_emulator.event_patterns.match_expressions import FieldTest

Chosen = frozenset[tuple[int, int]]
"""The elements that the leaves chosen so far belong to, by list."""


def have_common_elements(fields: tuple[tuple[str, FieldTest], ...], leaves: Leaves) -> bool:
    """Returns True if each field can have a leaf so that no list gives two elements.

    The fields are in the order of their paths. A field that must be absent is looked for among the elements chosen
    before it, as AWS does: a path that sorts earlier asks the whole event.
    """
    later = _lists_of_later_fields(fields, leaves)
    states: set[Chosen] = {frozenset()}
    for (path, test), lists in zip(fields, later, strict=True):
        found = leaves.get(path, [])
        accepted = {frozenset(places) for value, places in found if test.accepts(value)}
        following = set(_joined(states, accepted))
        if test.absent:
            every = {frozenset(places) for _, places in found}
            following |= {state for state in states if not any(_fit(state, places) for places in every)}
        # Lists that no later field has make no difference: without them, equal states are one.
        states = {frozenset(one for one in state if one[0] in lists) for state in following}
        if not states:
            return False
    return True


def _lists_of_later_fields(fields: tuple[tuple[str, FieldTest], ...], leaves: Leaves) -> list[set[int]]:
    lists: list[set[int]] = [set()]
    for path, _ in reversed(fields[1:]):
        lists.append(lists[-1] | {one for _, places in leaves.get(path, []) for one, _ in places})
    return lists[::-1]


def _joined(states: set[Chosen], accepted: set[Chosen]) -> Iterator[Chosen]:
    """Yields each state with the elements of each leaf that fits it."""
    by_lists: dict[frozenset[int], set[Chosen]] = {}
    for places in accepted:
        by_lists.setdefault(frozenset(one for one, _ in places), set()).add(places)
    for state in states:
        for lists, group in by_lists.items():
            shared = frozenset(one for one in state if one[0] in lists)
            if len(shared) == len(lists):  # every element is chosen already: there is nothing to search
                yield from (state,) if shared in group else ()
            else:
                yield from (state | places for places in group if _fit(state, places))


def _fit(state: Chosen, places: Iterable[tuple[int, int]]) -> bool:
    chosen = dict(state)
    return all(chosen.get(one, index) == index for one, index in places)
