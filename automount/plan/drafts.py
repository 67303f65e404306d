"""Collects mounts while the plan is made: one for each (local, remote), with all its reasons."""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum

from automount.model import Disposition, Distribution, Mount, MountKind
from automount.paths import ancestors, join, name, relative
from automount.values import dataclass, field, replace


class Tier(IntEnum):
    """The kinds of mounts by their precedence for one remote path."""

    MANUAL = 0
    ENTRY = 1
    IMPORT = 2
    DATA = 3


@dataclass(frozen=True)
class Precedence:
    """Which of two mounts wins a remote path: the lower one. Among imports it is what Python searches first.

    `process` is the process that imported it, `position` its place on that `sys.path`, `directory` which
    one it is of a package's directories. Of mounts that the user adds, the later one wins.
    """

    tier: Tier
    process: int = 0
    position: int = 0
    directory: int = 0

    @property
    def as_import(self) -> Precedence:
        """The same place among imports: for what is shipped along with a mount."""
        return replace(self, tier=Tier.IMPORT)

    def __lt__(self, other: Precedence) -> bool:
        return self._key < other._key

    @property
    def _key(self) -> tuple[int, int, int, int]:
        return (self.tier, self.process, self.position, self.directory)


ENTRY = Precedence(Tier.ENTRY, process=-1)
DATA = Precedence(Tier.DATA)


@dataclass(frozen=True)
class Reason:
    """One sentence, and the mount whose code needs it, if any."""

    sentence: str
    asked_by: Disposition | None = None


@dataclass(eq=False)
class Draft:
    """An unfinished mount. `limited`: only `files` of its tree are carried."""

    precedence: Precedence
    label: str
    kind: MountKind
    name: str
    local: str
    remote: str
    tree: bool = False
    distribution: Distribution | None = None
    reasons: list[Reason] = field(default_factory=list)
    files: set[str] = field(default_factory=set)
    limited: bool = False

    @classmethod
    def at_path(
        cls,
        precedence: Precedence,
        kind: MountKind,
        local: str,
        remote: str,
        *,
        tree: bool = False,
        distribution: Distribution | None = None,
    ) -> Draft:
        """A script, data, or another file or directory that is known by its path."""
        return cls(precedence, local, kind, name(local), local, remote, tree, distribution)

    @classmethod
    def of_data(cls, local: str, remote: str, *, tree: bool) -> Draft:
        """A file or directory that the program consumed as data."""
        return cls.at_path(DATA, MountKind.DATA, local, remote, tree=tree)

    @classmethod
    def of_package(
        cls,
        precedence: Precedence,
        kind: MountKind,
        package_name: str,
        local: str,
        remote: str,
        distribution: Distribution | None,
    ) -> Draft:
        """A directory of a package, or (as a module) one file of it."""
        label, tree = f"PythonPackage:{package_name}", kind is not MountKind.MODULE
        return cls(precedence, label, kind, package_name, local, remote, tree, distribution)

    @classmethod
    def of_module(
        cls,
        precedence: Precedence,
        module_name: str,
        local: str,
        remote: str,
        distribution: Distribution | None,
    ) -> Draft:
        """The file of a module."""
        label = f"PythonModule:{module_name}"
        return cls(precedence, label, MountKind.MODULE, module_name, local, remote, distribution=distribution)

    @classmethod
    def of_archive(
        cls, precedence: Precedence, local: str, remote: str, distribution: Distribution | None
    ) -> Draft:
        """A zip or an egg on `sys.path`."""
        label, called = f"Archive:{name(local)}", name(local)
        return cls(precedence, label, MountKind.ARCHIVE, called, local, remote, distribution=distribution)

    @classmethod
    def of_metadata(cls, carrier: Draft, distribution: Distribution, local: str, remote: str) -> Draft:
        """A metadata file of a distribution that `carrier` ships."""
        label = f"Metadata:{distribution.name}"
        before = carrier.precedence.as_import
        return cls(
            before,
            label,
            MountKind.FILE,
            distribution.name,
            local,
            remote,
            distribution=distribution,
        )

    @property
    def order(self) -> tuple[object, ...]:
        """The place in the plan: the entrypoint, then automatic ones by label, then data, then by hand."""
        shown = {Tier.ENTRY: 0, Tier.IMPORT: 1, Tier.DATA: 2, Tier.MANUAL: 3}[self.precedence.tier]
        return (shown, self.label, self.remote, self.local)


class Drafts:
    """All mounts so far."""

    def __init__(self) -> None:
        self._all: dict[tuple[str, str, bool], Draft] = {}
        self._trees: dict[str, list[Draft]] = {}
        self._files: dict[str, Draft] = {}

    @classmethod
    def of_mounts(cls, mounts: Iterable[Mount]) -> Drafts:
        """Drafts of finished mounts, for questions about their files."""
        drafts = cls()
        for mount in mounts:
            drafts.add(Draft.of_data(mount.local, mount.remote, tree=mount.tree))
        return drafts

    def add(self, draft: Draft, *reasons: Reason) -> Draft:
        """The draft, or the one that already carries the same local path to the same remote one, with the
        reasons."""
        key = (draft.local, draft.remote, draft.tree)
        held = self._all.setdefault(key, draft)
        if held is draft:
            if draft.tree:
                self._trees.setdefault(draft.local, []).append(draft)
            else:
                self._files.setdefault(draft.local, draft)
        else:
            held.precedence = min(held.precedence, draft.precedence)
            held.distribution = held.distribution or draft.distribution
        held.reasons += reasons
        return held

    def all(self) -> tuple[Draft, ...]:
        """Every draft, sorted."""
        return tuple(sorted(self._all.values(), key=lambda draft: draft.order))

    def remote_of(self, path: str) -> str | None:
        """The remote path of a local file that some draft carries, by itself or in a tree."""
        if path in self._files:
            return self._files[path].remote
        held = self.carrier(path)
        return None if held is None else held[1]

    def carrier(self, path: str) -> tuple[Draft, str] | None:
        """The nearest tree that holds `path`, as written, and the remote path it gets there."""
        for directory in (path, *ancestors(path)):
            for draft in self._trees.get(directory, ()):
                if draft.limited:
                    continue  # a directory that is run as a program: only its `__main__` is sure
                return draft, join(draft.remote, relative(path, directory) or "")
        return None
