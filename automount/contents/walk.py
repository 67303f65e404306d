"""Walks one mount and classifies each path as shipped or as left out, with the reason.

The one walk over a tree is iterative and in the order of the names, so that neither depth nor loops can break
it. A directory that is left out is one row, not one per file. Some things are left out by policy (dot names,
caches, environments, user patterns), and an `--include` that matches re-includes them; others cannot be
shipped at all (FIFOs, sockets, devices, broken links). A file that was loaded or read is shipped even where
policy leaves its neighbours out, or the program would not run; only a nested virtual environment and the
user's own patterns take precedence.
"""

from __future__ import annotations

import errno
import os

from automount import paths
from automount.contents import reach
from automount.contents.ignores import IGNORE_FILE, IgnoreFiles, excluded_by
from automount.contents.touched import Touched
from automount.model import Mount, Skipped
from automount.patterns import DirectoryRules, PatternSet
from automount.values import dataclass, field

_COMPILED = (".pyc", ".pyo")


@dataclass(frozen=True)
class Found:
    """A file that a mount contains: its local path as reached, and its path below the mount."""

    local: str
    below: str
    status: os.stat_result


@dataclass
class Walked:
    """The result of one walk."""

    files: list[Found] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)

    def skip(self, path: str, code: str, detail: str = "") -> None:
        self.skipped.append(Skipped(path, code, detail))


@dataclass(frozen=True)
class _Visit:
    """A directory to be walked.

    `chain` are device and inode of it and of those above, to notice loops. `used_only`: only what was
    loaded or read is shipped. `forced`: the user included it by name.
    """

    path: str
    below: str
    rules: PatternSet
    chain: tuple[tuple[int, int], ...]
    used_only: bool = False
    forced: bool = False


def walk(mount: Mount, ignores: IgnoreFiles, touched: Touched) -> Walked:
    """All that `mount` contains and all that it leaves out, in the order of the paths."""
    walked = Walked()
    if mount.only is not None and mount.tree:
        _pick(mount, ignores, walked)
    elif mount.tree:
        _Tree(mount, touched, walked, ignores).run()
    else:
        _single(mount, mount.local, "", ignores, walked)
    return walked


def _single(mount: Mount, path: str, below: str, ignores: IgnoreFiles, walked: Walked) -> None:
    """Ships one named file. Patterns do not apply to one that was added explicitly."""
    root = paths.parent(mount.local)
    if not mount.by_hand:
        decision = ignores.above(path).decide(path, root, ignores.top, is_dir=False)
        if decision is not None and decision.excluded:
            walked.skipped.append(excluded_by(decision))
            return
    try:
        status = reach.status(path)
    except OSError as error:
        walked.skip(path, _reason_for_link(path, error))
        return
    kind = reach.kind_of(status.st_mode)
    if kind == "file":
        walked.files.append(Found(path, below, status))
    else:
        walked.skip(path, kind)


def _pick(mount: Mount, ignores: IgnoreFiles, walked: Walked) -> None:
    """Ships only the files that the mount names, without a walk."""
    real = None
    for path in sorted(mount.only or ()):
        below = paths.relative(path, mount.local)
        if below is None:
            real = real or os.path.realpath(mount.local)
            below = paths.relative(os.path.realpath(path), real)
        if below is None:
            walked.skip(path, "outside-mount", mount.local)
        else:
            _single(mount, path, below, ignores, walked)
    walked.skip(mount.local, "out-of-scope", "all but the files that were loaded or read")


@dataclass(frozen=True)
class _Listing:
    """What decides about the entries of one directory.

    `names` are all of them, `rules` are for this directory, `patterns` for the directories in it. `deeper`
    collects those to be visited.
    """

    visit: _Visit
    names: set[str]
    rules: DirectoryRules
    patterns: PatternSet
    deeper: list[_Visit]


class _Tree:
    """The walk over the tree of one mount."""

    def __init__(self, mount: Mount, touched: Touched, walked: Walked, ignores: IgnoreFiles) -> None:
        self._mount = mount
        self._touched = touched
        self._walked = walked
        self._ignores = ignores
        self._root = paths.parent(mount.local)
        self._stack: list[_Visit] = []

    def run(self) -> None:
        top = self._mount.local
        rules = self._ignores.above(top)
        if not self._mount.by_hand:
            decision = rules.decide(top, self._root, self._ignores.top, is_dir=True)
            if decision is not None and decision.excluded:
                self._walked.skipped.append(excluded_by(decision))
                return
        try:
            status = reach.status(top)
        except OSError as error:
            self._walked.skip(top, _reason_for_link(top, error))
            return
        kind = reach.kind_of(status.st_mode)
        if kind != "directory":
            self._walked.skip(top, "no-directory" if kind == "file" else kind)
            return
        self._stack.append(_Visit(top, "", rules, (_identity(status),)))
        while self._stack:
            visit = self._stack.pop()
            try:
                with reach.listed(visit.path) as entries:
                    self._enter(visit, entries)
            except OSError as error:
                self._walked.skip(visit.path, reach.reason_for(error))

    def _enter(self, visit: _Visit, entries: list[os.DirEntry[str]]) -> None:
        """One directory: whole, only what was used, or not at all, by what is in it."""
        names = {entry.name for entry in entries}
        if not visit.below and "pyvenv.cfg" in names:
            own = _environment_in_place(visit.path)
            for name in sorted(own & names):
                self._walked.skip(paths.join(visit.path, name), "nested-venv")
            entries = [entry for entry in entries if entry.name not in own]
        if visit.below and not visit.forced:
            if "pyvenv.cfg" in names:
                self._walked.skip(visit.path, "nested-venv")
                return
            if "CACHEDIR.TAG" in names and not visit.used_only:
                visit = self._spare(visit, "cachedir-tag")
                if visit.path not in self._touched.used_below:
                    return
        patterns = visit.rules
        if IGNORE_FILE in names and not visit.used_only:
            patterns = patterns.extended(self._ignores.of(visit.path))
        listing = _Listing(visit, names, patterns.within(visit.path, self._root), patterns, [])
        out_of_scope = sum(self._consider(listing, entry) for entry in entries)
        if out_of_scope:
            files = "1 file" if out_of_scope == 1 else f"{out_of_scope} files"
            self._walked.skip(visit.path, "out-of-scope", f"{files} of other kinds")
        self._stack.extend(reversed(listing.deeper))

    def _spare(self, visit: _Visit, reason: str) -> _Visit:
        kept = visit.path in self._touched.used_below
        self._walked.skip(visit.path, reason, "all but what was loaded or read" if kept else "")
        return _Visit(visit.path, visit.below, visit.rules, visit.chain, used_only=True)

    def _consider(self, listing: _Listing, entry: os.DirEntry[str]) -> bool:
        """Ships the entry, or skips it. Returns whether it is a file of a kind that the mount leaves out."""
        visit = listing.visit
        path = paths.join(visit.path, entry.name) if visit.path == "/" else f"{visit.path}/{entry.name}"
        loaded = path in self._touched.loaded
        used = path in self._touched.used
        if visit.used_only and not used and path not in self._touched.used_below:
            return False
        link = entry.is_symlink()
        try:
            is_dir = entry.is_dir()
        except OSError as error:
            self._walked.skip(path, _reason_of_broken(error))
            return False
        decision = listing.rules.decide(entry.name, is_dir)
        if decision is not None and decision.excluded:
            self._walked.skipped.append(excluded_by(decision))
            return False
        forced = decision is not None
        if is_dir:
            self._consider_directory(listing, entry, path, link=link, forced=forced)
            return False
        reason = None if forced or used or visit.used_only else _file_policy(entry.name, listing.names)
        if reason is not None:
            self._walked.skip(path, reason)
            return False
        if self._is_of_other_kind(entry.name) and not forced and not loaded:
            return True
        self._take(visit, entry, path)
        return False

    def _take(self, visit: _Visit, entry: os.DirEntry[str], path: str) -> None:
        try:
            status = entry.stat()
        except OSError as error:
            broken = entry.is_symlink()
            self._walked.skip(path, _reason_of_broken(error) if broken else reach.reason_for(error))
            return
        kind = reach.kind_of(status.st_mode)
        if kind == "file":
            below = f"{visit.below}/{entry.name}" if visit.below else entry.name
            self._walked.files.append(Found(path, below, status))
        else:
            self._walked.skip(path, kind)

    def _consider_directory(
        self, listing: _Listing, entry: os.DirEntry[str], path: str, *, link: bool, forced: bool
    ) -> None:
        """Leaves the directory out, or adds it to those to be visited."""
        visit, deeper = listing.visit, listing.deeper
        try:
            identity = _identity(entry.stat())
        except OSError as error:
            self._walked.skip(path, reach.reason_for(error))
            return
        below = f"{visit.below}/{entry.name}" if visit.below else entry.name
        inside = _Visit(
            path,
            below,
            listing.patterns,
            (*visit.chain, identity),
            used_only=visit.used_only,
            forced=forced,
        )
        if visit.used_only:
            deeper.append(inside)
            return
        if link and (identity in visit.chain or self._leads_up(visit.path, path)):
            reason: str | None = "link-loop"
        elif forced:
            reason = None
        elif link and path not in self._touched.below and not self._touched_really(visit.path, entry.name):
            reason = "symlinked-directory"
        elif entry.name == "__pycache__":
            reason = "pycache"
        elif entry.name.startswith(".") and not _holds_libraries(path):
            reason = "dot-name"
        else:
            reason = None
        if reason is None:
            deeper.append(inside)
        else:
            spared = self._spare(inside, reason)
            if path in self._touched.used_below:
                deeper.append(spared)

    def _leads_up(self, directory: str, link: str) -> bool:
        """Whether `link` in `directory` points to a directory that contains it."""
        return paths.is_below(os.path.realpath(directory), os.path.realpath(link))

    def _touched_really(self, directory: str, name: str) -> bool:
        """Whether something below was touched under the directory's real path, its own links resolved."""
        return paths.join(os.path.realpath(directory), name) in self._touched.below

    def _is_of_other_kind(self, name: str) -> bool:
        suffixes = self._mount.suffixes
        return suffixes is not None and not name.endswith(suffixes)


def _holds_libraries(directory: str) -> bool:
    """Whether shared libraries are in a hidden directory: extensions find theirs by `$ORIGIN/.libs`."""
    try:
        return any(".so" in name or name.endswith(".dylib") for name in os.listdir(directory))
    except OSError:
        return False


def _environment_in_place(directory: str) -> frozenset[str]:
    """The names in `directory`, which is an environment and a project in one, that are the environment's."""
    own = {"pyvenv.cfg"}
    for name, marks in (("bin", ("activate", "python")), ("lib", ("python3",)), ("lib64", ("python3",))):
        try:
            inside = os.listdir(paths.join(directory, name))
        except OSError:
            continue
        if any(entry.startswith(marks) for entry in inside):
            own.add(name)
    return frozenset(own)


def _file_policy(name: str, names: set[str]) -> str | None:
    """The skip code for a file by its name and its neighbours' `names`, None where policy lets it pass."""
    if name.startswith("."):
        return "dot-name"
    if name.endswith(_COMPILED) and name[:-4] + ".py" in names:
        return "pyc-with-source"
    return None


def _reason_for_link(path: str, error: OSError) -> str:
    """The skip code for a mount's own path that has no stat."""
    try:
        reach.status(path, follow=False)
    except OSError as absent:
        reason = reach.reason_for(absent)
        return "missing" if reason == "vanished" else reason
    return _reason_of_broken(error)


def _reason_of_broken(error: OSError) -> str:
    """The skip code for a link that leads nowhere."""
    return "broken-link" if error.errno in (errno.ENOENT, errno.ENOTDIR) else reach.reason_for(error)


def _identity(status: os.stat_result) -> tuple[int, int]:
    return (status.st_dev, status.st_ino)
