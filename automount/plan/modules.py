"""Assigns a place to each loaded module: the whole top-level package, a portion, or the one file.

A name is resolved from the top: a submodule is part of its package's tree, unless
it came from elsewhere (a `package-dir` map, a built extension module, an extended `__path__`); then it
gets a mount of its own where its import name needs it. A module that no directory on `sys.path`
explains was loaded by its path: it keeps its place relative to the program, where that path leads.
"""

from __future__ import annotations

from automount.model import Disposition, Distribution, ModuleRecord, MountKind, Origin, RecordKind
from automount.paths import join, normal, parent, relative
from automount.plan.because import import_reason
from automount.plan.destinations import Destinations, Place, Target
from automount.plan.drafts import Draft, Drafts, Precedence, Tier
from automount.plan.layout import Placement
from automount.plan.run import NOT_ON_PATH, PlanRun, import_root, is_package_file
from automount.values import replace


class Modules:
    """Places modules, in one pass over a run; packages are placed once."""

    def __init__(self, run: PlanRun, placement: Placement, drafts: Drafts) -> None:
        self._run = run
        self._placement = placement
        self._drafts = drafts
        self._placed: dict[tuple[object, ...], tuple[Place, ...]] = {}
        self._targets = Destinations(run, placement, drafts, self.places)
        self.path_rows: set[tuple[int, int, str]] = set()

    def place(self, disposition: Disposition, module_name: str | None = None) -> Draft | None:
        """The mount that contains the module, created if necessary; None if the module is not shipped."""
        record = disposition.record
        module_name = module_name or record.name
        if disposition.origin is Origin.ZIP:
            return self.archive(disposition)
        if disposition.origin is Origin.NAMESPACE:
            places = self.places(disposition)
            return places[0].draft if places else None
        if not self._run.is_mounted(disposition) or record.file is None:
            return None
        if record.locations is not None and is_package_file(record.file):
            primary = normal(parent(record.file))
            for place in self.places(disposition):
                if place.local == primary:
                    return place.draft
        return self._file(disposition, module_name)

    def is_by_path(self, disposition: Disposition) -> bool:
        """Whether the module can only be placed once the packages are: it was loaded by its path."""
        record = disposition.record
        if "." in record.name:
            top = self._run.find(record.name.partition(".")[0], record.process)
            return top is not None and self.is_by_path(top)
        if disposition.origin not in (Origin.LOCAL, Origin.VENDORED):
            return False
        root = import_root(record.name, record.file)
        return root is None or not self._run.on_path(root)

    def places(self, disposition: Disposition) -> tuple[Place, ...]:
        """The shipped directories of a package, in the order of its `__path__`."""
        record = disposition.record
        key = (record.name, record.process, record.file, record.locations)
        if key not in self._placed:
            self._placed[key] = ()
            if disposition.origin is Origin.NAMESPACE:
                self._placed[key] = self._portions(disposition)
            elif self._run.is_mounted(disposition):
                self._placed[key] = self._regular(disposition)
        return self._placed[key]

    def archive(self, disposition: Disposition) -> Draft:
        """The mount of the archive that the module is in, with its row of `sys.path`."""
        record = disposition.record
        local = normal(disposition.file or record.file or "")
        carried = self._drafts.carrier(local)
        remote = carried[1] if carried else self._placement.place(local)
        inner = _entry_inside(record, local)
        position = self._run.position(join(local, inner), record.process)
        # Python puts the archive that it runs on sys.path by itself.
        if not self._run.is_entry(local):
            self.path_rows.add((record.process, position, join(remote, inner)))
        before = Precedence(Tier.IMPORT, record.process, position)
        return self._drafts.add(Draft.of_archive(before, local, remote, disposition.distribution))

    def _portions(self, disposition: Disposition) -> tuple[Place, ...]:
        record = disposition.record
        found = []
        for index, portion in enumerate(disposition.portions):
            # A directory of built files in site-packages is not the project's own: its modules go alone.
            if portion.origin is Origin.EDITABLE_ARTIFACT or not self._run.ships(portion.origin):
                continue
            if not self._run.is_directory(portion.path):
                continue
            local = normal(portion.path)
            target = self._targets.target(record, record.name, local, portion.origin)
            self._precedence(record, target, index)
            draft = target.draft or self._tree(
                disposition, local, target, index, MountKind.NAMESPACE, portion.distribution
            )
            found.append(Place(local, target.remote, draft))
        return tuple(found)

    def _regular(self, disposition: Disposition) -> tuple[Place, ...]:
        record = disposition.record
        if record.file is None or record.locations is None or not is_package_file(record.file):
            return ()
        primary = normal(parent(record.file))
        target = self._targets.target(record, record.name, primary, disposition.origin)
        self._precedence(record, target, 0)
        draft = target.draft or self._tree(
            disposition, primary, target, 0, MountKind.PACKAGE, disposition.distribution
        )
        found = [Place(primary, target.remote, draft)]
        for index, location in enumerate(record.locations, start=1):
            place = self._extension(disposition, normal(location), found, index)
            if place is not None:
                found.append(place)
        return tuple(found)

    def _extension(
        self, disposition: Disposition, location: str, found: list[Place], index: int
    ) -> Place | None:
        """A further directory of a package's `__path__` (from pkgutil.extend_path, or assigned by code)."""
        record, run = disposition.record, self._run
        if not location.startswith("/") or any(run.same(location, place.local) for place in found):
            return None
        if not run.is_directory(location) or self._is_foreign(location):
            return None
        carried = self._drafts.carrier(location)
        if carried is not None:
            return Place(location, carried[1], carried[0])
        root = import_root(record.name, join(location, "__init__.py"))
        if disposition.origin is Origin.EDITABLE:
            # Code in the environment joins them at each start; it is not shipped, so they become one.
            target = Target(found[0].remote)
        elif root is not None and run.on_path(root):
            target = Target(join(self._placement.home(root), record.name.replace(".", "/")), root=root)
        else:
            target = Target(
                self._placement.place(location) if self._placement.keeps_tree else found[0].remote
            )
        owner = run.distribution_below(location) or disposition.distribution
        draft = self._tree(disposition, location, target, index, MountKind.PACKAGE, owner)
        return Place(location, target.remote, draft)

    def _is_foreign(self, location: str) -> bool:
        """Whether a directory on a `__path__` belongs to the interpreter or to installed distributions."""
        for index in self._run.processes():
            environment = self._run.environment(index)
            user = (environment.user_site,) if environment.user_site else ()
            for held in (*environment.site_dirs, *user, *environment.stdlib):
                if self._run.below(location, held) is not None:
                    return True
        return False

    def _tree(
        self,
        disposition: Disposition,
        local: str,
        target: Target,
        index: int,
        kind: MountKind,
        distribution: Distribution | None,
    ) -> Draft:
        """The mount of the `index`th directory of a package."""
        record = disposition.record
        before = self._precedence(record, target, index)
        draft = Draft.of_package(before, kind, record.name, local, target.remote, distribution)
        # The package's own import explains each of its directories.
        return self._drafts.add(draft, import_reason(self._run, disposition))

    def _file(self, disposition: Disposition, module_name: str) -> Draft:
        record = disposition.record
        local = normal(disposition.file or record.file or "")
        target = self._targets.target(record, module_name, local, disposition.origin, is_file=True)
        before, owner = self._precedence(record, target, 0), disposition.distribution
        if target.draft is not None:
            return target.draft
        if target.by_path:
            script = Draft.at_path(before, MountKind.SCRIPT, local, target.remote, distribution=owner)
            return self._drafts.add(script)
        return self._drafts.add(Draft.of_module(before, module_name, local, target.remote, owner))

    def _precedence(self, record: ModuleRecord, target: Target, index: int) -> Precedence:
        """That of the `index`th directory of a package, or of a module; its row of `sys.path` is added."""
        if target.before is not None:
            return replace(target.before.precedence.as_import, directory=-1)
        position = NOT_ON_PATH
        if target.root is not None:
            position = self._run.position(target.root, record.process)
            home = self._placement.home(target.root)
            if not self._run.is_put_by_python(target.root, record.process):
                self.path_rows.add(self._run.row(target.root, record.process, home))
        return Precedence(Tier.IMPORT, record.process, position, index)


def _entry_inside(record: ModuleRecord, archive: str) -> str:
    """The part of a `sys.path` entry that lies inside the archive: `src` for `libs.zip/src`."""
    inside = relative(normal(record.file or ""), archive)
    if not inside or record.kind is not RecordKind.MODULE:
        return ""
    root = import_root(record.name, "/" + inside)
    return (root or "").strip("/")
