"""`automount diff A B`: what was added, removed and changed between two manifests."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Iterator
from typing import Any

from automount.cli.loading import named, read_manifest
from automount.cli.options import add_no_color_option
from automount.cli.parsers import Parser
from automount.cli.render import figures
from automount.cli.text import counted, encodable, printable, size
from automount.cli.tree import Branch, TextTree, colours, draw
from automount.errors import EXIT_NO, UsageError
from automount.explain import Change, Difference, MountChange, difference
from automount.explain.comparing import file_change

HELP = "Compare two manifests."
EPILOG = """\
Only content counts: local paths, times and process numbers are ignored. The exit status is 0 if the
manifests are equal and 1 if they differ.

examples:
  automount diff before.json automount.json
  git show HEAD:automount.json | automount diff - automount.json
  automount diff --json before.json automount.json
"""
CAME, WENT, CHANGED = "+ ", "- ", "~ "
STYLES = {CAME: "green", WENT: "red", CHANGED: "yellow"}


def configure(parser: Parser) -> None:
    """Declares the two manifests."""
    parser.epilog = EPILOG
    parser.add_argument("before", metavar="A", help="a manifest; - is standard input")
    parser.add_argument("after", metavar="B", help="the manifest to compare it with; - is standard input")
    parser.add_argument("--json", action="store_true", help="print the differences as JSON")
    add_no_color_option(parser)


def run(args: argparse.Namespace) -> int:
    """Prints the differences; returns 0 if the manifests are equal, else 1."""
    if args.before == args.after == "-":
        raise UsageError("only one manifest can come from standard input", hint="name a file for the other")
    before, after = read_manifest(args.before), read_manifest(args.after)
    found = difference(before, after)
    if args.json:
        print(json.dumps(as_json(found), indent=2, sort_keys=True))
    elif not found:
        print(f"No difference: {counted(len(after.files), 'file')}, {after.digest}")
    else:
        title = f"{named(args.before)} and {named(args.after)} differ"
        draw(TextTree(title, tuple(_branches(found))), sys.stdout, no_color=args.no_color)
        text = printable(_summary(found))
        bold, off = ("\x1b[1m", "\x1b[0m") if colours(sys.stdout, no_color=args.no_color) else ("", "")
        print(f"{bold}{encodable(text, sys.stdout)}{off}")
    return EXIT_NO if found else 0


def as_json(found: Difference) -> dict[str, Any]:
    """The difference as JSON values."""

    def changes(rows: Iterable[Change]) -> list[dict[str, Any]]:
        return [{"what": row.what, "before": row.before, "after": row.after} for row in rows]

    mounts: dict[str, list[dict[str, str]]] = {"added": [], "removed": []}
    for change in found.mounts:
        mount = change.mount
        if mount is not None and (change.before is None or change.after is None):
            row = {"label": mount.label, "kind": mount.kind.value, "remote": mount.remote}
            mounts["added" if change.before is None else "removed"].append(row)
    files = {
        "added": sorted(row.remote for change in found.mounts for row in change.came),
        "removed": sorted(row.remote for change in found.mounts for row in change.went),
        "changed": sorted(row.remote for change in found.mounts for row, _ in change.changed),
    }
    return {
        "differ": bool(found),
        "program": changes(found.program),
        "mounts": mounts,
        "files": files,
        "requirements": changes(found.requirements),
    }


def _branches(found: Difference) -> Iterator[Branch]:
    for change in found.program:
        yield _branch(CHANGED, f"{change.what}: {change.before} to {change.after}", aside=True)
    for mount in found.mounts:
        yield _mount(mount)
    if found.requirements:
        yield Branch("requirements", children=tuple(map(_requirement, found.requirements)))


def _mount(change: MountChange) -> Branch:
    children = [
        *((row.remote, _branch(CAME, row.remote, size(row.size))) for row in change.came),
        *((row.remote, _branch(WENT, row.remote, size(row.size))) for row in change.went),
        *(
            (
                old.remote,
                _branch(CHANGED, old.remote, f"{file_change(old, new)}, {_sizes(old.size, new.size)}"),
            )
            for old, new in change.changed
        ),
    ]
    rows = tuple(branch for _, branch in sorted(children, key=lambda child: child[0]))
    mount = change.mount
    if mount is None:
        return Branch("files without a mount", children=rows)
    if change.before is not None and change.after is not None:
        return Branch(f"mount {mount.label}", children=rows, style="bold")
    files = change.came if change.before is None else change.went
    mark = CAME if change.before is None else WENT
    return _branch(
        mark, f"mount {mount.label}", figures(len(files), sum(row.size for row in files)), children=rows
    )


def _requirement(change: Change) -> Branch:
    if change.before is None:
        return _branch(CAME, f"{change.what} {change.after}")
    if change.after is None:
        return _branch(WENT, f"{change.what} {change.before}")
    return _branch(CHANGED, f"{change.what} {change.before} to {change.after}")


def _branch(
    mark: str, text: str, figures: str = "", children: tuple[Branch, ...] = (), *, aside: bool = False
) -> Branch:
    return Branch(text, figures, children, STYLES[mark], mark, aside)


def _sizes(before: int, after: int) -> str:
    return size(after) if before == after else f"{size(before)} to {size(after)}"


def _summary(found: Difference) -> str:
    added = sum(len(change.came) for change in found.mounts)
    removed = sum(len(change.went) for change in found.mounts)
    changed = sum(len(change.changed) for change in found.mounts)
    others = len(found.program) + len(found.requirements)
    words = [f"{counted(added, 'file')} added", f"{removed} removed", f"{changed} changed"]
    return ", ".join(words + ([counted(others, "other difference")] if others else []))
