"""Warnings about the files as a whole: large mounts, names that collide."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from automount.model import FileEntry, Mount, Warning_
from automount.paths import join, name, parent

LARGE_BYTES = 50_000_000
LARGE_FILES = 5_000
_NAMED_CHILDREN = 3


def large_mounts(mounts: Sequence[Mount], files: Sequence[FileEntry]) -> tuple[Warning_, ...]:
    """A warning for each mount of over 50 MB or 5,000 files, naming its three largest children."""
    by_mount: dict[int, list[FileEntry]] = {}
    for file in files:
        for index in file.mounts:
            by_mount.setdefault(index, []).append(file)
    found = []
    for index in sorted(by_mount):
        size = sum(file.size for file in by_mount[index])
        count = len(by_mount[index])
        if size <= LARGE_BYTES and count <= LARGE_FILES:
            continue
        mount = mounts[index]
        children = _children(mount, by_mount[index])
        largest = f"; the largest in it: {', '.join(children)}" if mount.tree else ""
        advice = "leave out what is not needed with --exclude PATTERN, or mount less with --scope source"
        if not mount.tree:
            advice = "leave it out with --exclude if it is not needed"
        found.append(
            Warning_(
                "large-mount",
                f"{mount.label} contains {_count(count)}, {_size(size)}{largest}: {advice}",
                mount.local,
            )
        )
    return tuple(found)


def _children(mount: Mount, files: Iterable[FileEntry]) -> list[str]:
    beginning = join(mount.remote) + "/"
    sizes: dict[str, tuple[int, int]] = {}
    for file in files:
        if not file.remote.startswith(beginning):
            continue
        below = file.remote[len(beginning) :]
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
    files = tuple(files)
    if not _any_collide(files):
        return ()
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
                    f"{join(directory, first)} and {others} are the same name on file systems that ignore "
                    f"case or normalise names (macOS, Windows): rename one of them if the files go there",
                    join(directory, first),
                )
            )
    return tuple(found)


def _folded(text: str) -> str:
    # Only here: most paths are ASCII.
    import unicodedata

    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold())


def _any_collide(files: Iterable[FileEntry]) -> bool:
    """Whether fewer names are left when spelling does not count: in most trees none is lost."""
    written: set[str] = set()
    for file in files:
        path = file.remote
        while path and path not in written:
            written.add(path)
            path = path.rpartition("/")[0]
    return len({path.lower() if path.isascii() else _folded(path) for path in written}) < len(written)
