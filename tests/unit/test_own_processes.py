"""What of a journal is automount's own: decided from literal journals."""

from __future__ import annotations

from dataclasses import replace

import pytest

from automount.model import (
    DataAccess,
    Environment,
    Incomplete,
    Journal,
    Launch,
    ModuleRecord,
    Process,
    RecordKind,
    Status,
)
from automount.recorder.own_processes import without_own_processes, without_processes

HOME = "/site-packages/automount"
PLACE = Environment("3.11.7", "cpython", "/p", "linux", "/", "/", "/", "/", (), (), None, (), "/w")


def process(index: int, parent: int | None = None) -> Process:
    return Process(index, 100 + index, 1, parent, ("python",), PLACE)


def module(index: int, file: str, kind: RecordKind = RecordKind.MODULE) -> ModuleRecord:
    name = file.rpartition("/")[2].removesuffix(".py")
    return ModuleRecord(name, index, Status.EXECUTED, file, kind=kind)


COMMANDS = {
    "python -m automount": (module(0, f"{HOME}/__main__.py", RecordKind.MAIN_MODULE),),
    "the console script": (
        module(0, "/bin/automount", RecordKind.SCRIPT),
        module(0, f"{HOME}/cli/main.py"),
    ),
}


@pytest.mark.parametrize("command", COMMANDS)
def test_our_own_command_is_removed_with_all_that_it_started(command: str) -> None:
    journal = Journal(
        processes=(process(0), process(1, 0), process(2), process(3, 2)),
        modules=(*COMMANDS[command], module(1, "/w/a.py"), module(2, "/w/b.py"), module(3, "/w/c.py")),
        data=(DataAccess("/w/x", "read", 0, "x", None), DataAccess("/w/y", "read", 3, "y", "c")),
        launches=(Launch(0, "subprocess", 101, "/p", ("p",), "/w"), Launch(2, "fork", 103, "/p", (), "/w")),
        incomplete=(Incomplete("journal-damaged", (), 101), Incomplete("journal-damaged", (), 103)),
    )
    kept = without_own_processes(journal, HOME)
    assert [(each.index, each.pid, each.parent) for each in kept.processes] == [(0, 102, None), (1, 103, 0)]
    assert [(row.process, row.file) for row in kept.modules] == [(0, "/w/b.py"), (1, "/w/c.py")]
    assert [(row.process, row.path) for row in kept.data] == [(1, "/w/y")]
    assert [row.process for row in kept.launches] == [0]
    assert [row.pid for row in kept.incomplete] == [103]


def test_a_program_that_uses_automount_stays_without_automount_s_modules() -> None:
    journal = Journal(
        processes=(process(0),),
        modules=(
            module(0, "/w/automount", RecordKind.SCRIPT),
            module(0, f"{HOME}/harness/current.py"),
            module(0, f"{HOME}-plugin/extra.py"),
        ),
        data=(
            DataAccess("/w/x", "read", 0, "x", "automount.contents.hashing"),
            DataAccess("/w/y", "read", 0, "y", "automounted"),
        ),
    )
    kept = without_own_processes(journal, HOME)
    assert [row.file for row in kept.modules] == ["/w/automount", f"{HOME}-plugin/extra.py"]
    assert [row.path for row in kept.data] == ["/w/y"]


def test_a_pid_that_came_again_keeps_its_trouble() -> None:
    twice = (process(0), replace(process(1), pid=100))
    journal = Journal(processes=twice, modules=(), incomplete=(Incomplete("journal-damaged", (), 100),))
    assert without_processes(journal, {0}).incomplete == journal.incomplete
