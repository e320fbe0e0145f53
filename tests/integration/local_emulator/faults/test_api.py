import json
from typing import Any

import pytest

from local_emulator.faults.kinds import KINDS
from local_emulator.faults.registry import MAX_FAULTS
from tests.integration.local_emulator.conftest import Running
from tests.integration.local_emulator.faulty import PATH, switch_on


async def _call(running: Running, method: str, path: str = "", **more: Any) -> tuple[int, Any]:
    async with running.http.request(method, running.base + PATH + path, **more) as answer:
        text = await answer.text()
        return answer.status, json.loads(text) if text else None


async def test_a_fault_is_switched_on_listed_and_cleared(running: Running) -> None:
    asked = {"kind": "management-error", "target": {"user": "ann"}, "status": 429, "after": 2, "times": 1}
    async with running.http.post(running.base + PATH, json=asked) as answer:
        told = await answer.json()
        assert (answer.status, answer.headers["Location"]) == (201, f"{PATH}/{told['id']}")
    assert told.pop("addedAt") > 1_600_000_000_000
    assert told == {
        "id": "f1",
        "kind": "management-error",
        "target": {"operation": "post", "user": "ann"},
        "after": 2,
        "times": 1,
        "probability": 1.0,
        "seed": None,
        "status": 429,
        "carriedOut": False,
        "seen": 0,
        "strikes": 0,
        "spent": False,
        "struckAt": None,
    }
    other = await switch_on(running, "invoke-latency", delayMs="uniform(1, 2)")
    status, listed = await _call(running, "GET")
    assert (status, [one["id"] for one in listed["faults"]]) == (200, ["f1", other])
    assert (await _call(running, "GET", f"/{other}"))[1]["delayMs"] == "uniform(1, 2)"

    assert await _call(running, "DELETE", "/f1") == (204, None)
    assert (await _call(running, "DELETE", "/f1"))[0] == 404
    assert (await _call(running, "GET", "/f1"))[0] == 404
    assert await _call(running, "DELETE") == (200, {"cleared": 1})
    assert (await _call(running, "GET"))[1] == {"faults": []}


@pytest.mark.parametrize(
    ("asked", "field", "problem"),
    [
        (b"{", "body", "is not JSON"),
        (b"[" * 10_000, "body", "is not JSON"),
        (b"\xff", "body", "is not JSON"),
        (b" " * 20_000, "body", "more than 16384 bytes"),
        (b"{}", "kind", ", ".join(KINDS)),
        (b'{"kind": "half-open", "times": 0}', "times", "must be an integer"),
        (b'{"kind": "function-hang", "target": {"function": "Eco"}}', "target.function", "Connect"),
    ],
)
async def test_bad_input_is_refused_by_the_name_of_its_field(
    running: Running, asked: bytes, field: str, problem: str
) -> None:
    status, told = await _call(running, "POST", data=asked)
    assert (status, told["field"], problem in told["message"]) == (400, field, True), told
    assert (await _call(running, "GET"))[1] == {"faults": []}


async def test_there_is_room_for_a_hundred(running: Running) -> None:
    for _ in range(MAX_FAULTS):
        await switch_on(running, "lost-disconnect")
    status, told = await _call(running, "POST", json={"kind": "lost-disconnect"})
    assert (status, "100" in told["message"]) == (409, True)


async def test_the_kinds_are_told_with_their_fields_and_aims(running: Running) -> None:
    _, told = await _call(running, "GET", "/kinds")
    assert [kind["name"] for kind in told["kinds"]] == list(KINDS)
    assert all(name in told["fields"] for kind in told["kinds"] for name in kind["fields"])
    assert all(aim in told["aims"] for kind in told["kinds"] for aim in kind["aims"])


@pytest.mark.parametrize(("method", "path"), [("POST", ""), ("GET", ""), ("DELETE", ""), ("DELETE", "/f1")])
async def test_another_websites_page_may_do_nothing(running: Running, method: str, path: str) -> None:
    fault = await switch_on(running, "lost-disconnect")
    status, _ = await _call(
        running, method, path, headers={"Origin": "https://evil.example"}, json={"kind": "half-open"}
    )
    assert status == 403
    assert [one["id"] for one in (await _call(running, "GET"))[1]["faults"]] == [fault]
