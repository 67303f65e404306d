"""Gives the command line that runs an entrypoint, and reads an entrypoint back from one. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from automount.errors import UsageError
from automount.model import (
    CodeEntrypoint,
    Entrypoint,
    ModuleEntrypoint,
    ProgramEntrypoint,
    ScriptEntrypoint,
)
from automount.paths import join, name, normal, parent
from automount.recorder.completeness import interpreter_options

# What `--import-only` runs: `sys.argv` and `sys.path[0]` are as the script itself would have them.
_IMPORT_MODULE = "import sys\ndel sys.argv[0]\n__import__(sys.argv[0])"
_IMPORT_SCRIPT = """import sys
_, here, name, *sys.argv[:] = sys.argv
if not getattr(sys.flags, "safe_path", False):
    sys.path[0] = here
__import__(name)"""


def import_name(script: str) -> str:
    """The name under which `--import-only` imports `script`. Raises where its name is not a module's."""
    base = name(script)
    stem, dot, ending = base.rpartition(".")
    if not dot or ending not in ("py", "pyw") or not stem.isidentifier():
        raise UsageError(
            f"--import-only {script}: this is not a valid module name",
            hint="give the script a module's name, or use -m",
        )
    return stem


def command_for(entrypoint: Entrypoint, executable: str) -> list[str]:
    """The command that runs `entrypoint` under the interpreter `executable`."""
    match entrypoint:
        case ProgramEntrypoint(program, args):
            return [program, *args]
        case CodeEntrypoint(code, args):
            return [executable, "-c", code, *args]
        case ModuleEntrypoint(module, args, as_main=True):
            return [executable, "-m", module, *args]
        case ModuleEntrypoint(module, args):
            return [executable, "-c", _IMPORT_MODULE, module, *args]
        case ScriptEntrypoint(path, _, args, as_main=True):
            # A name like `-x.py` would be read as an option.
            return [executable, f"./{path}" if path.startswith("-") else path, *args]
        case ScriptEntrypoint(path, local, args):
            return [executable, "-c", _IMPORT_SCRIPT, parent(local), import_name(path), path, *args]


def entrypoint_of(argv: Sequence[str], cwd: str) -> Entrypoint:
    """The entrypoint that a Python's own command line names (`sys.orig_argv`)."""
    rest = list(argv[1:])
    options = interpreter_options(argv)
    if options and options[-1] in ("c", "m"):
        while rest:
            word = rest.pop(0)
            flag = "-" + options[-1]
            if word.startswith("-") and not word.startswith("--") and options[-1] in word[1:]:
                glued = word.partition(options[-1])[2]
                value = glued or (rest.pop(0) if rest else "")
                if flag == "-m":
                    return ModuleEntrypoint(value, tuple(rest))
                return CodeEntrypoint(value, tuple(rest))
    while rest and rest[0].startswith("-") and rest[0] != "-":
        word = rest.pop(0)
        if word[-1:] in ("W", "X") and rest:
            rest.pop(0)
    if not rest or rest[0] == "-":
        return ProgramEntrypoint(argv[0] if argv else "python", tuple(argv[1:]))
    local = rest[0] if rest[0].startswith("/") else join(cwd, rest[0])
    return ScriptEntrypoint(rest[0], normal(local), tuple(rest[1:]))
