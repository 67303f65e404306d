"""Compares the recorded run with the one in the sandbox: pure, from the manifest and what was used there.

What the recorded run used must have been used again, from a shipped file of the same content. Files that it
created itself are not required.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

from automount import paths
from automount.distribution_names import canonical
from automount.manifest import Manifest
from automount.model import (
    MOUNTED_ORIGINS,
    DataAccess,
    DataRow,
    FileEntry,
    Journal,
    ProgramEntrypoint,
    ScriptEntrypoint,
    Status,
)
from automount.option_words import adding, including, quoted
from automount.plan import INSTALLATION_FILES, VERSION_FILES, launched_files
from automount.proving.findings import Finding, FindingRow, NotFound
from automount.values import dataclass

_HERE = "local:"
_MODULE_FORMS = (".py", ".pyc", "/__init__.py", "/__init__.pyc", ".abi3.so", ".so")
_RAN = frozenset({Status.EXECUTED, Status.FAILED})


@dataclass(frozen=True)
class Rerun:
    """What the run in the sandbox used, as remote paths: files by module name, and data files.

    `made_again` are the local data files that this run, too, had made itself when it read them, with the
    same content: another program made them, so neither recording has them as created. `not_found` are the
    files and modules that the program looked for and did not find, although they are in the project.
    """

    modules: Mapping[str, frozenset[str]]
    data: frozenset[str]
    made_again: frozenset[str] = frozenset()
    not_found: tuple[NotFound, ...] = ()


def rerun_of(
    journal: Journal,
    remote_of: Callable[[str], str | None],
    command: Sequence[str] = (),
    cwd: str = "/",
) -> Rerun:
    """The result of the recording in the sandbox. `remote_of` gives the remote path for a path there.

    `command` is what was started, in `cwd`: files that it names count as used, as they did when recorded.
    """
    modules: dict[str, set[str]] = {}
    for row in journal.modules:
        if row.status in _RAN and row.file:
            # A path of this machine must not be mistaken for an equal remote path.
            modules.setdefault(row.name, set()).add(remote_of(row.file) or f"{_HERE}{row.file}")
    given: tuple[DataAccess, ...] = ()
    if journal.processes:
        first = journal.processes[0]
        given = launched_files(journal, ScriptEntrypoint("", "", first.argv[1:]), first.environment.cwd)
    if command:
        started = ProgramEntrypoint(command[0], tuple(command[1:]))
        given = (*given, *launched_files(journal, started, cwd))
    # A file that the run in the sandbox created itself is not a shipped file.
    used = [row for row in (*journal.data, *given) if row.action not in ("created", "written")]
    data = {remote_of(row.path) or f"{_HERE}{row.path}" for row in used}
    return Rerun({name: frozenset(files) for name, files in modules.items()}, frozenset(data))


def compare(manifest: Manifest, rerun: Rerun) -> tuple[FindingRow, ...]:
    """Everything that the recorded run used and the rerun did not, sorted, each once."""
    comparison = _Comparison(manifest, rerun)
    found = {*comparison.modules(), *comparison.data(), *comparison.commands()}
    found |= set(comparison.not_found({row.local for row in found}))
    return tuple(sorted(found, key=lambda row: (row.kind, row.local, row.name or "")))


def project_places(manifest: Manifest) -> list[tuple[str, str]]:
    """The directories that the program has locally and remotely, as pairs, the innermost remote one first."""
    pairs = {(paths.normal(manifest.provenance.cwd), manifest.entrypoint.remote_cwd)}
    pairs |= {(paths.parent(paths.normal(row.local)), paths.parent(row.remote)) for row in manifest.files}
    for local, remote in list(pairs):
        here, there = local, remote
        while here != "/" and there != "/" and paths.name(here) == paths.name(there):
            here, there = paths.parent(here), paths.parent(there)
        if paths.is_below(there, manifest.remote_root):
            pairs.add((here, there))
    return sorted(pairs, key=lambda pair: (-len(paths.parts(pair[1])), pair))


def looked_for(
    manifest: Manifest, journal: Journal, remote_of: Callable[[str], str | None]
) -> Iterable[NotFound]:
    """Each path or module that the program looked for in the sandbox and did not find, at its local place."""
    places = project_places(manifest)
    made = {row.path for row in journal.data if row.action in ("created", "written")}
    loaded = {row.name for row in journal.modules}
    for row in journal.data:
        is_module = row.action == "unfound"
        if row.action not in ("absent", "unfound") or row.path in made or (is_module and row.named in loaded):
            continue
        remote = remote_of(row.path)
        found = [
            paths.join(here, paths.relative(remote, there) or "")
            for here, there in places
            if remote is not None and paths.is_below(remote, there, strictly=True)
        ]
        local = found[0] if found else row.path
        endings = _MODULE_FORMS if is_module else ("",)
        yield NotFound(
            local,
            row.named if is_module else None,
            row.read_by,
            tuple(local + ending for ending in endings),
            by_local_path=not found,
        )


def metadata_sought(
    journal: Journal, files_of: Mapping[str, Callable[[str], Iterable[str]]]
) -> Iterable[NotFound]:
    """The metadata of editable installs that the program searched for, and that the sandbox does not have.

    `files_of` gives the local files for the name of a distribution, and for a group of entry points.
    """
    for row in journal.data:
        for local in files_of[row.action](row.named) if row.action in files_of else ():
            yield NotFound(local, None, row.read_by, (local,), is_metadata=True)


def read_where_not_shipped(manifest: Manifest, rerun: Rerun) -> Iterable[tuple[str, str]]:
    """Each recorded data file that is not shipped, with the remote path that the rerun read in its place.

    The rerun created such a file itself.
    """
    shipped = {row.remote for row in manifest.files}
    pairs = {(paths.normal(manifest.provenance.cwd), manifest.entrypoint.remote_cwd)}
    pairs |= {(paths.parent(paths.normal(row.local)), paths.parent(row.remote)) for row in manifest.files}
    for row in manifest.data:
        local = paths.normal(row.local)
        for here, there in pairs if row.mounted is None else ():
            below = paths.relative(local, here)
            remote = paths.join(there, below) if below else None
            if remote in rerun.data and remote not in shipped:
                yield local, remote


class _Comparison:
    def __init__(self, manifest: Manifest, rerun: Rerun) -> None:
        self._manifest = manifest
        self._rerun = rerun
        self._cwd = paths.normal(manifest.provenance.cwd)
        self._local = {paths.normal(row.local): row for row in manifest.files}
        self._remote = {row.remote: row for row in manifest.files}
        names = rerun.modules.items()
        self._programs = frozenset().union(*(files for name, files in names if _is_program(name)))
        self._ran = frozenset().union(*rerun.modules.values())
        # No option ships a removed file, or a link as a link.
        self._consumed = {row.local for row in manifest.skipped if row.code == "consumed"}
        self._links = {row.path for row in manifest.warnings if row.code == "link-read"}
        self._moved = {row.path for row in manifest.warnings if row.code == "moved-by-layout"}
        self._created = {paths.normal(path) for path in manifest.provenance.written}
        self._calls_function = manifest.entrypoint.function is not None

    def modules(self) -> Iterable[FindingRow]:
        for row in self._manifest.modules:
            if row.status not in _RAN or row.origin not in MOUNTED_ORIGINS or not row.file:
                continue
            local = paths.normal(row.file)
            if local in self._created:
                continue
            named = self._rerun.modules.get(row.name, frozenset())
            used = self._programs if _is_program(row.name) else named
            shipped = _inside(local, self._local)
            if shipped is None:
                option = self._package_option(row.name, local)
                instead = min(used, default=None)
                yield FindingRow(
                    Finding.NOT_SHIPPED, "module", row.name, local, row.requested_by, option, instead
                )
                continue
            # Plugin loaders make names from paths: where no module has this name, the file counts.
            if not any(_same(shipped, _inside(remote, self._remote)) for remote in used or self._ran):
                if _is_program(row.name):
                    # Another program that ran does not mean that this one was replaced.
                    used = frozenset(one for one in used if paths.name(one) == paths.name(local))
                other = Finding.OTHER_FILE if used else Finding.NOT_EXERCISED
                instead = min(used, default=None)
                layout = self._layout_option(local)
                yield FindingRow(other, "module", row.name, local, row.requested_by, layout, instead)

    def commands(self) -> Iterable[FindingRow]:
        """The commands of editable installs that did not run again."""
        owners = {row.file: row.distribution for row in self._manifest.modules}
        for row in self._manifest.warnings:
            if row.code != "command-not-shipped" or not row.path:
                continue
            # A sandbox that cannot hide the recorded command lets it start, and refuses to open it.
            ran = {paths.name(file) for file in self._programs if file != f"{_HERE}{row.path}"}
            if paths.name(row.path) not in ran:
                yield FindingRow(Finding.NOT_SHIPPED, "command", owners.get(row.path), row.path, None, None)

    def data(self) -> Iterable[FindingRow]:
        for row in self._manifest.data:
            local = paths.normal(row.local)
            if local in self._created or local in self._rerun.made_again:
                continue
            if self._calls_function and row.read_by == "__main__" and paths.name(local) == "entry_points.txt":
                continue  # An old launcher finds its function there; the shipped function is called itself.
            entry = self._local.get(local)
            if row.mounted is None and entry is None:
                kind = self._kind(row, local)
                option = self._file_option(row) if kind == "data" else None
                yield FindingRow(Finding.NOT_SHIPPED, kind, None, local, row.read_by, option)
                continue
            remote = row.mounted or (entry.remote if entry else "")
            if not self._read_again(remote, entry or self._remote.get(remote)):
                # An option of a file that is shipped leads to the place where the program looks for it.
                found = Finding.NOT_EXERCISED if row.option is None else Finding.MISPLACED
                option = row.option or self._layout_option(local)
                yield FindingRow(found, "data", None, local, row.read_by, option)

    def not_found(self, named: Collection[str]) -> Iterable[FindingRow]:
        """What exists in the project, so that the recorded run had it, and was not found in the sandbox.

        `named` are the local files of other findings.
        """
        for row in self._rerun.not_found:
            known = {*named, *self._created, *(() if row.by_local_path else self._local)}
            if not known.isdisjoint((row.local, *row.candidates)):
                continue
            if any(paths.is_below(path, row.local) for path in (*self._created, *named)):
                continue
            if row.command_of is not None:
                yield FindingRow(Finding.NOT_SHIPPED, "command", row.command_of, row.local, row.used_by, None)
                continue
            kind = "module" if row.name is not None else "metadata" if row.is_metadata else "data"
            excluded = self._excluded(row.local) or next(
                filter(None, map(self._excluded, row.candidates)), None
            )
            option: str | None
            if excluded is not None:
                option = including(excluded)
            elif row.name is not None:
                option = f"--add-package {quoted(row.name)}"
            elif row.is_metadata:
                option = "--editable full" if self._ships_distribution(row.local) else None
            else:
                there = row.local if row.by_local_path else None
                option = adding(self._short(row.local), there, is_directory=row.is_directory)
            yield FindingRow(Finding.NOT_SHIPPED, kind, row.name, row.local, row.used_by, option)

    def _ships_distribution(self, metadata_file: str) -> bool:
        """Whether a module of the distribution is shipped, by the name of its metadata directory."""
        described = canonical(paths.name(paths.parent(metadata_file)).rpartition(".")[0].partition("-")[0])
        owners = {row.distribution for row in self._manifest.modules if row.mount is not None}
        return described in {canonical(owner) for owner in owners if owner is not None}

    def _read_again(self, remote: str, entry: FileEntry | None) -> bool:
        if remote in self._rerun.data or any(remote in files for files in self._rerun.modules.values()):
            return True
        if entry is None:
            return False
        name = paths.name(entry.local)
        twins = (self._remote[path] for path in self._rerun.data if path in self._remote)
        return any(
            twin.sha256 == entry.sha256 and (paths.name(twin.remote) == name or twin.local == entry.local)
            for twin in twins
        )

    def _layout_option(self, local: str) -> str | None:
        """The option for a file that the layout moved away from where the program looks for it."""
        return "--layout tree" if local in self._moved else None

    def _package_option(self, name: str, local: str) -> str:
        excluded = self._excluded(local)
        if excluded is not None:
            return including(excluded)
        return adding(self._short(local)) if _is_program(name) else f"--add-package {quoted(name)}"

    def _kind(self, row: DataRow, local: str) -> str:
        if local in self._links:
            return "link"
        if row.option is not None or local in self._consumed:
            return "data"
        return "metadata" if local.endswith(VERSION_FILES + INSTALLATION_FILES) else "data"

    def _file_option(self, row: DataRow) -> str | None:
        local = paths.normal(row.local)
        if local in self._consumed:
            return None
        excluded = self._excluded(local)
        if excluded is not None:
            return including(excluded)
        return row.option or f"{adding(self._short(local))}, or --data mount"

    def _excluded(self, local: str) -> str | None:
        """The nearest path at or above `local` that a pattern left out."""
        left_out = {row.local for row in self._manifest.skipped if row.code == "excluded"}
        return next((one for one in (local, *paths.ancestors(local)) if one in left_out), None)

    def _short(self, local: str) -> str:
        return paths.relative(local, self._cwd) or local


def _is_program(name: str) -> bool:
    """Whether it is the name of a file that runs as a program, and so does not show its type.

    A script that a child runs by its path has that path for a name; multiprocessing calls it `__mp_main__`.
    """
    return name.startswith("/") or name in ("__main__", "__mp_main__")


def _inside(path: str, files: Mapping[str, FileEntry]) -> tuple[FileEntry, str] | None:
    """The file at `path`, or the archive that holds it, with the rest of the path."""
    for place in (path, *paths.ancestors(path)):
        if place in files:
            return files[place], paths.relative(path, place) or ""
    return None


def _same(one: tuple[FileEntry, str], other: tuple[FileEntry, str] | None) -> bool:
    return other is not None and one[0].sha256 == other[0].sha256 and one[1] == other[1]
