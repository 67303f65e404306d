"""How automount behaves around the program: streams, terminal, signals, and its own output."""

from __future__ import annotations

import json
import os
import pty
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from measured import automount_command

QUIET = ("--quiet", "-o", "automount.json")
READ_SECONDS = 60


@pytest.fixture
def home(automount_home: Path) -> Path:
    (automount_home / "deps.py").write_text("NAME = __name__\n")
    return automount_home


def manifest_of(home: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((home / "automount.json").read_bytes())
    return loaded


def run(home: Path, *words: str, **options: Any) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [*automount_command(), *words], cwd=home, capture_output=True, check=False, **options
    )


def test_bytes_go_through_untouched(home: Path) -> None:
    (home / "app.py").write_text(
        "import sys\n\ndata = sys.stdin.buffer.read()\n"
        "sys.stdout.buffer.write(data[::-1])\nsys.stderr.buffer.write(data[:1000])\n"
    )
    data = bytes(range(256)) * 12_000
    done = run(home, *QUIET, "app.py", input=data)
    assert (done.returncode, done.stdout, done.stderr) == (0, data[::-1], data[:1000])


def test_open_descriptors_reach_the_program(home: Path) -> None:
    (home / "app.py").write_text("import os\nimport sys\n\nos.write(int(sys.argv[1]), b'through')\n")
    ours, theirs = os.pipe()
    done = run(home, *QUIET, "app.py", str(theirs), pass_fds=(theirs,))
    os.close(theirs)
    with open(ours, "rb") as file:
        assert file.read() == b"through"
    assert done.returncode == 0


def test_manifest_on_stdout_comes_after_the_program_s_output(home: Path) -> None:
    (home / "app.py").write_text("import deps\n\nprint(deps.NAME)\n")
    done = run(home, "-o", "-", "--quiet", "app.py")
    first, _, rest = done.stdout.partition(b"\n")
    assert first == b"deps"
    assert [row["remote"] for row in json.loads(rest)["files"]] == ["/root/app.py", "/root/deps.py"]
    assert done.stderr == b""
    assert {"app.py", "deps.py"} == set(os.listdir(home)) - {"__pycache__"}


def test_summary_as_json(home: Path) -> None:
    (home / "app.py").write_text("import sys\n\nimport deps\n\nsys.exit(5)\n")
    done = run(home, "--json", "app.py")
    summary = json.loads(done.stderr)
    assert done.returncode == summary["exit_code"] == 5
    assert summary["digest"] == manifest_of(home)["digest"]
    assert (summary["mounts"], summary["files"], summary["complete"]) == (2, 2, True)
    assert summary["bytes"] == sum((home / name).stat().st_size for name in ("app.py", "deps.py"))
    assert summary["seconds_after"] > 0


def test_same_content_elsewhere_has_the_same_digest(home: Path, tmp_path: Path) -> None:
    (home / "app.py").write_text("import deps\n")
    (home / "pkg").mkdir()
    other = tmp_path / "another" / "checkout"
    shutil.copytree(home, other)
    assert run(home, *QUIET, "app.py").returncode == 0
    assert run(other, *QUIET, "app.py").returncode == 0
    here, there = manifest_of(home), manifest_of(other)
    assert here["digest"] == there["digest"]
    (other / "deps.py").write_text("NAME = 'changed'\n")
    assert run(other, *QUIET, "app.py").returncode == 0
    assert manifest_of(other)["digest"] != here["digest"]


def test_two_runs_give_the_same_manifest_but_for_provenance(home: Path) -> None:
    (home / "app.py").write_text(
        "import subprocess\nimport sys\n\nimport deps\n\nsubprocess.run([sys.executable, 'w.py'])\n"
    )
    (home / "w.py").write_text("import deps\n")
    manifests = []
    for _ in range(2):
        assert run(home, *QUIET, "app.py").returncode == 0
        manifests.append(manifest_of(home))
        del manifests[-1]["provenance"]
    assert json.dumps(manifests[0]) == json.dumps(manifests[1])


KILLS_SIBLINGS = """
import os
import signal

parent, own = os.getppid(), os.getpid()
for name in os.listdir("/proc"):
    if name.isdigit() and int(name) != own:
        try:
            with open(f"/proc/{name}/stat") as file:
                is_sibling = int(file.read().rpartition(")")[2].split()[1]) == parent
            if is_sibling and os.readlink(f"/proc/{name}/exe") == os.readlink(f"/proc/{parent}/exe"):
                os.kill(int(name), signal.SIGKILL)
                print("ended")
        except OSError:
            pass
"""


def test_a_program_that_ends_the_watch_of_its_processes_is_incomplete(home: Path) -> None:
    (home / "app.py").write_text(KILLS_SIBLINGS)
    outcome = run(home, *QUIET, "app.py")
    assert (outcome.returncode, outcome.stdout) == (0, b"ended\n")
    manifest = manifest_of(home)
    assert not manifest["complete"]
    assert [row["reason"] for row in manifest["incomplete"]] == ["journal-lost"]


@contextmanager
def on_terminal(home: Path, *command: str) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """`command` with a terminal of its own that controls it; gives the process and our end."""
    ours, theirs = pty.openpty()
    child = subprocess.Popen(
        # The new session's first terminal becomes the one that controls it when it is opened by name.
        [sys.executable, "-c", _TAKE_TERMINAL, os.ttyname(theirs), *command],
        cwd=home,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    )
    os.close(theirs)
    try:
        yield child, ours
    finally:
        os.close(ours)
        child.kill()
        child.wait()


_TAKE_TERMINAL = (
    "import os, sys; os.close(os.open(sys.argv[1], os.O_RDWR)); os.execvp(sys.argv[2], sys.argv[2:])"
)


def read_until(terminal: int, wanted: bytes) -> bytes:
    """What the terminal shows, up to and with `wanted` (what was read with it is dropped)."""
    shown = b""
    while wanted not in shown:
        try:
            piece = os.read(terminal, 4096)
        except OSError:  # the other end is closed
            break
        if not piece:
            break
        shown += piece
    before, found, _ = shown.partition(wanted)
    return before + found


def test_program_keeps_its_terminal(home: Path) -> None:
    (home / "app.py").write_text(
        "import os\nimport sys\n\nprint([os.isatty(n) for n in range(3)], os.ttyname(0) == os.ttyname(2),"
        " os.tcgetpgrp(0) == os.getpgrp(), len(os.get_terminal_size()), 'end')\n"
    )
    shown = []
    for command in ([sys.executable, "app.py"], [*automount_command(), *QUIET, "app.py"]):
        with on_terminal(home, *command) as (child, terminal):
            shown.append(read_until(terminal, b"end"))
            assert child.wait(READ_SECONDS) == 0
    assert shown[0] == b"[True, True, True] True True 2 end"
    assert shown[1] == shown[0]


COUNTS_SIGNALS = """\
import signal
import sys

import deps

count = 0


def note(number, frame):
    global count
    count += 1
    print("got", number, flush=True)


signal.signal(signal.SIGINT, note)
signal.signal(signal.SIGTERM, note)
print("ready", flush=True)
sys.stdin.readline()
print("count", count, "end", flush=True)
sys.exit(7)
"""


def test_ctrl_c_reaches_the_program_once(home: Path) -> None:
    (home / "app.py").write_text(COUNTS_SIGNALS)
    with on_terminal(home, *automount_command(), *QUIET, "app.py") as (child, terminal):
        assert b"ready" in read_until(terminal, b"ready")
        os.write(terminal, b"\x03")
        assert b"got 2" in read_until(terminal, b"got 2")
        os.write(terminal, b"\n")
        assert b"count 1 end" in read_until(terminal, b"end")
        assert child.wait(READ_SECONDS) == 7
    assert [row["remote"] for row in manifest_of(home)["files"]] == ["/root/app.py", "/root/deps.py"]


def test_ctrl_c_ends_a_program_that_does_not_catch_it(home: Path) -> None:
    (home / "app.py").write_text(
        "import time\n\nimport deps\n\nprint('ready', flush=True)\nwhile True:\n    time.sleep(0.05)\n"
    )
    statuses = []
    for command in ([sys.executable, "app.py"], [*automount_command(), *QUIET, "app.py"]):
        with on_terminal(home, *command) as (child, terminal):
            read_until(terminal, b"ready")
            os.write(terminal, b"\x03")
            shown = read_until(terminal, b"KeyboardInterrupt")
            assert shown.count(b"Traceback") == 1
            statuses.append(child.wait(READ_SECONDS))
    assert statuses == [-signal.SIGINT, -signal.SIGINT]
    assert [row["remote"] for row in manifest_of(home)["files"]] == ["/root/app.py", "/root/deps.py"]


def test_signal_to_automount_alone_reaches_the_program_once(home: Path) -> None:
    (home / "app.py").write_text(COUNTS_SIGNALS)
    child = subprocess.Popen(
        [*automount_command(), *QUIET, "app.py"], cwd=home, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert child.stdin is not None
    assert child.stdout is not None
    assert child.stdout.readline() == b"ready\n"
    child.send_signal(signal.SIGTERM)
    assert child.stdout.readline() == b"got 15\n"
    rest, _ = child.communicate(b"\n", READ_SECONDS)
    assert (rest, child.returncode) == (b"count 1 end\n", 7)
    assert [row["remote"] for row in manifest_of(home)["files"]] == ["/root/app.py", "/root/deps.py"]


def test_script_named_like_a_verb_is_run_by_its_path(home: Path) -> None:
    (home / "show").write_text("import deps\n\nprint('shown', deps.NAME)\n")
    done = run(home, *QUIET, "./show")
    assert (done.returncode, done.stdout) == (0, b"shown deps\n")


def test_recording_through_the_environment(home: Path) -> None:
    (home / "app.py").write_text("import deps\n\nprint(deps.NAME)\n")
    journal = str(home / "journal")
    settings = run(home, "env", "--journal", journal)
    assert settings.returncode == 0
    script = f'{settings.stdout.decode()}\n"$1" app.py\n'
    done = subprocess.run(
        ["sh", "-c", script, "sh", sys.executable], cwd=home, capture_output=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, b"deps\n", b"")
    collected = run(home, "collect", journal, *QUIET)
    assert (collected.returncode, collected.stderr) == (0, b"")
    assert [row["remote"] for row in manifest_of(home)["files"]] == ["/root/app.py", "/root/deps.py"]
