"""Compiled modules without what only debuggers and linkers read: half of some of them, never loaded.

A loader follows the program headers of an ELF file. Its section headers, symbol tables and debugging information stand
behind the last segment (System V ABI, chapters 4 and 5). `strip` handles only files of its own machine.
"""

from __future__ import annotations

import struct
from pathlib import Path

ELF64_LITTLE_ENDIAN = b"\x7fELF\x02\x01"
# e_phoff, e_shoff, e_flags, e_ehsize, e_phentsize, e_phnum, e_shentsize, e_shnum, e_shstrndx
HEADER_FROM_PHOFF = struct.Struct("<QQIHHHHHH")
PHOFF_AT = 32
# p_type, p_flags, p_offset, p_vaddr, p_paddr, p_filesz
PROGRAM_HEADER = struct.Struct("<IIQQQQ")


def strip(folder: Path) -> None:
    """Cuts every compiled module below a folder behind what is loaded of it; files of another kind stay as they are."""
    for file in folder.rglob("*.so"):
        file.write_bytes(stripped(file.read_bytes()))


def stripped(code: bytes) -> bytes:
    """Returns an ELF file without what the loader does not read; other code is returned as it is."""
    if not code.startswith(ELF64_LITTLE_ENDIAN):
        return code
    header = HEADER_FROM_PHOFF.unpack_from(code, PHOFF_AT)
    programs, _, flags, header_size, size_of_one, number, *_ = header
    ends = [programs + number * size_of_one]
    for index in range(number):
        _, _, offset, _, _, length = PROGRAM_HEADER.unpack_from(code, programs + index * size_of_one)
        ends.append(offset + length)
    loaded = bytearray(code[: max(ends)])
    HEADER_FROM_PHOFF.pack_into(loaded, PHOFF_AT, programs, 0, flags, header_size, size_of_one, number, 64, 0, 0)
    return bytes(loaded)
