"""Reads a manifest's file, and writes a manifest to the file that the user chose.

They are written beside the name, then renamed, so that no reader sees half of it. An existing file that is
not regular (`/dev/null`, a FIFO, the `/dev/fd/63` of a shell's `>(…)`) is written to instead: a rename would
replace it for everybody. What is written to a descriptor of the shell's (`/dev/stdout`, `/dev/fd/3`) follows
what was written to it before.
"""

from __future__ import annotations

import os
import stat
import sys

from automount.errors import AutomountError, ManifestError
from automount.untrusted import read_at_most
from automount.whole_file import replace_bytes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from automount.manifest import Manifest

DEFAULT_MANIFEST = "automount.json"
# Ten times what a program of 100,000 files and modules has.
LARGEST = 1 << 28
_MOST_DIGITS = 8  # of the number of a descriptor
_STREAMS = {"/dev/stdout": 1, "/dev/stderr": 2}
_DESCRIPTORS = ("/dev/fd", "/proc/self/fd")


def load_manifest(path: str) -> Manifest:
    """The manifest in the file `path`. Raises `ManifestError` if it does not contain one."""
    # Only here: a program is started sooner when the check of `-o FILE` needs no manifest.
    from automount.manifest import loads

    return loads(manifest_bytes(path), path)


def write_manifest(manifest: Manifest, path: str | os.PathLike[str]) -> None:
    """Writes the manifest to a file, as `automount -o FILE` does. An existing file of another kind is kept.

    Raises `AutomountError` where the file cannot be written, or automount did not write it.
    """
    from automount.manifest import dumps

    output = os.path.abspath(os.fspath(path))
    check_manifest_output(output, "path")
    write_bytes(output, dumps(manifest), manifest_mode(manifest))


def manifest_bytes(path: str) -> bytes:
    """The content of the manifest's file `path`. Raises `ManifestError` where it cannot be read."""
    try:
        if _would_wait(path):
            raise ManifestError(f"{path} is a FIFO", hint="name a file that automount wrote")
        with open(path, "rb") as file:
            raw = read_at_most(file, LARGEST + 1)
    except FileNotFoundError:
        raise ManifestError(f"no manifest: {path}", hint="record one first: automount app.py") from None
    except OSError as error:
        raise ManifestError(f"cannot read {path} ({error.strerror})", hint="check the path") from error
    if len(raw) > LARGEST:
        raise ManifestError(f"{path} is too large for a manifest", hint="name a file that automount wrote")
    return raw


def _would_wait(path: str) -> bool:
    """Whether `path` names a FIFO of the file system, which may wait forever for a writer.

    The `/dev/fd/63` of a shell's `<(…)` is a pipe that has a writer; what it links to has no name.
    """
    return stat.S_ISFIFO(os.stat(path).st_mode) and os.path.exists(os.path.realpath(path))


def local_path(output: str) -> str | None:
    """The absolute path of the file that is meant by `-o OUTPUT`; None for stdout."""
    return None if output == "-" else os.path.abspath(output)


def check_writable(output: str) -> None:
    """Raises, before anything is run, where `output` could not be written."""
    if output == "-":
        return
    directory = os.path.dirname(os.path.abspath(output))
    descriptor = _descriptor(output)
    if descriptor is not None:
        try:
            os.fstat(descriptor)
            return
        except OSError as error:
            problem = error.strerror or str(error)
    elif os.path.isdir(output):
        problem = "it is a directory"
    elif _is_special(output):
        if os.access(output, os.W_OK):
            return
        problem = "no permission to write to it"
    elif not os.path.isdir(directory):
        problem = f"no such directory: {directory}"
    elif not os.access(directory, os.W_OK | os.X_OK):
        problem = f"no permission to write in {directory}"
    else:
        return
    raise _unwritable(output, problem)


def check_manifest_output(output: str, option: str = "-o FILE") -> None:
    """Raises, before anything is run, where a manifest cannot be written or would replace a user's file.

    A file that has the default name is a manifest, whatever it contains: it may be damaged. `option` is how
    the user chooses another file.
    """
    check_writable(output)
    if output == "-" or _descriptor(output) is not None or os.path.basename(output) == DEFAULT_MANIFEST:
        return
    if not os.path.isfile(output):
        return
    # Only here: most recordings write a new file, or one with the default name.
    from automount.shipping.replaceable import is_manifest, refuse_foreign

    refuse_foreign(output, is_manifest, kind="a manifest", option=option)


def manifest_mode(manifest: Manifest) -> int:
    """The permissions for the manifest's file: the user's alone where it holds a suspected secret itself."""
    secret = any(row.code == "secret-suspected" and row.path is None for row in manifest.warnings)
    return 0o600 if secret else 0o666


def write_bytes(output: str, data: bytes, mode: int = 0o666) -> None:
    """Writes `data` beside `output` and renames it: a reader never sees half of it.

    `mode` are the permissions of the new file, less the umask.
    """
    if output == "-":
        sys.stdout.flush()
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
        return
    path = os.path.abspath(output)
    descriptor = _descriptor(output)
    if descriptor is not None or _is_special(path):
        try:
            # A file that the shell opened is not opened again: that would start at its beginning.
            with open(path if descriptor is None else os.dup(descriptor), "wb") as file:
                file.write(data)
        except OSError as error:
            raise _unwritable(output, error.strerror or str(error)) from error
        return
    # A link stays a link: what it names is replaced.
    target = os.path.realpath(path) if os.path.islink(path) else path
    try:
        replace_bytes(target, data, mode)
    except OSError as error:
        raise _unwritable(output, error.strerror or str(error)) from error


def _descriptor(path: str) -> int | None:
    """The number of the descriptor that `path` names, as `/dev/stdout` and `/dev/fd/3` do, or None."""
    if path in _STREAMS:
        return _STREAMS[path]
    directory, number = os.path.split(path)
    is_number = number.isascii() and number.isdigit() and len(number) < _MOST_DIGITS
    return int(number) if directory in _DESCRIPTORS and is_number else None


def _is_special(path: str) -> bool:
    """Whether `path` leads to something that is neither a regular file nor a directory."""
    try:
        mode = os.stat(path).st_mode
    except OSError:
        return False
    return not (stat.S_ISREG(mode) or stat.S_ISDIR(mode))


def _unwritable(output: str, problem: str) -> AutomountError:
    return AutomountError(
        f"cannot write {output} ({problem})", hint="choose another place with -o FILE", code="unwritable"
    )
