"""Turns a journal's module records into dispositions, one for each record, in the journal's order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from automount.distribution_names import canonical
from automount.model import (
    MOUNTED_ORIGINS,
    Disposition,
    Journal,
    Locate,
    ModuleRecord,
    Origin,
    Portion,
    RecordKind,
)
from automount.origins.protocols import Installed
from automount.origins.rules import PATH_RULES, decide
from automount.origins.verdicts import Case, OriginVerdict
from automount.paths import is_below, is_within, normal, parent


def classify(
    journal: Journal, indexes: Mapping[int, Installed], locate: Locate, *, recorder: str | None = None
) -> tuple[Disposition, ...]:
    """One disposition for each module record of the journal, in its order.

    `indexes` holds what is installed for each process, by its index. Scripts and main modules are
    judged like any file. `recorder` is the directory of the `automount` package that recorded the run
    (absolute): a plugin that an installed program loads from there, such as pytest's, is not the user's.
    """
    parents = _package_directories(journal)
    created = journal.paths_of("created")
    judge = _Judge(locate, created)
    verdicts = []
    for record in journal.modules:
        package = record.name.rpartition(".")[0]
        package_dirs = parents.get((record.process, package), ()) if package else ()
        verdicts.append(judge.module(indexes[record.process], record, package_dirs))
    not_imported = _not_imported(journal.modules, verdicts, recorder) if recorder else frozenset()
    dispositions = []
    for record, verdict in zip(journal.modules, verdicts, strict=True):
        installed = indexes[record.process]
        if record in not_imported:
            case = Case(installed, locate, record.name, record.file, record.locations, of_recorder=True)
            verdict = decide(case)
        portions: tuple[Portion, ...] = ()
        if verdict.origin is Origin.NAMESPACE:
            portions = judge.portions(installed, record.locations or ())
        dispositions.append(
            Disposition(
                record=record,
                origin=verdict.origin,
                rule=verdict.rule,
                reason=verdict.reason,
                file=verdict.file,
                distribution=verdict.distribution,
                portions=portions,
            )
        )
    return tuple(dispositions)


class _Judge:
    """Applies the rules once to each module file and directory of one interpreter."""

    def __init__(self, locate: Locate, created: frozenset[str]) -> None:
        self._locate = locate
        self._created = created
        self._modules: dict[tuple[object, ...], OriginVerdict] = {}
        self._directories: dict[tuple[int, str], OriginVerdict | None] = {}

    def module(
        self, installed: Installed, record: ModuleRecord, package_dirs: tuple[str, ...]
    ) -> OriginVerdict:
        key = (id(installed), record.name, record.file, record.locations, package_dirs)
        if key not in self._modules:
            case = Case(
                installed,
                self._locate,
                record.name,
                record.file,
                record.locations,
                package_dirs,
                written=self._is_written(record.file),
            )
            self._modules[key] = decide(case)
        return self._modules[key]

    def _is_written(self, path: str | None) -> bool:
        return bool(self._created) and bool(path) and is_within(normal(path or ""), self._created)

    def portions(self, installed: Installed, locations: tuple[str, ...]) -> tuple[Portion, ...]:
        """The existing directories among the locations, each with its own verdict, in their order."""
        found = []
        for location in dict.fromkeys(locations):
            key = (id(installed), location)
            if key not in self._directories:
                self._directories[key] = self._portion(installed, location)
            verdict = self._directories[key]
            if verdict is not None:
                found.append(Portion(location, verdict.origin, verdict.rule, verdict.distribution))
        return tuple(found)

    def _portion(self, installed: Installed, location: str) -> OriginVerdict | None:
        # Editable finders add placeholders that are not paths, and paths that were never made.
        if not location.startswith("/") or self._is_written(location):
            return None
        located = self._locate(location)
        if not located.exists and located.archive is None:
            return None
        return decide(Case(installed, self._locate, "", location), PATH_RULES)


def _not_imported(
    records: Sequence[ModuleRecord], verdicts: Sequence[OriginVerdict], recorder: str
) -> frozenset[ModuleRecord]:
    """automount's own modules, unless code that would be mounted imported or ran one of them.

    They are below `recorder`, or in an environment that has an automount of its own.
    """
    ours = {
        record
        for record, verdict in zip(records, verdicts, strict=True)
        if record.file and (is_below(normal(record.file), recorder) or _is_automount(record, verdict))
    }
    if any(record.kind is not RecordKind.MODULE for record in ours):
        return frozenset()
    others = [(one, verdict) for one, verdict in zip(records, verdicts, strict=True) if one not in ours]
    known = {(record.process, record.name) for record, _ in others}
    mounted = {
        (record.process, record.name) for record, verdict in others if verdict.origin in MOUNTED_ORIGINS
    }
    for record in ours:
        requester = (record.process, record.requested_by or "")
        # A `-c` program has no record of its own.
        if requester in mounted or (record.requested_by == "__main__" and requester not in known):
            return frozenset()
    return frozenset(ours)


def _is_automount(record: ModuleRecord, verdict: OriginVerdict) -> bool:
    if record.name.partition(".")[0] != "automount" or verdict.distribution is None:
        return False
    return canonical(verdict.distribution.name) == "automount"


def _package_directories(journal: Journal) -> dict[tuple[int, str], tuple[str, ...]]:
    """The directories that each regular package's own submodules are expected in."""
    directories: dict[tuple[int, str], tuple[str, ...]] = {}
    for record in journal.modules:
        if record.locations is not None and record.file is not None and record.file.startswith("/"):
            directories[(record.process, record.name)] = (parent(record.file),)
    return directories
