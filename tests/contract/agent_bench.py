"""Runs programs under every supported CPython, plain and recorded by the agent alone.

The agent is copied to a directory of its own, without the rest of automount, and what it wrote is read
with `automount.recorder.journal`. A recorded run must give the same output and status as the plain one.
"""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import needs
import pytest

from automount import agent
from automount.model import Journal, ModuleRecord, RecordKind
from automount.recorder.journal import read_journal

# The newest are not packaged everywhere: `.ci/pythons` fetches them, and says so where it cannot. No package
# has a build without the global lock; PYTHON313T names one that was built with `--disable-gil`.
NEWEST = tuple(version for version in ("3.14", "3.15", "3.13t", "3.14t") if needs.find_interpreter(version))
INSTALLED = ("3.8", "3.9", "3.10", "3.11", "3.12", "3.13")
RECORDED = (*INSTALLED, *NEWEST)
# For tests that start the interpreter without its path, build an extension or look at its site directories:
# the newest are unpacked and not installed, so they do not find their library by themselves.
installed_pythons = pytest.mark.parametrize("python", INSTALLED, indirect=True)
TOO_OLD = ("2.7", "3.6", "3.7")


@pytest.fixture(params=RECORDED)
def python(request: pytest.FixtureRequest) -> str:
    """A Python that can be recorded."""
    return needs.interpreter(request.param)


@pytest.fixture(params=TOO_OLD)
def old_python(request: pytest.FixtureRequest) -> str:
    """A Python that cannot be recorded and must not be affected."""
    return needs.interpreter(request.param)


@pytest.fixture(scope="session")
def boot(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The directory that goes on PYTHONPATH, with the agent and nothing else of automount around it."""
    copy = tmp_path_factory.mktemp("agent") / "agent"
    shutil.copytree(agent.__path__[0], copy, ignore=shutil.ignore_patterns("__pycache__"))
    return copy / "boot"


@dataclass(frozen=True)
class Outcome:
    """How a program ended: what it wrote, its `returncode`, and the journal, if it was recorded."""

    stdout: bytes
    stderr: bytes
    code: int
    journal: Journal = field(default_factory=lambda: Journal((), ()), compare=False)
    lost: bool = field(default=False, compare=False)


@dataclass(frozen=True)
class Bench:
    """A directory with a program in it, and what is needed to run that."""

    root: Path
    boot: Path
    journals: Path

    def write(self, tree: Mapping[str, str | bytes]) -> None:
        for name, content in tree.items():
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.encode() if isinstance(content, str) else content)

    def plain(self, *command: str, env: Mapping[str, str] | None = None, stdin: bytes = b"") -> Outcome:
        """Runs `command` in the directory as it is without us."""
        return self._run(command, {**_environment(), **(env or {})}, stdin)

    def recorded(self, *command: str, env: Mapping[str, str] | None = None, stdin: bytes = b"") -> Outcome:
        """Runs `command` in the directory with recording on."""
        directory = self.new_journal()
        environment = {**_environment(), **(env or {})}
        environment["AUTOMOUNT_JOURNAL"] = str(directory)
        before = environment.get("PYTHONPATH")
        environment["PYTHONPATH"] = f"{self.boot}:{before}" if before else str(self.boot)
        outcome = self._run(command, environment, stdin)
        journal, lost = self.read(directory)
        return Outcome(outcome.stdout, outcome.stderr, outcome.code, journal, lost)

    def same(self, *command: str, env: Mapping[str, str] | None = None, stdin: bytes = b"") -> Outcome:
        """The recorded outcome, having proved that the plain one is the same and that nothing is lost."""
        plain = self.plain(*command, env=env, stdin=stdin)
        recorded = self.recorded(*command, env=env, stdin=stdin)
        assert (recorded.stdout, recorded.stderr, recorded.code) == (plain.stdout, plain.stderr, plain.code)
        assert not recorded.lost
        assert recorded.journal.incomplete == ()
        return recorded

    def new_journal(self) -> Path:
        directory = self.journals / str(len(list(self.journals.iterdir())))
        directory.mkdir()
        directory.chmod(0o733)
        marker = directory / "LOST"
        marker.write_text("every event was written\n")
        marker.chmod(0o666)
        return directory

    def read(self, directory: Path) -> tuple[Journal, bool]:
        """The journal there, and whether a process could not write an event."""
        files = {path.name: path.read_bytes() for path in directory.glob("*.journal")}
        return read_journal(files), (directory / "LOST").stat().st_size == 0

    def ours(self, journal: Journal) -> dict[str, str]:
        """The modules of the directory by name: their status; found and not present ones left out."""
        return {
            record.name: record.status.value
            for record in journal.modules
            if self.is_ours(record)
            and record.kind is not RecordKind.SCRIPT
            and record.present | failed(record)
        }

    def scripts(self, journal: Journal) -> dict[str, str]:
        """The files of the directory that ran as programs: their status."""
        return {
            os.path.relpath(record.file or "", self.root): record.status.value
            for record in journal.modules
            if self.is_ours(record) and record.kind is RecordKind.SCRIPT
        }

    def is_ours(self, record: ModuleRecord) -> bool:
        places = [record.file or "", *(record.locations or ())]
        return any(Path(place).is_relative_to(self.root) for place in places)

    def _run(self, command: tuple[str, ...], environment: Mapping[str, str], stdin: bytes) -> Outcome:
        ended = subprocess.run(
            command, cwd=self.root, env=dict(environment), input=stdin, capture_output=True, timeout=120
        )
        return Outcome(ended.stdout, ended.stderr, ended.returncode)


def failed(record: ModuleRecord) -> bool:
    return record.status.value == "failed"


def _environment() -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ}
    return {**kept, "PYTHONDONTWRITEBYTECODE": "1", "LC_ALL": "C.UTF-8"}


@pytest.fixture
def bench(tmp_path: Path, boot: Path) -> Bench:
    root, journals = tmp_path / "project", tmp_path / "journals"
    root.mkdir()
    journals.mkdir()
    # A program may change its user, and must still reach its own files and its journal.
    for directory in (tmp_path, *tmp_path.parents):
        if directory.stat().st_uid == os.getuid() and directory != Path(directory.root):
            directory.chmod(directory.stat().st_mode | stat.S_IXOTH)
    return Bench(root.resolve(), boot, journals)
