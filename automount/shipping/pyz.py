"""Writes a `.pyz` bundle: one file that unpacks itself and runs its program, `python app.pyz ARGS`.

Unlike a zip, it is not imported from: its files are below `.automount/files/` at their full remote paths,
percent-encoded, and are real files when the program runs. So package data, extension modules and files
outside the remote root all work, and nothing in it can be taken for a module of the user's.
"""

from __future__ import annotations

import hashlib
import zipfile
import zlib
from pathlib import Path

from automount import paths
from automount.manifest import Manifest
from automount.shipping.bundled_manifest import bundled_manifest_bytes
from automount.shipping.program import program_of
from automount.shipping.shipped_places import needed_directories
from automount.shipping.zips import MAIN_NAME, ZIP_DAMAGE

# No remote path and no word of a command line has a NUL.
_PYTHON = "\0python"
_PLACE = "\0place"

_CALL = """

# Engines import every top-level module of an archive; only `python BUNDLE.pyz` runs the program.
if os.path.abspath(sys.argv[0]) == os.path.abspath(os.path.dirname(__file__)):
    run(os.path.dirname(__file__), {program!a})
"""


def pyz_main(manifest: Manifest) -> bytes:
    """The `__main__.py` of the manifest's `.pyz`: the text of `pyz_main.py` and the call for this program."""
    command = program_of(manifest, _PYTHON, lambda remote: _PLACE + paths.join("/", remote), ())
    program = {
        "manifest": hashlib.sha256(bundled_manifest_bytes(manifest)).hexdigest(),
        "digest": manifest.digest.removeprefix("sha256:"),
        "argv": [_word(word) for word in command.argv],
        "args": list(manifest.entrypoint.args),
        "cwd": manifest.entrypoint.remote_cwd,
        "directories": list(needed_directories(manifest)),
        "sys_path": list(manifest.sys_path),
    }
    return (_source() + _CALL.format(program=program)).encode("utf-8")


def is_pyz(packed: zipfile.ZipFile) -> bool:
    """Whether an open zip is a `.pyz` bundle: its main begins as ours does."""
    opening = _source()[:40].encode()
    try:
        with packed.open(MAIN_NAME) as main:
            return main.read(len(opening)) == opening
    except (KeyError, zlib.error, EOFError, *ZIP_DAMAGE):
        return False


def _source() -> str:
    return Path(__file__).with_name("pyz_main.py").read_text("utf-8")


def _word(word: str) -> tuple[str, str]:
    if word == _PYTHON:
        return ("python", "")
    if word.startswith(_PLACE):
        return ("place", word.removeprefix(_PLACE))
    return ("text", word)
