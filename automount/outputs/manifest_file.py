"""Puts a manifest's bytes where the user wants them: beside the name, then renamed, so nobody reads half."""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile

from automount.errors import AutomountError


def check_writable(output: str) -> None:
    """Raises, before anything is run, where the manifest could not be written."""
    if output == "-":
        return
    directory = os.path.dirname(os.path.abspath(output))
    if os.path.isdir(output):
        problem = "it is a directory"
    elif not os.path.isdir(directory):
        problem = f"no such directory: {directory}"
    elif not os.access(directory, os.W_OK | os.X_OK):
        problem = f"no permission to write in {directory}"
    else:
        return
    raise _unwritable(output, problem)


def write_bytes(output: str, data: bytes) -> None:
    """Writes `data` beside `output` and renames it: a reader never sees half of it."""
    if output == "-":
        sys.stdout.flush()
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
        return
    path = os.path.abspath(output)
    # A link stays a link: what it names is replaced.
    target = os.path.realpath(path) if os.path.islink(path) else path
    temporary = ""
    try:
        descriptor, temporary = tempfile.mkstemp(prefix=".automount-", dir=os.path.dirname(target))
        with open(descriptor, "wb") as file:
            file.write(data)
        os.chmod(temporary, 0o666 & ~_umask())
        os.replace(temporary, target)
    except OSError as error:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise _unwritable(output, error.strerror or str(error)) from error


def _unwritable(output: str, problem: str) -> AutomountError:
    return AutomountError(
        f"cannot write {output} ({problem})", hint="choose another place with -o FILE", code="unwritable"
    )


def _umask() -> int:
    mask = os.umask(0o022)
    os.umask(mask)
    return mask
