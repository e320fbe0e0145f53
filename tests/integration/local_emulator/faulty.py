"""Switches faults on and off at a running emulator, as its users do: over HTTP."""

from __future__ import annotations

from typing import Any

from tests.integration.local_emulator.conftest import Running

PATH = "/_emulator/faults"


async def switch_on(running: Running, kind: str, target: dict[str, str] | None = None, **fields: Any) -> str:
    asked = {"kind": kind, "target": target or {}, **fields}
    async with running.http.post(running.base + PATH, json=asked) as answer:
        told = await answer.json()
        assert answer.status == 201, told
        return str(told["id"])


async def found(running: Running, fault_id: str) -> dict[str, Any]:
    async with running.http.get(f"{running.base}{PATH}/{fault_id}") as answer:
        assert answer.status == 200
        fault: dict[str, Any] = await answer.json()
        return fault


async def strikes(running: Running, fault_id: str) -> int:
    return int((await found(running, fault_id))["strikes"])


async def clear_all(running: Running) -> int:
    async with running.http.delete(running.base + PATH) as answer:
        return int((await answer.json())["cleared"])
