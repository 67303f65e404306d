"""Makes the claims of what the user adds explicitly. They take precedence over everything else."""

from __future__ import annotations

from collections.abc import Iterator

from automount.model import MountKind, Warning_
from automount.paths import join, name, normal, parent
from automount.plan.claims import Claim, Precedence, Reason, Tier
from automount.plan.layout import Placement
from automount.plan.plan_input import Importable
from automount.plan.run import PlanRun, import_root, is_package_file
from automount.values import replace

_MANUAL = Precedence(Tier.MANUAL)


def manual_claims(run: PlanRun, placement: Placement) -> list[Claim]:
    """A claim for each row of the policy; of two rows for one remote path, the later one wins."""
    policy = run.policy
    made: list[Claim] = []
    for package_name, remote in policy.add_packages:
        made.extend(_package(run, placement, package_name, remote))
    for kind, rows in ((MountKind.DIRECTORY, policy.add_dirs), (MountKind.FILE, policy.add_files)):
        is_tree = kind is MountKind.DIRECTORY
        reason = Reason(f"requested by {'--add-dir' if is_tree else '--add-file'}")
        for row in rows:
            local = normal(row.local if row.local.startswith("/") else join(run.cwd, row.local))
            place = placement.by_hand(local) if row.remote is None else _named(run, row.remote)
            if row.remote is not None and row.remote.endswith("/") and not is_tree:
                place = join(place, name(local))  # as with cp
            made.append(Claim.at(_MANUAL, kind, local, place, reason, tree=is_tree))
    return [
        replace(claim, precedence=Precedence(Tier.MANUAL, process=-count))
        for count, claim in enumerate(made, start=1)
    ]


def unknown_packages(run: PlanRun) -> Iterator[Warning_]:
    """A warning for each added package that was not found."""
    for package_name, _ in run.policy.add_packages:
        if package_name not in run.facts.importables:
            yield Warning_(
                "package-not-found",
                f"--add-package {package_name}: no package or module with that name is on the program's "
                f"sys.path, so nothing was mounted for it: check the name, or add its directory "
                f"with --add-dir",
            )


def _named(run: PlanRun, remote: str) -> str:
    """The remote path that the user gave."""
    return normal(remote if remote.startswith("/") else join(run.root, remote))


def _package(run: PlanRun, placement: Placement, package_name: str, remote: str | None) -> Iterator[Claim]:
    found = run.facts.importables.get(package_name)
    if found is None:
        return
    reason = Reason(f"requested by --add-package {package_name}")
    target = None if remote is None else _named(run, remote)
    pieces = package_name.split(".")
    for depth in range(1, len(pieces)):
        holder = run.facts.importables.get(".".join(pieces[:depth]))
        if holder is not None and holder.file is not None and target is None:
            yield _file(run, placement, holder, reason, None)
    if found.file is not None and not is_package_file(found.file):
        yield _file(run, placement, found, reason, target)
        return
    kind = MountKind.NAMESPACE if found.file is None else MountKind.PACKAGE
    locations = found.locations or ((parent(found.file),) if found.file else ())
    for location in dict.fromkeys(map(normal, locations)):
        if run.is_directory(location):
            place, row = _place(run, placement, found, location, target)
            label, owner = f"PythonPackage:{package_name}", found.distribution
            claim = Claim.at(_MANUAL, kind, location, place, reason, label=label, distribution=owner)
            yield replace(claim, row=row)


def _file(run: PlanRun, placement: Placement, found: Importable, reason: Reason, target: str | None) -> Claim:
    """The claim of a module's file, or of the `__init__` file of a package."""
    local = normal(found.file or "")
    is_package = is_package_file(local)
    place, row = _place(run, placement, found, parent(local) if is_package else local, target)
    place = join(place, name(local)) if is_package else place
    label = f"{'PythonPackage' if is_package else 'PythonModule'}:{found.name}"
    claim = Claim.at(
        _MANUAL, MountKind.MODULE, local, place, reason, label=label, distribution=found.distribution
    )
    return replace(claim, row=row)


def _place(
    run: PlanRun, placement: Placement, found: Importable, path: str, target: str | None
) -> tuple[str, tuple[int, int, str] | None]:
    """The remote place of a package's directory or a module's file, and its row of `sys.path`.

    By its import name, unless the user gave the place `target`.
    """
    if target is not None:
        return target, None
    pieces = found.name.split(".")
    file = found.file if found.file else join(path, "__init__.py")
    root = import_root(found.name, file) or parent(path)
    home = placement.home(root)
    is_file = found.file is not None and not is_package_file(found.file)
    place = join(home, *pieces[:-1], name(path) if is_file else pieces[-1])
    return place, run.row(root, 0, home)
