"""Pythons that lost the environment below a shell or a recorded block: watched from outside, and named."""

from __future__ import annotations

import os
import select
import shlex
import sys
from pathlib import Path
from typing import Any

import needs
import pytest
from ways_in import Home, recorded

AUTOMOUNT = f"{shlex.quote(sys.executable)} -m automount"
PYTHON = shlex.quote(sys.executable)
TREE = {
    "app.py": "import os, subprocess, sys\n"
    "subprocess.run(['sh', 't.sh'], env={**os.environ, 'PY': sys.executable})\n",
    "t.sh": "unset PYTHONPATH\n$PY worker.py\n",
    "worker.py": "import one\n",
    "one.py": "",
}
ON = {"sh": 'eval "$({} env --journal j)"', "fish": "{} env --shell fish --journal j | source"}


@pytest.fixture
def home(automount_home: object) -> Home:
    made = Home(automount_home)  # type: ignore[arg-type]
    made.write(TREE)
    return made


def collected(home: Home, *lines: str, program: str = "sh") -> tuple[bool, list[tuple[str, tuple[str, ...]]]]:
    """`complete`, and the reasons and arguments of `incomplete`, after a shell has executed `lines`."""
    on = ON["fish" if program == "fish" else "sh"].format(AUTOMOUNT)
    script = "\n".join([on, *lines, f"{AUTOMOUNT} collect j --quiet"])
    done = home.run(needs.tool(program), "-c", script)
    assert (done.returncode, done.stderr) == (0, "")
    manifest = home.manifest()
    rows = [(row["reason"], tuple(row["command"][1:])) for row in manifest["incomplete"]]
    return manifest["complete"], rows


@pytest.mark.parametrize("program", ["sh", "bash", "zsh", "fish"])
def test_what_a_shell_starts_without_the_environment(home: Home, program: str) -> None:
    lines = (f"{PYTHON} one.py", f"env -i {PYTHON} worker.py", f"{PYTHON} -S one.py")
    assert collected(home, *lines, program=program) == (
        False,
        [("no-journal", ("worker.py",)), ("no-site", ("-S", "one.py"))],
    )


def test_what_a_recorded_python_starts_through_a_shell(home: Home) -> None:
    assert collected(home, f"{PYTHON} app.py") == (False, [("no-journal", ("worker.py",))])


def test_a_line_that_is_not_executed(home: Home) -> None:
    """The shell script need not be read to guess what it starts."""
    home.write({"t.sh": "if false; then $PY -S worker.py; fi\n$PY worker.py\n"})
    assert collected(home, f"{PYTHON} app.py") == (True, [])


def test_two_shells_with_one_journal(home: Home) -> None:
    second = f"sh -c {shlex.quote(ON['sh'].format(AUTOMOUNT) + f'; env -i {PYTHON} worker.py')}"
    assert collected(home, f"{PYTHON} one.py", second) == (False, [("no-journal", ("worker.py",))])


def test_what_ran_before_and_what_automount_starts_do_not_count(home: Home) -> None:
    """A Python that was running when recording was turned on, and a recording of its own within the shell."""
    home.write({"wait.py": "import sys\nprint(1, flush=True)\nsys.stdin.read()\n"})
    fifos = "mkfifo in out; " + f"{PYTHON} wait.py < in > out & exec 9> in; read started < out"
    on = ON["sh"].format(AUTOMOUNT)
    inner = f"{AUTOMOUNT} --quiet -o inner.json app.py"
    script = f"{fifos}; {on}; {PYTHON} one.py; {inner}; {AUTOMOUNT} collect j --quiet; exec 9>&-; wait"
    done = home.run("sh", "-c", script)
    assert (done.returncode, done.stderr) == (0, "")
    assert (home.manifest()["complete"], home.manifest("inner.json")["complete"]) == (True, False)


def test_the_watching_process_ends_with_the_journal_directory(home: Home) -> None:
    """It ends by itself."""
    script = f"{ON['sh'].format(AUTOMOUNT)}; {PYTHON} one.py; {AUTOMOUNT} collect j --quiet; rm -r j"
    done = home.run("sh", "-c", script)
    assert (done.returncode, done.stderr) == (0, "")
    for pid in watching(home.root / "j"):
        # Readable when the process has ended.
        descriptor = os.pidfd_open(pid)
        assert select.select([descriptor], [], [], 60)[0]
        os.close(descriptor)


def watching(journal: Path) -> list[int]:
    """The pids of the processes that watch for this journal."""
    found = []
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                words = Path("/proc", name, "cmdline").read_bytes().split(b"\0")
            except OSError:
                continue
            if b"outside_watch" in b" ".join(words) and os.fsencode(journal) in words:
                found.append(int(name))
    return found


@pytest.mark.parametrize(
    "command",
    [
        ("sh", "-c", f"exec env -i {PYTHON} worker.py"),
        (sys.executable, "-c", f"import os; os.execlp('sh', 'sh', '-c', 'exec env -i {PYTHON} worker.py')"),
    ],
)
def test_the_program_itself_becomes_a_python_without_the_environment(
    home: Home, command: tuple[str, ...]
) -> None:
    done = home.run(*shlex.split(AUTOMOUNT), "--quiet", "--", *command)
    assert (done.returncode, done.stderr) == (0, "")
    manifest = home.manifest()
    rows = [(row["reason"], tuple(row["command"][1:])) for row in manifest["incomplete"]]
    assert (manifest["complete"], rows) == (False, [("no-journal", ("worker.py",))])


BLOCK = """
import automount, os, subprocess, sys
def start(*words):
    subprocess.run([*words, sys.executable, 'worker.py'], check=True)
"""
UNFOLLOWED: dict[str, Any] = {**recorded(complete=False), "incomplete": ["no-journal"]}


@pytest.mark.parametrize(
    "start",
    [
        "start('env', '-i')",
        "os.system(f'unset PYTHONPATH; {sys.executable} worker.py')",
        "subprocess.run(['sh', 't.sh'], env={**os.environ, 'PY': sys.executable})",
        "os.spawnl(os.P_WAIT, '/bin/sh', 'sh', '-c', f'env -i {sys.executable} worker.py; true')",
        "os.posix_spawn('/bin/sh', ['sh', '-c', f'env -i {sys.executable} worker.py'], {}); os.wait()",
    ],
)
def test_what_a_block_starts_without_the_environment(home: Home, start: str) -> None:
    program = f"{BLOCK}with automount.recording() as r:\n    {start}\ntell(r)\n"
    assert home.reported(program) == [UNFOLLOWED]


def test_each_block_has_its_own(home: Home) -> None:
    """A nested block, and one that begins later, contain what was started in them."""
    program = f"""{BLOCK}
with automount.recording() as outer:
    start('env', '-i')
    with automount.recording() as inner:
        start()
with automount.recording() as later:
    start()
tell(outer); tell(inner); tell(later)
"""
    outer, inner, later = home.reported(program)
    assert (outer["complete"], inner["complete"], later["complete"]) == (False, True, True)
