"""Explains why a module name or a path (local or remote) is or is not in a manifest.

The rows are searched in this order, and the first match is the answer: module names, shipped files, mounts
and directories, module files, skipped paths, data that was read, distributions, and modules that were shipped
without being loaded. Anything else was never loaded in this run; the nearest names that were are given.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from enum import Enum
from functools import cached_property

from automount.distribution_names import canonical
from automount.explain.chains import Chain, Chains
from automount.explain.names import files_of_module, nearest_names
from automount.manifest import (
    DataRow,
    FileEntry,
    Manifest,
    ModuleRow,
    MountRow,
    Requirement,
    Skipped,
    Warning_,
)
from automount.model import Status
from automount.paths import ancestors, is_below, normal, relative
from automount.values import dataclass


class WhyOutcome(Enum):
    """The kinds of answers."""

    MOUNTED = "mounted"
    LEFT_OUT = "not mounted"
    UNKNOWN = "never loaded in this run"


@dataclass(frozen=True)
class Answer:
    """The answer to one question, with its evidence.

    `subject` is the kind of thing that the question is about: "module", "file", "directory", "mount",
    "distribution", or "name" where it is unknown. `what` is its name. `files` are the shipped files that it
    means, `mounts` the mounts that contain it, `modules` the recorded modules that it means (for a file that
    was not loaded itself: those that caused its mount), `chains` one chain for each of them. `within`: the
    thing itself was not requested; it is shipped because it is below a mount.
    """

    outcome: WhyOutcome
    subject: str
    what: str
    files: tuple[FileEntry, ...] = ()
    mounts: tuple[MountRow, ...] = ()
    modules: tuple[ModuleRow, ...] = ()
    chains: tuple[Chain, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    data: tuple[DataRow, ...] = ()
    requirement: Requirement | None = None
    warnings: tuple[Warning_, ...] = ()
    within: bool = False
    nearest: tuple[str, ...] = ()


def why(manifest: Manifest, question: str, paths: Sequence[str] = ()) -> Answer:
    """The answer for `question`; `paths` are the absolute paths, local or remote, that it may mean."""
    asked = _Question(manifest, question, tuple(dict.fromkeys(map(normal, paths))))
    for source in asked.sources():
        answer = source()
        if answer is not None:
            return answer
    return Answer(WhyOutcome.UNKNOWN, "name", question, nearest=nearest_names(manifest, question))


class _Question:
    """One question about one manifest."""

    def __init__(self, manifest: Manifest, question: str, paths: tuple[str, ...]) -> None:
        self._manifest = manifest
        self._question = question
        self._paths = paths

    def sources(self) -> Iterable[Callable[[], Answer | None]]:
        """The searches, in order."""
        return (
            self._module,
            self._file,
            self._mount,
            self._directory,
            self._module_file,
            self._skipped,
            self._data,
            self._below_a_mount,
            self._distribution,
            self._mount_label,
            self._unloaded_module,
        )

    @cached_property
    def _chains(self) -> Chains:
        return Chains(self._manifest)

    def _module(self) -> Answer | None:
        rows = [row for row in self._manifest.modules if row.name == self._question]
        return self._of_modules("module", self._question, rows) if rows else None

    def _module_file(self) -> Answer | None:
        rows = [row for row in self._manifest.modules if row.file and self._is(row.file)]
        return self._of_modules("file", rows[0].file or "", rows) if rows else None

    def _of_modules(self, subject: str, what: str, rows: list[ModuleRow]) -> Answer:
        rows = sorted(rows, key=_order)
        locals_ = {normal(row.file) for row in rows if row.file}
        indexes = {row.mount for row in rows if row.mount is not None}
        if not indexes:
            # It was only looked for, or not executed: its file may be shipped all the same.
            shipped = [row for row in self._manifest.files if normal(row.local) in locals_]
            if shipped:
                return self._of_files(subject, what, shipped, rows)
        files = tuple(
            row for row in self._manifest.files if normal(row.local) in locals_ and indexes & {*row.mounts}
        )
        # Its mount may contain the rest without this file, because a pattern excludes it.
        skipped = () if files else self._skips(locals_)
        mounted = bool(indexes) and not skipped
        return Answer(
            WhyOutcome.MOUNTED if mounted else WhyOutcome.LEFT_OUT,
            subject,
            what,
            files=files,
            mounts=self._mounts(indexes) if mounted else (),
            modules=tuple(rows),
            chains=tuple(self._chains.to(row) for row in rows),
            skipped=skipped,
            requirement=None if mounted else self._requirement(row.distribution for row in rows),
            warnings=self._warnings(locals_),
        )

    def _file(self) -> Answer | None:
        files = [row for row in self._manifest.files if row.remote in self._paths]
        files = files or [row for row in self._manifest.files if self._is(row.local)]
        if not files:
            return None
        locals_ = {normal(row.local) for row in files}
        indexes = {index for row in files for index in row.mounts}
        modules = [row for row in self._manifest.modules if row.file and normal(row.file) in locals_]
        modules = [row for row in modules if row.mount in indexes] or modules
        return self._of_files("file", files[0].remote, files, modules)

    def _unloaded_module(self) -> Answer | None:
        files = files_of_module(self._manifest, self._question)
        if not files:
            return None
        return self._of_files("module", self._question, files)

    def _of_files(
        self,
        subject: str,
        what: str,
        files: Sequence[FileEntry],
        modules: Sequence[ModuleRow] = (),
        mounts: set[int] | None = None,
    ) -> Answer:
        """The answer about shipped files; `mounts` are indexes (None: those that contain the files)."""
        indexes = {index for row in files for index in row.mounts} if mounts is None else mounts
        within = not modules
        modules = sorted(modules or self._causes(indexes), key=_order)
        locals_ = {normal(row.local) for row in files}
        return Answer(
            WhyOutcome.MOUNTED,
            subject,
            what,
            files=tuple(files),
            mounts=self._mounts(indexes),
            modules=tuple(modules),
            chains=tuple(self._chains.to(row) for row in modules),
            data=tuple(row for row in self._manifest.data if normal(row.local) in locals_),
            warnings=self._warnings(locals_),
            within=within,
        )

    def _causes(self, indexes: set[int]) -> list[ModuleRow]:
        """The modules that caused these mounts: the one that a mount is named after, else all in it."""
        found: list[ModuleRow] = []
        for index in sorted(indexes):
            carried = [row for row in self._manifest.modules if row.mount == index]
            named = [row for row in carried if row.name == self._manifest.mounts[index].name]
            found += named or carried
        return found

    def _mount(self) -> Answer | None:
        for index, mount in enumerate(self._manifest.mounts):
            if mount.remote in self._paths or self._is(mount.local):
                return self._of_mount(index, mount)
        return None

    def _mount_label(self) -> Answer | None:
        # A module that was run by -m is recorded as __main__; its mount has its name.
        for index, mount in enumerate(self._manifest.mounts):
            if self._question in (mount.label, mount.name):
                return self._of_mount(index, mount)
        return None

    def _of_mount(self, index: int, mount: MountRow) -> Answer:
        files = [row for row in self._manifest.files if index in row.mounts]
        return self._of_files("mount", mount.label, files, self._causes({index}), mounts={index})

    def _directory(self) -> Answer | None:
        for path in self._paths:
            if path == "/":
                continue
            for at in ("remote", "local"):
                files = [row for row in self._manifest.files if is_below(getattr(row, at), path)]
                if files:
                    return self._of_files("directory", path, files)
        return None

    def _skipped(self) -> Answer | None:
        rows = self._skips(self._paths)
        if not rows:
            return None
        return Answer(
            WhyOutcome.LEFT_OUT,
            "file",
            self._paths[0],
            skipped=rows,
            mounts=self._holding(rows[0].local),
            warnings=self._warnings(self._paths),
        )

    def _skips(self, paths: Iterable[str]) -> tuple[Skipped, ...]:
        """The rows that say why a path was left out: its own, else that of the nearest directory above it."""
        depths = {above: depth for path in paths for depth, above in enumerate((path, *ancestors(path)))}
        rows = [row for row in self._manifest.skipped if normal(row.local) in depths]
        if not rows:
            return ()
        nearest = min(depths[normal(row.local)] for row in rows)
        return tuple(row for row in rows if depths[normal(row.local)] == nearest)

    def _data(self) -> Answer | None:
        rows = tuple(row for row in self._manifest.data if self._is(row.local))
        if not rows:
            return None
        outcome = WhyOutcome.MOUNTED if any(row.mounted is not None for row in rows) else WhyOutcome.LEFT_OUT
        return Answer(outcome, "file", rows[0].local, data=rows, warnings=self._warnings(self._paths))

    def _below_a_mount(self) -> Answer | None:
        for path in self._paths:
            mounts = self._holding(path)
            if mounts:
                return Answer(WhyOutcome.LEFT_OUT, "file", path, mounts=mounts, within=True)
        return None

    def _distribution(self) -> Answer | None:
        """An installed distribution by its own name, which need not be the name that is imported."""
        wanted = canonical(self._question)
        rows = [row for row in self._manifest.modules if canonical(row.distribution or "") == wanted]
        requirement = self._requirement([self._question])
        if not wanted or (not rows and requirement is None):
            return None
        # Modules requested by other code show why the distribution is used.
        outside = [row for row in rows if not self._asked_from_within(row, rows)]
        return self._of_modules("distribution", self._question, outside or rows)

    def _asked_from_within(self, row: ModuleRow, rows: Sequence[ModuleRow]) -> bool:
        return any(row.requested_by == other.name and row.process == other.process for other in rows)

    def _is(self, path: str) -> bool:
        return path.startswith("/") and normal(path) in self._paths

    def _mounts(self, indexes: Iterable[int]) -> tuple[MountRow, ...]:
        return tuple(self._manifest.mounts[index] for index in sorted(indexes))

    def _holding(self, path: str) -> tuple[MountRow, ...]:
        """The mounts whose local directory the path is below."""
        return tuple(row for row in self._manifest.mounts if relative(path, row.local))

    def _requirement(self, names: Iterable[str | None]) -> Requirement | None:
        wanted = {canonical(known) for known in names if known}
        for row in self._manifest.requirements:
            if canonical(row.name) in wanted:
                return row
        return None

    def _warnings(self, paths: Iterable[str]) -> tuple[Warning_, ...]:
        wanted = set(paths)
        return tuple(row for row in self._manifest.warnings if row.path and normal(row.path) in wanted)


def _order(row: ModuleRow) -> tuple[bool, bool, int, str]:
    """The order of rows: those that are mounted and ran come first, then by process."""
    return (row.mount is None, row.status is not Status.EXECUTED, row.process, row.name)
