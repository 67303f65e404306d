"""Makes the claims of loaded modules: the whole top-level package, a portion, or the one file.

A module that was found by its import name is claimed where that name finds it again: below its package's
directory, or in the place of its `sys.path` directory. A submodule is part of its package's tree, unless it
came from elsewhere (a `package-dir` map, a built extension module, an extended `__path__`). A module that no
directory on `sys.path` explains was loaded by its path: the program computed that path, and will do so again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from automount.model import Disposition, Distribution, ModuleRecord, MountKind, Origin, RecordKind
from automount.paths import join, name, normal, parent, parts, relative
from automount.plan.because import import_reason
from automount.plan.claims import Claim, Mounts, Precedence, Reason, Tier
from automount.plan.layout import Placement
from automount.plan.run import EDITABLE_ORIGINS, NOT_ON_PATH, PlanRun, import_root, is_package_file, needed
from automount.values import dataclass, replace


@dataclass(frozen=True)
class _Target:
    """The place of a module's file or a package's directory.

    `root` is the directory of `sys.path` that it was found in. `by_path`: it was not found by its name.
    `joins`: see `Claim`. `precedence` is set where that of its package decides.
    """

    local: str
    remote: str
    root: str | None = None
    by_path: bool = False
    joins: bool = False
    precedence: Precedence | None = None

    @property
    def is_inside(self) -> bool:
        """Whether it is in a directory of its package."""
        return self.joins and self.precedence is not None


class Modules:
    """Makes the claims of modules, those of a package once.

    `by_name` are the mounts of what was found by its name: they decide where the layout `flat` places what
    was loaded by its path.
    """

    def __init__(self, run: PlanRun, placement: Placement, by_name: Mounts) -> None:
        self._run = run
        self._placement = placement
        self._by_name = by_name
        self._packages: dict[tuple[object, ...], tuple[Claim, ...]] = {}

    def claims(self, disposition: Disposition, module_name: str | None = None) -> tuple[Claim, ...]:
        """The claims of a module, first the one that contains it; none if the module is not shipped."""
        record = disposition.record
        if disposition.origin is Origin.ZIP:
            return (self.archive(disposition),)
        found = self.directories(disposition)
        if found or disposition.origin is Origin.NAMESPACE or record.file is None:
            return found
        if not self._run.ships(disposition.origin):
            return ()
        module_name = module_name or record.name
        local, owner = normal(disposition.file or record.file), disposition.distribution
        target = self._target(record, module_name, local, disposition.origin, is_file=True)
        if target.by_path:
            return (self._claim(record, target, MountKind.SCRIPT, owner=owner),)
        label = f"{'PythonPackage' if target.is_inside else 'PythonModule'}:{module_name}"
        return (self._claim(record, target, MountKind.MODULE, label=label, owner=owner),)

    def directories(self, disposition: Disposition) -> tuple[Claim, ...]:
        """The claims of a package's shipped directories, in the order of its `__path__`."""
        record = disposition.record
        key = (record.name, record.process, record.file, record.locations)
        if key not in self._packages:
            is_namespace = disposition.origin is Origin.NAMESPACE
            found = self._portions(disposition) if is_namespace else self._regular(disposition)
            self._packages[key] = tuple(found)
        return self._packages[key]

    def archive(self, disposition: Disposition) -> Claim:
        """The claim of the archive that the module is in."""
        record = disposition.record
        local = normal(disposition.file or record.file or "")
        remote = self._placement.place(local)
        inner = _entry_inside(record, local)
        position = self._run.position(join(local, inner), record.process)
        before, owner = Precedence(Tier.IMPORT, record.process, position), disposition.distribution
        label = f"Archive:{name(local)}"
        claim = Claim.at(before, MountKind.ARCHIVE, local, remote, label=label, distribution=owner)
        if self._run.is_entry(local):
            return claim  # Python puts the archive that it runs on sys.path by itself.
        return replace(claim, row=(record.process, position, join(remote, inner)))

    def _portions(self, disposition: Disposition) -> Iterator[Claim]:
        record = disposition.record
        for index, portion in enumerate(disposition.portions):
            # A directory of built files in site-packages is not the project's own: its modules go alone.
            if portion.origin is Origin.EDITABLE_ARTIFACT or not self._run.ships(portion.origin):
                continue
            if self._run.is_directory(portion.path):
                target = self._target(record, record.name, normal(portion.path), portion.origin)
                yield self._directory(disposition, target, index, MountKind.NAMESPACE, portion.distribution)

    def _regular(self, disposition: Disposition) -> list[Claim]:
        record, kind = disposition.record, MountKind.PACKAGE
        if not self._run.ships(disposition.origin) or record.file is None or record.locations is None:
            return []
        if not is_package_file(record.file):
            return []
        primary = normal(parent(record.file))
        target = self._target(record, record.name, primary, disposition.origin)
        found = [self._directory(disposition, target, 0, kind, disposition.distribution)]
        for index, location in enumerate(map(normal, record.locations), start=1):
            if self._is_extension(location, found):
                owner = self._run.distribution_below(location) or disposition.distribution
                target = self._extension(disposition, location, found)
                found.append(self._directory(disposition, target, index, kind, owner))
        return found

    def _is_extension(self, location: str, found: Sequence[Claim]) -> bool:
        """Whether a directory on a `__path__` is a further one, and not of an installed distribution."""
        run = self._run
        if not run.is_directory(location) or any(run.same(location, place.local) for place in found):
            return False
        for index in run.processes():
            environment = run.environment(index)
            user = (environment.user_site,) if environment.user_site else ()
            for directory in (*environment.site_dirs, *user, *environment.stdlib):
                if run.below(location, directory) is not None:
                    return False
        return True

    def _extension(self, disposition: Disposition, location: str, found: Sequence[Claim]) -> _Target:
        """The place of a further directory of a package (by pkgutil.extend_path, or assigned by code)."""
        record, run, placement = disposition.record, self._run, self._placement
        for place in found:
            below = relative(location, place.local)
            if below is not None:
                remote = join(place.remote, below)
                return _Target(location, remote, joins=True, precedence=place.precedence)
        carried = self._by_name.carrier(location)
        if carried is not None:
            return _Target(location, carried[1], joins=True)
        root = import_root(record.name, join(location, "__init__.py"))
        if disposition.origin is not Origin.EDITABLE and root is not None and run.on_path(root):
            remote = join(placement.home(root), record.name.replace(".", "/"))
            return _Target(location, remote, root, joins=True)
        if disposition.origin is not Origin.EDITABLE and placement.keeps_tree:
            return _Target(location, placement.place(location), joins=True)
        # Code in the environment joins an editable package's directories at each start. It is not shipped, so
        # they become one directory.
        return _Target(location, found[0].remote)

    def _directory(
        self,
        disposition: Disposition,
        target: _Target,
        index: int,
        kind: MountKind,
        owner: Distribution | None,
    ) -> Claim:
        """The claim of the `index`th directory of a package, which the package's own import explains."""
        label, reason = f"PythonPackage:{disposition.record.name}", import_reason(self._run, disposition)
        return self._claim(disposition.record, target, kind, reason, index=index, label=label, owner=owner)

    def _claim(
        self,
        record: ModuleRecord,
        target: _Target,
        kind: MountKind,
        *reasons: Reason,
        owner: Distribution | None,
        label: str | None = None,
        index: int = 0,
    ) -> Claim:
        run, root, row = self._run, target.root, None
        position = NOT_ON_PATH if root is None else run.position(root, record.process)
        before = target.precedence or Precedence(Tier.IMPORT, record.process, position, index)
        if root is not None and not run.is_put_by_python(root, record.process):
            row = run.row(root, record.process, self._placement.home(root))
        claim = Claim.at(before, kind, target.local, target.remote, *reasons, label=label, distribution=owner)
        return replace(claim, joins=target.joins, row=row)

    def _target(
        self, record: ModuleRecord, module_name: str, path: str, origin: Origin, *, is_file: bool = False
    ) -> _Target:
        """The place of `path`, a module's file or a package's directory."""
        *above, last = module_name.split(".")
        leaf = _leaf(path, last) if is_file else last
        packages = list(self._packages_above(record, above))
        for place, below in packages:
            directory = join(place.local, *below)
            # The record can name the file with links resolved.
            if name(path) == leaf and self._run.same(parent(path), directory):
                remote = join(place.remote, *below, leaf)
                return _Target(join(directory, leaf), remote, joins=True, precedence=place.precedence)
        is_editable = origin in EDITABLE_ORIGINS
        if self._placement.keeps_tree and not is_editable:
            root = import_root(module_name, path if is_file else join(path, "__init__.py"))
            if root is not None and not self._run.on_path(root):
                root = None
            return _Target(path, self._placement.place(path), root, by_path=root is None, joins=True)
        matches = name(path) == leaf and list(parts(path)[:-1][-len(above) :] if above else ()) == above
        root = "/" + "/".join(parts(path)[: -len(above) - 1]) if matches else parent(path)
        # An editable installation's finder maps names to files without a place on sys.path.
        is_found = self._run.on_path(root) if matches and not is_editable else is_editable
        if not is_editable and not (is_found and not packages):
            for place, _ in packages:
                inside = relative(path, place.local)
                if inside is not None:
                    return _Target(path, join(place.remote, inside), joins=True, precedence=place.precedence)
            carried = self._by_name.carrier(path)
            if carried is not None:
                return _Target(path, carried[1], joins=True)
        if packages:
            place, below = packages[0]
            # It goes before the tree, which may hold another file for the same place.
            before = replace(place.precedence.as_import, directory=-1)
            return _Target(path, join(place.remote, *below, leaf), precedence=before)
        known = None if is_found else self._placement.known(path)
        if known is not None:
            return _Target(path, known, by_path=True)
        return _Target(path, join(self._placement.home(root), *above, leaf), root)

    def _packages_above(self, record: ModuleRecord, above: list[str]) -> Iterator[tuple[Claim, list[str]]]:
        """The directories of the shipped packages above a module, nearest first, with the names below them.

        A record of one between may be missing: it is lost where the program crashed.
        """
        for depth in range(len(above), 0, -1):
            package = self._run.find(".".join(above[:depth]), record.process)
            if package is not None and needed(package.record):
                yield from ((place, above[depth:]) for place in self.directories(package))


def is_by_path(run: PlanRun, disposition: Disposition) -> bool:
    """Whether the module was loaded by its path, so that its place depends on what was found by name."""
    record = disposition.record
    top = run.find(record.name.partition(".")[0], record.process) if "." in record.name else None
    if top is not None:
        return is_by_path(run, top)
    if disposition.origin not in (Origin.LOCAL, Origin.VENDORED):
        return False
    root = import_root(record.name, record.file)
    return root is None or not run.on_path(root)


def _leaf(path: str, last: str) -> str:
    """The remote file name of a module whose import name ends in `last`, with the file's own ending."""
    stem, dot, ending = name(path).partition(".")
    if stem == last or not dot:
        return name(path)
    if not ending.endswith(".so"):
        ending = ending.rpartition(".")[2]
    return f"{last}.{ending}"


def _entry_inside(record: ModuleRecord, archive: str) -> str:
    """The part of a `sys.path` entry that lies inside the archive: `src` for `libs.zip/src`."""
    inside = relative(normal(record.file or ""), archive)
    if not inside or record.kind is not RecordKind.MODULE:
        return ""
    root = import_root(record.name, "/" + inside)
    return (root or "").strip("/")
