"""Edits of the sources are small, found again where a module has moved, and taken back nowhere but in their place."""

from __future__ import annotations

import ast
from pathlib import Path

from tests.mutation.mutant import Mutant, find, sites

SOURCE = b"""
def late(now: int) -> bool:
    text = f"{now > 1}"
    return now > 10 and text != "\xc3\xa4" and now > 10


class Line:
    def length(self) -> int:
        return self.end - self.start
"""


def test_every_edit_changes_one_expression_and_is_still_python() -> None:
    found = list(sites("domain/x.py", SOURCE))

    assert len({site.mutant for site in found}) == len(found)
    for site in found:
        ast.parse(site.applied_to(SOURCE))
        assert ast.unparse(ast.parse(SOURCE[site.start : site.end].decode())) == site.mutant.before


def test_expressions_inside_an_f_string_are_left_alone() -> None:
    assert [site.mutant.before for site in sites("domain/x.py", SOURCE) if site.line == 3] == []


def test_the_second_of_two_equal_expressions_is_told_from_the_first() -> None:
    greater = [site for site in sites("domain/x.py", SOURCE) if site.mutant.after == "now >= 10"]

    assert [site.mutant.occurrence for site in greater] == [0, 1]
    assert greater[0].start < greater[1].start


def test_an_edit_is_found_where_its_module_has_moved_to(tmp_path: Path) -> None:
    mutant = Mutant("local_emulator/lines.py", "Line.length", "self.end - self.start", "self.end + self.start", 0)
    moved = tmp_path / "local_emulator" / "apigateway" / "line.py"
    moved.parent.mkdir(parents=True)
    moved.write_bytes(SOURCE)

    found = find(mutant, tmp_path)

    assert found is not None
    assert found[0] == moved
    assert b"(self.end + self.start)" in found[1].applied_to(SOURCE)


def test_an_edit_that_stands_nowhere_or_in_two_modules_is_not_found(tmp_path: Path) -> None:
    mutant = Mutant("local_emulator/lines.py", "Line.length", "self.end - self.start", "self.end + self.start", 0)
    assert find(mutant, tmp_path) is None
    for name in ("a", "b"):
        (tmp_path / "domain" / name).mkdir(parents=True)
        (tmp_path / "domain" / name / "x.py").write_bytes(SOURCE)
    assert find(mutant, tmp_path) is None
