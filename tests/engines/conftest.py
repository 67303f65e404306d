"""Engines in environments of their own, and processes that cannot see the project."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from engine_project import EngineProject
from needs import tool

REQUIREMENTS = {
    "dask": ["distributed==2026.8.0"],
    "ray": ["ray[default]==2.60.0"],
    "spark": ["pyspark[connect]==4.3.0"],
    "modal": ["modal==1.6.4"],
    "submitit": ["submitit==1.5.4"],
    "prefect": ["prefect==3.9.1"],
    "flyte": ["flyte==2.12.1"],
    "airflow": ["apache-airflow==3.3.2"],
}
_SECONDS = 90


class Installed:
    """A virtual environment that holds one engine and nothing of ours."""

    def __init__(self, home: Path) -> None:
        self.bin = home / "bin"
        self.python = str(self.bin / "python")
        version = f"python{sys.version_info.major}.{sys.version_info.minor}"
        self.site = str(home / "lib" / version / "site-packages")


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Installed]:
    """Gives the environment of an engine, made once a session, or kept in `ENGINE_ENVIRONMENTS`."""
    kept = os.environ.get("ENGINE_ENVIRONMENTS")
    base = Path(kept) if kept else tmp_path_factory.mktemp("engines")

    def get(name: str) -> Installed:
        home = base / name
        if not (home / "ready").exists():
            subprocess.run([sys.executable, "-m", "venv", "--clear", str(home)], check=True)
            command = [str(home / "bin" / "python"), "-m", "pip", "install", "-q", *REQUIREMENTS[name]]
            subprocess.run(command, check=True)
            (home / "ready").touch()
        return Installed(home)

    return get


@pytest.fixture
def project(tmp_path: Path) -> EngineProject:
    hidden = tmp_path / "hidden"
    hidden.mkdir()
    made = EngineProject(hidden)
    made.record()
    return made


WRITE = """\
import sys
sys.path.insert(0, {tests!r})
from pathlib import Path
from engine_project import EngineProject
EngineProject(Path({hidden!r}), int(sys.argv[1]))
"""


@pytest.fixture
def write(project: EngineProject) -> Path:
    """A program that gives the project another version while a driver is running."""
    path = project.hidden / "write.py"
    path.write_text(WRITE.format(tests=str(Path(__file__).parent), hidden=str(project.hidden)))
    return path


Start = Callable[..., "subprocess.Popen[bytes]"]


@pytest.fixture
def start_hidden(project: EngineProject, tmp_path: Path) -> Iterator[Start]:
    """Starts a process for which the project does not exist; waits until its log says `until`."""
    running: list[subprocess.Popen[bytes]] = []
    logs = tmp_path / "logs"
    logs.mkdir()
    (tmp_path / "elsewhere").mkdir()

    def start(
        command: Sequence[str], until: str, env: dict[str, str] | None = None
    ) -> subprocess.Popen[bytes]:
        user = [] if os.getuid() == 0 else ["-r"]
        hide = 'mount -t tmpfs none "$HIDDEN" && exec "$@"'
        clean = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("AUTOMOUNT", "PYTEST", "PYTHON", "COVERAGE"))
        }
        log = logs / str(len(running))
        with log.open("wb") as written:
            process = subprocess.Popen(
                [tool("unshare"), *user, "-m", "sh", "-c", hide, "sh", *command],
                cwd=tmp_path / "elsewhere",
                env={**clean, "HIDDEN": str(project.hidden), **(env or {})},
                stdin=subprocess.DEVNULL,
                stdout=written,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        running.append(process)
        ends = time.monotonic() + _SECONDS
        while until not in log.read_text(errors="replace"):
            assert process.poll() is None, log.read_text(errors="replace")[-4000:]
            assert time.monotonic() < ends, log.read_text(errors="replace")[-4000:]
            time.sleep(0.05)
        return process

    try:
        yield start
    finally:
        for process in reversed(running):
            _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    """Ends the process group: it is asked first, and killed after five seconds."""
    for sent in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, sent)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(5)
            break
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


@pytest.fixture
def free_port() -> Callable[[], int]:
    """Gives ports that no one listens on, outside those that Ray keeps for its own."""

    def get() -> int:
        while True:
            with socket.socket() as probe:
                probe.bind(("127.0.0.1", 0))
                port: int = probe.getsockname()[1]
            if not 10002 <= port <= 19999 and not 30000 <= port <= 30999:
                return port

    return get
