"""Places what was run as a program: the entrypoint, and the scripts and `-m` modules of children."""

from __future__ import annotations

from functools import cached_property

from automount.model import (
    Disposition,
    ModuleEntrypoint,
    ModuleRecord,
    MountKind,
    Origin,
    ProgramEntrypoint,
    RecordKind,
    ScriptEntrypoint,
    Warning_,
)
from automount.option_words import adding, quoted
from automount.paths import join, name, normal, parent, relative
from automount.plan.because import import_reason
from automount.plan.drafts import ENTRY, Draft, Drafts, Precedence, Reason, Tier
from automount.plan.launched import SHELLS, command_text
from automount.plan.layout import Placement
from automount.plan.modules import Modules
from automount.plan.outside import outside_place, shared_directory
from automount.plan.run import MAIN_NAMES, PlanRun, is_package_file

_NOT_SHIPPED = (Origin.STDLIB, Origin.INSTALLED, Origin.EDITABLE_SHIM, Origin.GENERATED)


class Programs:
    """Places programs; `warnings` collects those that have no place."""

    def __init__(self, run: PlanRun, placement: Placement, drafts: Drafts, modules: Modules) -> None:
        self._run = run
        self._placement = placement
        self._drafts = drafts
        self._modules = modules
        self._entry: tuple[str, Draft] | None = None
        self.warnings: list[Warning_] = []

    def entry(self) -> str | None:
        """Creates the entrypoint's mount; its remote path, or None for commands and installed modules."""
        entrypoint = self._run.facts.entrypoint
        if isinstance(entrypoint, ScriptEntrypoint):
            return self._entry_script(entrypoint)
        if isinstance(entrypoint, ModuleEntrypoint):
            return self._entry_module(entrypoint)
        if isinstance(entrypoint, ProgramEntrypoint):
            self._command_file(entrypoint)
        return None

    def _command_file(self, entrypoint: ProgramEntrypoint) -> None:
        """Makes the mount of the user's own file that a command runs: itself, or a shell's script."""
        path = entrypoint.program
        if name(path) in SHELLS:
            if command_text(entrypoint.args) is not None:
                return
            path = next((word for word in entrypoint.args if not word.startswith(("-", "+"))), "")
        elif "/" not in path:
            return
        local = normal(path if path.startswith("/") else join(self._run.cwd, path))
        located = self._run.facts.locate(local)
        if not path or not located.exists or located.is_dir:
            return
        # An absolute path to an interpreter or an installed command is not part of the project.
        if self._run.below(local, self._run.workspace) is None or any(
            self._run.same(row.record.file, local) for row in self._run.dispositions if row.record.file
        ):
            return
        prefixes = [self._run.environment(index).prefix for index in self._run.processes()]
        if any(relative(local, normal(prefix)) is not None for prefix in prefixes):
            return
        script = Draft.at_path(Precedence(Tier.IMPORT), MountKind.SCRIPT, local, self._placement.entry(local))
        self._drafts.add(script, Reason("the command that was run"))

    def _entry_script(self, entrypoint: ScriptEntrypoint) -> str:
        local = normal(entrypoint.local)
        verb = "run" if entrypoint.as_main else "imported"
        archived = self._archived(local)
        if archived is not None:
            draft = self._modules.archive(archived)
            draft.label, draft.kind = local, MountKind.SCRIPT
        else:
            is_tree = self._run.is_directory(local)
            remote = self._placement.entry(local)
            draft = self._drafts.add(Draft.at_path(ENTRY, MountKind.SCRIPT, local, remote, tree=is_tree))
            held = local if is_tree else parent(local)
            self._modules.path_rows.add(self._run.row(held, 0, self._placement.home(held)))
            if is_tree:
                # The directory is a program, not a package: its `__main__` runs, the rest is imported.
                draft.limited = True
                local = self._main_of(local)
                draft.files.add(local)
        draft.precedence = ENTRY
        draft.reasons.append(Reason(f"the script that was {verb}"))
        self._entry = (local, draft)
        return draft.remote

    def _archived(self, local: str) -> Disposition | None:
        """The `__main__` of an archive that was run as a program."""
        for disposition in self._run.dispositions:
            if disposition.origin is Origin.ZIP and disposition.file and normal(disposition.file) == local:
                return disposition
        return None

    def _main_of(self, directory: str) -> str:
        for disposition in self._run.dispositions:
            file = disposition.record.file
            if disposition.record.name in MAIN_NAMES and file and parent(normal(file)) == directory:
                return normal(file)
        return join(directory, "__main__.py")

    def _entry_module(self, entrypoint: ModuleEntrypoint) -> str | None:
        disposition = self.main_module(entrypoint)
        if disposition is None:
            return None
        verb = "run" if entrypoint.as_main else "imported"
        reason = Reason(f"the module that was {verb}: {entrypoint.name}")
        module_name = self.dotted(disposition) or entrypoint.name
        file = disposition.record.file
        if disposition.origin is Origin.ZIP:
            self._modules.archive(disposition).reasons.append(reason)
            return None
        if file is None or not self._run.is_mounted(disposition):
            return None
        draft = self._modules.place(disposition, module_name)
        if draft is None:
            return None
        local = normal(file)
        remote = draft.remote
        if draft.tree:
            remote = join(draft.remote, relative(local, draft.local) or name(local))
            kind, owner = MountKind.MODULE, disposition.distribution
            draft = self._drafts.add(Draft.of_package(ENTRY, kind, module_name, local, remote, owner))
        draft.precedence = ENTRY
        draft.reasons.append(reason)
        self._entry = (local, draft)
        return remote

    def main_module(self, entrypoint: ModuleEntrypoint) -> Disposition | None:
        """The record of the entrypoint: what ran as `__main__` first, or the module of that name."""
        wanted = (f"{entrypoint.name}.__main__", entrypoint.name)
        if entrypoint.as_main:
            for disposition in self._run.dispositions:
                if disposition.record.kind is not RecordKind.MODULE and self.dotted(disposition) in wanted:
                    return disposition
            found = self._run.find(wanted[0], 0) or self._run.find(wanted[1], 0)
        else:
            found = self._run.find(entrypoint.name, 0)
        return found

    def dotted(self, disposition: Disposition) -> str | None:
        """The import name of a module that ran as `__main__`; None where it was a script."""
        record = disposition.record
        if record.kind is RecordKind.SCRIPT:
            return None
        if record.name not in MAIN_NAMES:
            stem = name(record.file or "").partition(".")[0]
            if stem == "__main__" and not record.name.endswith("__main__"):
                return f"{record.name}.__main__"
            return record.name
        if record.file is None:
            return None
        for directory in self._run.search_path(record.process):
            below = relative(normal(record.file), directory)
            if below:
                pieces = below.split("/")
                pieces[-1] = pieces[-1].partition(".")[0]
                if all(piece.isidentifier() for piece in pieces):
                    return ".".join(pieces)
        return None

    @cached_property
    def entry_record(self) -> ModuleRecord | None:
        """The record of the entrypoint itself, None for commands."""
        entrypoint = self._run.facts.entrypoint
        if isinstance(entrypoint, ModuleEntrypoint):
            main = self.main_module(entrypoint)
            return main.record if main is not None else None
        if not isinstance(entrypoint, ScriptEntrypoint):
            return None
        local = normal(entrypoint.local)
        for disposition in self._run.dispositions:
            record = disposition.record
            if record.process == 0 and record.file and record.name != "__mp_main__":
                file = normal(record.file)
                if file == local or (file.startswith(local + "/") and record.name in MAIN_NAMES):
                    return record
        return None

    def child(self, disposition: Disposition) -> Draft | None:
        """The mount of a script or `-m` module that is not the entrypoint; None when none is made."""
        record = disposition.record
        if disposition.origin is Origin.ZIP:
            return self._modules.archive(disposition)
        if record.file is None or disposition.origin in _NOT_SHIPPED:
            return None
        if self._entry is not None and self._run.same(record.file, self._entry[0]):
            return self._entry[1]
        module_name = self.dotted(disposition)
        if module_name is not None:
            return self._modules.place(disposition, module_name)
        if not record.file.startswith("/") or not self._run.facts.locate(record.file).exists:
            return None
        local = normal(record.file)
        remote = self._drafts.remote_of(local) or self._placement.known(local) or self._outside(local)
        if remote is None:
            return None
        before, owner = Precedence(Tier.IMPORT, record.process), disposition.distribution
        script = Draft.at_path(before, MountKind.SCRIPT, local, remote, distribution=owner)
        return self._drafts.add(script, import_reason(self._run, disposition))

    def _outside(self, local: str) -> str | None:
        """The place of a script outside of everything that is shipped, with a warning if it is uncertain."""
        named_in_texts = self._run.facts.named_in_texts.get(local)
        place = (
            outside_place(self._run, local)
            if named_in_texts is False or not self._placement.keeps_tree
            else None
        )
        if place is not None and named_in_texts is False:
            return place
        common = shared_directory(self._run.workspace, local)
        if named_in_texts is False and common is not None:
            option = f"--root {quoted(common)}"
        else:
            option = adding(local, local)
        self.warnings.append(
            Warning_(
                "unplaced",
                f"{local} ran as a script, but is outside the workspace, and the program runs it by its "
                f"absolute path: add {option}",
                local,
            )
        )
        return self._placement.place(local) if self._placement.keeps_tree else None

    def ancestors(self, entrypoint: ModuleEntrypoint) -> None:
        """The `__init__` files above the entry module: what `--no-automount` leaves of its packages."""
        pieces = entrypoint.name.split(".")
        for depth in range(1, len(pieces) + 1):
            found = self._run.find(".".join(pieces[:depth]), 0)
            if found is None or not found.record.file or not is_package_file(found.record.file):
                continue
            if found.origin is Origin.ZIP or not self._run.is_mounted(found):
                continue
            local = normal(found.record.file)
            for place in self._modules.places(found)[:1]:
                remote = join(place.remote, name(local))
                initial = Draft.of_package(
                    ENTRY, MountKind.MODULE, found.record.name, local, remote, found.distribution
                )
                self._drafts.add(initial, Reason(f"the package that holds {entrypoint.name}"))
