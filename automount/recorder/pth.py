"""The opt-in `.pth` file: starts recording in Pythons that ignore PYTHONPATH (`-I`, `-E`) or have lost it.

`site` executes the line in every Python that has this site-packages directory. It does nothing unless the
environment names a journal or something is registered as being recorded (`registry`), and does nothing when
automount has been removed or may not be read. Where PYTHONPATH reaches the same Python, the first of the two
starts recording and takes `AUTOMOUNT_JOURNAL` away from the other. In a virtual environment the file is
executed twice; the second time the finder is there already.
"""

from __future__ import annotations

import os

from automount.errors import UsageError
from automount.recorder import interpreter_probe
from automount.recorder.interpreters import AGENT_DIRECTORY, Interpreter
from automount.recorder.registry import PREFIX
from automount.whole_file import replace_bytes

PTH_NAME = "automount-recording.pth"
# One line, in ASCII, since old Pythons read these files in the locale's encoding. The file is run by the
# import system's own loader: its cached bytecode, and no file left to a ResourceWarning.
_LINE = (
    "import os, sys; ('AUTOMOUNT_JOURNAL' in os.environ or os.path.isdir('{registry}%d' % os.getuid())) "
    "and 'importlib._automount_finder' not in [type(finder).__module__ for finder in sys.meta_path] "
    "and os.access({boot!a}, os.R_OK) and "
    "exec(sys.modules['_frozen_importlib_external'].SourceFileLoader('automount_pth', {boot!a})"
    ".get_code('automount_pth'), {{'__name__': 'automount_pth', '__file__': {boot!a}}})\n"
)


def install(interpreter: Interpreter) -> str:
    """Writes the `.pth` file into the interpreter's site-packages; returns its path. May be repeated."""
    path = _path(interpreter)
    boot = os.path.join(AGENT_DIRECTORY, "boot", "sitecustomize.py")
    try:
        # A Python that starts meanwhile must never read half a line.
        replace_bytes(path, line_for(boot).encode("ascii"), 0o644, exactly=True)
    except OSError as error:
        raise UsageError(
            f"cannot write {path} ({error.strerror})", hint="use a virtual environment of your own"
        ) from error
    return path


def line_for(boot: str) -> str:
    """The text of the file; `boot` is the absolute path of the agent's `sitecustomize.py`."""
    return _LINE.format(boot=boot, registry=PREFIX)


def uninstall(interpreter: Interpreter) -> str:
    """Removes the `.pth` file; returns its path. May be repeated."""
    path = _path(interpreter)
    try:
        os.unlink(path)
    except FileNotFoundError:
        pass
    except OSError as error:
        raise UsageError(f"cannot remove {path} ({error.strerror})", hint="remove it by hand") from error
    return path


def _path(interpreter: Interpreter) -> str:
    try:
        directory = interpreter_probe.package_directory(interpreter.executable)
    except interpreter_probe.NoAnswer:
        directory = None
    if directory is None:
        raise UsageError(
            f"{interpreter.executable} has no site-packages directory", hint="use a virtual environment"
        )
    return os.path.join(directory, PTH_NAME)
