"""Decides where local paths are remotely: the two layouts.

`tree`: the remote root and the path relative to the workspace root. Nothing moves, so every path that the
program computes still leads to its file. `flat`: the remote root and the import name.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable

from automount.model import Layout
from automount.paths import ancestors, is_below, join, name, normal, parent, relative
from automount.plan.run import PlanRun
from automount.plan.workspace import marked_root, outside_name

OUTSIDE = "_outside"


class Placement(ABC):
    """A layout, for one run. Remote paths are absolute, below the remote root."""

    keeps_tree = False

    def __init__(self, run: PlanRun) -> None:
        self._run = run
        self._homes: dict[str, str] = {}

    @property
    @abstractmethod
    def remote_cwd(self) -> str:
        """Where the program is to be started."""

    @abstractmethod
    def home(self, directory: str) -> str:
        """The remote directory for what was imported by name from `directory`; remembered."""

    @abstractmethod
    def known(self, path: str) -> str | None:
        """The remote path of `path`, if it is below a directory that has a place; else None."""

    @property
    def homes(self) -> tuple[tuple[str, str], ...]:
        """Each local directory that was given a remote place, with that place."""
        return tuple(self._homes.items())

    def remember(self, homes: Iterable[tuple[str, str]]) -> None:
        """Adopts the remote directories that an earlier layout of the same run assigned."""
        self._homes.update(homes)

    def place(self, path: str) -> str:
        """The remote path of a shipped file or directory; a new one is assigned if none is known."""
        path = normal(path)
        return self.known(path) or join(self.home(parent(path)), name(path))

    def by_hand(self, path: str) -> str:
        """The remote path of what the user adds without a remote path."""
        return join(self._run.root, name(path))

    def entry(self, path: str) -> str:
        """The remote path of the entry script."""
        return join(self.home(parent(path)), name(path))


class Flat(Placement):
    """Every directory on `sys.path`, the entry script's and the cwd become the remote root."""

    @property
    def remote_cwd(self) -> str:
        return self._run.root

    def home(self, directory: str) -> str:
        self._homes.setdefault(normal(directory), self._run.root)
        return self._run.root

    def known(self, path: str) -> str | None:
        path, run = normal(path), self._run
        nearest = sorted(self._homes, key=lambda directory: (-len(directory), directory))
        for anchor in (*run.entry_directories, run.cwd, *nearest):
            below = relative(path, anchor)
            if below and anchor != "/":
                # A directory that is run as a program keeps its name, unlike the directory of a script.
                return join(run.root, name(anchor) if run.is_entry(anchor) else "", below)
        return None


class Tree(Placement):
    """The tree below the workspace root is kept; other projects are whole trees below `_outside`."""

    keeps_tree = True

    def __init__(self, run: PlanRun) -> None:
        super().__init__(run)
        self._workspace = run.workspace

    @property
    def remote_cwd(self) -> str:
        cwd = self._run.cwd
        inside = self.known(cwd)
        if inside is not None:
            return inside
        # A program that was started in `/` or in the home directory does not have all of it as its project.
        return self._run.root if cwd in ("/", self._run.facts.home) else self.home(cwd)

    def known(self, path: str) -> str | None:
        below = self._run.below(path, self._workspace)
        if below is not None:
            return join(self._run.root, below)
        path = normal(path)
        for above in (path, *ancestors(path)):
            if above in self._homes:
                return join(self._homes[above], relative(path, above) or "")
        return None

    def home(self, directory: str) -> str:
        directory = normal(directory)
        found = self.known(directory)
        if found is not None:
            return found
        root = self._project_of(directory)
        taken = {name(place) for place in self._homes.values()}
        called = outside_name(root, self._run.facts.home, taken)
        self._homes[root] = join(self._run.root, OUTSIDE, called)
        return join(self._homes[root], relative(directory, root) or "")

    def _project_of(self, directory: str) -> str:
        """The root of the project outside the workspace that the directory is part of."""
        run = self._run
        marked = marked_root(directory, lambda path: run.facts.locate(path).exists, run.facts.home)
        if marked is not None:
            return marked
        holders = [place for place in run.foreign_places() if is_below(directory, place)]
        return min(holders, key=len, default=directory)

    def by_hand(self, path: str) -> str:
        return self.known(path) or super().by_hand(path)


def placement_for(run: PlanRun) -> Placement:
    """The layout that the policy names."""
    return Tree(run) if run.policy.layout is Layout.TREE else Flat(run)
