"""The account of one call: one outcome for each send, and an end that comes once."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from infra.gateway.sender.batch import SendBatch
from infra.gateway.sender.endpoint import Endpoint
from infra.gateway.sender.outcome import NoResponse, Outcome
from tests.integration.infra.gateway.sender.conftest import KEY

ENDPOINT = Endpoint.parse("https://a1b2c3.execute-api.eu-west-1.amazonaws.com/prod")
NUMBER = 4
OUTCOMES: st.SearchStrategy[Outcome] = st.sampled_from([200, 410, 429, NoResponse.LOST])


def batch() -> SendBatch:
    return SendBatch("POST", [(f"{number}=", b"{}") for number in range(NUMBER)], ENDPOINT, "eu-west-1", KEY, 0.0)


@given(st.lists(st.none() | st.tuples(st.integers(0, NUMBER - 1), OUTCOMES), max_size=12))
def test_the_first_outcome_of_each_stands_and_none_comes_after_the_end(steps: list[tuple[int, Outcome] | None]) -> None:
    """None is the moment in which time is up."""
    account, first, over = batch(), dict[int, Outcome](), False
    for step in steps:
        if step is None:
            account.give_up()
        else:
            account.settle(*step)
            if not over:
                first.setdefault(*step)
        over = over or step is None or len(first) == NUMBER
        assert (account.over, account.done.is_set()) == (over, over)

    assert account.outcomes == [first.get(index, NoResponse.OUT_OF_TIME) for index in range(NUMBER)]


def test_what_was_prepared_serves_for_a_minute() -> None:
    account, at = batch(), 1_767_225_600.0
    prepared = account.prepared(b"{}", at)

    assert account.prepared(b"{}", at + 60) is account.prepared(b"{}", at - 60) is prepared
    assert account.prepared(b"[]", at) is not prepared
    assert account.prepared(b"{}", at + 61).at == at + 61
