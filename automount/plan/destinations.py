"""Decides where a module's file or a package's directory has to stand to be found again.

By its import name, when it was found by that: below its package's place, or in its `sys.path`
directory's home. By its path, when nothing on `sys.path` explains it: the program computed that path,
and will again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from automount.model import Disposition, ModuleRecord, Origin
from automount.paths import join, name, parent, parts
from automount.plan.drafts import Draft, Drafts
from automount.plan.layout import Ground
from automount.plan.run import EDITABLE_ORIGINS, PlanRun, needed


@dataclass(frozen=True)
class Place:
    """One directory of a package that is shipped: local, remote, and the mount that carries it."""

    local: str
    remote: str
    draft: Draft


@dataclass(frozen=True)
class Target:
    """Where a file or directory goes: already carried by `draft`, or to be mounted at `remote`.

    `by_path`: it was not found by its name, so nothing on `sys.path` is owed to it.
    `also`: a second place, where one alone might not be found. `before`: a tree that may hold another
    file for the same place; what was loaded goes before it.
    """

    remote: str
    draft: Draft | None = None
    root: str | None = None
    also: str | None = None
    by_path: bool = False
    before: Draft | None = None


class Destinations:
    """Finds targets. `places` gives the shipped directories of a package, placed first if need be."""

    def __init__(
        self,
        run: PlanRun,
        ground: Ground,
        drafts: Drafts,
        places: Callable[[Disposition], tuple[Place, ...]],
    ) -> None:
        self._run = run
        self._ground = ground
        self._drafts = drafts
        self._places = places

    def target(
        self, record: ModuleRecord, module_name: str, path: str, origin: Origin, *, is_file: bool = False
    ) -> Target:
        """Where `path`, a module's file or a package's directory, has to stand."""
        package_name, _, last = module_name.rpartition(".")
        leaf = _leaf(path, last) if is_file else last
        if package_name:
            return self._submodule(record, package_name, leaf, path, origin)
        matches = name(path).partition(".")[0] == last if is_file else name(path) == last
        holder = parent(path)
        if matches and self._run.on_path(holder):
            by_name = join(self._ground.home(holder, record.process), leaf)
            return self._beside_script(record, path, by_name) or Target(by_name, root=holder)
        if origin in EDITABLE_ORIGINS and (matches or not is_file):
            # An editable installation's finder maps names to files without a place on sys.path; a
            # plugin of the same project, loaded by its path, looks just so: it gets both places.
            target = Target(join(self._ground.home(holder, record.process), leaf), root=holder)
            spot = self._ground.spot(path) if is_file and self._drafts.carrier(path) is None else None
            return Target(target.remote, root=holder, also=spot if spot != target.remote else None)
        carried = self._drafts.carrier(path)
        if carried is not None:
            return Target(carried[1], carried[0])
        spot = self._ground.spot(path)
        if spot is not None:
            return Target(spot, by_path=True)
        return Target(join(self._ground.home(holder, record.process), leaf), root=holder)

    def _beside_script(self, record: ModuleRecord, path: str, by_name: str) -> Target | None:
        """A place beside its own script, for a module whose remote place another one of its name has.

        Two children can each have their own `helper` beside them: Python looks there first.
        """
        if self._drafts.held_at(by_name) in (None, path):
            return None
        if not self._run.is_script_directory(parent(path), record.process):
            return None
        spot = self._ground.spot(path)
        return None if spot is None or spot == by_name else Target(spot)

    def _submodule(
        self, record: ModuleRecord, package_name: str, leaf: str, path: str, origin: Origin
    ) -> Target:
        pieces = package_name.split(".")
        for depth in range(len(pieces), 0, -1):
            # The nearest package above that is known: a record of one between may be lost in a crash.
            package = self._run.find(".".join(pieces[:depth]), record.process)
            places = self._places(package) if package is not None and needed(package.record) else ()
            if places:
                return self._in_package(places, pieces[depth:], leaf, path, origin)
        if name(path) == leaf and parts(parent(path))[-len(pieces) :] == tuple(pieces):
            root = "/" + "/".join(parts(parent(path))[: -len(pieces)])
            return Target(join(self._ground.home(root, record.process), *pieces, leaf), root=root)
        carried = self._drafts.carrier(path)
        if carried is not None:
            return Target(carried[1], carried[0])
        spot = self._ground.spot(path) if origin not in EDITABLE_ORIGINS else None
        if spot is not None:
            return Target(spot, by_path=True)
        root = parent(path)
        return Target(join(self._ground.home(root, record.process), *pieces, leaf), root=root)

    def _in_package(
        self, places: tuple[Place, ...], below: list[str], leaf: str, path: str, origin: Origin
    ) -> Target:
        for place in places:
            if name(path) == leaf and self._run.same(parent(path), join(place.local, *below)):
                return Target(join(place.remote, *below, leaf), place.draft)
        carried = self._drafts.carrier(path) if origin not in EDITABLE_ORIGINS else None
        if carried is not None:
            return Target(carried[1], carried[0])
        return Target(join(places[0].remote, *below, leaf), before=places[0].draft)


def _leaf(path: str, last: str) -> str:
    """The remote file name of a module whose import name ends in `last`, with the file's own ending."""
    stem, dot, ending = name(path).partition(".")
    if stem == last or not dot:
        return name(path)
    if not ending.endswith(".so"):
        ending = ending.rpartition(".")[2]
    return f"{last}.{ending}"
