"""Decides where files are in a `.zip` bundle, and the `__main__.py` that makes `python bundle.zip` run it.

A zip is for the import system, which looks at its top: `PYTHONPATH=bundle.zip`, `spark --py-files` and
cloud functions expect `package/__init__.py` there. So names in a zip are relative to the remote root.
What is outside that root, or has a name that no zip can contain, is kept below `.automount/files/` with
its full remote path, percent-encoded: imports and `exec` find it there. Directories are listed too, as
zipimport before 3.13 sees no namespace package without.
"""

from __future__ import annotations

import posixpath
import struct
import zipfile
from urllib.parse import quote

from automount import paths
from automount.manifest import EntrypointKind, Manifest
from automount.model import MountKind
from automount.shipping.shipped_places import OWN_DIRECTORY, name_bytes

_OUTSIDE = f"{OWN_DIRECTORY}/files"
MAIN_NAME = "__main__.py"
# What zipfile raises for a damaged list of members or a damaged member.
ZIP_DAMAGE = (zipfile.BadZipFile, OSError, ValueError, IndexError, OverflowError, RuntimeError, struct.error)
# What Python runs as a program itself; its text cannot be compiled by the bundle's main.
_NO_SOURCE = (".pyc", ".zip", ".pyz", ".egg", ".whl")

_MAIN = """\
# Runs this bundle's program: python BUNDLE.zip [ARGS]
import os as _os
import sys as _sys


def _run():
    import os
    import sys

    archive = sys.path[0]
    sys.path[:1] = [os.path.join(archive, *place) for place in {sys_path!a}]
    if len(sys.argv) == 1:
        sys.argv += {args!a}
{start}

# Engines import every top-level module of an archive, this one under its own name too.
if _os.path.abspath(_sys.argv[0]) == _os.path.abspath(_os.path.dirname(__file__)):
    del _os, _sys
    _run()
else:
    del _os, _sys, _run
"""
_START_SCRIPT = """\
    path = os.path.join(archive, *{place!a})
    source = __loader__.get_data(path)
    sys.argv[0] = path
    names = globals()
    names.update(__file__=path, __spec__=None, __package__=None)
    del names["_run"]
    exec(compile(source, path, "exec"), names)
"""
_START_MODULE = """\
    import runpy

    runpy.run_module({module!a}, run_name="__main__", alter_sys=True)
"""
_START_CODE = """\
    sys.argv[0] = "-c"
    names = globals()
    del names["_run"], names["__file__"]
    names.update(__spec__=None, __package__=None)
    exec({code!a}, names)
"""


def zip_name(remote: str, root: str) -> str:
    """The name in a zip for a remote path, absolute; `""` for the remote root itself."""
    inside = paths.relative(remote, root)
    if inside is not None and paths.parts(inside)[:1] != (OWN_DIRECTORY,) and _plain(inside):
        return inside
    return whole_name(remote)


def whole_name(remote: str) -> str:
    """The name in a zip that keeps all of a remote path, absolute, percent-encoded."""
    return posixpath.join(_OUTSIDE, quote(name_bytes(remote), safe="/").lstrip("/"))


def _plain(name: str) -> bool:
    try:
        name.encode("utf-8")
    except UnicodeEncodeError:
        return False
    # zipfile cuts names at a NUL, and takes a backslash for a separator on some systems.
    return "\\" not in name


def main_source(manifest: Manifest) -> bytes | None:
    """The bundle's `__main__.py`; None where the program has its own, or cannot run from a zip."""
    root, entry = manifest.remote_root, manifest.entrypoint
    names = {zip_name(row.remote, root) for row in manifest.files}
    if MAIN_NAME in names or entry.import_only:
        return None
    if entry.kind is EntrypointKind.SCRIPT:
        remote = entry.remote or ""
        if remote not in {row.remote for row in manifest.files} or remote.endswith(_NO_SOURCE):
            return None
        start = _START_SCRIPT.format(place=_split(zip_name(remote, root)))
    elif entry.kind is EntrypointKind.MODULE:
        start = _START_MODULE.format(module=entry.target)
    elif entry.form == "string":
        start = _START_CODE.format(code=entry.target)
    else:
        return None
    sys_path = [_split(zip_name(place, root)) for place in manifest.sys_path]
    return _MAIN.format(sys_path=sys_path, args=list(entry.args), start=start.rstrip("\n")).encode("ascii")


def zip_limits(manifest: Manifest) -> tuple[str, ...]:
    """Sentences about files that cannot work inside a zip; empty if there are none."""
    shipped = {row.remote for row in manifest.files}
    extensions = [row.remote for row in manifest.files if row.remote.endswith(".so")]
    archives = [row.remote for row in manifest.mounts if row.kind is MountKind.ARCHIVE]
    data = sorted(row.mounted for row in manifest.data if row.mounted in shipped and row.mounted)
    found = (
        (extensions, "an extension module cannot be imported from a zip"),
        (archives, "an archive inside a zip cannot be imported from"),
        (sorted(set(data) - set(archives)), "a file inside a zip cannot be opened by its path"),
    )
    return tuple(f"{why}: {_some(remotes)}" for remotes, why in found if remotes)


def below_top(manifest: Manifest) -> tuple[str, ...]:
    """The remote import directories whose modules are not at the top of the zip.

    An import from a zip looks at its top. Such a zip runs with `python FILE.zip`, but what puts the archive
    itself on `sys.path` (PYTHONPATH, the Python files of an engine) does not find them. The layout `flat`
    has all modules at the top.
    """
    return tuple(
        place
        for place in manifest.sys_path
        if paths.is_below(place, manifest.remote_root, strictly=True)
        and any(row.remote.endswith(".py") and paths.is_below(row.remote, place) for row in manifest.files)
    )


def _some(remotes: list[str]) -> str:
    more = f", and {len(remotes) - 2} more" if len(remotes) > 2 else ""
    return ", ".join(remotes[:2]) + more


def _split(name: str) -> list[str]:
    return name.split("/") if name else []
