"""The differences of two manifests: the program, mounts and files, and requirements.

Local paths, times and process numbers are ignored: two checkouts of the same content are equal.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from automount.manifest import EntrypointKind, EntrypointRow, FileEntry, Manifest, MountRow
from automount.values import dataclass

MountKey = tuple[str, str, str]


@dataclass(frozen=True)
class Change:
    """One thing that was added (`before` is None), removed (`after` is None) or changed, as text for display.

    `what` names it: a remote path, a distribution, a field.
    """

    what: str
    before: str | None
    after: str | None


@dataclass(frozen=True)
class MountChange:
    """A mount that was added (`before` is None), was removed (`after` is None) or whose files changed."""

    before: MountRow | None
    after: MountRow | None
    came: tuple[FileEntry, ...]
    went: tuple[FileEntry, ...]
    changed: tuple[tuple[FileEntry, FileEntry], ...]

    @property
    def mount(self) -> MountRow | None:
        """The mount as it is now, or as it was; None for files that are in no mount."""
        return self.after or self.before


@dataclass(frozen=True)
class Difference:
    """All differences. Its truth value is False if there are none."""

    program: tuple[Change, ...]
    mounts: tuple[MountChange, ...]
    requirements: tuple[Change, ...]

    def __bool__(self) -> bool:
        return bool(self.program or self.mounts or self.requirements)


def difference(before: Manifest, after: Manifest) -> Difference:
    """The changes that turn `before` into `after`."""
    return Difference(
        tuple(_program(before, after)),
        tuple(_mounts(before, after)),
        tuple(_requirements(before, after)),
    )


def mount_key(row: MountRow) -> MountKey:
    """The identity of a mount across checkouts; a script's label is a local path."""
    return (row.kind.value, row.name, row.remote)


def file_change(before: FileEntry, after: FileEntry) -> str:
    """How two rows of one remote path differ, in words."""
    words = []
    if before.sha256 != after.sha256 or before.size != after.size:
        words.append("content")
    if before.executable != after.executable:
        words.append("now executable" if after.executable else "no longer executable")
    return ", ".join(words)


def same_content(before: FileEntry, after: FileEntry) -> bool:
    """Whether two rows describe the same content of a remote path."""
    return (before.size, before.sha256, before.executable) == (after.size, after.sha256, after.executable)


def _program(before: Manifest, after: Manifest) -> Iterable[Change]:
    fields = [
        ("entrypoint", _entry(before.entrypoint), _entry(after.entrypoint)),
        ("args", _listed(before.entrypoint.args), _listed(after.entrypoint.args)),
        ("entry file", before.entrypoint.remote or "none", after.entrypoint.remote or "none"),
        ("remote cwd", before.entrypoint.remote_cwd, after.entrypoint.remote_cwd),
        ("remote root", before.remote_root, after.remote_root),
        ("sys.path", _listed(before.sys_path), _listed(after.sys_path)),
        ("complete", _yes(before.complete), _yes(after.complete)),
    ]
    return [Change(what, old, new) for what, old, new in fields if old != new]


def _entry(row: EntrypointRow) -> str:
    # The name of a script depends on the working directory; its remote path is compared instead.
    target = "" if row.kind is EntrypointKind.SCRIPT else f" {row.target}"
    form = f" ({row.form})" if row.form else ""
    return f"{row.kind.value}{form}{target}{', imported only' if row.import_only else ''}"


def _listed(words: Iterable[str]) -> str:
    return ", ".join(words) or "none"


def _yes(value: bool) -> str:
    return "yes" if value else "no"


def _mounts(before: Manifest, after: Manifest) -> Iterable[MountChange]:
    old, new = _by_mount(before), _by_mount(after)
    old_files = {row.remote: row for row in before.files}
    new_files = {row.remote: row for row in after.files}
    reported: set[str] = set()
    for key in sorted(old.keys() | new.keys(), key=lambda key: (key[2], key)):
        was, now = old.get(key), new.get(key)
        remotes = sorted({*(was[1] if was else ()), *(now[1] if now else ())} - reported)
        # A file that two mounts contain is reported once; a file that only changed its mount is not reported.
        reported.update(remotes)
        files = _files(remotes, old_files, new_files)
        if was is None or now is None or any(files):
            yield MountChange(was[0] if was else None, now[0] if now else None, *files)
    alone = _files(sorted((old_files.keys() | new_files.keys()) - reported), old_files, new_files)
    if any(alone):
        yield MountChange(None, None, *alone)


def _files(
    remotes: Iterable[str], old: Mapping[str, FileEntry], new: Mapping[str, FileEntry]
) -> tuple[tuple[FileEntry, ...], tuple[FileEntry, ...], tuple[tuple[FileEntry, FileEntry], ...]]:
    """The added, removed and changed files among these remote paths."""
    remotes = tuple(remotes)
    return (
        tuple(new[remote] for remote in remotes if remote not in old),
        tuple(old[remote] for remote in remotes if remote not in new),
        tuple(
            (old[remote], new[remote])
            for remote in remotes
            if remote in old and remote in new and not same_content(old[remote], new[remote])
        ),
    )


def _by_mount(manifest: Manifest) -> Mapping[MountKey, tuple[MountRow, list[str]]]:
    """The remote paths that each mount contains; portions of one namespace are one."""
    found: dict[MountKey, tuple[MountRow, list[str]]] = {}
    for row in manifest.mounts:
        found.setdefault(mount_key(row), (row, []))
    for file in manifest.files:
        for key in dict.fromkeys(mount_key(manifest.mounts[index]) for index in file.mounts):
            found[key][1].append(file.remote)
    return found


def _requirements(before: Manifest, after: Manifest) -> Iterable[Change]:
    old, new = _pins(before), _pins(after)
    for name in sorted(old.keys() | new.keys()):
        if old.get(name) != new.get(name):
            yield Change(name, old.get(name), new.get(name))


def _pins(manifest: Manifest) -> dict[str, str]:
    """Each distribution's version, with its source where that is not the package index."""
    pins: dict[str, list[str]] = {}
    for row in manifest.requirements:
        url = row.direct_url.get("url") if row.direct_url else None
        pins.setdefault(row.name, []).append(f"{row.version} from {url}" if url else row.version)
    return {name: ", ".join(sorted(versions)) for name, versions in pins.items()}
