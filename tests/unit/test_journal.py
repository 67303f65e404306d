"""The fold, from literal journal lines."""

from __future__ import annotations

import pytest
from journal_lines import header, line, module

from automount.model import DataAccess, Incomplete, Launch, ModuleRecord, RecordKind, Status
from automount.recorder.journal import JournalFold, read_journal


def folded(*lines: bytes) -> tuple[ModuleRecord, ...]:
    return read_journal({"10.0.journal": header() + b"".join(lines)}).modules


def test_a_module() -> None:
    assert folded(module("e", "pkg", "/work/pkg/__init__.py", "__main__", "3", "/work/pkg")) == (
        ModuleRecord(
            name="pkg",
            process=0,
            status=Status.EXECUTED,
            file="/work/pkg/__init__.py",
            locations=("/work/pkg",),
            requested_by="__main__",
            requested_line=3,
        ),
    )


@pytest.mark.parametrize(
    ("statuses", "status", "present"),
    [
        ("e", Status.EXECUTED, True),
        ("be", Status.EXECUTED, True),
        ("fe", Status.EXECUTED, True),
        ("pe", Status.EXECUTED, True),
        ("b", Status.FAILED, False),
        ("ex", Status.FAILED, False),
        ("bex", Status.FAILED, False),
        ("exe", Status.EXECUTED, True),
        ("bexbe", Status.EXECUTED, True),
        ("exex", Status.FAILED, False),
        ("f", Status.FOUND, False),
        ("p", Status.FOUND, True),
        ("fp", Status.FOUND, True),
    ],
)
def test_statuses(statuses: str, status: Status, present: bool) -> None:
    (record,) = folded(*(module(s, "m", "" if s == "x" else "/work/m.py") for s in statuses))
    assert (record.status, record.present) == (status, present)


SOURCE = line("D", "read", "/work/m.py", "m.py", "loader")
CACHED = line("D", "read", "/work/__pycache__/m.cpython-311-own.pyc", "m.pyc", "loader")


@pytest.mark.parametrize(
    ("lines", "by_path"),
    [
        pytest.param([module("e", "m", "/work/m.py")], False, id="found by its name"),
        pytest.param([module("u", "m", "/work/m.py")], True, id="by a finder of the program's own, or none"),
        pytest.param(
            [module("f", "m", "/work/m.py"), module("u", "m", "/work/m.py")],
            False,
            id="found before, loaded later",
        ),
        pytest.param(
            [module("b", "m", "/work/m.py"), module("u", "m", "/work/m.py")],
            True,
            id="compiled before it ran",
        ),
        pytest.param([SOURCE, module("e", "m", "/work/m.py")], True, id="its source read before"),
        pytest.param([CACHED, module("e", "m", "/work/m.py")], True, id="its own cached form read before"),
        pytest.param([module("e", "m", "/work/m.py"), SOURCE], False, id="its source shown afterwards"),
        pytest.param([SOURCE, module("b", "m", "/work/m.py")], True, id="its source read, and wrong"),
        pytest.param(
            [module("u", "m", "/work/m.py"), line("S", "e", "file", "m", "/work/m.py", "", "")],
            False,
            id="a script has its place by its path anyway",
        ),
    ],
)
def test_what_the_program_went_to_by_its_path(lines: list[bytes], by_path: bool) -> None:
    (record,) = folded(*lines)
    assert record.by_path is by_path


def test_failure_belongs_to_the_last_file_of_the_name() -> None:
    records = folded(module("e", "m", "/a/m.py"), module("e", "m", "/b/m.py"), module("x", "m", ""))
    assert [(r.file, r.status) for r in records] == [("/a/m.py", Status.EXECUTED), ("/b/m.py", Status.FAILED)]


def test_failure_of_an_unknown_name_is_not_a_record() -> None:
    assert folded(module("x", "m", "")) == ()


def test_who_asked_is_who_made_it_run() -> None:
    (record,) = folded(
        module("f", "m", "/m.py", "probe", "1"),
        module("e", "m", "/m.py", "user", "7"),
        module("e", "m", "/m.py"),
    )
    assert (record.requested_by, record.requested_line) == ("user", 7)


def test_a_package_without_places_and_a_module_without_file() -> None:
    space, builtin = folded(module("e", "space", "", "", "", ""), module("e", "sys", "built-in"))
    assert (space.file, space.locations) == (None, ())
    assert (builtin.file, builtin.locations) == ("built-in", None)


def script(status: str, how: str, name: str, file: str) -> bytes:
    return line("S", status, how, name, file, "", "")


def test_programs() -> None:
    records = folded(
        script("b", "main", "__main__", "/work/app.py"),
        script("e", "main", "__main__", "/work/app.py"),
        script("e", "file", "/work/other.py", "/work/other.py"),
        script("e", "module", "pkg.entry", "/work/pkg/entry.py"),
        script("e", "module", "__main__", "/work/tree/__main__.py"),
    )
    assert [(r.name, r.kind, r.status) for r in records] == [
        ("__main__", RecordKind.SCRIPT, Status.EXECUTED),
        ("/work/other.py", RecordKind.SCRIPT, Status.EXECUTED),
        ("pkg.entry", RecordKind.MAIN_MODULE, Status.EXECUTED),
        ("__main__", RecordKind.SCRIPT, Status.EXECUTED),
    ]


def test_programs_that_did_not_begin() -> None:
    source, bytecode = folded(
        script("b", "main", "__main__", "/work/app.py"), script("b", "main", "__main__", "/work/app.pyc")
    )
    assert source.status is Status.FAILED
    assert bytecode.status is Status.EXECUTED


def test_a_program_is_not_the_module_it_was_found_as() -> None:
    (record,) = folded(
        module("b", "__main__", "/work/tree/__main__.py"),
        script("e", "file", "/work/tree/__main__.py", "/work/tree/__main__.py"),
    )
    assert record.kind is RecordKind.SCRIPT


def test_data() -> None:
    journal = read_journal(
        {
            "10.0.journal": header()
            + module("e", "m", "/work/m.py")
            + line("D", "read", "/work/b.txt", "b.txt", "m")
            + line("D", "read", "/work/b.txt", "again", "other")
            + line("D", "read", "/work/m.py", "m.py", "m")
            + line("D", "created", "/work/new", "new", "")
            + line("D", "read", "/work/new", "new", "m")
        }
    )
    assert journal.data == (
        DataAccess("/work/new", "created", 0, "new", None),
        DataAccess("/work/b.txt", "read", 0, "b.txt", "m"),
    )


def test_a_module_that_the_run_changed_was_there_before() -> None:
    """Code that ran, and was then emptied or replaced, is not code that the run made."""
    journal = read_journal(
        {
            "10.0.journal": header()
            + module("e", "old", "/p/old.py")
            + line("D", "created", "/p/old.py", "old.py", "m")
            + line("D", "created", "/p/made.py", "made.py", "m")
            + module("e", "made", "/p/made.py")
        }
    )
    assert journal.data == (DataAccess("/p/made.py", "created", 0, "made.py", "m"),)


def test_launches() -> None:
    journal = read_journal({"10.0.journal": header() + line("L", "subprocess", "0", "x", "/work", "x", "-S")})
    assert journal.launches == (Launch(0, "subprocess", 0, "x", ("x", "-S"), "/work"),)


def test_a_launch_that_takes_pythonpath_away() -> None:
    journal = read_journal({"10.0.journal": header() + line("L", "exec*", "0", "x", "/work", "x")})
    assert journal.launches == (Launch(0, "exec", 0, "x", ("x",), "/work", bare=True),)


@pytest.mark.parametrize(
    "text", ["a\nb", "back\\slash\nand\\n", "\\", "~", "\udcff\udcfe", "\ud800", "ü", "~\n", "!x"]
)
def test_any_text_survives(text: str) -> None:
    (record,) = folded(module("e", text, f"/work/{text}.py"))
    assert (record.name, record.file) == (text, f"/work/{text}.py")


def test_pieces_of_any_size() -> None:
    data = header() + module("e", "m", "/work/m.py") + module("e", "n\n", "/work/n\n.py") + line("Z")
    fold = JournalFold()
    fresh = [
        file for place in range(len(data)) for file in fold.feed("10.0.journal", data[place : place + 1])
    ]
    assert fresh == ["/work/m.py", "/work/n\n.py"]
    assert fold.fold() == read_journal({"10.0.journal": data})


def test_files_are_named_when_they_are_loaded_and_once() -> None:
    fold = JournalFold()
    assert fold.feed("10.0.journal", header() + module("f", "a", "/a.py")) == ()
    assert fold.feed("10.0.journal", module("e", "a", "/a.py") + module("e", "sys", "built-in")) == ("/a.py",)
    assert fold.feed("11.0.journal", header(11) + module("e", "a", "/a.py")) == ()


@pytest.mark.parametrize(
    "damage", [b"M\0e\0torn", b"?\0what\n", b"M\0e\n", b"!\xff\n", b"H\0pid\n" * 0 + b"S\0e\0main\n"]
)
def test_damage_is_reported_and_the_rest_counts(damage: bytes) -> None:
    journal = read_journal({"10.0.journal": header() + module("e", "m", "/m.py") + damage})
    assert [r.name for r in journal.modules] == ["m"]
    assert journal.incomplete == (Incomplete("journal-damaged", ("python", "app.py"), 10),)


def test_a_line_cut_short_does_not_take_the_next_one_with_it() -> None:
    journal = read_journal({"10.0.journal": header() + b"M\0e\0torn\n" + module("e", "m", "/m.py")})
    assert [r.name for r in journal.modules] == ["m"]


@pytest.mark.parametrize("content", [b"", b"H\0format\0" + b"99\n", b"H\0format\0001\n", b"\x00\x01\xff"])
def test_a_file_without_a_whole_header(content: bytes) -> None:
    journal = read_journal({"77.0.journal": content})
    assert journal.processes == ()
    assert journal.incomplete == (Incomplete("journal-damaged", (), 77),)


def test_a_python_that_is_too_old() -> None:
    lines = [("format", "1"), ("pid", "5"), ("ppid", "1"), ("entry", "unsupported"), ("version", "2.7.18")]
    content = b"".join(line("H", *row) for row in [*lines, ("executable", "/bin/python2")])
    journal = read_journal({"5.0.journal": content})
    assert journal.incomplete == (Incomplete("unsupported-python", ("/bin/python2",), 5),)
    assert [p.environment.python for p in journal.processes] == ["2.7.18"]


def test_order_of_files_does_not_matter() -> None:
    files = {
        f"{n}.0.journal": header(n, started=n) + module("e", f"m{n}", f"/m{n}.py") for n in range(10, 20)
    }
    backwards = JournalFold()
    for name in sorted(files, reverse=True):
        backwards.feed(name, files[name])
    assert backwards.fold() == read_journal(files)


@pytest.mark.parametrize("number", ["9" * 5000, "9" * 25, "-7", "x", ""])
def test_implausible_numbers_are_ignored(number: str) -> None:
    raw = line("H", "format", "1") + b"".join(
        line("H", key, number) for key in ("pid", "ppid", "started", "ancestors")
    )
    raw += header(entry="start")[:0] + line("H", "entry", "start") + line("H", "cwd", "/work")
    raw += line("H", "path", "/lib/python") + line("H", "argv", "python")
    raw += module("e", "pkg", "/work/pkg.py", "__main__", number)
    raw += line("L", "subprocess", number, "sh", "/work", "sh")
    journal = read_journal({f"{number[:40]}.0.journal": raw})
    assert all(0 <= process.pid < 2**63 for process in journal.processes)
    assert all((row.requested_line or 0) < 2**63 for row in journal.modules)
    assert all(launch.pid == 0 for launch in journal.launches)


def test_a_relative_cwd_is_not_believed() -> None:
    (process,) = read_journal({"10.0.journal": header().replace(b"/work", b"rel")}).processes
    assert process.environment.cwd == "/"


@pytest.mark.parametrize("path", ["rel/x", "/x/\ud800", ""])
def test_data_without_an_absolute_file_name_is_left_out(path: str) -> None:
    rows = header() + line("D", "read", path, path, "pkg") + line("D", "read", "/work/x", "x", "pkg")
    assert [access.path for access in read_journal({"10.0.journal": rows}).data] == ["/work/x"]
