"""Reads what the plan needs to know about this machine after a run: data files, packages, vendored libraries.

It decides nothing: each result is a plain value of the plan's input.
"""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Iterable, Mapping

from automount.distributions import InstalledIndex, Locator, find_package, installed_under
from automount.given_texts import GivenTexts
from automount.model import (
    MOUNTED_ORIGINS,
    Disposition,
    Distribution,
    Journal,
    Origin,
    Policy,
    RecordKind,
    Status,
)
from automount.origins import classify_path
from automount.paths import normal, parent
from automount.plan import LARGE_DATA, DataFact, Importable
from automount.values import replace

# The actions on a directory for which its content counts.
_LISTING = frozenset({"listed", "moved", "linked", "given"})


def with_lazy_files(journal: Journal, installed: Mapping[int, InstalledIndex]) -> Journal:
    """`journal` with the place of each module that was declared lazy (PEP 810) and never loaded.

    The recorded program could not be asked: that would have loaded it. A name without a place is not a
    module, since `lazy from package import name` declares `package.name`, whatever that is.
    """
    if not any(row.status is Status.LAZY for row in journal.modules):
        return journal
    rows = []
    for row in journal.modules:
        if row.status is Status.LAZY and row.file is None:
            index = installed[row.process]
            found = find_package(row.name, index.environment, index)
            if found is None:
                continue
            row = replace(row, file=found.file, locations=found.locations or None)
        rows.append(row)
    return replace(journal, modules=tuple(rows))


def importables(policy: Policy, main: InstalledIndex | None) -> dict[str, Importable]:
    """The location of each name of `--add-package`, with its ancestors."""
    found: dict[str, Importable] = {}
    if main is None:
        return found
    for module_name, _ in policy.add_packages:
        pieces = module_name.split(".")
        for depth in range(1, len(pieces) + 1):
            dotted = ".".join(pieces[:depth])
            importable = find_package(dotted, main.environment, main)
            if importable is not None:
                found[dotted] = importable
    return found


def also_installed(
    dispositions: Iterable[Disposition], installed: Mapping[int, InstalledIndex]
) -> dict[str, Distribution]:
    """The installed distribution that provides the same top-level name as a mounted module, by name."""
    found: dict[str, Distribution] = {}
    asked: set[tuple[int, str]] = set()
    for row in dispositions:
        top = row.record.name.partition(".")[0]
        index = installed[row.record.process]
        if row.origin not in MOUNTED_ORIGINS or (id(index), top) in asked or top == "__main__":
            continue
        asked.add((id(index), top))
        other = installed_under(top, index)
        if other is not None:
            found.setdefault(top, other)
    return found


def named_paths(
    journal: Journal,
    dispositions: Iterable[Disposition],
    data: Mapping[str, DataFact],
    workspace: str,
) -> dict[str, bool]:
    """Each data file, script and module loaded by its path -> whether some text of the program names it."""
    mounted = [row for row in dispositions if row.file and row.origin in MOUNTED_ORIGINS]
    lines = [*(row.argv for row in journal.processes), *(row.argv for row in journal.launches)]
    given = GivenTexts(
        words=[word for line in lines for word in line],
        environ=os.environ,
        files=dict.fromkeys(
            (
                *(row.file for row in mounted if row.file),
                *(row.path for row in journal.data if row.action == "read"),
            )
        ),
        workspace=workspace,
    )
    wanted = {path for path, fact in data.items() if fact.origin in MOUNTED_ORIGINS}
    for row in mounted:
        if row.file and (row.record.by_path or row.record.kind is not RecordKind.MODULE):
            wanted.add(normal(row.file))
    found = {path: given.name(path) for path in sorted(wanted)}
    return {path: answer for path, answer in found.items() if answer is not None}


def data_facts(
    journal: Journal,
    installed: Mapping[int, InstalledIndex],
    locate: Locator,
    homes: tuple[str, ...],
) -> dict[str, DataFact]:
    """What each path that was touched as data is now, by normal path."""
    facts: dict[str, DataFact] = {}
    main = installed.get(0)
    started = journal.processes[0].started if journal.processes else 0
    created = journal.paths_of("created")
    listed = {normal(row.path) for row in journal.data if row.action in _LISTING}
    for access in journal.data:
        path = normal(access.path)
        if path in facts:
            continue
        index = installed.get(access.process, main)
        if index is None:
            continue  # the trace of a run in which no Python was recorded: what is installed is unknown
        origin, _rule = classify_path(path, index, locate, projects=homes)
        try:
            status = os.stat(path)
        except (OSError, ValueError):
            facts[path] = DataFact(origin, None)
        else:
            size = status.st_size if stat.S_ISREG(status.st_mode) else None
            is_directory = stat.S_ISDIR(status.st_mode)
            changed = started > 0 and status.st_mtime_ns >= started
            if is_directory and path in listed:
                facts[path] = _listed(origin, path, created, changed=changed)
            else:
                facts[path] = DataFact(origin, size, is_dir=is_directory, changed=changed)
    return facts


def vendored_libraries(dispositions: Iterable[Disposition]) -> dict[str, tuple[str, ...]]:
    """The directories of shared libraries beside the packages of each vendored distribution, by metadata."""
    found: dict[str, tuple[str, ...]] = {}
    for row in dispositions:
        distribution = row.distribution
        if row.origin is not Origin.VENDORED or distribution is None or distribution.metadata_path in found:
            continue
        directory = parent(distribution.metadata_path)
        listed: set[str] = set()
        path = os.path.join(distribution.metadata_path, "RECORD")
        with contextlib.suppress(OSError), open(path, encoding="utf-8", errors="surrogateescape") as record:
            listed = {line.partition("/")[0] for line in record if ".libs/" in line}
        found[distribution.metadata_path] = tuple(
            os.path.join(directory, each) for each in sorted(listed) if each.endswith(".libs")
        )
    return found


def _listed(origin: Origin | None, directory: str, created: frozenset[str], *, changed: bool) -> DataFact:
    """What is known about a directory whose content counts."""
    try:
        with os.scandir(directory) as entries:
            known = sorted(entries, key=lambda entry: entry.name)
    except OSError:
        return DataFact(origin, None, is_dir=True, changed=changed)
    shown = [entry for entry in known if entry.path not in created and not _is_cache(entry)]
    folders = frozenset(entry.name for entry in shown if _is_directory(entry))
    own = sum(_size(entry.path) for entry in shown if entry.name not in folders)
    return DataFact(
        origin,
        None,
        is_dir=True,
        entries=tuple(entry.name for entry in shown),
        is_large=_is_large(directory),
        changed=changed,
        directories=folders,
        is_wide=own > LARGE_DATA,
    )


def _is_cache(entry: os.DirEntry[str]) -> bool:
    """Whether a tool fills the directory again by itself."""
    return entry.name == "__pycache__" or (
        entry.name.startswith(".") and os.path.lexists(os.path.join(entry.path, "CACHEDIR.TAG"))
    )


def _is_directory(entry: os.DirEntry[str]) -> bool:
    with contextlib.suppress(OSError):
        return entry.is_dir()
    return False


def _size(path: str) -> int:
    with contextlib.suppress(OSError):
        return os.lstat(path).st_size
    return 0


def _is_large(directory: str) -> bool:
    size = 0
    for place, _, files in os.walk(directory):
        for file in files:
            size += _size(os.path.join(place, file))
            if size > LARGE_DATA:
                return True
    return False
