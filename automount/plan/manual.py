"""Places what the user adds explicitly. It takes precedence over everything else at the same remote path."""

from __future__ import annotations

from automount.model import ManualMount, MountKind, Warning_
from automount.paths import join, name, normal, parent
from automount.plan.drafts import Draft, Drafts, Precedence, Reason, Tier
from automount.plan.layout import Placement
from automount.plan.modules import Modules
from automount.plan.plan_input import Importable
from automount.plan.run import PlanRun, import_root, is_package_file


class Manual:
    """Places manual mounts; `warnings` names packages that were not found."""

    def __init__(self, run: PlanRun, placement: Placement, drafts: Drafts, modules: Modules) -> None:
        self._run = run
        self._placement = placement
        self._drafts = drafts
        self._modules = modules
        self._count = 0
        self.warnings: list[Warning_] = []

    def place(self) -> None:
        """Creates a mount for each row of the policy; of two rows for one remote path, the later one wins."""
        policy = self._run.policy
        for package_name, remote in policy.add_packages:
            self._package(package_name, remote)
        for row in policy.add_dirs:
            self._path(row, MountKind.DIRECTORY)
        for row in policy.add_files:
            self._path(row, MountKind.FILE)

    def _path(self, row: ManualMount, kind: MountKind) -> None:
        local = normal(row.local if row.local.startswith("/") else join(self._run.cwd, row.local))
        is_tree = kind is MountKind.DIRECTORY
        option = "--add-dir" if is_tree else "--add-file"
        remote = self._remote(row.remote, local, is_tree)
        draft = Draft.at_path(self._next(), kind, local, remote, tree=is_tree)
        self._drafts.add(draft, Reason(f"requested by {option}"))

    def _remote(self, remote: str | None, local: str, is_tree: bool) -> str:
        if remote is None:
            return self._placement.by_hand(local)
        path = normal(remote if remote.startswith("/") else join(self._run.root, remote))
        # As with cp, a file goes into a directory that is named with a closing slash.
        return join(path, name(local)) if remote.endswith("/") and not is_tree else path

    def _package(self, package_name: str, remote: str | None) -> None:
        found = self._run.facts.importables.get(package_name)
        if found is None:
            self.warnings.append(
                Warning_(
                    "package-not-found",
                    f"--add-package {package_name}: no package or module of that name is on the program's "
                    f"sys.path, so nothing was mounted for it: check the name, or add its directory "
                    f"with --add-dir",
                )
            )
            return
        reason = Reason(f"requested by --add-package {package_name}")
        target = None if remote is None else self._remote(remote, "", True)
        for ancestor in _ancestors(package_name):
            holder = self._run.facts.importables.get(ancestor)
            if holder is not None and holder.file is not None and target is None:
                self._file(holder, reason, None)
        if found.file is not None and not is_package_file(found.file):
            self._file(found, reason, target)
            return
        kind = MountKind.NAMESPACE if found.file is None else MountKind.PACKAGE
        locations = found.locations or ((parent(found.file),) if found.file else ())
        for location in dict.fromkeys(normal(location) for location in locations):
            if self._run.is_directory(location):
                place = target or self._by_name(found, location)
                draft = Draft.of_package(
                    self._next(), kind, package_name, location, place, found.distribution
                )
                self._drafts.add(draft, reason)

    def _file(self, found: Importable, reason: Reason, target: str | None) -> None:
        assert found.file is not None
        local = normal(found.file)
        is_package = is_package_file(local)
        place = target or self._by_name(found, parent(local) if is_package else local)
        before, owner = self._next(), found.distribution
        if is_package:
            place = join(place, name(local))
            draft = Draft.of_package(before, MountKind.MODULE, found.name, local, place, owner)
        else:
            draft = Draft.of_module(before, found.name, local, place, owner)
        self._drafts.add(draft, reason)

    def _by_name(self, found: Importable, path: str) -> str:
        """The remote place of a package's directory or a module's file, by its import name."""
        pieces = found.name.split(".")
        file = found.file if found.file else join(path, "__init__.py")
        root = import_root(found.name, file) or parent(path)
        home = self._placement.home(root)
        self._modules.path_rows.add(self._run.row(root, 0, home))
        is_file = found.file is not None and not is_package_file(found.file)
        return join(home, *pieces[:-1], name(path) if is_file else pieces[-1])

    def _next(self) -> Precedence:
        """The precedence over all that was added before."""
        self._count += 1
        return Precedence(Tier.MANUAL, process=-self._count)


def _ancestors(module_name: str) -> list[str]:
    pieces = module_name.split(".")
    return [".".join(pieces[:depth]) for depth in range(1, len(pieces))]
