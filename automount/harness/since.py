"""Cuts a journal at a moment (pure). Only each process's facts are kept of what was written before."""

from __future__ import annotations

from collections.abc import Mapping

from automount.model import Journal
from automount.recorder.journal import read_journal


def journal_since(files: Mapping[str, bytes], sizes: Mapping[str, int], own_file: str) -> Journal:
    """The journal of what the processes wrote after their files had these `sizes`.

    Processes that have written nothing since then are left out, except that of `own_file` and those that a
    forked child refers to for its facts.
    """
    grown = {name for name, data in files.items() if len(data) > sizes.get(name, 0)}
    wanted = {own_file, *grown}
    waiting = list(wanted)
    while waiting:
        parent = _parent(files.get(waiting.pop(), b""))
        if parent is not None and parent in files and parent not in wanted:
            wanted.add(parent)
            waiting.append(parent)
    return read_journal(
        {name: _cut(data, sizes.get(name, 0)) for name, data in files.items() if name in wanted}
    )


def _cut(data: bytes, size: int) -> bytes:
    """The facts (`H`) and search paths (`P`) from before, and everything after."""
    kept = b"".join(line for line in data[:size].splitlines(keepends=True) if _kind(line) in (b"H", b"P"))
    return kept + data[size:]


def _kind(line: bytes) -> bytes:
    return line.lstrip(b"!~").partition(b"\0")[0]


def _parent(data: bytes) -> str | None:
    start = data.find(b"H\0parent\0")
    if start < 0:
        return None
    return data[start:].partition(b"\n")[0].split(b"\0")[2].decode("utf-8", "surrogateescape")
