"""Where the recorded interpreter would find an import name, worked out without running its code.

The order is Python's: a module or regular package on the path, then what the finders of editable
distributions map (most are appended behind Python's own), then namespace portions.
"""

from __future__ import annotations

import os
from collections.abc import Iterable

from automount.distributions.editable_sources import EditableSources, sources_of
from automount.distributions.index import InstalledIndex, index_for
from automount.model import Distribution, Environment
from automount.paths import join
from automount.plan.plan_input import Importable

SOURCE_ENDINGS = (".py", ".pyc")


def find_package(
    module_name: str, environment: Environment, index: InstalledIndex | None = None
) -> Importable | None:
    """The place of `module_name`, dotted or not; None where the interpreter would not find it.

    `distribution` is the installed or editable distribution that it belongs to; None for the user's
    own. A submodule is looked for in its package's directories only.
    """
    installed = index if index is not None else index_for(environment)
    mapped = [sources for one in installed.editable_metadata() for sources in sources_of(one)]
    directories: tuple[str, ...] = _absolute(environment.path, environment.cwd)
    found: Importable | None = None
    walked: list[str] = []
    for part in module_name.split("."):
        if not part.isidentifier():
            return None
        walked.append(part)
        found = _find(".".join(walked), part, directories, mapped)
        if found is None:
            return None
        directories = found.locations
    if found is None:
        return None
    return Importable(found.name, found.file, found.locations, _distribution(installed, found))


def installed_under(module_name: str, index: InstalledIndex) -> Distribution | None:
    """The distribution that provides a module of this top-level name in a site directory, if one does.

    Editable distributions do not count: their modules are the user's own.
    """
    for directory in index.site_directories(module_name):
        found = _regular(module_name, module_name, directory)
        if found is not None and found.file is not None:
            distribution = _distribution(index, found)
            if distribution is not None and not distribution.editable:
                return distribution
    return None


def _find(
    full_name: str, part: str, directories: Iterable[str], mapped: Iterable[EditableSources]
) -> Importable | None:
    portions: list[str] = []
    for directory in directories:
        found = _regular(full_name, part, directory)
        if found is not None and found.file is not None:
            return found
        if found is not None:
            portions.extend(found.locations)
    for sources in mapped:
        path = sources.modules.get(full_name)
        found = _at(full_name, path) if path is not None else None
        if found is not None:
            return found
        portions.extend(place for place in sources.namespaces.get(full_name, ()) if os.path.isdir(place))
    return Importable(full_name, None, tuple(dict.fromkeys(portions))) if portions else None


def _regular(full_name: str, part: str, directory: str) -> Importable | None:
    """The module, the regular package, or else the namespace portion called `part` in one path entry."""
    if os.path.isfile(directory):
        return _in_archive(full_name, part, directory)
    return _at(full_name, join(directory, part)) or (
        Importable(full_name, None, (join(directory, part),))
        if os.path.isdir(join(directory, part))
        else None
    )


def _at(full_name: str, path: str) -> Importable | None:
    """The module at `path`: a file, a package's directory, or either without its ending."""
    if os.path.isfile(path):
        if os.path.basename(path).startswith("__init__."):
            return Importable(full_name, path, (os.path.dirname(path),))
        return Importable(full_name, path)
    file = _module_file(path, "__init__")
    if file is not None:
        return Importable(full_name, file, (path,))
    file = _module_file(os.path.dirname(path), os.path.basename(path))
    return Importable(full_name, file) if file is not None else None


def _module_file(directory: str, stem: str) -> str | None:
    """The file of one module in a directory: an extension module comes before source, as in Python."""
    for ending in SOURCE_ENDINGS:
        if os.path.isfile(join(directory, stem + ending)):
            extension = _extension(directory, stem)
            return extension or join(directory, stem + ending)
    return _extension(directory, stem)


def _extension(directory: str, stem: str) -> str | None:
    try:
        names = sorted(os.listdir(directory))
    except OSError:
        return None
    # `_core.cpython-311-x86_64-linux-gnu.so`, `_core.abi3.so`, `_core.so`: the tagged one goes first.
    fitting = [name for name in names if name.endswith(".so") and name.partition(".")[0] == stem]
    fitting.sort(key=lambda name: (name.count(".") < 2, ".abi3." in name, name))
    return join(directory, fitting[0]) if fitting else None


def _in_archive(full_name: str, part: str, archive: str) -> Importable | None:
    import zipfile

    try:
        with zipfile.ZipFile(archive) as opened:
            names = frozenset(opened.namelist())
    except (OSError, zipfile.BadZipFile):
        return None
    for ending in SOURCE_ENDINGS:
        if f"{part}/__init__{ending}" in names:
            return Importable(full_name, join(archive, part, f"__init__{ending}"), (join(archive, part),))
        if part + ending in names:
            return Importable(full_name, join(archive, part + ending))
    return None


def _distribution(index: InstalledIndex, found: Importable) -> Distribution | None:
    """The distribution that lists the module, or whose source directory holds it."""
    places = (found.file,) if found.file is not None else found.locations
    for place in places:
        owner = index.owner(place) if found.file is not None else index.directory_owner(place)
        if owner is not None:
            return owner.distribution
    for place in places:
        root = index.root_of(place)
        if root is not None:
            return root
        named = index.named_for(place)
        if named is not None:
            return named
    return None


def _absolute(path: Iterable[str], cwd: str) -> tuple[str, ...]:
    return tuple(entry if entry.startswith("/") else join(cwd, entry) for entry in path)
