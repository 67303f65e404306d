"""Writes what installers leave in site-packages, without running one: same bytes each time."""

from __future__ import annotations

import json

from layouts.model import Place


def metadata(
    place: Place,
    name: str,
    *,
    editable_root: str | None,
    record: tuple[str, ...] = (),
    entry_points: str = "",
    version: str = "1.0",
) -> None:
    """Write `<name>-<version>.dist-info` (PEP 376, 610, 660).

    `editable_root` is the project's directory relative to work/, None for an ordinary install.
    `record` are the installed files relative to site-packages.
    """
    site = "site-installed" if editable_root is None else "site-editable"
    info = f"{name.replace('-', '_')}-{version}.dist-info"
    written = {
        "METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        "WHEEL": "Wheel-Version: 1.0\nGenerator: layouts\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        "INSTALLER": "pip\n",
    }
    if entry_points:
        written["entry_points.txt"] = entry_points
    if editable_root is not None:
        url = (place.work / editable_root).as_uri()
        written["direct_url.json"] = json.dumps({"dir_info": {"editable": True}, "url": url})
    rows = [*record, *(f"{info}/{name}" for name in (*written, "RECORD"))]
    written["RECORD"] = "".join(f"{row},,\n" for row in sorted(rows))
    for file_name, text in written.items():
        place.write(f"{site}/{info}/{file_name}", text)


def path_editable(place: Place, name: str, root: str, source: str, entry_points: str = "") -> None:
    """Install `name` editable by a `.pth` that holds one path: `source`, relative to work/."""
    pth = f"__editable__.{name.replace('-', '_')}-1.0.pth"
    place.write(f"site-editable/{pth}", f"{place.work / source}\n")
    metadata(place, name, editable_root=root, record=(pth,), entry_points=entry_points)


FINDER = """
import sys
from importlib.machinery import PathFinder
from importlib.util import spec_from_file_location

MAPPING = {mapping!r}


class _EditableFinder:
    @classmethod
    def find_spec(cls, fullname, path=None, target=None):
        if fullname in MAPPING:
            place = MAPPING[fullname]
            return spec_from_file_location(
                fullname, place + "/__init__.py", submodule_search_locations=[place]
            )
        return None


def install():
    if not any(finder is _EditableFinder for finder in sys.meta_path):
        sys.meta_path.append(_EditableFinder)
"""


def finder_editable(place: Place, name: str, root: str, mapping: dict[str, str]) -> None:
    """Install `name` editable by a finder that maps import names to directories relative to work/."""
    finder = f"__editable___{name}_1_0_finder"
    pth = f"__editable__.{name}-1.0.pth"
    places = {import_name: str(place.work / where) for import_name, where in mapping.items()}
    place.write(f"site-editable/{finder}.py", FINDER.format(mapping=places))
    place.write(f"site-editable/{pth}", f"import {finder}; {finder}.install()\n")
    metadata(place, name, editable_root=root, record=(pth, f"{finder}.py"))
