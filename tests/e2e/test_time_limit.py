"""A time limit ends the program and, after it, the processes that it left; the manifest is complete."""

from __future__ import annotations

import signal
import sys
from pathlib import Path

import pytest
from ways_in import Home

from automount.assembling import Recording
from automount.pipeline import record
from automount.recorder.running import is_alive

SERVER = "import os, signal, sys, time, helper\n"
# The file says that the server has started; it appears complete.
READY = "open('new', 'w').write(str(os.getpid()))\nos.rename('new', 'ready')\n"


class TimeOfFile(float):
    """A time limit that is reached when the file exists, and not before, on machines of any speed."""

    def __new__(cls, _path: Path) -> TimeOfFile:
        return super().__new__(cls, 600.0)

    def __init__(self, path: Path) -> None:
        self._path = path
        self._reached_at: float | None = None

    def __le__(self, elapsed: float) -> bool:
        if self._reached_at is None and self._path.exists():
            self._reached_at = elapsed
        return self._reached_at is not None

    def __add__(self, seconds: float) -> float:
        return seconds + (600.0 if self._reached_at is None else self._reached_at)


@pytest.fixture
def home(automount_home: object) -> Home:
    made = Home(automount_home)  # type: ignore[arg-type]
    made.write({"helper.py": "", "run.sh": f"{sys.executable} server.py\necho done > done\n"})
    return made


def recorded(home: Home, *command: str) -> Recording:
    """Records `command` until its server is ready; asserts that then nothing runs and nothing is missing."""
    root = Path(home.root)
    limit = TimeOfFile(root / "ready")
    recording = record(command=command, cwd=root, env=home.environment(), timeout=limit)
    assert not is_alive(int((root / "ready").read_text()))
    assert (recording.manifest.complete, recording.manifest.incomplete) == (True, ())
    assert recording.manifest.provenance.stopped_after == 600.0
    assert "helper" in {row.name for row in recording.manifest.modules if row.mount is not None}
    assert not (root / "done").exists()
    return recording


def test_a_server_below_a_script_is_ended(home: Home) -> None:
    home.write({"server.py": f"{SERVER}{READY}time.sleep(600)\n"})
    assert recorded(home, "/bin/sh", "run.sh").exit_status == -signal.SIGTERM


def test_a_server_that_ignores_the_signal_is_killed(home: Home) -> None:
    ignoring = "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
    home.write({"server.py": f"{SERVER}{ignoring}{READY}time.sleep(600)\n"})
    assert recorded(home, "/bin/sh", "run.sh").exit_status == -signal.SIGTERM
    (Path(home.root) / "ready").unlink()
    assert recorded(home, sys.executable, "server.py").exit_status == -signal.SIGKILL


def test_a_server_without_its_parent_is_ended_too(home: Home) -> None:
    home.write(
        {
            "server.py": f"{SERVER}{READY}time.sleep(600)\n",
            "app.py": (
                "import subprocess, sys, time\n"
                "start = 'import subprocess, sys; subprocess.Popen([sys.executable, \"server.py\"])'\n"
                "subprocess.run([sys.executable, '-c', start], check=True)\n"
                "time.sleep(600)\n"
            ),
        }
    )
    assert recorded(home, sys.executable, "app.py").exit_status == -signal.SIGTERM


def test_a_server_ends_its_workers_in_its_own_way(home: Home) -> None:
    home.write(
        {
            "server.py": (
                f"{SERVER}import subprocess\n"
                "worker = subprocess.Popen([sys.executable, 'worker.py'], stdin=subprocess.PIPE)\n"
                "def end(*_):\n    worker.communicate(b'end')\n    sys.exit(worker.returncode)\n"
                f"signal.signal(signal.SIGTERM, end)\n{READY}time.sleep(600)\n"
            ),
            # SIGTERM would end it with another status.
            "worker.py": "import sys\nsys.stdin.read()\nsys.exit(7)\n",
        }
    )
    assert recorded(home, sys.executable, "server.py").exit_status == 7


def test_the_command_line_says_what_ended_the_program(home: Home) -> None:
    words = ("--timeout", "0.5", "-c", "import time; time.sleep(600)")
    done = home.run(sys.executable, "-m", "automount", *words)
    assert done.returncode == -signal.SIGTERM
    assert done.stderr.splitlines()[0] == "The program was ended after 0.5 s (--timeout)."
    quiet = home.run(sys.executable, "-m", "automount", "--quiet", *words)
    assert (quiet.returncode, quiet.stderr) == (-signal.SIGTERM, "")
