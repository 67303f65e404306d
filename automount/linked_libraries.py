"""Finds the shared libraries that the dynamic linker loads together with a file.

No audit event reports them. The ELF file of an extension module, or of a library that `ctypes` opens, names
the libraries that it needs, and a run path that is mostly relative to itself (`$ORIGIN`). What the linker
finds by `LD_LIBRARY_PATH` or in the system's own directories is not followed.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Callable, Iterable, Iterator
from typing import BinaryIO

from automount import paths
from automount.model import DataAccess, Journal
from automount.system_directories import SYSTEM_DIRECTORIES
from automount.untrusted import open_regular
from automount.values import replace

_SYSTEM = frozenset(SYSTEM_DIRECTORIES)
_INSTALLED = ("/site-packages/", "/dist-packages/", "/lib-dynload/")
_LOADED, _DYNAMIC = 1, 2  # kinds of program headers
_END, _NEEDED, _STRINGS, _RPATH, _RUNPATH = 0, 1, 5, 15, 29  # tags of the dynamic section
# More than any real file has.
_MOST_HEADERS, _MOST_TAGS, _LONGEST_NAME = 256, 65536, 4096


def with_linked_libraries(journal: Journal, at: Callable[[str], str] = str) -> Journal:
    """`journal` with a read of each library that the program's own libraries and extension modules need.

    `at` gives the place of a recorded path on this machine.
    """
    users: dict[str, tuple[int, str | None]] = {}
    for module in journal.modules:
        if module.file is not None and _is_own_library(module.file):
            users.setdefault(paths.normal(module.file), (module.process, module.name))
    for row in journal.data:
        if row.action == "read" and _is_own_library(row.path):
            users.setdefault(paths.normal(row.path), (row.process, row.read_by))
    if not users:
        return journal
    found = []
    waiting = list(users)
    while waiting:
        file = waiting.pop()
        for library in needed_libraries(file, at):
            if library not in users:
                process, reader = users[library] = users[file]
                found.append(DataAccess(library, "read", process, library, reader))
                waiting.append(library)
    return replace(journal, data=(*journal.data, *sorted(found, key=lambda row: row.path)))


def needed_libraries(file: str, at: Callable[[str], str] = str) -> Iterator[str]:
    """The libraries that `file` needs and that its own run path leads to, as normal paths.

    A file that cannot be read, or is not an ELF file, needs none.
    """
    try:
        with open_regular(at(file)) as opened:
            names, places = _dynamic(opened)
    except (OSError, struct.error, ValueError, IndexError, OverflowError):
        return
    origin = paths.parent(file)
    directories = [
        entry.replace("${ORIGIN}", origin).replace("$ORIGIN", origin)
        for place in places
        for entry in place.split(":")
    ]
    for name in names:
        there = (paths.normal(f"{directory}/{name}") for directory in directories if directory[:1] == "/")
        library = next((path for path in there if os.path.isfile(at(path))), None)
        if "/" not in name and library is not None:
            yield library


def _is_own_library(path: str) -> bool:
    name = paths.name(path)
    if not name.endswith(".so") and ".so." not in name:
        return False
    return not any(part in path for part in _INSTALLED) and not paths.is_within(path, _SYSTEM)


def _dynamic(file: BinaryIO) -> tuple[list[str], list[str]]:
    """The names of the needed libraries and the run paths; empty for a file without a dynamic section."""
    start = file.read(64)
    if start[:4] != b"\x7fELF":
        return [], []
    is_long, order = start[4] == 2, ">" if start[5] == 2 else "<"
    table, size, count = (
        (*struct.unpack_from(order + "Q", start, 32), *struct.unpack_from(order + "HH", start, 54))
        if is_long
        else (*struct.unpack_from(order + "I", start, 28), *struct.unpack_from(order + "HH", start, 42))
    )
    loaded: list[tuple[int, int, int]] = []
    section = (0, 0)
    for number in range(min(count, _MOST_HEADERS)):
        file.seek(table + number * size)
        header = file.read(size)
        kind = struct.unpack_from(order + "I", header)[0]
        if is_long:
            offset, address, _, length = struct.unpack_from(order + "4Q", header, 8)
        else:
            offset, address, _, length = struct.unpack_from(order + "4I", header, 4)
        if kind == _LOADED:
            loaded.append((address, offset, length))
        elif kind == _DYNAMIC:
            section = (offset, length)
    tags = list(_tags(file, section, order + ("qQ" if is_long else "iI")))
    strings = next((value for tag, value in tags if tag == _STRINGS), 0)
    base = next(
        (
            strings - address + offset
            for address, offset, length in loaded
            if address <= strings < address + length
        ),
        0,
    )
    texts = [(tag, _text(file, base + value)) for tag, value in tags if tag in (_NEEDED, _RPATH, _RUNPATH)]
    # A RUNPATH replaces the older RPATH.
    wanted = _RUNPATH if any(tag == _RUNPATH for tag, _ in texts) else _RPATH
    return [text for tag, text in texts if tag == _NEEDED], [text for tag, text in texts if tag == wanted]


def _tags(file: BinaryIO, section: tuple[int, int], form: str) -> Iterable[tuple[int, int]]:
    size = struct.calcsize(form)
    file.seek(section[0])
    content = file.read(min(section[1], _MOST_TAGS * size))
    for tag, value in struct.iter_unpack(form, content[: len(content) // size * size]):
        if tag == _END:
            return
        yield tag, value


def _text(file: BinaryIO, place: int) -> str:
    file.seek(place)
    return os.fsdecode(file.read(_LONGEST_NAME).partition(b"\0")[0])
