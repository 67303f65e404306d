"""Makes the plan: places everything, in an order in which each step sees the mounts of the earlier ones."""

from __future__ import annotations

from collections.abc import Iterator

from automount.model import (
    DataPolicy,
    Disposition,
    Layout,
    ModuleEntrypoint,
    ModuleRecord,
    Mount,
    MountKind,
    Origin,
    RecordKind,
    Scope,
)
from automount.paths import join, name, normal, parent
from automount.plan.because import import_reason
from automount.plan.data_files import consumed_skips, data_files
from automount.plan.data_mounts import SOURCE_SUFFIXES, add_data_mounts
from automount.plan.directories import needed_directories
from automount.plan.drafts import Draft, Drafts, Reason, Tier
from automount.plan.editable_metadata import add_metadata
from automount.plan.layout import Placement, placement_for
from automount.plan.manual import Manual
from automount.plan.modules import Modules
from automount.plan.needs import editable_skips, requirement_rows, written_skips
from automount.plan.plan_input import Plan, PlanInput
from automount.plan.programs import Programs
from automount.plan.run import PlanRun, needed
from automount.plan.warnings import plan_warnings


def make_plan(facts: PlanInput) -> Plan:
    """What is mounted where, and why. The order of the facts' rows does not matter."""
    return _Making(facts).plan()


class _Making:
    def __init__(self, facts: PlanInput) -> None:
        self._run = PlanRun(facts)
        self._placement: Placement = placement_for(self._run)
        self._drafts = Drafts()
        self._modules = Modules(self._run, self._placement, self._drafts)
        self._programs = Programs(self._run, self._placement, self._drafts, self._modules)
        self._manual = Manual(self._run, self._placement, self._drafts, self._modules)
        self._carried: dict[ModuleRecord, tuple[Disposition, Draft]] = {}

    def plan(self) -> Plan:
        run = self._run
        entry_remote = self._programs.entry()
        if run.policy.automount:
            self._place_all()
            self._add_vendored()
        else:
            self._place_entry_only()
        if run.policy.data is DataPolicy.MOUNT:
            add_data_mounts(run, self._placement, self._drafts, self._modules.path_rows)
        add_metadata(run, self._drafts, self._sys_path())
        drafts = tuple(draft for draft in self._drafts.all() if self._is_kept(draft))
        self._note_files(drafts)
        index = {id(draft): position for position, draft in enumerate(drafts)}
        order = sorted({draft.precedence for draft in drafts})
        mounts = tuple(self._mount(draft, order.index(draft.precedence)) for draft in drafts)
        module_mounts = {
            (record.process, record.name): index[id(draft)]
            for record, (_, draft) in reversed(self._carried.items())
            if id(draft) in index
        }
        carried = ((disposition, draft.local) for disposition, draft in self._carried.values())
        more = (*self._programs.warnings, *self._manual.warnings)
        warnings = plan_warnings(run, carried, more)
        return Plan(
            mounts=mounts,
            sys_path=self._sys_path(),
            entry_remote=entry_remote,
            remote_cwd=self._placement.remote_cwd,
            warnings=warnings,
            skipped=(*editable_skips(run), *written_skips(run), *consumed_skips(run)),
            requirements=requirement_rows(run),
            module_mounts=dict(sorted(module_mounts.items())),
            homes=self._placement.homes,
            directories=needed_directories(run, self._placement, self._namespaces()),
        )

    def _place_all(self) -> None:
        wanted = [disposition for disposition in self._run.dispositions if needed(disposition.record)]
        modules = [row for row in wanted if row.record.kind is RecordKind.MODULE]
        programs = [row for row in wanted if row.record.kind is not RecordKind.MODULE]
        later = [row for row in modules if self._modules.is_by_path(row)]
        by_path = {row.record for row in later}
        for disposition in modules:
            if disposition.record not in by_path:
                self._carry(disposition, self._modules.place(disposition))
        self._manual.place()
        for disposition in later:
            self._carry(disposition, self._modules.place(disposition))
        for disposition in programs:
            self._carry(disposition, self._programs.child(disposition))

    def _add_vendored(self) -> None:
        """Mounts what vendored distributions keep beside their packages: shared libraries, and the metadata
        that the program read (for a version, say)."""
        read = sorted({normal(row.path) for row in self._run.facts.journal.data if row.action == "read"})
        for disposition, draft in tuple(self._carried.values()):
            distribution = disposition.distribution
            if disposition.origin is not Origin.VENDORED or distribution is None:
                continue
            held, beside = parent(draft.local), parent(draft.remote)
            before = draft.precedence.as_import
            for directory in self._run.facts.libraries.get(distribution.metadata_path, ()):
                if parent(directory) == held:
                    why = Reason(f"{distribution.name} keeps shared libraries there")
                    remote = join(beside, name(directory))
                    libraries = Draft.at_path(
                        before,
                        MountKind.DIRECTORY,
                        directory,
                        remote,
                        tree=True,
                        distribution=distribution,
                    )
                    self._drafts.add(libraries, why)
            metadata = normal(distribution.metadata_path)
            for file in read if parent(metadata) == held else ():
                if parent(file) == metadata:
                    why = Reason(f"the metadata of {distribution.name}, which the program read")
                    remote = join(beside, name(metadata), name(file))
                    self._drafts.add(Draft.of_metadata(draft, distribution, file, remote), why)

    def _place_entry_only(self) -> None:
        entrypoint = self._run.facts.entrypoint
        if isinstance(entrypoint, ModuleEntrypoint):
            self._programs.ancestors(entrypoint)
        self._manual.place()
        for disposition in self._run.dispositions:
            file = disposition.record.file
            if not file or not needed(disposition.record) or not self._run.is_mounted(disposition):
                continue
            local = normal(disposition.file or file)
            for draft in self._drafts.all():
                if self._is_kept(draft) and (draft.local == local or self._is_in(draft, local)):
                    self._carried.setdefault(disposition.record, (disposition, draft))

    def _is_in(self, draft: Draft, local: str) -> bool:
        return draft.tree and self._run.below(local, draft.local) is not None

    def _carry(self, disposition: Disposition, draft: Draft | None) -> None:
        if draft is None:
            return
        self._carried[disposition.record] = (disposition, draft)
        # The entrypoint already has the reason that it was run.
        if disposition.record != self._programs.entry_record:
            draft.reasons.append(import_reason(self._run, disposition))

    def _is_kept(self, draft: Draft) -> bool:
        if self._run.policy.automount:
            return True
        return draft.precedence.tier is not Tier.IMPORT

    def _note_files(self, drafts: tuple[Draft, ...]) -> None:
        """Fills in what scope `loaded` limits each tree to: what was loaded, or read, below it."""
        if self._run.policy.scope is not Scope.LOADED:
            return
        trees = [draft for draft in drafts if draft.tree]
        touched = [record.file for record in self._carried]
        touched += [row.path for row in data_files(self._run) if not row.listed]
        for path in touched:
            if path is None or not path.startswith("/"):
                continue
            carrier = self._drafts.carrier(normal(path))
            if carrier is not None:
                carrier[0].files.add(normal(path))
                continue
            for draft in trees:
                below = self._run.below(path, draft.local)
                if below:
                    draft.files.add(f"{draft.local}/{below}")

    def _mount(self, draft: Draft, priority: int) -> Mount:
        tier = draft.precedence.tier
        automatic = draft.tree and tier not in (Tier.MANUAL, Tier.DATA)
        scope = self._run.policy.scope
        return Mount(
            label=draft.label,
            kind=draft.kind,
            name=draft.name,
            local=draft.local,
            remote=draft.remote,
            because=self._because(draft),
            distribution=draft.distribution,
            tree=draft.tree,
            only=frozenset(draft.files) if draft.limited or (automatic and scope is Scope.LOADED) else None,
            suffixes=SOURCE_SUFFIXES if automatic and scope is Scope.SOURCE else None,
            priority=priority,
            by_hand=tier is Tier.MANUAL,
        )

    def _namespaces(self) -> Iterator[tuple[str, str]]:
        """The directories of the shipped namespace packages, each with its remote place."""
        for record, (disposition, _) in self._carried.items():
            if disposition.origin is Origin.NAMESPACE and needed(record):
                yield from ((place.local, place.remote) for place in self._modules.places(disposition))

    def _because(self, draft: Draft) -> tuple[str, ...]:
        """The reasons from other mounts; a package's own imports count only if there is no other reason."""
        outside = {reason.sentence for reason in draft.reasons if not self._asked_from(reason, draft)}
        return tuple(sorted(outside or {reason.sentence for reason in draft.reasons}))

    def _asked_from(self, reason: Reason, draft: Draft) -> bool:
        if reason.asked_by is None:
            return False
        held = self._carried.get(reason.asked_by.record)
        return held is not None and held[1] is draft

    def _sys_path(self) -> tuple[str, ...]:
        """The remote directories and archives, in the order that the program's `sys.path` had them."""
        rows = [row for _, _, row in sorted(self._modules.path_rows)]
        if self._run.policy.layout is Layout.FLAT:
            # Scripts, `-m` and `-c` alike have the place that becomes the root in front.
            rows.insert(0, self._run.root)
        if not rows:
            rows.append(self._placement.remote_cwd)
        return tuple(dict.fromkeys(rows))
