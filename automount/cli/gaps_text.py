"""The imports that the recorded run did not exercise: as a list, as JSON, as the line after recording."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import asdict
from functools import lru_cache
from typing import Any

from automount.cli.text import counted, printable
from automount.contents.sources import is_source_file, read_source
from automount.explain.gaps import Gap, Gaps, Read, gaps, import_roots
from automount.explain.source_imports import Where
from automount.manifest import Manifest

# After a recording no one waits for more: `show --gaps` reads everything.
MOST_AFTER_RECORDING = 2_000


def find_gaps(manifest: Manifest) -> Gaps:
    """The gaps of the manifest, as the local files are now."""
    return gaps(manifest, read_source, lru_cache(maxsize=None)(is_source_file))


def missing_line(manifest: Manifest) -> str | None:
    """The line after a recording: None where every local module that a statement names is shipped.

    Reads quickly: only a source that names something that is not shipped is parsed.
    """
    read = _reading_only_what_matters(manifest)
    if read is None:
        return None
    count = len(
        gaps(manifest, read, lru_cache(maxsize=None)(is_source_file), most=MOST_AFTER_RECORDING).missing
    )
    if not count:
        return None
    were, are = ("was", "is") if count == 1 else ("were", "are")
    return (
        f"{counted(count, 'local import')} {were} not exercised in this run and {are} not shipped: "
        "see automount show --gaps"
    )


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


def _reading_only_what_matters(manifest: Manifest) -> Read | None:
    """A reader that skips sources in which no candidate is named; None if there are no candidates."""
    if any(row.limited or row.suffixes for row in manifest.mounts) or any(
        row.local.endswith(".py") or "exclude" in row.code for row in manifest.skipped
    ):
        return read_source
    names = set(_unshipped_names(manifest))
    if not names:
        return None
    pattern = re.compile(
        rb"\b(?:" + b"|".join(re.escape(os.fsencode(name)) for name in sorted(names)) + rb")\b"
    )

    def read(path: str) -> bytes | None:
        source = read_source(path)
        # A file that the pattern excludes has no import of a candidate: nothing to parse.
        return b"" if source is not None and pattern.search(source) is None else source

    return read


def _unshipped_names(manifest: Manifest) -> Iterator[str]:
    """The import names directly below the import roots that no mount carries as a whole."""
    shipped = {row.local for row in manifest.files} | {row.local for row in manifest.mounts}
    for root in import_roots(manifest):
        try:
            with os.scandir(root) as entries:
                found = [(entry.name, entry.path, entry.is_dir()) for entry in entries]
        except OSError:
            continue
        for name, path, is_directory in found:
            stem = name if is_directory else name.removesuffix(".py")
            if (is_directory or name.endswith(".py")) and stem.isidentifier() and path not in shipped:
                yield stem
