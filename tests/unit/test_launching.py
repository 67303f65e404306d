"""Entrypoints to command lines and back."""

from __future__ import annotations

import pytest

from automount.errors import UsageError
from automount.model import (
    CodeEntrypoint,
    Entrypoint,
    ModuleEntrypoint,
    ProgramEntrypoint,
    ScriptEntrypoint,
)
from automount.recorder.launching import command_for, entrypoint_of, import_name


@pytest.mark.parametrize(
    ("entrypoint", "command"),
    [
        (ScriptEntrypoint("app.py", "/p/app.py", ("-x", "1")), ["/py", "app.py", "-x", "1"]),
        (ScriptEntrypoint("-x.py", "/p/-x.py"), ["/py", "./-x.py"]),
        (ModuleEntrypoint("a.b", ("c",)), ["/py", "-m", "a.b", "c"]),
        (CodeEntrypoint("print()", ("-c",)), ["/py", "-c", "print()", "-c"]),
        (ProgramEntrypoint("make", ("all",)), ["make", "all"]),
    ],
)
def test_the_command_is_what_a_user_would_type(entrypoint: Entrypoint, command: list[str]) -> None:
    assert command_for(entrypoint, "/py") == command


@pytest.mark.parametrize(
    ("argv", "entrypoint"),
    [
        (("python", "app.py", "-m"), ScriptEntrypoint("app.py", "/p/app.py", ("-m",))),
        (("python", "-B", "../q/app.py"), ScriptEntrypoint("../q/app.py", "/q/app.py")),
        (("python", "-W", "error", "app.py"), ScriptEntrypoint("app.py", "/p/app.py")),
        (("python", "-m", "a.b", "x"), ModuleEntrypoint("a.b", ("x",))),
        (("python", "-Bma.b", "x"), ModuleEntrypoint("a.b", ("x",))),
        (("python", "-c", "print()", "x"), CodeEntrypoint("print()", ("x",))),
        (("python",), ProgramEntrypoint("python")),
        (("python", "-"), ProgramEntrypoint("python", ("-",))),
    ],
)
def test_a_command_line_is_read_as_python_reads_it(argv: tuple[str, ...], entrypoint: Entrypoint) -> None:
    assert entrypoint_of(argv, "/p") == entrypoint


def test_only_a_module_can_be_imported() -> None:
    assert import_name("dir/app.py") == "app"
    for bad in ("app", "my-app.py", "app.txt"):
        with pytest.raises(UsageError, match="this is not a valid module name"):
            import_name(bad)
