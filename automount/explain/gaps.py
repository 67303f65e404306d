"""Imports of local modules that the recorded run did not load: what another run could need (pure).

The system is reached through two callables, so that the decisions are tested from literals.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from automount.explain.configured_names import CONFIGURATION, configured_statements
from automount.explain.entry_points import entry_point_files, entry_point_statements
from automount.explain.source_imports import ImportStatement, Where, import_statements, names_of
from automount.manifest import Manifest
from automount.manifest.import_roots import import_roots
from automount.model import Status
from automount.values import dataclass

Read = Callable[[str], bytes | None]
IsFile = Callable[[str], bool]
DAMAGED = (ValueError, SyntaxError, RecursionError, MemoryError)
RAN = (Status.EXECUTED, Status.FAILED)


@dataclass(frozen=True)
class Gap:
    """A local module that a statement imports and that this run did not load.

    `local` is its file. `shipped`: it is in a mount all the same; otherwise another machine would not find
    it. `file` and `line` are the place of the statement; `where` and `function` say what must happen for it
    to run. `importer_loaded`: the importing file itself was loaded. `option` ships the module.
    """

    module_name: str
    local: str
    shipped: bool
    file: str
    line: int
    where: Where
    function: str
    importer_loaded: bool
    option: str | None


@dataclass(frozen=True)
class Gaps:
    """What was found, and the files that could not be read or parsed."""

    rows: tuple[Gap, ...]
    unread: tuple[str, ...] = ()

    @property
    def missing(self) -> frozenset[str]:
        """The local files that are imported somewhere and not shipped."""
        return frozenset(row.local for row in self.rows if not row.shipped)


def gaps(manifest: Manifest, read: Read, is_file: IsFile, *, most: int = 20_000) -> Gaps:
    """The gaps of a manifest, sorted. `read` gives a file's bytes, None where it cannot be read.

    Modules that would be missing are read too, since what they import would be missing with them.
    The number of files that are read is limited; the others are reported as unread.
    """
    roots = tuple(import_roots(manifest))
    loaded = {row.name for row in manifest.modules if row.status in RAN}
    loaded_files = {row.file for row in manifest.modules if row.file and row.status in RAN}
    shipped = {row.local for row in manifest.files}
    found: dict[tuple[str, str, int], Gap] = {}
    unread: list[str] = []
    waiting = [*entry_point_files(roots), *_sources(manifest, roots)]
    known = {path for path, _ in waiting}
    waiting += [(path, "") for path in _configuration(manifest) if path not in known]
    count = 0
    while waiting:
        path, module_name = waiting.pop()
        count += 1
        statements = _statements(path, module_name, read) if count <= most else None
        if statements is None:
            if module_name:
                unread.append(path)
            continue
        for statement in statements:
            for name, local in _local_modules(statement, roots, path, is_file):
                if name in loaded or local in loaded_files:
                    continue
                is_shipped = local in shipped
                gap = Gap(
                    name,
                    local,
                    is_shipped,
                    path,
                    statement.line,
                    statement.where,
                    statement.function,
                    path in loaded_files,
                    None if is_shipped else f"--add-package {name.partition('.')[0]}",
                )
                found.setdefault((path, name, statement.line), gap)
                if local not in known and local.endswith(".py"):
                    known.add(local)
                    waiting.append((local, name))
    rows = sorted(found.values(), key=lambda row: (row.shipped, row.module_name, row.file, row.line))
    return Gaps(tuple(rows), tuple(sorted(unread)))


def _sources(manifest: Manifest, roots: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """The shipped Python sources, each with the module name that it has or would have."""
    names = {row.file: row.name for row in manifest.modules if row.file and row.name != "__main__"}
    nearest = sorted(roots, key=len, reverse=True)
    for file in manifest.files:
        if not file.local.endswith((".py", ".pyw")):
            continue
        name = names.get(file.local)
        if name is None:
            name = next(
                (_name(file.local, root) for root in nearest if file.local.startswith(root + "/")), "__main__"
            )
        yield file.local, name


def _configuration(manifest: Manifest) -> list[str]:
    """The configuration files that the program read or that are shipped: they may name modules."""
    paths = {row.local for row in manifest.files} | {row.local for row in manifest.data}
    return sorted(path for path in paths if path.endswith(CONFIGURATION))


def _name(path: str, root: str) -> str:
    inner = path[len(root) + 1 :].rpartition(".")[0]
    return inner.removesuffix("/__init__").replace("/", ".")


def _statements(path: str, module_name: str, read: Read) -> list[ImportStatement] | None:
    source = read(path)
    if not source:
        return None if source is None else []
    try:
        if not module_name:
            is_project_file = path.endswith(("/pyproject.toml", "/setup.cfg"))
            return entry_point_statements(path, source) if is_project_file else configured_statements(source)
        return import_statements(source, module_name=module_name, is_package=path.endswith("/__init__.py"))
    except DAMAGED:
        return None


def _local_modules(
    statement: ImportStatement, roots: Iterable[str], importer: str, is_file: IsFile
) -> Iterator[tuple[str, str]]:
    """The modules below one of the roots that the statement loads, each with its file."""
    for root in roots:
        found = [
            (name, path)
            for name in names_of(statement)
            for path in _places(name, root)
            if is_file(path) and path != importer
        ]
        # The first root that has the module itself is the one that Python would import it from.
        if found:
            if _is_named(statement, found[-1][0]):
                yield from found
            return


def _is_named(statement: ImportStatement, module_name: str) -> bool:
    """Whether `module_name`, the deepest module that exists, is what a string in a table names.

    `a.b` may be the module `a.b`, or `b` in `a`; `x.y` alone, such as the name of a file, does not name `x`.
    """
    if statement.where not in (Where.TABLE, Where.ENTRY_POINT):
        return True
    depth, asked = module_name.count(".") + 1, statement.module_name.count(".") + 1
    return depth == asked if statement.attribute == "*" else depth >= max(2, asked - 1)


def _places(name: str, root: str) -> tuple[str, str]:
    inner = name.replace(".", "/")
    return (f"{root}/{inner}/__init__.py", f"{root}/{inner}.py")
