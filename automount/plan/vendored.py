"""Makes the claims of what vendored distributions keep beside their packages.

That is shared libraries, and the metadata that the program read (for a version, say).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from automount.model import Disposition, MountKind, Origin
from automount.paths import join, name, normal, parent
from automount.plan.claims import Claim, Reason
from automount.plan.editable_metadata import metadata_claim
from automount.plan.run import PlanRun


def vendored_claims(run: PlanRun, carried: Iterable[tuple[Disposition, Claim]]) -> Iterator[Claim]:
    """Their claims; `carried` are the shipped modules, each with the mount that carries it."""
    read = sorted({normal(row.path) for row in run.facts.journal.data if row.action == "read"})
    for disposition, mount in carried:
        owner = disposition.distribution
        if disposition.origin is not Origin.VENDORED or owner is None:
            continue
        held, beside = parent(mount.local), parent(mount.remote)
        before, kind = mount.precedence.as_import, MountKind.DIRECTORY
        for directory in run.facts.libraries.get(owner.metadata_path, ()):
            if parent(directory) == held:
                remote, why = (
                    join(beside, name(directory)),
                    Reason(f"{owner.name} keeps shared libraries there"),
                )
                yield Claim.at_path(before, kind, directory, remote, why, tree=True, distribution=owner)
        metadata = normal(owner.metadata_path)
        for file in read if parent(metadata) == held else ():
            if parent(file) == metadata:
                remote = join(beside, name(metadata), name(file))
                yield metadata_claim(mount, owner, file, remote, "which the program read")
