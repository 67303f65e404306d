"""What counts as not followed: literals in, rows out."""

from __future__ import annotations

import pytest

from automount.model import Environment, Incomplete, Journal, Launch, Process, ProcessStart
from automount.recorder.completeness import PythonLaunch, interpreter_options, unfollowed
from automount.recorder.outside_watch import without_own

ENVIRONMENT = Environment(
    python="3.11.7",
    implementation="cpython",
    executable="/usr/bin/python3",
    platform="linux",
    prefix="/usr",
    base_prefix="/usr",
    exec_prefix="/usr",
    base_exec_prefix="/usr",
    stdlib=("/usr/lib/python3.11",),
    site_dirs=(),
    user_site=None,
    path=("/p",),
    cwd="/p",
)
ROOT = Launch(-1, "start", 10, "/usr/bin/python3", ("python3", "app.py"), "/p")


def process(index: int, pid: int, ppid: int = 1, argv: tuple[str, ...] = ("python3", "app.py")) -> Process:
    return Process(index, pid, ppid, None if index == 0 else 0, argv, ENVIRONMENT)


def launch(*argv: str, pid: int = 11, kind: str = "subprocess") -> Launch:
    return Launch(0, kind, pid, argv[0], argv, "/p")


def every_python(launched: Launch) -> PythonLaunch | None:
    return PythonLaunch(launched.argv, direct=True) if "python" in launched.argv[0] else None


def reasons(
    *launches: Launch, processes: tuple[Process, ...] = (process(0, 10),), **facts: object
) -> list[str]:
    journal = Journal(processes, (), launches=launches)
    return [row.reason for row in unfollowed(journal, ROOT, every_python, **facts)]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("argv", "options"),
    [
        (("python", "app.py", "-S"), ()),
        (("python", "-S", "app.py"), ("S",)),
        (("python", "-IS", "app.py"), ("I", "S")),
        (("python", "-W", "error", "-I", "app.py"), ("W", "I")),
        (("python", "-Werror", "-I", "app.py"), ("W", "I")),
        (("python", "-X", "-S", "app.py"), ("X",)),
        (("python", "-Ic", "print()", "-S"), ("I", "c")),
        (("python", "-m", "x", "-S"), ("m",)),
        (("python", "--check-hash-based-pycs", "always", "-E"), ("--check-hash-based-pycs", "E")),
        (("python", "-", "-S"), ()),
        (("python",), ()),
    ],
)
def test_options_end_where_the_program_begins(argv: tuple[str, ...], options: tuple[str, ...]) -> None:
    assert interpreter_options(argv) == options


@pytest.mark.parametrize(
    ("argv", "expected"),
    [
        (("python", "x.py"), ["no-journal"]),
        (("python", "-S", "x.py"), ["no-site"]),
        (("python", "-I", "x.py"), ["isolated"]),
        (("python", "-E", "-c", "1"), ["isolated"]),
        (("python", "-V"), []),
        (("python", "--version"), []),
        (("ls", "-S"), []),
    ],
)
def test_a_python_without_a_journal_is_named_with_the_reason(
    argv: tuple[str, ...], expected: list[str]
) -> None:
    assert reasons(launch(*argv)) == expected


def test_a_python_with_a_journal_is_followed_even_when_isolated() -> None:
    assert reasons(launch("python", "-I", "x.py"), processes=(process(0, 10), process(1, 11, 10))) == []


def test_an_exec_needs_a_successor_with_the_same_pid() -> None:
    step = launch("python", "next.py", pid=10, kind="exec")
    assert reasons(step) == ["no-journal"]
    assert reasons(step, processes=(process(0, 10), process(1, 10))) == []


def test_a_launch_without_a_pid_is_matched_by_its_arguments() -> None:
    step = launch("python", "x.py", pid=0, kind="posix_spawn")
    child = process(1, 12, 10, ("/usr/bin/python", "x.py"))
    assert reasons(step) == ["no-journal"]
    assert reasons(step, processes=(process(0, 10), child)) == []


def test_a_shell_between_counts_only_for_options_that_keep_us_out() -> None:
    def through_shell(launched: Launch) -> PythonLaunch | None:
        return PythonLaunch(launched.argv, direct=False) if launched.kind == "system" else None

    plain = Journal((process(0, 10),), (), launches=(launch("python", "x.py", kind="system"),))
    isolated = Journal((process(0, 10),), (), launches=(launch("python", "-S", "x.py", kind="system"),))
    assert unfollowed(plain, ROOT, through_shell) == ()
    assert [row.reason for row in unfollowed(isolated, ROOT, through_shell)] == ["no-site"]


def test_the_program_itself_must_leave_a_journal() -> None:
    assert unfollowed(Journal((), ()), ROOT, every_python) == (Incomplete("no-journal", ROOT.argv, 10),)


def test_rows_from_the_journal_and_surviving_processes_are_kept_and_sorted() -> None:
    own = Incomplete("unsupported-python", ("python2", "x.py"), 11)
    journal = Journal((process(0, 10),), (), launches=(launch("python2", "x.py"),), incomplete=(own,))
    assert unfollowed(journal, ROOT, every_python, lost=True, running=[10]) == (
        Incomplete("journal-lost", ROOT.argv, 10),
        Incomplete("still-running", ("python3", "app.py"), 10),
        own,
    )


def test_a_launch_and_its_start_are_one_row() -> None:
    """The launch contains the whole command, the start that was seen from outside only the Python's."""
    command = ("env", "-i", "python3", "x.py")
    journal = Journal((process(0, 10),), (), launches=(launch(*command, pid=0),))

    def behind_env(launched: Launch) -> PythonLaunch | None:
        return PythonLaunch(launched.argv[-2:], direct=True)

    starts = (ProcessStart(12, ("python3", "x.py"), 12),)
    rows = unfollowed(journal, ROOT, behind_env, starts=starts, watched=True)
    assert rows == (Incomplete("no-journal", command, 0),)


def test_a_start_below_a_command_of_automount_does_not_count() -> None:
    whole = Journal((process(0, 10), process(1, 20)), ())
    journal = Journal((process(0, 10),), ())
    program = ProcessStart(12, ("python3", "x.py"), 12, (10, 1))
    below = ProcessStart(21, ("python3", "y.py"), 21, (20, 10, 1))
    assert without_own((program, below), whole, journal) == (program,)


@pytest.mark.parametrize(
    ("words", "is_prepared", "killed", "expected"),
    [
        (("python3", "x.py"), True, (12,), []),
        (("python3", "x.py"), True, (13,), ["no-journal"]),
        (("python3", "x.py"), False, (12,), ["no-journal"]),
        (("python3", "-S", "x.py"), True, (12,), ["no-site"]),
    ],
)
@pytest.mark.parametrize("launches", [0, 1])
def test_a_python_that_the_program_ended_before_it_began_is_not_missing(
    words: tuple[str, ...], is_prepared: bool, killed: tuple[int, ...], expected: list[str], launches: int
) -> None:
    """A worker of a pool that is closed at once: with our environment its journal would have come first."""
    launched = (launch(*words, pid=0),) * launches
    journal = Journal((process(0, 10),), (), launches=launched, killed=killed)
    starts = (ProcessStart(12, words, 12, is_prepared=is_prepared),)
    rows = unfollowed(journal, ROOT, every_python, starts=starts, watched=True)
    assert [row.reason for row in rows] == expected


@pytest.mark.parametrize(
    ("words", "starts", "expected"),
    [
        # A recorded Python, and then in the same process a shell and a Python that is not recorded.
        (("python3", "y.py"), [("python3", "app.py"), ("python3", "y.py")], ["no-journal"]),
        (("python3", "y.py"), [("python3", "app.py"), ("python3", "-S", "y.py")], ["no-site"]),
        (("sh", "t.sh"), [("python3", "app.py")], []),
        # A wrapper of an interpreter has the same arguments, and a process may change its command line later.
        (("sh", "t.sh"), [("wrapper", "app.py"), ("python3", "app.py")], []),
        (("sh", "t.sh"), [("my server",)], []),
        (("sh", "t.sh"), [("python3", "app.py"), ("python3", "-V")], []),
    ],
)
def test_one_process_may_run_several_programs(
    words: tuple[str, ...], starts: list[tuple[str, ...]], expected: list[str]
) -> None:
    root = Launch(-1, "start", 10, words[0], words, "/p")
    journal = Journal((process(0, 10),), ())
    seen = [ProcessStart(10, start, 10) for start in starts]
    rows = unfollowed(journal, root, every_python, starts=seen, watched=True)
    assert [row.reason for row in rows] == expected


def test_a_command_that_becomes_a_python_without_our_environment() -> None:
    root = Launch(-1, "start", 10, "sh", ("sh", "t.sh"), "/p")
    seen = [ProcessStart(10, ("python3", "x.py"), 10)]
    rows = unfollowed(Journal((), ()), root, every_python, starts=seen, watched=True)
    assert rows == (Incomplete("no-journal", ("python3", "x.py"), 10),)
    program = unfollowed(Journal((), ()), ROOT, every_python, starts=seen, watched=True)
    assert program == (Incomplete("no-journal", ROOT.argv, 10),)


@pytest.mark.parametrize(
    ("launched", "killed", "expected"),
    [
        ([launch("python3", "x.py", pid=0)], (12,), []),
        ([launch("python3", "x.py", pid=0)], (0, 10), ["no-journal"]),
        ([launch("python3", "x.py", pid=0), launch("python3", "y.py", pid=0)], (12,), ["no-journal"]),
        ([launch("python3", "-I", "x.py", pid=0)], (12,), ["isolated"]),
        ([launch("python3", "x.py", pid=0, kind="exec")], (12,), ["no-journal"]),
    ],
)
def test_a_python_that_was_ended_before_it_was_seen(
    launched: list[Launch], killed: tuple[int, ...], expected: list[str]
) -> None:
    journal = Journal((process(0, 10),), (), launches=tuple(launched), killed=killed)
    rows = unfollowed(journal, ROOT, every_python, watched=True)
    assert [row.reason for row in rows] == expected
    program = unfollowed(Journal((), (), killed=killed), ROOT, every_python, watched=True)
    assert [row.reason for row in program] == ["no-journal"]
