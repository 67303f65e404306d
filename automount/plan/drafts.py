"""Collects mounts while the plan is made: one for each (local, remote), with all its reasons."""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum

from automount.model import Disposition, Distribution, Mount, MountKind
from automount.paths import ancestors, join, name, relative
from automount.values import dataclass, field


class Tier(IntEnum):
    """The precedence for one remote path: explicit mounts, the entrypoint, imports, data."""

    MANUAL = 0
    ENTRY = 1
    IMPORT = 2
    DATA = 3


@dataclass(frozen=True)
class Reason:
    """One sentence, and the mount whose code needs it, if any."""

    sentence: str
    asked_by: Disposition | None = None


@dataclass(eq=False)
class Draft:
    """An unfinished mount. `rank` orders mounts of one tier: what Python searches first comes first."""

    tier: Tier
    rank: tuple[int, int, int]
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
    def of_data(cls, local: str, remote: str, *, tree: bool) -> Draft:
        """A file or directory that the program consumed as data."""
        return cls(Tier.DATA, (0, 0, 0), local, MountKind.DATA, name(local), local, remote, tree)

    @property
    def order(self) -> tuple[object, ...]:
        """The place in the plan: the entrypoint, then automatic ones by label, then data, then by hand."""
        shown = {Tier.ENTRY: 0, Tier.IMPORT: 1, Tier.DATA: 2, Tier.MANUAL: 3}[self.tier]
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

    def add(self, draft: Draft) -> Draft:
        """The draft, or the existing one with the same local path and the same remote one."""
        key = (draft.local, draft.remote, draft.tree)
        held = self._all.setdefault(key, draft)
        if held is draft:
            if draft.tree:
                self._trees.setdefault(draft.local, []).append(draft)
            else:
                self._files.setdefault(draft.local, draft)
        else:
            held.tier = min(held.tier, draft.tier)
            held.rank = min(held.rank, draft.rank)
            held.distribution = held.distribution or draft.distribution
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
