"""What `check` remembers of a manifest: it answers sooner, and never otherwise than a check of every file."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from automount.contents.file_times import FileTimes, Signature, signature
from automount.model import FileEntry
from automount.sha256 import sha256
from automount.shipping.last_check import LastCheck


class On(FileTimes):
    """A file system whose times prove something; None: none that does."""

    def __init__(self, name: str | None = "here") -> None:
        super().__init__()
        self.name = name

    def identity(self, directory: str) -> str | None:
        return self.name

    def unmapped_at(self, status: os.stat_result) -> int | None:
        return status.st_ctime_ns + 10**10  # as if it were looked at later


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache/automount/digests"


@pytest.fixture(params=["here", None], ids=["proving", "not-proving"])
def file_system(request: pytest.FixtureRequest) -> str | None:
    """The identity of the file system; None: its files are read each time."""
    found: str | None = request.param
    return found


@pytest.fixture
def files(tmp_path: Path, file_system: str | None) -> list[Path]:
    found = [tmp_path / "project" / name for name in ("app.py", "pkg/core.py", "pkg/\udcff.py")]
    for path in found:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x = 1\n")
    manifest = tmp_path / "automount.json"
    manifest.write_text("{}\n")
    last = LastCheck(str(manifest), On(file_system))
    proof = last.proof()
    assert (proof is None) == (file_system is None)
    digest = sha256(b"x = 1\n").hexdigest()
    entries = [FileEntry("", str(path), 6, digest, False, ()) for path in found]
    known: dict[str, Signature | None] = {
        str(path): signature(path.stat()) if file_system else None for path in found
    }
    last.remember(b"{}\n", proof, entries, known)
    # The manifest's own file counts as much as those that it lists.
    return [*found, manifest]


@pytest.fixture
def remembered(tmp_path: Path, file_system: str | None) -> Callable[..., int | None]:
    def answer(
        manifest: str = "automount.json", name: str | None = file_system, processes: int = 1
    ) -> int | None:
        return LastCheck(str(tmp_path / manifest), On(name)).unchanged(lambda _files: processes)

    return answer


Answer = Callable[..., "int | None"]


def test_unchanged_files_are_counted(files: list[Path], remembered: Answer) -> None:
    assert remembered() == 3
    files[-1].with_name("other.json").write_text("{}\n")
    assert remembered("other.json") is None


@pytest.mark.parametrize("file_system", ["here"], indirect=True)
@pytest.mark.usefixtures("files")
def test_another_file_system_is_another_file(remembered: Answer) -> None:
    assert remembered(name="another file system") is None
    assert remembered(name=None) is None


def edit(path: Path) -> None:
    """Changes the content alone, as far as a program can, in a later tick of the clock."""
    before = path.stat()
    while path.stat().st_ctime_ns == before.st_ctime_ns:
        path.write_text("x = 2\n")
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def make_executable(path: Path) -> None:
    before = path.stat()
    while path.stat().st_ctime_ns == before.st_ctime_ns:
        path.chmod(0o755)


def replace(path: Path) -> None:
    other = path.with_name("other")
    other.write_text("y = 1\n")
    os.replace(other, path)


@pytest.mark.parametrize("number", [0, 1, 2, 3])
@pytest.mark.parametrize(
    "change",
    [edit, replace, Path.unlink, make_executable],
    ids=lambda change: change.__name__,
)
def test_no_change_of_one_file_passes(  # type: ignore[no-untyped-def]
    change, number: int, files: list[Path], remembered: Answer
) -> None:
    change(files[number])
    assert remembered() is None


def test_what_others_could_have_written_is_not_believed(
    files: list[Path], cache: Path, remembered: Answer
) -> None:
    (kept,) = cache.iterdir()
    content = kept.read_bytes()
    kept.chmod(0o666)
    assert remembered() is None
    kept.chmod(0o600)
    assert remembered() == 3
    kept.write_bytes(content.replace(b"app.py", b"bpp.py"))
    assert remembered() is None


@pytest.mark.parametrize("processes", [1, 2, 3])
@pytest.mark.parametrize("number", [None, 0, 1, 2, 3])
def test_processes_give_the_answer_of_one(
    processes: int, number: int | None, files: list[Path], remembered: Answer
) -> None:
    if number is not None:
        edit(files[number])
    assert remembered(processes=processes) == (3 if number is None else None)


def test_a_manifest_that_was_just_written_proves_nothing(tmp_path: Path) -> None:
    class Now(On):
        def unmapped_at(self, status: os.stat_result) -> int | None:
            return status.st_ctime_ns

    manifest = tmp_path / "automount.json"
    manifest.write_text("{}\n")
    assert LastCheck(str(manifest), Now()).proof() is None
    assert LastCheck(str(manifest), On(None)).proof() is None
    assert LastCheck(str(manifest), On()).proof() == signature(manifest.stat())


def test_the_verb_answers_the_same_from_what_is_remembered(tmp_path: Path) -> None:
    project = tmp_path / "project"
    project.mkdir()
    (project / "app.py").write_text("import helper\n")
    (project / "helper.py").write_text("x = 1\n")

    def run(*words: str) -> tuple[int, str]:
        command = [sys.executable, "-m", "automount", *words]
        done = subprocess.run(command, cwd=project, capture_output=True, text=True)
        assert done.stderr == "" or words[0] == "app.py"
        return done.returncode, done.stdout

    assert run("app.py")[0] == 0
    for _ in range(3):
        assert run("check") == (0, "Fresh: 2 files as recorded\n")
        assert run("check", "--json") == (0, '{\n  "digest_fits": true,\n  "stale": []\n}\n')
    (project / "helper.py").write_text("x = 2\n")
    for _ in range(2):
        code, text = run("check")
        assert (code, text.splitlines()[0]) == (1, f"changed: {project}/helper.py")
    manifest = project / "automount.json"
    (project / "helper.py").write_text("x = 1\n")
    assert run("check")[0] == 0
    manifest.write_text(manifest.read_text().replace('"complete": true', '"complete": false'))
    assert run("check")[0] == 1
