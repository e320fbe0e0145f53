from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local_emulator.faults.latency import read_latency
from local_emulator.faults.registry import MAX_FAULTS, Fault, FaultRegistry, Strike, Subject, TooManyFaultsError

KIND = "management-error"
ANYBODY = Subject("someone", {})


def registry() -> tuple[FaultRegistry, list[tuple[Strike, Subject]]]:
    told: list[tuple[Strike, Subject]] = []
    return FaultRegistry(lambda strike, subject: told.append((strike, subject))), told


def struck(faults: FaultRegistry, occasions: int, subject: Subject = ANYBODY, kind: str = KIND) -> list[int]:
    """The occasions, from 1, at which something struck."""
    return [number for number in range(1, occasions + 1) if faults.strike(kind, subject, number)]


@given(st.integers(0, 20), st.none() | st.integers(1, 20), st.integers(0, 60))
def test_it_lets_the_first_pass_then_strikes_so_often_and_then_never_again(
    after: int, times: int | None, occasions: int
) -> None:
    faults, told = registry()
    one = faults.add(Fault(KIND, after=after, times=times), now=0)

    last = occasions if times is None else min(occasions, after + times)
    assert struck(faults, occasions) == list(range(after + 1, last + 1))
    assert [strike.number for strike, _ in told] == list(range(1, one.strikes + 1))
    assert one.spent == (times is not None and one.strikes == times)
    assert one.struck_at == (last if last > after else None)
    assert bool(faults) == (not one.spent)


@given(st.floats(0.01, 1), st.integers(0), st.integers(0, 10), st.integers(1, 10))
def test_the_same_seed_strikes_at_the_same_occasions(share: float, seed: int, after: int, times: int) -> None:
    fault = Fault(KIND, after=after, times=times, probability=share, seed=seed)
    runs = []
    for _ in range(2):
        faults, _ = registry()
        faults.add(fault, now=0)
        runs.append(struck(faults, 100))
    assert runs[0] == runs[1]
    assert len(runs[0]) <= times
    assert all(number > after for number in runs[0])


def test_it_strikes_at_about_the_share_it_is_given() -> None:
    faults, _ = registry()
    faults.add(Fault(KIND, probability=0.25, seed=1), now=0)
    assert 900 < len(struck(faults, 4000)) < 1100


names = st.sampled_from("abc")
aims = st.sampled_from(["connection", "user", "function"])


@given(st.dictionaries(aims, names), st.lists(st.dictionaries(aims, st.lists(names)), max_size=20))
def test_only_what_fits_every_aim_is_counted_and_struck(
    target: dict[str, str], subjects: list[dict[str, list[str]]]
) -> None:
    faults, told = registry()
    one = faults.add(Fault(KIND, target), now=0)
    fitting = [it for it in subjects if all(name in it.get(aim, ()) for aim, name in target.items())]
    for it in subjects:
        faults.strike(KIND, Subject("it", it), 0)

    assert [subject.names for _, subject in told] == fitting
    assert one.seen.total() == len(fitting)


@given(st.integers(1, 6), st.integers(0, 6), st.lists(names, max_size=60))
def test_every_nth_call_is_counted_for_each_function_by_itself(every: int, after: int, calls: list[str]) -> None:
    faults, _ = registry()
    faults.add(Fault("cold-start", after=after, settings={"every": every}), now=0)
    seen: dict[str, int] = {}
    for function in calls:
        seen[function] = seen.get(function, 0) + 1
        number = seen[function] - after
        expected = number >= 1 and (number - 1) % every == 0
        assert (faults.strike("cold-start", Subject(function, {"function": [function]}), 0) is not None) == expected


@given(st.lists(names, max_size=40))
def test_without_every_only_the_first_call_of_each_function_is_struck(calls: list[str]) -> None:
    faults, told = registry()
    faults.add(Fault("cold-start"), now=0)
    for function in calls:
        faults.strike("cold-start", Subject(function, {"function": [function]}), 0)
    assert [subject.about for _, subject in told] == list(dict.fromkeys(calls))


def test_the_one_switched_on_first_strikes_until_it_is_spent_and_then_the_next() -> None:
    faults, told = registry()
    first = faults.add(Fault(KIND, times=2), now=0)
    second = faults.add(Fault(KIND, times=1), now=0)
    struck(faults, 5)
    assert [strike.fault_id for strike, _ in told] == [first.id, first.id, second.id]


def test_another_kind_of_occasion_is_neither_counted_nor_struck() -> None:
    faults, _ = registry()
    one = faults.add(Fault(KIND), now=0)
    assert struck(faults, 3, kind="lost-disconnect") == []
    assert one.seen.total() == 0


def test_a_cleared_fault_strikes_no_more() -> None:
    faults, _ = registry()
    one, other = faults.add(Fault(KIND), now=0), faults.add(Fault("lost-disconnect"), now=0)

    assert faults.clear(one.id)
    assert not faults.clear(one.id)
    assert (struck(faults, 3), faults.ask(one, ANYBODY, 0)) == ([], None)
    assert list(faults) == [other]
    assert (faults.clear_all(), list(faults), bool(faults)) == (1, [], False)


def test_there_is_an_end_to_how_many_are_kept_and_spent_ones_make_room() -> None:
    faults, _ = registry()
    spent = faults.add(Fault("lost-disconnect", times=1), now=0)
    faults.strike("lost-disconnect", ANYBODY, 0)
    for _ in range(MAX_FAULTS):
        faults.add(Fault(KIND), now=0)

    assert faults.find(spent.id) is None
    with pytest.raises(TooManyFaultsError, match="100"):
        faults.add(Fault(KIND), now=0)
    assert len(list(faults)) == MAX_FAULTS


@given(st.integers(0))
def test_each_strike_draws_a_wait_of_its_own(seed: int) -> None:
    faults, told = registry()
    latency = read_latency("uniform(10, 900)")
    faults.add(Fault("management-latency", seed=seed, settings={"delayMs": latency}), now=0)
    struck(faults, 5, kind="management-latency")

    random = Random(seed)
    assert [strike.delay_seconds for strike, _ in told] == [random.uniform(10, 900) / 1000 for _ in range(5)]
