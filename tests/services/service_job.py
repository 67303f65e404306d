"""One everyday job: a project that is recorded, verified, packed, and run from its bundle elsewhere."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from importlib.metadata import Distribution, distributions
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

SECONDS = 60
SYSTEM_PATH = "/usr/local/bin:/usr/bin:/bin"


class Environment:
    """A virtual environment."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.bin = home / "bin"
        self.python = str(self.bin / "python")
        version = f"python{sys.version_info.major}.{sys.version_info.minor}"
        self.site = home / "lib" / version / "site-packages"


class Running:
    """A service that runs under automount; `port` is free for it to listen on."""

    def __init__(self, process: subprocess.Popen[bytes], log: Path) -> None:
        self.process = process
        self.log = log

    def text(self) -> str:
        """What the service and automount printed so far."""
        return self.log.read_text(errors="replace")

    def get(self, url: str) -> str:
        """What the service answers, as soon as it listens."""
        ends = time.monotonic() + SECONDS
        while True:
            try:
                with urllib.request.urlopen(url, timeout=SECONDS) as answer:
                    return str(answer.read().decode())
            except urllib.error.HTTPError:
                raise AssertionError(self.text()[-4000:]) from None
            except OSError:
                assert self.process.poll() is None, self.text()[-4000:]
                assert time.monotonic() < ends, self.text()[-4000:]
                time.sleep(0.05)

    def wait_for(self, words: str) -> None:
        """Returns when the log has the words."""
        ends = time.monotonic() + SECONDS
        while words not in self.text():
            assert self.process.poll() is None, self.text()[-4000:]
            assert time.monotonic() < ends, self.text()[-4000:]
            time.sleep(0.05)

    def interrupt(self) -> int:
        """Presses Ctrl-C; returns the exit status."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGINT)
        return self.process.wait(SECONDS)


class Job:
    """A project below `top`, an environment that has everything, and the steps that every test takes."""

    def __init__(self, top: Path, environment: Environment) -> None:
        self.top = top
        self.project = top / "project"
        self.project.mkdir()
        self.environment = environment
        self.bundle = top / "bundle.tar"

    def write(self, files: Mapping[str, str]) -> None:
        """Writes the project's files."""
        for name, text in files.items():
            path = self.project / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)

    def variables(self, path: Path | None = None) -> dict[str, str]:
        """An environment that names nothing of this test run."""
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("AUTOMOUNT", "PYTEST", "PYTHON", "COVERAGE", "VIRTUAL_ENV"))
            or name == "COVERAGE_PROCESS_START"
        }
        search = f"{path}:{SYSTEM_PATH}" if path else SYSTEM_PATH
        return {**kept, "PATH": search, "XDG_CACHE_HOME": str(self.top / "cache"), "HOME": str(self.top)}

    def automount(
        self, *words: str, cwd: Path | None = None, path: Path | None = None
    ) -> subprocess.CompletedProcess[str]:
        """The finished `automount WORDS`, in the project unless another directory is given."""
        return subprocess.run(
            [sys.executable, "-m", "automount", *words],
            cwd=cwd or self.project,
            env=self.variables(path),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=180,
            check=False,
        )

    @contextlib.contextmanager
    def service(self, *words: str, cwd: Path | None = None, path: Path | None = None) -> Iterator[Running]:
        """`automount WORDS` while it runs, in a process group of its own."""
        log = self.top / "service.log"
        with log.open("wb") as written:
            process = subprocess.Popen(
                [sys.executable, "-m", "automount", *words],
                cwd=cwd or self.project,
                env={**self.variables(path), "PYTHONUNBUFFERED": "1"},
                stdin=subprocess.DEVNULL,
                stdout=written,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                # A shell that starts the tests in the background leaves the interrupt ignored.
                preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
            )
        try:
            yield Running(process, log)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def record(self, *words: str) -> str:
        """Records the program; returns what it printed."""
        done = self.automount("--python", self.environment.python, *words)
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
        return done.stdout

    def ran(self, *words: str) -> str:
        """What a plain Python program prints that runs elsewhere, and not under automount."""
        done = subprocess.run(
            [self.environment.python, *words],
            cwd=self.top,
            env=self.variables(),
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    @property
    def manifest(self) -> Any:
        """The manifest of the recording."""
        return json.loads((self.project / "automount.json").read_bytes())

    def verified(self) -> None:
        """The manifest is proven sufficient."""
        output = self._verify()
        assert "✓ Sufficient" in output, output

    def verified_without_requests(self) -> None:
        """Nothing is missing; what only a request loads is shipped, though none is sent during verify."""
        output = self._verify("--accept-unexercised")
        assert "(as recorded)" in output, output
        findings = [line for line in output.splitlines() if line.startswith("  ")]
        assert [line for line in findings if not line.startswith("  shipped, but not used")] == []

    def _verify(self, *words: str) -> str:
        done = self.automount("verify", "--python", self.environment.python, *words)
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
        return done.stdout

    @contextlib.contextmanager
    def elsewhere(self) -> Iterator[list[str]]:
        """Packs, takes the project away, and gives the words that run the bundle in another environment."""
        done = self.automount("pack", str(self.bundle))
        assert done.returncode == 0, done.stderr
        rows = self.automount("requirements")
        assert rows.returncode == 0, rows.stderr
        other = subset(self.environment, self.top / "other", rows.stdout.splitlines())
        hidden = self.top / "hidden"
        self.project.rename(hidden)
        hidden.chmod(0)
        try:
            yield ["exec", "--python", other.python, str(self.bundle)]
        finally:
            hidden.chmod(0o755)
            hidden.rename(self.project)

    def ran_elsewhere(self, *args: str) -> str:
        """What the program prints when it is run from the bundle in another environment."""
        with self.elsewhere() as words:
            done = self.automount(*words, *args, cwd=self.top)
            assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
            return done.stdout


def subset(whole: Environment, home: Path, requirements: list[str]) -> Environment:
    """A new environment with what pip would install for the requirements: hard links into `whole`.

    Each distribution comes with what its metadata requires, extras only where a requirement asks for them.
    """
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(home)], check=True)
    other = Environment(home)
    known = {
        canonicalize_name(found.metadata["Name"]): found for found in distributions(path=[str(whole.site)])
    }
    waiting = [Requirement(line) for line in requirements if line and not line.startswith(("#", "-"))]
    done: set[tuple[str, str]] = set()
    linked: set[str] = set()
    while waiting:
        wanted = waiting.pop()
        name = canonicalize_name(wanted.name)
        found = known[name]
        if name not in linked:
            linked.add(name)
            _link(found, whole, other)
        for extra in {"", *wanted.extras} - {extra for at, extra in done if at == name}:
            done.add((name, extra))
            for text in found.requires or []:
                needed = Requirement(text)
                if needed.marker is None or needed.marker.evaluate({"extra": extra}):
                    waiting.append(needed)
    return other


def _link(found: Distribution, whole: Environment, other: Environment) -> None:
    for file in found.files or []:
        source = Path(os.path.normpath(str(whole.site / file)))
        if not source.is_file() or source.suffix == ".pyc" or not source.is_relative_to(whole.home):
            continue
        target = other.home / source.relative_to(whole.home)
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.parent == whole.bin:
            target.write_bytes(source.read_bytes().replace(os.fsencode(whole.home), os.fsencode(other.home)))
            target.chmod(0o755)
        else:
            os.link(source, target)


def free_port() -> int:
    """A port that no one listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


NewJob = Callable[[], Job]
