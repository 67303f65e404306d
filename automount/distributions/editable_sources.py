"""Where an editable distribution's import names lead, read from its helper files without running them.

Backends write one of these beside the metadata: a `.pth` of directories (setuptools, hatchling, flit,
poetry-core, pdm-backend, uv_build, maturin), or a `.pth` that imports a helper module which holds the
import names as literals: setuptools' `MAPPING` and `NAMESPACES`, the `map_module` calls of the
`editables` library (hatchling, pdm-backend), scikit-build-core's `install` call, meson-python's finder.
"""

from __future__ import annotations

from collections.abc import Iterator

from automount.distributions.metadata import Metadata
from automount.paths import is_below, join, name, normal, parent
from automount.values import dataclass, field


@dataclass(frozen=True)
class EditableSources:
    """`directories` are path entries; `modules` maps import names to files, directories, or their stems.

    `namespaces` maps import names to portions. `evidence` is the file that these were read from.
    """

    evidence: str
    directories: tuple[str, ...] = ()
    modules: dict[str, str] = field(default_factory=dict)
    namespaces: dict[str, tuple[str, ...]] = field(default_factory=dict)


def sources_of(metadata: Metadata) -> tuple[EditableSources, ...]:
    """What each `.pth` file and helper module of an editable distribution maps, sorted by file."""
    directories: dict[str, list[str]] = {}
    for file, line in metadata.pth_lines:
        if not line.startswith(("import ", "import\t")):
            place = normal(line if line.startswith("/") else join(metadata.base, line))
            directories.setdefault(file, []).append(place)
    found = [EditableSources(name(file), tuple(lines)) for file, lines in sorted(directories.items())]
    for helper in sorted(metadata.helper_modules):
        # Only here: ast is imported for helper modules alone.
        from automount.distributions.editable_helpers import read_helper

        for entry in (f"{helper}.py", f"{helper}/__init__.py"):
            if metadata.lists(entry):
                found.append(read_helper(join(metadata.base, entry)))
    return tuple(found)


def outside_sources(metadata: Metadata) -> Iterator[tuple[str, str]]:
    """The source directories outside the project, each with the file that names it."""
    project = metadata.editable_project
    for sources in sources_of(metadata):
        places = [*sources.directories]
        files = sources.modules.values()
        places.extend(parent(path) if path.endswith(".py") else path for path in files)
        places.extend(portion for portions in sources.namespaces.values() for portion in portions)
        for place in dict.fromkeys(places):
            if project is None or not is_below(place, project):
                yield place, sources.evidence
