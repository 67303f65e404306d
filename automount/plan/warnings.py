"""What the user should know about a plan: sentences that name the thing and say what to do.

`plan_warnings` speaks when the plan is made; the other functions once the files are known.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence

from automount.model import (
    Disposition,
    FileEntry,
    Mount,
    Origin,
    RecordKind,
    Skipped,
    Warning_,
)
from automount.paths import is_below, join, name, normal, parent, relative
from automount.plan.run import EDITABLE_ORIGINS, Run, needed

LARGE_BYTES = 50_000_000
LARGE_FILES = 5_000
_NAMED_CHILDREN = 3


def plan_warnings(
    run: Run, carried: Iterable[tuple[Disposition, str]], more: Iterable[Warning_]
) -> tuple[Warning_, ...]:
    """All warnings of the plan, sorted, each once: shadowed distributions, missing files, and `more`.

    `carried` are the shipped modules, each with the local path of its mount.
    """
    found = {*more, *_shadows(run, carried), *_missing(run)}
    return tuple(sorted(found, key=lambda row: (row.code, row.path or "", row.message)))


def _shadows(run: Run, carried: Iterable[tuple[Disposition, str]]) -> Iterable[Warning_]:
    for disposition, local in carried:
        record = disposition.record
        other = run.facts.also_installed.get(record.name)
        if other is None or record.kind is not RecordKind.MODULE or disposition.origin is Origin.NAMESPACE:
            continue
        own = disposition.distribution
        if own is not None and own.name == other.name and disposition.origin in EDITABLE_ORIGINS:
            continue
        yield Warning_(
            "shadows-installed",
            f"the local module {record.name} ({run.shown(local)}) shadows {record.name} of the installed "
            f"{other.name} {other.version}: the local one is used, here and on the other machine; "
            f"rename it if the installed one was meant",
            local,
        )


def _missing(run: Run) -> Iterable[Warning_]:
    for disposition in run.dispositions:
        record = disposition.record
        if disposition.origin is Origin.MISSING and needed(record) and record.file is not None:
            yield Warning_(
                "missing",
                f"{record.file}, loaded as {record.name}, no longer exists, so it is not mounted: "
                f"put it back and record again, or make the program create it on the other machine",
                record.file,
            )


def large_mounts(mounts: Sequence[Mount], files: Sequence[FileEntry]) -> tuple[Warning_, ...]:
    """A warning for each mount of over 50 MB or 5,000 files, naming its three largest children."""
    held: dict[int, list[FileEntry]] = {}
    for file in files:
        for index in file.mounts:
            held.setdefault(index, []).append(file)
    found = []
    for index in sorted(held):
        size = sum(file.size for file in held[index])
        count = len(held[index])
        if size <= LARGE_BYTES and count <= LARGE_FILES:
            continue
        mount = mounts[index]
        children = _children(mount, held[index])
        largest = f"; the largest in it: {', '.join(children)}" if mount.tree else ""
        advice = "leave out what is not needed with --exclude PATTERN, or mount less with --scope source"
        if not mount.tree:
            advice = "leave it out with --exclude if it is not needed"
        found.append(
            Warning_(
                "large-mount",
                f"{mount.label} carries {_count(count)}, {_size(size)}{largest}: {advice}",
                mount.local,
            )
        )
    return tuple(found)


def _children(mount: Mount, files: Iterable[FileEntry]) -> list[str]:
    sizes: dict[str, tuple[int, int]] = {}
    for file in files:
        below = relative(file.remote, mount.remote)
        if not below:
            continue
        head, slash, _ = below.partition("/")
        size, count = sizes.get(head + slash, (0, 0))
        sizes[head + slash] = (size + file.size, count + 1)
    ordered = sorted(sizes, key=lambda child: (-sizes[child][0], -sizes[child][1], child))
    return [
        f"{child} ({_count(sizes[child][1])}, {_size(sizes[child][0])})"
        for child in ordered[:_NAMED_CHILDREN]
    ]


def _count(count: int) -> str:
    return f"{count:,} file{'' if count == 1 else 's'}"


def _size(size: int) -> str:
    for unit, factor in (("GB", 1_000_000_000), ("MB", 1_000_000), ("kB", 1_000)):
        if size >= factor:
            return f"{size / factor:.1f} {unit}"
    return f"{size} B"


def case_collisions(files: Iterable[FileEntry]) -> tuple[Warning_, ...]:
    """A warning for remote names that are one name on case-insensitive or normalising file systems.

    Directories count as well; of a colliding directory only the directory itself is named.
    """
    spellings: dict[tuple[str, str], set[str]] = {}
    seen: set[str] = set()
    for file in files:
        path = file.remote
        while path != "/" and path not in seen:
            seen.add(path)
            spellings.setdefault((parent(path), _folded(name(path))), set()).add(name(path))
            path = parent(path)
    found = []
    for (directory, _), names in sorted(spellings.items()):
        if len(names) > 1:
            first, *rest = sorted(names)
            others = ", ".join(join(directory, other) for other in rest)
            found.append(
                Warning_(
                    "case-collision",
                    f"{join(directory, first)} and {others} are one name on file systems that ignore case "
                    f"or normalise names (macOS, Windows): rename one of them if the files go there",
                    join(directory, first),
                )
            )
    return tuple(found)


def _folded(text: str) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold())


def excluded_but_loaded(loaded: Iterable[str], skipped: Iterable[Skipped]) -> tuple[Warning_, ...]:
    """A warning for each file that the program loaded but the user's patterns leave out.

    `loaded` are local files, absolute. Of `skipped` only rows whose reason begins with `excluded`
    count; such a row may name a directory that was pruned whole.
    """
    rows = {row.local: row.reason for row in skipped if row.reason.partition(":")[0] == "excluded"}
    found = []
    for path in sorted({normal(path) for path in loaded}):
        for held in (path, *(directory for directory in rows if is_below(path, directory, strictly=True))):
            if held in rows:
                pattern = rows[held].partition(":")[2].strip()
                by = f" by {pattern}" if pattern else ""
                found.append(
                    Warning_(
                        "excluded-but-loaded",
                        f"{path} was loaded by the program, but is excluded{by}: the program will miss it; "
                        f"narrow the pattern, or bring it back with --include {name(path)}",
                        path,
                    )
                )
                break
    return tuple(found)
