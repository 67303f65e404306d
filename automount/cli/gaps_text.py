"""The imports that the recorded run did not exercise: as a list and as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from functools import lru_cache
from typing import Any

from automount.cli.text import counted, printable
from automount.contents.sources import is_source_file, read_source
from automount.explain.gaps import Gap, Gaps, gaps
from automount.explain.source_imports import Where
from automount.manifest import Manifest


def find_gaps(manifest: Manifest) -> Gaps:
    """The gaps of the manifest, as the local files are now."""
    return gaps(manifest, read_source, lru_cache(maxsize=None)(is_source_file))


def gap_lines(found: Gaps) -> Iterator[str]:
    """The gaps for display: those that would be missing first, each with what closes it."""
    missing = [row for row in found.rows if not row.shipped]
    shipped = [row for row in found.rows if row.shipped]
    if not found.rows:
        yield "Every local module that the shipped sources import was loaded in this run."
    if missing:
        yield f"Not shipped: {counted(len(missing), 'import')} that would fail on another machine"
        for row in missing:
            yield f"  {printable(row.module_name)} ({printable(row.local)})"
            yield f"    {_place(row)}"
            yield f"    ship it with {row.option}, or record a run that imports it and use automount merge"
    if shipped:
        yield f"Shipped, but not loaded in this run: {counted(len(shipped), 'import')}"
        for row in shipped:
            yield f"  {printable(row.module_name)}: {_place(row)}"
    for path in found.unread:
        yield f"Not read, because it is damaged or too large: {printable(path)}"


def gaps_as_json(found: Gaps) -> dict[str, Any]:
    """The gaps as JSON values."""
    return {
        "gaps": [{**asdict(row), "where": row.where.value} for row in found.rows],
        "missing": sorted(found.missing),
        "unread": list(found.unread),
    }


def _place(row: Gap) -> str:
    if row.where in (Where.TABLE, Where.ENTRY_POINT):
        kind = "in a table" if row.where is Where.TABLE else "as an entry point"
        return f"named {kind} at {printable(row.file)}:{row.line}"
    how = {
        Where.TOP: "at the top level",
        Where.BRANCH: "in a branch",
        Where.FUNCTION: "in a function",
        Where.LAZY: "as a lazy import",
    }[row.where]
    if row.function:
        how = f"in {printable(row.function)}"
    state = "" if row.importer_loaded else ", in a file that was not loaded"
    return f"imported {how} at {printable(row.file)}:{row.line}{state}"
