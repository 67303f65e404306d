"""Decides the remote path at which a module's file or a package's directory is found again.

By its import name, if it was found by that: below its package's place, or in the place of its `sys.path`
directory. By its path, if nothing on `sys.path` explains it: the program computed that path, and will do so
again.
"""

from __future__ import annotations

from collections.abc import Callable

from automount.model import Disposition, ModuleRecord, Origin
from automount.paths import join, name, parent, parts
from automount.plan.drafts import Draft, Drafts
from automount.plan.layout import Placement
from automount.plan.run import EDITABLE_ORIGINS, PlanRun, import_root, needed
from automount.values import dataclass


@dataclass(frozen=True)
class Place:
    """One directory of a package that is shipped: local, remote, and the mount that carries it."""

    local: str
    remote: str
    draft: Draft


@dataclass(frozen=True)
class Target:
    """The place of a file or directory: already in the mount `draft`, or to be mounted at `remote`.

    `by_path`: it was not found by its name, so it needs no row of `sys.path`.
    `before`: a tree that may hold another file for the same place; what was loaded goes before it.
    """

    remote: str
    draft: Draft | None = None
    root: str | None = None
    by_path: bool = False
    before: Draft | None = None


class Destinations:
    """Finds targets. `places` gives the shipped directories of a package, placed first if need be."""

    def __init__(
        self,
        run: PlanRun,
        placement: Placement,
        drafts: Drafts,
        places: Callable[[Disposition], tuple[Place, ...]],
    ) -> None:
        self._run = run
        self._placement = placement
        self._drafts = drafts
        self._places = places

    def target(
        self, record: ModuleRecord, module_name: str, path: str, origin: Origin, *, is_file: bool = False
    ) -> Target:
        """The target of `path`, a module's file or a package's directory."""
        package_name, _, last = module_name.rpartition(".")
        if self._placement.keeps_tree and origin not in EDITABLE_ORIGINS:
            return self._kept(record, module_name, path, is_file)
        leaf = _leaf(path, last) if is_file else last
        if package_name:
            return self._submodule(record, package_name, leaf, path, origin)
        matches = name(path).partition(".")[0] == last if is_file else name(path) == last
        holder = parent(path)
        if matches and self._run.on_path(holder):
            return Target(join(self._placement.home(holder), leaf), root=holder)
        if origin in EDITABLE_ORIGINS and (matches or not is_file):
            # An editable installation's finder maps names to files without a place on sys.path.
            return Target(join(self._placement.home(holder), leaf), root=holder)
        carried = self._drafts.carrier(path)
        if carried is not None:
            return Target(carried[1], carried[0])
        known = self._placement.known(path)
        if known is not None:
            return Target(known, by_path=True)
        return Target(join(self._placement.home(holder), leaf), root=holder)

    def _kept(self, record: ModuleRecord, module_name: str, path: str, is_file: bool) -> Target:
        """Its own place in the tree, with the `sys.path` directory that it was found by, if any."""
        pieces = module_name.split(".")
        for depth in range(1, len(pieces)):
            # The packages above first: their trees usually carry the module.
            package = self._run.find(".".join(pieces[:depth]), record.process)
            if package is None or not needed(package.record):
                continue
            for place in self._places(package):
                held, leaf = join(place.local, *pieces[depth:-1]), name(path)
                # The record can name the file with links resolved.
                if leaf.partition(".")[0] == pieces[-1] and self._run.same(parent(path), held):
                    return Target(join(place.remote, *pieces[depth:-1], leaf), place.draft)
        file = path if is_file else join(path, "__init__.py")
        root = import_root(module_name, file)
        if root is not None and not self._run.on_path(root):
            root = None
        remote = self._placement.place(path)
        carried = self._drafts.carrier(path)
        draft = carried[0] if carried is not None and carried[1] == remote else None
        return Target(remote, draft, root=root, by_path=root is None)

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
            return Target(join(self._placement.home(root), *pieces, leaf), root=root)
        carried = self._drafts.carrier(path)
        if carried is not None:
            return Target(carried[1], carried[0])
        known = self._placement.known(path) if origin not in EDITABLE_ORIGINS else None
        if known is not None:
            return Target(known, by_path=True)
        root = parent(path)
        return Target(join(self._placement.home(root), *pieces, leaf), root=root)

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
