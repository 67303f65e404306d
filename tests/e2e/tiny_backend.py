"""A build backend (PEP 517, 660) of one page, so that pip installs example projects for real and offline.

A project's pyproject.toml names it, its `[project]` table gives name and version, and `[tool.tiny]` the
`packages` as {import name: directory}; `[project.entry-points]` works too. An editable wheel contains a
path `.pth`, or, where an import name is not its directory's name, an import `.pth` and a finder, as
setuptools does.
"""

from __future__ import annotations

import base64
import hashlib
import os
import tomllib
import zipfile

FINDER = """\
import importlib.machinery
import importlib.util
import sys

MAPPING = {mapping!r}


class EditableFinder:
    @classmethod
    def find_spec(cls, fullname, path=None, target=None):
        directory = MAPPING.get(fullname)
        if directory is None:
            return None
        return importlib.util.spec_from_file_location(fullname, directory + "/__init__.py")


def install():
    sys.meta_path.append(EditableFinder)
"""


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    name, version, packages = _project()
    members = {}
    for package, directory in packages.items():
        for top, _, files in os.walk(directory):
            for file in files:
                path = os.path.join(top, file)
                place = os.path.join(package.replace(".", "/"), os.path.relpath(path, directory))
                with open(path, "rb") as source:
                    members[place] = source.read()
    return _write(wheel_directory, name, version, members)


def build_editable(wheel_directory, config_settings=None, metadata_directory=None):
    name, version, packages = _project()
    stem = f"__editable__.{name}-{version}"
    members = {}
    if all(os.path.basename(directory) == package for package, directory in packages.items()):
        roots = sorted({os.path.dirname(os.path.abspath(directory)) for directory in packages.values()})
        members[f"{stem}.pth"] = "".join(f"{root}\n" for root in roots).encode()
    else:
        module = f"__editable___{name}_{version}_finder".replace(".", "_")
        mapping = {package: os.path.abspath(directory) for package, directory in packages.items()}
        members[f"{module}.py"] = FINDER.format(mapping=mapping).encode()
        members[f"{stem}.pth"] = f"import {module}; {module}.install()\n".encode()
    return _write(wheel_directory, name, version, members)


def _project():
    with open("pyproject.toml", "rb") as file:
        settings = tomllib.load(file)
    return settings["project"]["name"], settings["project"]["version"], settings["tool"]["tiny"]["packages"]


def _entry_points():
    with open("pyproject.toml", "rb") as file:
        groups = tomllib.load(file)["project"].get("entry-points", {})
    lines = []
    for group, points in sorted(groups.items()):
        lines += [f"[{group}]", *(f"{name} = {target}" for name, target in sorted(points.items())), ""]
    return "\n".join(lines)


def _write(directory, name, version, members):
    stem = f"{name.replace('-', '_')}-{version}"
    info = f"{stem}.dist-info"
    members = dict(members)
    members[f"{info}/METADATA"] = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n".encode()
    members[f"{info}/WHEEL"] = (
        b"Wheel-Version: 1.0\nGenerator: tiny\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    )
    points = _entry_points()
    if points:
        members[f"{info}/entry_points.txt"] = points.encode()
    record = [f"{path},sha256={_digest(data)},{len(data)}" for path, data in sorted(members.items())]
    members[f"{info}/RECORD"] = "\n".join([*record, f"{info}/RECORD,,", ""]).encode()
    file_name = f"{stem}-py3-none-any.whl"
    with zipfile.ZipFile(os.path.join(directory, file_name), "w") as wheel:
        for path, data in sorted(members.items()):
            wheel.writestr(path, data)
    return file_name


def _digest(data):
    return base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
