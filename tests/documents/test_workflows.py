"""The workflows: pinned actions and rights."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

WORKFLOWS = sorted((Path(__file__).parents[2] / ".github" / "workflows").glob("*.yaml"))
# A commit and, in a comment, its tag: a tag alone can be moved.
PINNED = re.compile(r"[\w-]+/[\w-]+@[0-9a-f]{40}  # v\d+\.\d+\.\d+")
each_workflow = pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)


@each_workflow
def test_each_action_is_pinned_to_a_commit(path: Path) -> None:
    actions = re.findall(r"uses: (?!\./)(.*)", path.read_text(encoding="utf-8"))

    assert actions
    assert [action for action in actions if not PINNED.fullmatch(action)] == []


@each_workflow
def test_no_job_that_runs_the_repositorys_commands_may_write(path: Path) -> None:
    workflow: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))

    assert workflow["permissions"] == {"contents": "read"}
    for job in workflow["jobs"].values():
        if any("make" in step.get("run", "") for step in job.get("steps", [])):
            assert "permissions" not in job
