"""Keeps what is imported by name at its place in the tree too, where the program also goes there.

The flat layout puts a module where its import name needs it. That is not enough for a program that finds
the file by its path, or for a process that has no PYTHONPATH to be led to the remote root by.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property

from automount.model import Disposition, ModuleRecord, MountKind, Origin
from automount.paths import join, name, normal, parent, relative
from automount.plan.data import data_files
from automount.plan.drafts import Draft, Drafts, Reason, Tier
from automount.plan.layout import Ground
from automount.plan.run import MAIN_NAMES, PlanRun

Carried = Mapping[ModuleRecord, tuple[Disposition, Draft]]

_TREES = (MountKind.PACKAGE, MountKind.NAMESPACE)
_OWN = (Origin.LOCAL, Origin.VENDORED, Origin.NAMESPACE)


class Twofold:
    """Adds second places. `carried` gives each shipped record's mount, as far as they are placed."""

    def __init__(self, run: PlanRun, ground: Ground, drafts: Drafts, carried: Carried) -> None:
        self._run = run
        self._ground = ground
        self._drafts = drafts
        self._carried = carried

    def reached_by_path(self, disposition: Disposition) -> None:
        """For a module whose file the program itself went to.

        A test runner lists `tests/`, puts it on `sys.path` and imports `test_x`: the import wants the
        module in the root, the listing wants it in `tests/`. A finder that knows the directory, with a
        loader that reads for itself, needs no listing.
        """
        for draft in self._drafts_of(disposition):
            directory = parent(draft.local)
            where = self._run.shown(directory)
            if draft.kind is MountKind.MODULE and directory in self._listed:
                said = f"the program looks for it by its path as well: it listed {where}"
            elif disposition.record.by_path and disposition.origin in _OWN:
                said = f"the program looks for it by its path as well, in {where}"
            else:
                continue
            self._add(draft, self._ground.spot(draft.local, from_cwd=True), said)

    def beside_script(self, disposition: Disposition) -> None:
        """For a module that a process without PYTHONPATH imported, when the programs have their places.

        All that such a process has in front on `sys.path` is its script's own directory, and what it puts
        there itself, by a path.
        """
        if disposition.origin not in _OWN or not self._run.is_bare(disposition.record.process):
            return
        script = self._script(disposition.record.process)
        for draft in self._drafts_of(disposition):
            spot = self._ground.spot(draft.local)
            said = "a process that has no PYTHONPATH looks for it by its path"
            if script is not None:
                below = relative(draft.local, parent(script[0]))
                said = f"{self._run.shown(script[0])}, run without PYTHONPATH, looks for it by its path"
                spot = join(parent(script[1]), below) if below else spot
            self._add(draft, spot, said)

    def _drafts_of(self, disposition: Disposition) -> Iterable[Draft]:
        held = self._carried.get(disposition.record)
        if held is not None and (held[1].kind is MountKind.MODULE or held[1].kind in _TREES):
            yield held[1]

    def _add(self, draft: Draft, spot: str | None, said: str) -> None:
        if spot is None or spot == draft.remote:
            return
        carrier = self._drafts.carrier(draft.local) if not draft.tree else None
        if carrier is not None and carrier[1] == spot and not carrier[0].limited:
            return
        kind = MountKind.DIRECTORY if draft.tree else MountKind.FILE
        also = self._drafts.add(
            Draft(
                Tier.IMPORT,
                draft.rank,
                draft.local,
                kind,
                name(draft.local),
                draft.local,
                spot,
                tree=draft.tree,
                distribution=draft.distribution,
            )
        )
        also.reasons.append(Reason(said))

    def _script(self, process: int) -> tuple[str, str] | None:
        """The local and remote path of the script that the process runs."""
        for main in self._run.mains(process):
            record = main.record
            held = self._carried.get(record)
            if held is None or record.name not in MAIN_NAMES or record.file is None:
                continue
            local = normal(record.file)
            below = relative(local, held[1].local)
            if below is not None:
                return local, join(held[1].remote, below) if below else held[1].remote
        return None

    @cached_property
    def _listed(self) -> frozenset[str]:
        """The directories that the program itself listed."""
        return frozenset(row.path for row in data_files(self._run) if row.listed)
