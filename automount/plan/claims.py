"""Claims: what each fact of the run needs to be shipped, and the one pass that makes mounts of them.

A claim is a plain value: a local file or directory, its remote path, the cause, and its precedence. The
functions that make claims depend only on their arguments. `Mounts.add` decides what becomes of a claim.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from enum import IntEnum

from automount.model import Disposition, Distribution, ModuleRecord, Mount, MountKind
from automount.paths import ancestors, join, name, relative
from automount.values import dataclass, replace

# What identifies a mount: its local path, its remote path, and whether it is a tree.
Key = tuple[str, str, bool]


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


@dataclass(frozen=True)
class Claim:
    """A local file or directory that has to be at a remote path.

    `joins`: where a tree already ships it to that path, it needs no mount of its own. `only`: of a tree
    only these files are shipped (None: all). `carries` is the module that this claim was made for, `row` the
    row of `sys.path` by which Python finds it: process, position, remote directory.
    """

    precedence: Precedence
    label: str
    kind: MountKind
    name: str
    local: str
    remote: str
    tree: bool = False
    distribution: Distribution | None = None
    reasons: tuple[Reason, ...] = ()
    only: frozenset[str] | None = None
    joins: bool = False
    carries: Disposition | None = None
    row: tuple[int, int, str] | None = None

    @classmethod
    def at(
        cls,
        precedence: Precedence,
        kind: MountKind,
        local: str,
        remote: str,
        *reasons: Reason,
        label: str | None = None,
        tree: bool = False,
        distribution: Distribution | None = None,
    ) -> Claim:
        """A claim. It has the name at the end of its label; without a label, it is known by its path."""
        tree = tree or kind in (MountKind.PACKAGE, MountKind.NAMESPACE)
        called = name(local) if label is None else label.partition(":")[2]
        return cls(precedence, label or local, kind, called, local, remote, tree, distribution, reasons)

    @property
    def key(self) -> Key:
        """What identifies its mount."""
        return (self.local, self.remote, self.tree)

    @property
    def order(self) -> tuple[object, ...]:
        """The place in the plan: the entrypoint, then automatic ones by label, then data, then by hand."""
        shown = {Tier.ENTRY: 0, Tier.IMPORT: 1, Tier.DATA: 2, Tier.MANUAL: 3}[self.precedence.tier]
        return (shown, self.label, self.remote, self.local)


class Mounts:
    """The mounts that claims have become: one for each local and remote path, with all its reasons.

    Without `imports`, what was only imported is not mounted (`--no-automount`).
    """

    def __init__(self, claims: Iterable[Claim] = (), *, imports: bool = True) -> None:
        self._imports = imports
        self._all: dict[Key, Claim] = {}
        self._reasons: dict[Key, list[Reason]] = {}
        self._trees: dict[str, list[Key]] = {}
        self._files: dict[str, str] = {}
        # The mount of each module, and the rows of `sys.path` by which Python finds them.
        self.carried: dict[ModuleRecord, tuple[Disposition, Key]] = {}
        self.rows: set[tuple[int, int, str]] = set()
        self.add(claims)

    @classmethod
    def of_plan(cls, rows: Iterable[Mount]) -> Mounts:
        """The mounts of a finished plan, for questions about their files."""
        return cls(Claim.at(DATA, MountKind.DATA, row.local, row.remote, tree=row.tree) for row in rows)

    def add(self, claims: Iterable[Claim]) -> None:
        """Makes each claim a mount, or a reason for one that has the same paths or ships it already.

        Trees come first, the outer before the inner. Of claims for the same paths the first gives the label,
        the lowest the precedence.
        """
        for claim in sorted(claims, key=lambda claim: len(claim.local) if claim.tree else sys.maxsize):
            if claim.row is not None:
                self.rows.add(claim.row)
            if not self._imports and claim.precedence.tier is Tier.IMPORT:
                continue
            key = (self._joined(claim) if claim.joins else None) or self._own_mount(claim)
            self._reasons.setdefault(key, []).extend(claim.reasons)
            if claim.carries is not None:
                self.carried[claim.carries.record] = (claim.carries, key)

    def _joined(self, claim: Claim) -> Key | None:
        """The tree that already ships the claim's file to its remote path."""
        for key, remote in self._trees_above(claim.local):
            if remote == claim.remote:
                return key
        return None

    def _own_mount(self, claim: Claim) -> Key:
        """The mount of the claim's own paths."""
        key = claim.key
        known = self._all.get(key)
        if known is None:
            self._all[key] = claim
            if claim.tree:
                self._trees.setdefault(claim.local, []).append(key)
            else:
                self._files.setdefault(claim.local, claim.remote)
        else:
            self._all[key] = replace(
                known,
                precedence=min(known.precedence, claim.precedence),
                distribution=known.distribution or claim.distribution,
                only=None if known.only is None or claim.only is None else known.only | claim.only,
            )
        return key

    def all(self) -> tuple[Claim, ...]:
        """Every mount, sorted."""
        return tuple(sorted(self._all.values(), key=lambda claim: claim.order))

    def of(self, key: Key) -> Claim:
        """The mount with these paths."""
        return self._all[key]

    def reasons(self, mount: Claim) -> list[Reason]:
        """The reasons of all claims that became this mount."""
        return self._reasons[mount.key]

    def remote_of(self, path: str) -> str | None:
        """The remote path of a local file that some mount contains, by itself or in a tree."""
        if path in self._files:
            return self._files[path]
        carrier = self.carrier(path)
        return None if carrier is None else carrier[1]

    def carrier(self, path: str) -> tuple[Claim, str] | None:
        """The nearest tree that holds `path`, as written, and the remote path it gets there."""
        return next(((self._all[key], remote) for key, remote in self._trees_above(path)), None)

    def _trees_above(self, path: str) -> Iterator[tuple[Key, str]]:
        """The trees that hold `path`, nearest first, each with the remote path it gets there."""
        for directory in (path, *ancestors(path)):
            for key in self._trees.get(directory, ()):
                # Of a directory that is run as a program, only some files are sure.
                if self._all[key].only is None:
                    yield key, join(key[1], relative(path, directory) or "")
