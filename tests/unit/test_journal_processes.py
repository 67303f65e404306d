"""The fold: processes, their parents, and what they share."""

from __future__ import annotations

from journal_lines import header, line

from automount.recorder.journal import read_journal


def processes(files: dict[str, bytes]) -> list[tuple[int, int, str, int | None]]:
    return [(p.index, p.pid, p.entry, p.parent) for p in read_journal(files).processes]


def test_processes_come_behind_their_parents() -> None:
    files = {
        "30.0.journal": header(30, ppid=20, started=300),
        "20.0.journal": header(20, ppid=10, started=200),
        "40.0.journal": header(40, ppid=10, started=150),
        "10.0.journal": header(10, ppid=1, started=100),
    }
    assert processes(files) == [
        (0, 10, "start", None),
        (1, 40, "start", 0),
        (2, 20, "start", 0),
        (3, 30, "start", 2),
    ]


def test_fork_names_its_parents_file_and_shares_its_facts() -> None:
    files = {
        "10.0.journal": header(10, executable="/bin/python"),
        "11.0.journal": header(11, ppid=10, started=110, entry="fork", parent="10.0.journal", version=""),
    }
    assert processes(files) == [(0, 10, "start", None), (1, 11, "fork", 0)]
    child = read_journal(files).processes[1]
    assert child.environment.executable == "/bin/python"
    assert child.argv == ("python", "app.py")


def test_the_same_pid_again() -> None:
    first = {"10.0.journal": header(10)}
    assert processes({**first, "10.1.journal": header(10, started=200)})[1] == (1, 10, "exec", 0)
    assert processes({**first, "10.1.journal": header(10, started=200, entry="subinterpreter")})[1] == (
        1,
        10,
        "subinterpreter",
        0,
    )
    ended = {"10.0.journal": header(10) + line("Z")}
    assert processes({**ended, "10.1.journal": header(10, started=200)})[1] == (1, 10, "start", None)
    assert processes({**first, "10.1.journal": header(10, ppid=77, started=200)})[1] == (1, 10, "start", None)


def test_a_shell_in_between() -> None:
    files = {"10.0.journal": header(10), "12.0.journal": header(12, ppid=11, started=200, ancestors="10")}
    assert processes(files)[1] == (1, 12, "start", 0)


def test_environment() -> None:
    journal = read_journal(
        {
            "10.0.journal": header(user_site="/home/u/site", prefix="/p")
            + line("H", "site", "/p/site", "/q/site")
            + line("H", "flags", "utf8_mode=1", "debug=0")
            + line("P", "/work", "", "rel", "/lib/python")
            + line("P", "/work", "/late")
            + line("Z")
        }
    )
    (process,) = journal.processes
    environment = process.environment
    assert process.ended
    assert environment.site_dirs == ("/p/site", "/q/site")
    assert environment.user_site == "/home/u/site"
    assert environment.path == ("/work", "/work/rel", "/lib/python", "/late")
    assert environment.flags == {"debug": 0, "utf8_mode": 1}
    assert list(environment.flags) == ["debug", "utf8_mode"]
