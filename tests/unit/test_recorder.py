"""How a program is started and waited for. Unusual endings come from pytest-subprocess, the rest is real."""

from __future__ import annotations

import os
import shutil
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest
from pytest_subprocess import FakeProcess

from automount.errors import JournalError, TargetNotFound, TargetNotRunnable
from automount.recorder.journal_directory import (
    JournalFollower,
    make_journal_directory,
    prepare_journal_directory,
    remove_leftovers,
)
from automount.recorder.running import (
    BOOT_DIRECTORY,
    agent_environment,
    run,
)


@pytest.fixture
def journal(tmp_path: Path) -> str:
    return prepare_journal_directory(str(tmp_path / "journal"))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({}, BOOT_DIRECTORY),
        ({"PYTHONPATH": ""}, BOOT_DIRECTORY),
        ({"PYTHONPATH": "/a:/b"}, f"{BOOT_DIRECTORY}:/a:/b"),
        ({"PYTHONPATH": ":/b"}, f"{BOOT_DIRECTORY}::/b"),
    ],
)
def test_the_boot_directory_comes_first_and_no_empty_element_is_made(
    before: dict[str, str], after: str
) -> None:
    assert agent_environment(before, "/j") == {"PYTHONPATH": after, "AUTOMOUNT_JOURNAL": "/j"}


def test_the_callers_environment_is_left_alone() -> None:
    environment = {"PYTHONPATH": "/a"}
    agent_environment(environment, "/j")
    assert environment == {"PYTHONPATH": "/a"}


def test_the_program_gets_its_arguments_its_directory_and_our_variables(
    fp: FakeProcess, journal: str, tmp_path: Path
) -> None:
    fp.register(["python3", "app.py", "-x"], returncode=7)
    finished = run(
        ["python3", "app.py", "-x"], journal_directory=journal, cwd=str(tmp_path), environ={"A": "1"}
    )
    assert finished.ending.exit_code == 7
    assert list(fp.calls) == [["python3", "app.py", "-x"]]
    assert fp.call_count(["python3", "app.py", "-x"]) == 1


@pytest.mark.parametrize("code", [0, 1, 2, 120, 255, -signal.SIGKILL, -signal.SIGSEGV, -64])
def test_every_exit_status_is_given_back_as_it_was(fp: FakeProcess, journal: str, code: int) -> None:
    fp.register(["program"], returncode=code)
    finished = run(["program"], journal_directory=journal)
    assert finished.ending.exit_code == code
    assert not finished.ending.timed_out


def test_a_program_that_cannot_be_started_is_an_automount_error(journal: str, tmp_path: Path) -> None:
    (tmp_path / "plain").write_text("no program")
    (tmp_path / "broken").write_bytes(b"\x7fELF no program")
    (tmp_path / "broken").chmod(0o755)
    for name, kind, status in (
        ("gone", TargetNotFound, 127),
        ("plain", TargetNotRunnable, 126),
        ("plain/below", TargetNotRunnable, 126),
        ("broken", TargetNotRunnable, 126),
    ):
        with pytest.raises(kind, match=name) as caught:
            run([str(tmp_path / name)], journal_directory=journal)
        assert caught.value.exit_status == status


def test_a_missing_directory_is_named_rather_than_the_program(journal: str, tmp_path: Path) -> None:
    with pytest.raises(TargetNotFound, match="no such directory"):
        run([sys.executable, "-V"], journal_directory=journal, cwd=str(tmp_path / "gone"))


def test_a_file_that_the_caller_left_open_reaches_the_program(journal: str, tmp_path: Path) -> None:
    shared = os.open(tmp_path / "shared", os.O_CREAT | os.O_RDWR)
    os.set_inheritable(shared, True)
    try:
        code = f"import os; os.write({shared}, b'seen')"
        assert run([sys.executable, "-c", code], journal_directory=journal).ending.exit_code == 0
    finally:
        os.close(shared)
    assert (tmp_path / "shared").read_bytes() == b"seen"


def test_a_journal_directory_accepts_files_from_any_user_and_lists_none() -> None:
    directory = make_journal_directory()
    try:
        assert stat.S_IMODE(os.stat(directory).st_mode) == 0o1733
        assert stat.S_IMODE(os.stat(os.path.dirname(directory)).st_mode) == 0o711
        assert os.stat(os.path.join(directory, "LOST")).st_size
        assert not JournalFollower(directory).lost()
    finally:
        os.unlink(os.path.join(directory, "LOST"))
        os.rmdir(directory)
        os.rmdir(os.path.dirname(directory))


def test_an_emptied_marker_or_a_removed_directory_counts_as_lost(journal: str) -> None:
    follower = JournalFollower(journal)
    os.truncate(os.path.join(journal, "LOST"), 0)
    assert follower.lost()
    os.unlink(os.path.join(journal, "LOST"))
    os.rmdir(journal)
    assert follower.lost()
    assert follower.read() == ()


def test_what_is_written_after_the_exit_sweep_is_read_at_the_end(journal: str) -> None:
    """A stream that is flushed last may import."""
    header = "".join(
        f"H\0{key}\0{value}\n" for key, value in [("format", "1"), ("pid", "5"), ("entry", "start")]
    )
    path = os.path.join(journal, "5.0.journal")
    with open(path, "w") as file:
        file.write(f"{header}Z\n")
    follower = JournalFollower(journal)
    follower.read()
    with open(path, "a") as file:
        file.write("M\0e\0late\0/p/late.py\0__main__\0003\n")
    assert follower.read() == ()
    assert follower.read_rest() == ("/p/late.py",)


def test_a_copy_of_a_journal_directory_is_as_complete_as_the_original(journal: str, tmp_path: Path) -> None:
    shutil.copytree(journal, tmp_path / "copy", copy_function=shutil.copyfile)
    assert not JournalFollower(str(tmp_path / "copy")).lost()
    os.truncate(os.path.join(journal, "LOST"), 0)
    shutil.copytree(journal, tmp_path / "lost", copy_function=shutil.copyfile)
    assert JournalFollower(str(tmp_path / "lost")).lost()


def test_what_cannot_be_a_journal_directory_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(JournalError, match=r"cannot use .*file"):
        prepare_journal_directory(str(tmp_path / "file"))


@pytest.mark.parametrize("mode", [0o777, 0o1777, 0o733, 0o772])
def test_a_journal_directory_that_others_can_write_to_is_refused(mode: int, tmp_path: Path) -> None:
    place = tmp_path / "shared"
    place.mkdir()
    place.chmod(mode)
    with pytest.raises(JournalError, match="other users can write to") as caught:
        prepare_journal_directory(str(place))
    assert "--journal" in caught.value.hint
    assert list(place.iterdir()) == []


def test_a_journal_directory_is_made_for_the_user_alone(tmp_path: Path) -> None:
    made = Path(prepare_journal_directory(str(tmp_path / "a/b")))
    assert stat.S_IMODE(made.stat().st_mode) == 0o700


def test_a_marker_that_is_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "j").mkdir(mode=0o700)
    (tmp_path / "j/LOST").symlink_to(tmp_path / "elsewhere")
    prepare_journal_directory(str(tmp_path / "j"))
    assert not (tmp_path / "elsewhere").exists()


def test_only_what_killed_recordings_left_long_ago_is_removed(tmp_path: Path) -> None:
    gone = subprocess.Popen(["true"])
    gone.wait()
    names = {
        "left": f"automount-{gone.pid}-abcdefgh",
        "alive": f"automount-{os.getpid()}-abcdefgh",
        "foreign": "automount-12345",
        "renewed": f"automount-{gone.pid}-renewed_",
    }
    for name in names.values():
        (tmp_path / name / "inner").mkdir(parents=True)
        (tmp_path / name / "inner/1.0.journal").write_text("H")
    (tmp_path / f"automount-{gone.pid}-linked__").symlink_to(tmp_path / names["foreign"])
    now = time.time()
    assert remove_leftovers(str(tmp_path), now) == ()
    for path in tmp_path.rglob("*"):
        os.utime(path, (0, 0), follow_symlinks=False)
    os.utime(tmp_path / names["renewed"] / "inner/1.0.journal", (now, now))
    assert remove_leftovers(str(tmp_path), now) == (str(tmp_path / names["left"]),)
    assert not (tmp_path / names["left"]).exists()
    assert all((tmp_path / names[name]).exists() for name in ("alive", "foreign", "renewed"))


def test_journals_are_regular_files_and_no_link_is_followed(journal: str, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_bytes(b"not a journal\n")
    Path(journal, "1.0.journal").symlink_to(tmp_path / "elsewhere")
    Path(journal, "2.0.journal").symlink_to("/dev/zero")
    Path(journal, "3.0.journal").mkdir()
    os.mkfifo(os.path.join(journal, "4.0.journal"))
    follower = JournalFollower(journal)
    assert follower.read() == ()
    assert follower.fold().processes == ()


WATCHES = """
import os, signal, sys
from automount.recorder.starts import ProcessWatch

# A fork of the starter: what a program is for a moment before it is executed.
fork = os.fork()
if not fork:
    signal.pause()
watcher = os.fork()
if not watcher:
    watch = ProcessWatch([])
    watch.expect("/no/journal", sys.executable, os.getppid())
    watch.look()
    print(len(watch.starts), flush=True)
    program = [sys.executable, "-S", "-c", "import signal; signal.pause()"]
    pid = os.posix_spawn(program[0], program, os.environ)
    watch.begin(pid)
    # It goes on before the new program's command line can be read.
    while not watch.starts:
        watch.look()
    print([start.words[1:] for start in watch.starts.values()], watch.alive(), flush=True)
    os.kill(pid, signal.SIGKILL)
    os._exit(0)
os.waitpid(watcher, 0)
os.kill(fork, signal.SIGKILL)
"""


def test_a_fork_that_has_executed_nothing_is_no_start_of_a_python() -> None:
    done = subprocess.run([sys.executable, "-c", WATCHES], capture_output=True, text=True, check=True)
    assert done.stdout == "0\n[('-S', '-c', 'import signal; signal.pause()')] []\n"


DAEMONS = """
import os, signal, subprocess, sys
from automount.recorder.starts import ProcessWatch

program = '''
import os, signal
input()
between = os.fork()
if not between:
    daemon = os.fork()
    if not daemon:
        signal.pause()
    print(daemon, flush=True)
    os._exit(0)
os.waitpid(between, 0)
print("ended", flush=True)
signal.pause()
'''
watch = ProcessWatch([])
watch.expect("/a/journal", sys.executable)
started = subprocess.Popen(
    [sys.executable, "-S", "-c", program],
    stdin=subprocess.PIPE,
    stdout=subprocess.PIPE,
    env={**os.environ, "AUTOMOUNT_JOURNAL": "/a/journal"},
)
watch.begin(started.pid)
while not watch.starts:
    watch.look()
started.stdin.write(b"fork\\n")
started.stdin.flush()
daemon = int(started.stdout.readline())
assert started.stdout.readline() == b"ended\\n"
watch.adopt_marked()
print([row.pid for row in watch.starts.values()] == [started.pid])
os.kill(daemon, signal.SIGKILL)
started.kill()
started.wait()
"""


def test_a_fork_whose_parent_has_ended_is_no_start_of_a_python() -> None:
    done = subprocess.run([sys.executable, "-c", DAEMONS], capture_output=True, text=True, check=True)
    assert done.stdout == "True\n"


COPY = """
import os, shutil, subprocess, sys
from automount.recorder.starts import ProcessWatch

shutil.copy(os.path.realpath(sys.executable), "tool")
os.mkfifo("wait")
watch = ProcessWatch([sys.executable], idle_seconds=3600)
shell = subprocess.Popen(["sh"], stdin=subprocess.PIPE, env={"PYTHONHOME": sys.base_prefix})
watch.expect("/no/journal", "/bin/sh")
watch.begin(shell.pid)
watch.look()
shell.stdin.write(b"./tool -S wait; exit 3;")
shell.stdin.close()
never, _ = os.pipe()
while not watch.starts:
    watch.wait(never)
print([start.words for start in watch.starts.values()])
with open("wait", "w") as fifo:
    fifo.write("pass")
assert shell.wait() == 3
"""


def test_a_copy_of_an_interpreter_is_noticed_when_it_opens_its_library(tmp_path: Path) -> None:
    """A shell starts it under a name of its own, and its file was not known."""
    command = [sys.executable, "-c", COPY]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert (done.stdout, done.returncode) == ("[('./tool', '-S', 'wait')]\n", 0)


PREPARED = """
import os, signal, subprocess, sys
from automount.recorder.running import agent_environment
from automount.recorder.starts import ProcessWatch

ours = agent_environment({}, "/no/journal")
for environ in (ours, agent_environment({}, "/another"), {**ours, "PYTHONPATH": "lib"}, {}):
    watch = ProcessWatch([])
    watch.expect("/no/journal", sys.executable)
    program = [sys.executable, "-S", "-c", "import signal; signal.pause()"]
    started = subprocess.Popen(program, env=environ)
    watch.begin(started.pid)
    while not watch.starts:
        watch.look()
    print([start.is_prepared for start in watch.starts.values()])
    started.kill()
    started.wait()
"""


def test_a_start_is_prepared_where_its_environment_turns_recording_on() -> None:
    done = subprocess.run([sys.executable, "-c", PREPARED], capture_output=True, text=True, check=True)
    assert done.stdout == "[True]\n[False]\n[False]\n[False]\n"
