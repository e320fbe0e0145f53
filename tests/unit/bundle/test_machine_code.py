"""Cutting a compiled module leaves all that a loader reads. That they still work, the bundles' other tests show."""

from __future__ import annotations

import struct
from pathlib import Path

import httptools
import pytest

from bundle.machine_code import PROGRAM_HEADER, stripped

WHOLE = next(Path(httptools.__file__).parent.rglob("parser.*.so")).read_bytes()


def segments(code: bytes) -> list[tuple[int, int]]:
    """Where in the file each of its segments begins and ends."""
    [programs] = struct.unpack_from("<Q", code, 32)
    size, number = struct.unpack_from("<HH", code, 54)
    found = [PROGRAM_HEADER.unpack_from(code, programs + index * size) for index in range(number)]
    return [(offset, offset + length) for _, _, offset, _, _, length in found]


def test_every_segment_is_there_as_it_was() -> None:
    code = stripped(WHOLE)

    assert len(code) < len(WHOLE)
    assert segments(code) == segments(WHOLE)
    assert code[64:] == WHOLE[64 : len(code)]  # behind the file's own header
    assert all(end <= len(code) for _, end in segments(code))


def test_no_section_is_promised_any_more() -> None:
    """A debugger that looked for them would read beyond the end."""
    [sections] = struct.unpack_from("<Q", stripped(WHOLE), 40)
    number, names = struct.unpack_from("<HH", stripped(WHOLE), 60)

    assert (sections, number, names) == (0, 0, 0)


def test_what_is_cut_already_stays() -> None:
    assert stripped(stripped(WHOLE)) == stripped(WHOLE)


@pytest.mark.parametrize("other", [b"", b"\xcf\xfa\xed\xfe\x0c", b"\x7fELF\x01\x01"])
def test_files_of_another_kind_stay_as_they_are(other: bytes) -> None:
    assert stripped(other) == other
