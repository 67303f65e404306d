"""Makes the claims of programs that the program started: scripts, and modules run with `-m`."""

from __future__ import annotations

from automount.model import Disposition, MountKind, Origin, Warning_
from automount.option_words import adding, quoted
from automount.paths import normal
from automount.plan.claims import Claim, Mounts, Precedence, Tier
from automount.plan.entrypoints import Entry, dotted
from automount.plan.layout import Placement
from automount.plan.modules import Modules
from automount.plan.outside import outside_place, shared_directory
from automount.plan.run import PlanRun

_NOT_SHIPPED = (Origin.STDLIB, Origin.INSTALLED, Origin.EDITABLE_SHIM, Origin.GENERATED)


def child_claims(
    run: PlanRun,
    placement: Placement,
    modules: Modules,
    entry: Entry,
    mounts: Mounts,
    disposition: Disposition,
) -> tuple[tuple[Claim, ...], Warning_ | None]:
    """The claims of a script or `-m` module that another program started; none if it is not shipped.

    `mounts` are those of the entrypoint and of all modules. The warning is about a script whose place is not
    certain.
    """
    record = disposition.record
    if disposition.origin is Origin.ZIP:
        return (modules.archive(disposition),), None
    if record.file is None or disposition.origin in _NOT_SHIPPED:
        return (), None
    if entry.file is not None and run.same(record.file, entry.file):
        return entry.claims[-1:], None
    module_name = dotted(run, disposition)
    if module_name is not None:
        return modules.claims(disposition, module_name), None
    if not record.file.startswith("/") or not run.facts.locate(record.file).exists:
        return (), None
    local, warning = normal(record.file), None
    remote = mounts.remote_of(local) or placement.known(local)
    if remote is None:
        remote, warning = _outside(run, placement, local)
    if remote is None:
        return (), warning
    before, owner = Precedence(Tier.IMPORT, record.process), disposition.distribution
    return (Claim.at_path(before, MountKind.SCRIPT, local, remote, distribution=owner),), warning


def _outside(run: PlanRun, placement: Placement, local: str) -> tuple[str | None, Warning_ | None]:
    """The place of a script outside of everything that is shipped, with a warning if it is uncertain."""
    is_computed = run.facts.named_in_texts.get(local) is False
    place = outside_place(run, local) if is_computed else None
    if place is not None:
        return place, None
    common = shared_directory(run.workspace, local) if is_computed else None
    option = adding(local, local) if common is None else f"--root {quoted(common)}"
    message = (
        f"{local} ran as a script, but is outside the workspace, and the program runs it by its "
        f"absolute path: add {option}"
    )
    place = placement.place(local) if placement.keeps_tree else None
    return place, Warning_("unplaced", message, local)
