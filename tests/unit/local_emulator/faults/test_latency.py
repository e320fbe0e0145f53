from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local_emulator.faults.latency import MAX_MS, Latency, read_latency

wait = st.floats(0, MAX_MS)
latencies = st.one_of(
    wait.map(lambda value: Latency("fixed", (value,))),
    st.tuples(wait, wait).map(lambda pair: Latency("uniform", tuple(sorted(pair)))),
    st.tuples(wait, wait).map(lambda pair: Latency("normal", pair)),
    wait.map(lambda mean: Latency("exponential", (mean,))),
    st.lists(wait, min_size=1, max_size=9).map(lambda values: Latency("list", tuple(values))),
)


@given(latencies, st.integers(), st.integers(1, 100))
def test_a_wait_is_never_negative_and_never_endless(latency: Latency, seed: int, number: int) -> None:
    assert 0 <= latency.sample(Random(seed), number) <= MAX_MS


@given(latencies, st.integers())
def test_the_same_seed_makes_the_same_waits(latency: Latency, seed: int) -> None:
    one, other = Random(seed), Random(seed)
    assert [latency.sample(one, n) for n in range(1, 20)] == [latency.sample(other, n) for n in range(1, 20)]


@given(st.lists(st.integers(0, MAX_MS), min_size=1, max_size=9))
def test_a_list_is_gone_through_in_turn(values: list[int]) -> None:
    latency = read_latency(f"list({', '.join(map(str, values))})")
    assert [latency.sample(Random(), number) for number in range(1, 2 * len(values) + 1)] == [*values, *values]


@pytest.mark.parametrize("text", ["uniform(100, 300)", "normal(200, 50)", "exponential(200)", "list(1, 2, 500)"])
def test_what_it_says_can_be_read_again(text: str) -> None:
    assert str(read_latency(text)) == text


@pytest.mark.parametrize("value", [200, 200.0, "200", "fixed(200)", " fixed ( 200 ) "])
def test_a_number_is_a_fixed_wait(value: object) -> None:
    assert str(read_latency(value)) == "fixed(200)"


@given(st.integers(1, 5000))
def test_an_exponential_wait_has_the_mean_it_is_given(mean: int) -> None:
    latency, random = read_latency(f"exponential({mean})"), Random(7)
    waits = [latency.sample(random, 1) for _ in range(4000)]
    assert 0.9 * mean < sum(waits) / len(waits) < 1.1 * mean


def test_a_normal_wait_has_the_mean_and_deviation_it_is_given() -> None:
    latency, random = read_latency("normal(500, 50)"), Random(7)
    waits = [latency.sample(random, 1) for _ in range(4000)]
    mean = sum(waits) / len(waits)
    deviation = (sum((one - mean) ** 2 for one in waits) / len(waits)) ** 0.5
    assert (round(mean, -1), round(deviation, -1)) == (500, 50)


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ("soon", "must be fixed"),
        ("gamma(1, 2)", "'gamma'"),
        ("uniform(1)", "uniform takes least and most"),
        ("uniform(3, 1)", "in this order"),
        ("list()", "must be fixed"),
        ("fixed(nan)", "0 to 900000"),
        (-1, "0 to 900000"),
        (900_001, "0 to 900000"),
        (True, "must be a number"),
        (None, "must be a number"),
        ([1], "must be a number"),
    ],
)
def test_what_is_no_wait_is_refused(value: object, problem: str) -> None:
    with pytest.raises(ValueError, match=problem.replace("(", r"\(")):
        read_latency(value)
