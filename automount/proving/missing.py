"""Finds the local files that a program asked for in vain, and the option that adds each."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from automount import paths
from automount.manifest import Manifest
from automount.model import Origin
from automount.option_words import adding, including, quoted
from automount.system_directories import STATE_DIRECTORIES, SYSTEM_DIRECTORIES

# They differ from machine to machine, so they are reported only if recorded as data.
_SYSTEM = (*SYSTEM_DIRECTORIES, *STATE_DIRECTORIES)


@dataclass(frozen=True)
class Asked:
    """One note of the witness. `kind` is "open" or "import"; `name` a path in the sandbox, or a module's."""

    kind: str
    name: str
    asker: str
    line: int


@dataclass(frozen=True)
class Missing:
    """A local file that the program asked for and did not get. `option` is what adds it.

    `shipped_as` is the remote path that it has all the same, where the program does not look for it.
    """

    local: str
    asked_by: str
    line: int
    option: str
    shipped_as: str | None = None


@dataclass(frozen=True)
class Look:
    """The two questions that are asked of this machine's file system, both about absolute local paths."""

    exists: Callable[[str], bool]
    is_directory: Callable[[str], bool]


def missing_files(
    manifest: Manifest,
    asked: Iterable[Asked],
    *,
    remote_of: Callable[[str], str | None],
    shown: Callable[[str], bool],
    look: Look,
) -> tuple[Missing, ...]:
    """What of `asked` stands on this machine and did not reach the program; each file once, sorted.

    `remote_of` gives the remote path for a path of the sandbox, None where it has none; `shown` says
    whether a local path could be seen inside.
    """
    search = _Search(manifest, remote_of, shown, look)
    found: dict[str, Missing] = {}
    for row in asked:
        missing = search.opened(row) if row.kind == "open" else search.imported(row)
        if missing is not None:
            found.setdefault(missing.local, missing)
    return tuple(found[local] for local in sorted(found))


class _Search:
    def __init__(
        self,
        manifest: Manifest,
        remote_of: Callable[[str], str | None],
        shown: Callable[[str], bool],
        look: Look,
    ) -> None:
        self._manifest = manifest
        self._remote_of = remote_of
        self._shown = shown
        self._look = look
        cwd = paths.normal(manifest.provenance.cwd)
        pairs = {(row.remote, row.local) for row in manifest.mounts}
        pairs |= {(paths.parent(row.remote), paths.parent(row.local)) for row in manifest.files}
        pairs.add((manifest.entrypoint.remote_cwd, cwd))
        # The nearest directory knows best where its neighbours come from.
        self._pairs = sorted(pairs, key=lambda pair: (-len(paths.parts(pair[0])), pair))
        self._recorded = {row.local for row in manifest.data}
        self._shipped = {paths.normal(row.local): row.remote for row in manifest.files}
        self._cwd = cwd

    def opened(self, row: Asked) -> Missing | None:
        """The local file for a path that could not be opened."""
        remote = self._remote_of(row.name)
        if "__pycache__" in paths.parts(row.name) or row.name.endswith(".pyc"):
            return None
        candidates = [] if remote is None else self._locals(remote)
        if remote is None or remote == row.name:
            candidates.append(row.name)
        for local in candidates:
            if self._counts(local):
                option = self._adding(local, remote or local)
                return Missing(local, row.asker, row.line, option, self._shipped.get(local))
        return None

    def imported(self, row: Asked) -> Missing | None:
        """The local file of a module that was not found."""
        for module in self._manifest.modules:
            if module.name != row.name or module.file is None or not module.file.startswith("/"):
                continue
            if module.origin is Origin.INSTALLED:
                return None
            if self._counts(module.file):
                return Missing(module.file, row.asker, row.line, self._adding_module(row.name, module.file))
        rest = row.name.replace(".", "/")
        for place in self._manifest.sys_path:
            for remote in (paths.join(place, f"{rest}.py"), paths.join(place, rest, "__init__.py")):
                for local in self._locals(remote):
                    if self._counts(local):
                        return Missing(local, row.asker, row.line, self._adding_module(row.name, local))
        return None

    def _locals(self, remote: str) -> list[str]:
        found = []
        for there, here in self._pairs:
            rest = paths.relative(remote, there)
            if rest is not None:
                found.append(paths.join(here, rest) if rest else here)
        return found

    def _counts(self, local: str) -> bool:
        if local in self._recorded:
            return not self._shown(local)
        if any(paths.is_below(local, top) for top in _SYSTEM):
            in_project = any(paths.is_below(local, here) for _, here in self._pairs if here != "/")
            if not in_project:
                return False
        return self._look.exists(local) and not self._shown(local)

    def _adding(self, local: str, remote: str) -> str:
        known = next((row.option for row in self._manifest.data if row.local == local), None)
        if known is not None:
            return known
        short, is_directory = self._short(local), self._look.is_directory(local)
        root = self._manifest.remote_root
        if remote == paths.join(root, paths.name(local)):
            return adding(short, is_directory=is_directory)
        return adding(short, paths.relative(remote, root) or remote, is_directory=is_directory)

    def _adding_module(self, name: str, local: str) -> str:
        excluded = {row.local for row in self._manifest.skipped if row.code == "excluded"}
        for place in (local, *paths.ancestors(local)):
            if place in excluded:
                return including(place)
        return f"--add-package {quoted(name)}"

    def _short(self, local: str) -> str:
        return paths.relative(local, self._cwd) or local
