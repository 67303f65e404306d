"""What a recording prints: the tree of mounts, then the warnings."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator, Sequence

from automount.cli.text import counted, encodable, printable, size
from automount.cli.tree import Branch, TextTree, colours, draw, fitted
from automount.manifest import Incomplete, Manifest, Warning_
from automount.model import MountKind
from automount.paths import name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TextIO

TREES = frozenset({MountKind.PACKAGE, MountKind.NAMESPACE, MountKind.DIRECTORY})
# At most this many of one kind are printed; the manifest and `automount show` contain all of them.
_SAME_CODE = 5
# The lines after the first of a note begin with so many blanks.
_HANG = 4

INCOMPLETE_REASONS = {
    "isolated": "it ran with -I or -E and ignored PYTHONPATH (see automount env --install-pth)",
    "no-site": "it ran with -S, which loads no sitecustomize",
    "no-journal": "it left no journal",
    "unsupported-python": "its Python is too old to be recorded",
    "journal-lost": "its journal could not be written, or the process that watches for Pythons was killed",
    "journal-damaged": "its journal is damaged",
    "still-running": "it was still running; let the program wait for it, or end it",
}
# Where a manifest was made of the journals in a directory, these are still there.
_COLLECTED = "it was still running; collect again when it has ended"


def created_tree(manifest: Manifest, written_to: str) -> TextTree:
    """The tree of what was made: one line for each mount, figures for those that are trees."""
    totals = mount_totals(manifest)
    # Several files can be mounted under one label, such as the metadata of a distribution.
    labelled: dict[str, list[int]] = {}
    for index, mount in enumerate(manifest.mounts):
        labelled.setdefault(mount.label, []).append(index)
    branches = []
    for label, indexes in labelled.items():
        files, size = (sum(totals[index][part] for index in indexes) for part in (0, 1))
        is_tree = files > 1 or any(manifest.mounts[index].kind in TREES for index in indexes)
        branches.append(Branch(label, figures(files, size) if is_tree else "", lead="Created mount "))
    branches.append(Branch("to standard output" if written_to == "-" else written_to, lead="Wrote "))
    title = "Created mounts." if manifest.mounts else "No local files to ship."
    return TextTree(title, tuple(branches), done=True)


def print_created(
    manifest: Manifest, written_to: str, *, no_color: bool = False, stream: TextIO | None = None
) -> None:
    """Prints the tree, the warnings and the commands that were not followed on `stream` (default: stderr)."""
    stream = sys.stderr if stream is None else stream
    # The manifest is written and the program has its exit status: a reader that has gone changes neither.
    with contextlib.suppress(OSError):
        draw(created_tree(manifest, written_to), stream, no_color=no_color)
        print_notes(manifest, stream, no_color=no_color, most=_SAME_CODE)
        stream.flush()


def print_notes(
    manifest: Manifest, stream: TextIO, *, no_color: bool = False, most: int | None = None
) -> None:
    """Prints a line for each warning, at most `most` of one code, and for each incomplete row."""
    yellow, red, off = (
        ("\x1b[33m", "\x1b[31m", "\x1b[0m") if colours(stream, no_color=no_color) else ("",) * 3
    )
    notes = [("warning:", yellow, line) for line in warning_lines(manifest.warnings, most)]
    collected = manifest.provenance.exit_code is None and "collect" in manifest.provenance.argv
    notes += [("incomplete:", red, incomplete_line(row, collected=collected)) for row in manifest.incomplete]
    for lead, colour, line in notes:
        text = fitted(f"{lead} {encodable(line, stream)}", stream, _HANG)
        stream.write(f"{colour}{lead}{off}{text.removeprefix(lead)}\n")


def warning_lines(warnings: Sequence[Warning_], most: int | None = None) -> Iterator[str]:
    """Each warning as a sentence with its code; at most `most` of one code, and a count of the others."""
    by_code: dict[str, list[Warning_]] = {}
    for row in warnings:
        by_code.setdefault(row.code, []).append(row)
    for code, rows in by_code.items():
        for row in rows[:most]:
            place = f"{row.path}: " if row.path and name(row.path) not in row.message else ""
            yield printable(f"{place}{row.message} [{code}]")
        if most is not None and len(rows) > most:
            yield printable(f"and {len(rows) - most} more like that; automount show lists them [{code}]")


def incomplete_line(row: Incomplete, *, collected: bool = False) -> str:
    """What could not be followed, and why, as a sentence with its code.

    `collected`: the manifest was made by `automount collect`, which can be repeated.
    """
    if collected and row.reason == "still-running":
        why = _COLLECTED
    else:
        why = INCOMPLETE_REASONS.get(row.reason, "it could not be followed")
    import shlex  # 0.3 ms, and most runs are complete

    command = shlex.join(row.command) if row.command else "a process"
    # What was seen before its process existed has no number.
    number = f" (pid {row.pid})" if row.pid else ""
    return printable(f"{command}{number}: {why} [{row.reason}]")


def mount_totals(manifest: Manifest) -> list[tuple[int, int]]:
    """The number of files and their bytes, for each mount."""
    counts, sizes = [0] * len(manifest.mounts), [0] * len(manifest.mounts)
    for row in manifest.files:
        for index in row.mounts:
            counts[index] += 1
            sizes[index] += row.size
    return list(zip(counts, sizes, strict=True))


def figures(count: int, total: int) -> str:
    """`6 files, 1.2 kB`."""
    return f"{counted(count, 'file')}, {size(total)}"
