"""Parsing the output of strace, from literal lines and once from strace itself."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import needs
import pytest

from automount.errors import TargetNotRunnable, UsageError
from automount.model import DataAccess, Environment, Journal, ModuleRecord, Process, Status
from automount.recorder import tracing
from automount.recorder.tracing import TracedAccess, parse, tracer, unrecorded


def process(index: int, pid: int) -> Process:
    environment = Environment(
        "3.11.7", "cpython", "/py", "linux", "/p", "/p", "/p", "/p", (), (), None, (), "/work"
    )
    return Process(index, pid, 1, None, ("python",), environment)


def accesses(*lines: str, cwd: str = "/work") -> list[tuple[str, str, str]]:
    text = "".join(f"{number}.5 {line}\n" for number, line in enumerate(lines, 1))
    found, _ = parse({7: text.encode()}, cwd)
    return [(access.path, access.action, access.named) for access in found]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ('openat(AT_FDCWD</w>, "a.txt", O_RDONLY|O_CLOEXEC) = 3</w/a.txt>', ("/w/a.txt", "read", "a.txt")),
        ('openat(AT_FDCWD</w>, "/d/a", O_RDONLY) = 3</d/a>', ("/d/a", "read", "/d/a")),
        ('openat(AT_FDCWD</w>, "../d//a", O_RDONLY) = 3</d/a>', ("/d/a", "read", "../d//a")),
        ('openat(5</x y>, "a", O_RDONLY) = 3</x y/a>', ("/x y/a", "read", "a")),
        ('openat(AT_FDCWD, "a", O_RDONLY) = 3', ("/work/a", "read", "a")),
        ('open("a", O_RDONLY) = 3</real/a>', ("/work/a", "read", "a")),
        ('openat2(AT_FDCWD</w>, "a", {flags=O_RDONLY, resolve=0}, 24) = 3</w/a>', ("/w/a", "read", "a")),
        ('openat(AT_FDCWD</w>, "d", O_RDONLY|O_DIRECTORY) = 3</w/d>', ("/w/d", "listed", "d")),
        ('openat(AT_FDCWD</w>, "a", O_RDWR|O_CREAT, 0644) = 3</w/a>', ("/w/a", "read", "a")),
        ('openat(AT_FDCWD</w>, "a", O_WRONLY|O_CREAT|O_TRUNC, 0666) = 3</w/a>', ("/w/a", "created", "a")),
        ('openat(AT_FDCWD</w>, "a", O_RDWR|O_CREAT|O_EXCL, 0600) = 3</w/a>', ("/w/a", "created", "a")),
        ('creat("a", 0666) = 3</work/a>', ("/work/a", "created", "a")),
        (
            r'openat(AT_FDCWD</w>, "na\nme\"\303\251\\ \7", O_RDONLY) = 3</w/x>',
            ('/w/na\nme"é\\ \x07', "read", 'na\nme"é\\ \x07'),
        ),
        (r'openat(AT_FDCWD</w>, "\377", O_RDONLY) = 3</w/\377>', ("/w/\udcff", "read", "\udcff")),
    ],
)
def test_lines(line: str, expected: tuple[str, str, str]) -> None:
    assert accesses(line) == [expected]


@pytest.mark.parametrize(
    "line",
    [
        'openat(AT_FDCWD</w>, "a", O_RDONLY) = -1 ENOENT (No such file or directory)',
        'openat(AT_FDCWD</w>, "log", O_WRONLY|O_APPEND) = 3</w/log>',
        'openat(AT_FDCWD</w>, "a", O_RDONLY|O_PATH) = 3</w/a>',
        'openat(AT_FDCWD</w>, "a", O_RDONLY <unfinished ...>',
        "+++ exited with 0 +++",
        "",
    ],
)
def test_lines_that_tell_no_read(line: str) -> None:
    assert accesses(line) == []


def test_what_the_run_made_is_never_read_even_under_another_name() -> None:
    assert accesses(
        'openat(AT_FDCWD</w>, "tmp", O_WRONLY|O_CREAT|O_EXCL, 0600) = 3</w/tmp>',
        'rename("/w/tmp", "/w/final") = 0',
        'openat(AT_FDCWD</w>, "final", O_RDONLY) = 3</w/final>',
        'linkat(AT_FDCWD</w>, "final", AT_FDCWD</w>, "hard", 0) = 0',
        'openat(AT_FDCWD</w>, "hard", O_RDONLY) = 3</w/hard>',
    ) == [
        ("/w/tmp", "created", "tmp"),
        ("/w/final", "created", "/w/final"),
        ("/w/hard", "created", "hard"),
    ]


def test_what_was_read_before_it_was_rewritten_stays_read() -> None:
    assert accesses(
        'openat(AT_FDCWD</w>, "conf", O_RDONLY) = 3</w/conf>',
        'openat(AT_FDCWD</w>, "conf", O_WRONLY|O_TRUNC) = 3</w/conf>',
    ) == [("/w/conf", "read", "conf"), ("/w/conf", "created", "conf")]


def test_the_working_directory_is_followed_where_strace_does_not_tell_it() -> None:
    assert accesses(
        'chdir("sub") = 0',
        'open("a", O_RDONLY) = 3',
        "fchdir(4</other>) = 0",
        'open("b", O_RDONLY) = 3',
        'chdir("/gone") = -1 ENOENT (No such file or directory)',
        'open("c", O_RDONLY) = 3',
    ) == [
        ("/work/sub/a", "read", "a"),
        ("/other/b", "read", "b"),
        ("/other/c", "read", "c"),
    ]


def test_processes_are_in_the_order_of_their_starts_and_have_their_parents() -> None:
    found, parents = parse(
        {
            7: b'1.0 vfork()  = 8\n4.0 openat(AT_FDCWD</w>, "a", O_RDONLY) = 3</w/a>\n',
            8: b'2.0 openat(AT_FDCWD</w>, "a", O_WRONLY|O_CREAT|O_TRUNC, 0666) = 3</w/a>\n',
        },
        "/w",
    )
    assert found == (TracedAccess("/w/a", "created", 8, "a"),)
    assert parents == {8: 7}


def test_a_childs_first_line_tells_where_it_began() -> None:
    found, _ = parse({9: b'1.0 open("a", O_RDONLY) = 3\n2.0 openat(AT_FDCWD</c>, "b", O_RDONLY) = 3\n'}, "/w")
    assert [access.path for access in found] == ["/c/a", "/c/b"]


def test_only_what_the_journal_does_not_have_is_added() -> None:
    journal = Journal(
        processes=(process(0, 100), process(1, 200)),
        modules=(ModuleRecord("m", 0, Status.EXECUTED, "/work/m.py"),),
        data=(
            DataAccess("/work/known.csv", "read", 0, "known.csv", "m"),
            DataAccess("/work/made.db", "created", 0, "made.db", "m"),
        ),
    )
    traced = [
        TracedAccess("/work/known.csv", "read", 100, "known.csv"),
        TracedAccess("/work/made.db", "read", 100, "made.db"),
        TracedAccess("/work/m.py", "read", 100, "m.py"),
        TracedAccess("/work/__pycache__/m.pyc", "read", 100, "x"),
        TracedAccess("/etc/ld.so.cache", "read", 100, "/etc/ld.so.cache"),
        TracedAccess("/usr-data/x", "read", 100, "/usr-data/x"),
        TracedAccess("/journal/1", "read", 100, "/journal/1"),
        TracedAccess("/work/t.parquet", "read", 200, "t.parquet"),
        TracedAccess("/work/t.parquet", "read", 200, "t.parquet"),
        TracedAccess("/work/by-cat", "read", 302, "by-cat"),
        TracedAccess("/work/by-stranger", "read", 999, "by-stranger"),
    ]
    rows = unrecorded(journal, traced, {301: 200, 302: 301}, ignored=("/journal",), cwd="/work")
    assert rows == (
        DataAccess("/usr-data/x", "read", 0, "/usr-data/x", None),
        DataAccess("/work/t.parquet", "read", 1, "t.parquet", None),
        DataAccess("/work/by-cat", "read", 1, "by-cat", None),
        DataAccess("/work/by-stranger", "read", 0, "by-stranger", None),
    )


def test_a_program_that_works_in_a_system_directory_may_have_data_there() -> None:
    traced = [
        TracedAccess("/usr/src/app/x", "read", 1, "x"),
        TracedAccess("/etc/passwd", "read", 1, "x"),
    ]
    rows = unrecorded(Journal((), ()), traced, {}, ignored=(), cwd="/usr/src/app")
    assert [row.path for row in rows] == ["/usr/src/app/x"]


def test_another_tracer_is_unknown() -> None:
    with pytest.raises(UsageError, match="--trace perf: unknown tracer"):
        tracer("perf")


def test_a_missing_strace_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda _name: None)
    with pytest.raises(UsageError) as caught:
        tracer("strace")
    assert caught.value.message == "--trace strace: strace is not installed"
    assert "apt install strace" in caught.value.hint


def fake_strace(directory: Path, script: str, monkeypatch: pytest.MonkeyPatch) -> None:
    path = directory / "strace"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    monkeypatch.setattr("shutil.which", lambda _name: str(path))


def test_a_strace_without_permission_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake_strace(tmp_path, "echo 'strace: ptrace: Operation not permitted' >&2; exit 1", monkeypatch)
    with pytest.raises(TargetNotRunnable) as caught:
        tracer("strace")
    assert caught.value.message == (
        "--trace strace: nothing can be traced here (strace: ptrace: Operation not permitted)"
    )
    assert "SYS_PTRACE" in caught.value.hint


def test_an_old_strace_works_without_the_filter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake_strace(tmp_path, 'case "$*" in *seccomp*) exit 1;; esac; exit 0', monkeypatch)
    assert tracer("strace").prefix == (str(tmp_path / "strace"), "-D", "-f")


def test_strace_hears_a_c_library_and_another_program(tmp_path: Path) -> None:
    needs.tool("strace")
    try:
        strace = tracer("strace")
    except TargetNotRunnable as error:
        needs.missing(str(error))
    work, output = tmp_path / "work", tmp_path / "output"
    output.mkdir()
    (work / "sub").mkdir(parents=True)
    for name in ("by_c", "by_cat", "sub/by_link"):
        (work / name).write_text(name)
    program = (
        "import ctypes, os, subprocess, sys\n"
        "ctypes.CDLL(None).open(b'by_c', os.O_RDONLY)\n"
        "os.chdir('sub')\n"
        "subprocess.run(['cat', '../by_cat'], stdout=subprocess.DEVNULL)\n"
        "open('made', 'w').close(); os.rename('made', 'kept'); open('kept').close()\n"
        "os.kill(os.getpid(), 9)\n"
    )
    command = strace.command([sys.executable, "-I", "-c", program], str(output))
    child = subprocess.Popen(command, cwd=work)
    assert child.wait() == -9
    journal = Journal((process(0, child.pid),), ())
    merged = strace.merge(journal, str(output), str(work))
    below = {row.path.removeprefix(f"{work}/"): row for row in merged.data if row.path.startswith(str(work))}
    assert {name: row.action for name, row in below.items()} == {
        "by_c": "read",
        "by_cat": "read",
        "sub/made": "created",
        "sub/kept": "created",
    }
    assert {row.process for row in below.values()} == {0}
    assert below["by_cat"].named == "../by_cat"
    assert list(merged.data) == sorted(merged.data, key=tracing._order)
    assert os.listdir(output) != []
