"""Where local places stand remotely: the two layouts.

Two questions, two methods. `home`: a directory that modules were found in by their import name; what
stands in it may move, as long as Python still finds it. `spot`: a file that the program reaches by a
path it computes itself, relative to its own file or to the cwd; it must keep its place to be found.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable

from automount.model import Layout
from automount.paths import join, name, normal, parent, relative
from automount.plan.run import PlanRun

OUTSIDE = "_outside"


class Ground(ABC):
    """A layout, for one run. Remote paths are absolute, below the remote root."""

    def __init__(self, run: PlanRun) -> None:
        self._run = run
        self._homes: dict[str, str] = {}
        self._askers: dict[str, set[int]] = {}
        self._taken: dict[str, str] = {}

    @property
    @abstractmethod
    def remote_cwd(self) -> str:
        """Where the program is to be started."""

    def home(self, directory: str, process: int = 0) -> str:
        """The remote directory for what `process` imported by name from `directory`; remembered."""
        directory = normal(directory)
        self._askers.setdefault(directory, set()).add(process)
        if directory not in self._homes:
            self._homes[directory] = self._home(directory)
        return self._homes[directory]

    @property
    def homes(self) -> tuple[tuple[str, str], ...]:
        """Each local directory that `home` was asked about, with its answer, in that order."""
        return tuple(self._homes.items())

    def remember(self, homes: Iterable[tuple[str, str]]) -> None:
        """Takes over the homes that an earlier ground of the same run gave."""
        for directory, home in homes:
            self._homes[directory] = home
            self._askers.setdefault(directory, set())

    @abstractmethod
    def _home(self, directory: str) -> str: ...

    @abstractmethod
    def spot(self, path: str, *, from_cwd: bool = False, askers: Collection[int] | None = None) -> str | None:
        """The remote path of what the program reaches by its path; None where none follows.

        `from_cwd`: the program named it relative to its cwd. `askers`: the processes that can have
        computed the path from a module of theirs; None: all.
        """

    def archive(self, path: str) -> str:
        """The remote path of an archive: its spot, else in its directory's home; never shared by two."""
        spot = self.spot(path) or join(self.home(parent(path)), name(path))
        # No module is named by a number alone, so a numbered directory is in nobody's way.
        held, count = parent(spot), 1
        while self._taken.setdefault(spot, path) != path:
            count += 1
            spot = join(held, str(count), name(path))
        return spot

    def by_hand(self, path: str) -> str:
        """The remote path of what the user adds without saying where: below the root, by its name."""
        return join(self._run.root, name(path))

    def entry(self, path: str) -> str:
        """The remote path of the entry script."""
        return join(self.home(parent(path)), name(path))

    @abstractmethod
    def beside(self, location: str, primary: str) -> str:
        """The remote directory of a further directory of a package whose first one stands at `primary`."""

    def _below_homes(self, path: str, askers: Collection[int] | None) -> str | None:
        """Below the nearest directory that modules of the askers came from."""
        for directory, home in sorted(self._homes.items(), key=lambda row: (-len(row[0]), row[0])):
            below = relative(path, directory)
            asked = askers is None or not self._askers[directory].isdisjoint(askers)
            if below and asked and directory != "/":
                return join(home, below)
        return None


class Flat(Ground):
    """The import name decides: every directory on `sys.path` becomes the remote root."""

    @property
    def remote_cwd(self) -> str:
        return self._run.root

    def _home(self, directory: str) -> str:
        return self._run.root

    def spot(self, path: str, *, from_cwd: bool = False, askers: Collection[int] | None = None) -> str | None:
        path, run = normal(path), self._run
        # A directory that is run as a program keeps its name, unlike the directory of a script.
        anchors = [
            (held, join(run.root, name(held)) if run.is_entry(held) else run.root)
            for held in run.entry_directories
        ]
        anchors.insert(0 if from_cwd else len(anchors), (run.cwd, run.root))
        for anchor, remote in anchors:
            below = relative(path, anchor)
            # A program started in `/` does not make the whole machine its project.
            if below and anchor != "/":
                return join(remote, below)
        return self._below_homes(path, askers)

    def beside(self, location: str, primary: str) -> str:
        return primary


class Mirror(Ground):
    """The tree below the project root is kept; what stands outside gets a directory for each place."""

    def __init__(self, run: PlanRun) -> None:
        super().__init__(run)
        self._project = normal(run.facts.project_root or run.cwd)
        self._outside: dict[str, str] = {}

    @property
    def remote_cwd(self) -> str:
        return self._inside(self._run.cwd) or self._run.root

    def _inside(self, path: str) -> str | None:
        below = self._run.below(path, self._project)
        return None if below is None else join(self._run.root, below)

    def _home(self, directory: str) -> str:
        inside = self._inside(directory)
        if inside is not None:
            return inside
        # By number: a name would carry the user's own directory names into the digest.
        return self._outside.setdefault(directory, join(self._run.root, OUTSIDE, str(len(self._outside) + 1)))

    def spot(self, path: str, *, from_cwd: bool = False, askers: Collection[int] | None = None) -> str | None:
        return self._inside(path) or self._below_homes(normal(path), askers)

    def beside(self, location: str, primary: str) -> str:
        return self.spot(location) or primary

    def by_hand(self, path: str) -> str:
        return self._inside(path) or super().by_hand(path)


def ground_for(run: PlanRun) -> Ground:
    """The layout that the policy names."""
    return Mirror(run) if run.policy.layout is Layout.MIRROR else Flat(run)
