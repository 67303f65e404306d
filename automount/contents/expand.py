"""Turns all mounts into one set of file rows, each remote path once, and rows for what was left out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from automount import paths
from automount.contents import reach
from automount.contents.digests import DigestIndex, FileDigest
from automount.contents.hashing import Progress
from automount.contents.ignores import IgnoreFiles
from automount.contents.remarks import case_collisions, large_mounts
from automount.contents.touched import Touched
from automount.contents.walk import Found, walk
from automount.manifest import remote_problem
from automount.model import FileEntry, Mount, Pattern, Skipped, Warning_
from automount.patterns import PatternSet
from automount.values import dataclass, replace

_CODE_SUFFIXES = (".py", ".pyc", ".pyw", ".so", ".pyd", ".egg", ".zip", ".pyz")
_UNEXPECTED = {
    "unreadable": "cannot be read",
    "vanished": "disappeared",
    "missing": "does not exist",
    "fifo": "is a FIFO",
    "socket": "is a socket",
    "device": "is a device",
    "directory": "is a directory, not a file",
    "no-directory": "is not a directory",
    "broken-link": "is a link that leads nowhere",
    "link-loop": "is a link that leads to itself",
}


@dataclass(frozen=True)
class Contents:
    """The files of the mounts (by remote path), what was left out, and warnings for the user."""

    files: tuple[FileEntry, ...]
    skipped: tuple[Skipped, ...]
    warnings: tuple[Warning_, ...]


def expand(
    mounts: Sequence[Mount],
    *,
    patterns: Iterable[Pattern] = (),
    touched: frozenset[str] = frozenset(),
    index: DigestIndex | None = None,
    loaded: frozenset[str] | None = None,
    read: frozenset[str] = frozenset(),
    progress: Progress | None = None,
    written: frozenset[str] = frozenset(),
    workspace: str | None = None,
    collision_advice: str = "rename or exclude one of them",
) -> Contents:
    """The files of `mounts`, read and hashed, and all that was left out of them.

    `touched` are the absolute local paths that the program loaded or read, as it wrote them; `loaded` those
    of them that it loaded (None: those of `touched` that look like code), `read` those that it read as data.
    `progress` is called with the path and the number of bytes after each piece that was hashed. `written` are
    local paths that the run created; they are left out, since it creates them again. Patterns are never
    tested against paths above `workspace`. `collision_advice` ends the warning about two files with one
    remote path.
    """
    if loaded is None:
        loaded = frozenset(path for path in touched if path.endswith(_CODE_SUFFIXES))
    expansion = _Expansion(
        index=index or DigestIndex(),
        touched=Touched.of(touched, loaded, read),
        progress=progress,
        written=written,
        collision_advice=collision_advice,
    )
    return expansion.run(mounts, IgnoreFiles(PatternSet(patterns), workspace))


class _Expansion:
    """One call of `expand`."""

    def __init__(
        self,
        *,
        index: DigestIndex,
        touched: Touched,
        progress: Progress | None,
        written: frozenset[str],
        collision_advice: str,
    ) -> None:
        self._collision_advice = collision_advice
        self._written = written
        self._index = index
        self._touched = touched
        self._progress = progress
        self._digests: dict[str, tuple[FileDigest, bool] | str] = {}
        self._findings: dict[str, tuple[str, ...]] = {}
        # The first file for each remote path, and all of them, with their mounts, where there are several.
        self._rows: dict[str, FileEntry] = {}
        self._contested: dict[str, list[tuple[int, int, FileEntry]]] = {}
        self._skipped: set[Skipped] = set()
        self._warnings: set[Warning_] = set()

    def run(self, mounts: Sequence[Mount], ignores: IgnoreFiles) -> Contents:
        walked = [self._walk(mount, ignores) for mount in mounts]
        self._index.read_ahead(((row.local, row.status) for rows in walked for row in rows), self._progress)
        for number, mount in enumerate(mounts):
            base = paths.join(mount.remote)
            for found in walked[number]:
                if self._written and not mount.by_hand and paths.is_within(found.local, self._written):
                    self._skipped.add(Skipped(found.local, "written", "the recorded run created it"))
                    continue
                known = self._digest(found)
                if known is None:
                    continue
                digest, executable = known
                remote = f"{base}/{found.below}" if found.below else base
                problem = remote_problem(remote)
                if problem is not None:
                    self._skipped.add(Skipped(found.local, "remote-path", problem))
                    message = f"{found.local} is not shipped, because of its remote path: {problem}"
                    self._warn("remote-path", message, found.local)
                    continue
                # By position, in the order of the fields: a tenth of the time of this loop.
                row = FileEntry(remote, found.local, digest.size, digest.sha256, executable, (number,))
                first = self._rows.setdefault(remote, row)
                if first is not row:
                    number_of_first = first.mounts[0]
                    other = (mounts[number_of_first].priority, number_of_first, first)
                    self._contested.setdefault(remote, [other]).append((mount.priority, number, row))
        for path in ignores.unreadable:
            self._warn(
                "unreadable", f"{path} cannot be read or is too large: its patterns were not applied", path
            )
        self._settle()
        files = self._without_inner()
        self._suspect(files)
        more = (*large_mounts(mounts, files), *case_collisions(files))
        carried = {row.local for row in files} if self._skipped else frozenset()
        return Contents(
            files,
            tuple(sorted((row for row in self._skipped if row.local not in carried), key=_skipped_order)),
            tuple(sorted({*self._warnings, *more}, key=_warning_order)),
        )

    def _walk(self, mount: Mount, ignores: IgnoreFiles) -> Sequence[Found]:
        walked = walk(mount, ignores, self._touched)
        self._skipped.update(walked.skipped)
        for row in walked.skipped:
            code = row.code
            if code == "symlinked-directory":
                self._warn(
                    "symlink-skipped",
                    f"{row.local} links to a directory in which nothing was loaded or read; "
                    f"to ship it, use --add-dir {row.local}",
                    row.local,
                )
            elif code in ("unreadable", "vanished") or (row.local == mount.local and code in _UNEXPECTED):
                self._warn(code, f"{row.local} {_UNEXPECTED[code]} and is not shipped", row.local)
        return walked.files

    def _digest(self, found: Found) -> tuple[FileDigest, bool] | None:
        """The digest of a file and whether it is executable; None where it could not be read."""
        known = self._digests.get(found.local)
        if known is None:
            try:
                digest, status = self._index.digest(found.local, found.status, self._progress)
                known = (digest, bool(status.st_mode & 0o100))
                if digest.findings:
                    self._findings[found.local] = digest.findings
                if not digest.stable:
                    self._warn(
                        "changed-while-read",
                        f"{found.local} changed each time it was read: the content read last was recorded",
                        found.local,
                    )
            except OSError as error:
                known = reach.reason_for(error)
            except reach.NotAFile as error:
                known = error.reason
            self._digests[found.local] = known
            if isinstance(known, str):
                self._warn(known, f"{found.local} {_UNEXPECTED[known]} and is not shipped", found.local)
        if isinstance(known, str):
            self._skipped.add(Skipped(found.local, known))
            return None
        return known

    def _settle(self) -> None:
        """Chooses one file for each remote path: that of the mount of lowest priority, then the first."""
        for remote, wanting in self._contested.items():
            wanting.sort(key=lambda each: each[:2])
            first = wanting[0][2]
            same = {number for _, number, row in wanting if row.sha256 == first.sha256}
            self._rows[remote] = replace(first, mounts=tuple(sorted(same)))
            for _, _, other in wanting[1:]:
                if other.sha256 != first.sha256:
                    self._collide(first, other)

    def _without_inner(self) -> tuple[FileEntry, ...]:
        """The rows by remote path, without those that need a directory where another row's file is."""
        blocking: dict[str, FileEntry | None] = {"/": None}
        kept = []
        for remote, row in sorted(self._rows.items()):
            directory = remote.rpartition("/")[0] or "/"
            if directory not in blocking:
                blocking[directory] = _blocker(directory, self._rows, blocking)
            blocker = blocking[directory]
            if blocker is None:
                kept.append(row)
            else:
                self._collide(blocker, row)
        return tuple(kept)

    def _collide(self, winner: FileEntry, loser: FileEntry) -> None:
        self._warn(
            "remote-collision",
            f"{winner.remote} is {winner.local}; {loser.local} has the same remote path and is not shipped: "
            f"{self._collision_advice}",
            loser.local,
        )
        self._skipped.add(Skipped(loser.local, "remote-collision", f"{winner.local} is at {winner.remote}"))

    def _suspect(self, rows: Iterable[FileEntry]) -> None:
        if not self._findings:
            return
        from automount.contents import secrets

        for row in rows:
            if row.local in self._findings:
                findings = [secrets.parse_finding(text) for text in self._findings[row.local]]
                sentences = ", ".join(finding.sentence for finding in findings)
                self._warn("secret-suspected", f"{row.local}: {sentences}", row.local)

    def _warn(self, code: str, message: str, path: str) -> None:
        self._warnings.add(Warning_(code, message, path))


def _blocker(
    directory: str, by_remote: dict[str, FileEntry], known: dict[str, FileEntry | None]
) -> FileEntry | None:
    """The row whose file is at `directory` or above it, if any."""
    climbed = []
    while directory not in known and directory not in by_remote:
        climbed.append(directory)
        directory = paths.parent(directory)
    blocker = by_remote.get(directory) or known.get(directory)
    known.update(dict.fromkeys(climbed, blocker))
    return blocker


def _skipped_order(row: Skipped) -> tuple[str, str, str]:
    return (row.local, row.code, row.detail)


def _warning_order(row: Warning_) -> tuple[str, str, str]:
    return (row.code, row.path or "", row.message)
