"""`automount.record` and `collect`, called in this process on real programs."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

import automount
from automount.errors import JournalError, UsageError
from automount.model import Policy
from automount.pipeline import collect
from automount.recorder.interpreters import current
from automount.recorder.journal_directory import prepare_journal_directory
from automount.recorder.pth import install, uninstall
from automount.recorder.running import run


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "pack").mkdir()
    (tmp_path / "pack" / "__init__.py").write_text("")
    (tmp_path / "pack" / "__main__.py").write_text("import deps, sys; sys.exit(int(sys.argv[1]))\n")
    (tmp_path / "deps.py").write_text("")
    return tmp_path


def remotes(recording: automount.Recording) -> list[str]:
    return sorted(row.remote for row in recording.manifest.files)


def test_each_kind_of_program(home: Path) -> None:
    both = ["/root/deps.py", "/root/pack/__init__.py", "/root/pack/__main__.py"]
    by_module = automount.record(module="pack", args=["3"], cwd=home)
    assert (by_module.exit_status, remotes(by_module)) == (3, both)
    by_code = automount.record(code="import deps", cwd=home, python=sys.executable, timeout=60)
    assert (by_code.exit_status, remotes(by_code)) == (0, ["/root/deps.py"])
    command = [sys.executable, "-m", "pack"]
    by_command = automount.record(command=command, args=["4"], cwd=home, env=dict(os.environ))
    assert (by_command.exit_status, remotes(by_command)) == (4, both)
    imported = automount.record("deps.py", import_only=True, cwd=home, remote_root="/app")
    assert (imported.exit_status, remotes(imported)) == (0, ["/app/deps.py"])


@pytest.mark.parametrize("given", [{}, {"module": "a", "code": "b"}])
def test_one_program_at_a_time(given: dict[str, str]) -> None:
    with pytest.raises(UsageError, match="takes one program"):
        automount.record(**given)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"target": "app.py", "args": "--port 80"}, "args must be a sequence of strings, not '--port 80'"),
        ({"target": "app.py", "args": [80]}, "args must be a sequence of strings, not [80]"),
        ({"command": "make all"}, "command must be a sequence of strings, not 'make all'"),
        ({"target": ["app.py"]}, "target must be the path of a script, not ['app.py']"),
        ({"target": "-m"}, "target must be the path of a script, not '-m'"),
        ({"target": "app.py", "timeout": 0}, "timeout must be a positive number of seconds, not 0"),
        ({"target": "app.py", "timeout": "9"}, "timeout must be a positive number of seconds, not '9'"),
        ({"target": "deps.py", "add_file": "nope"}, "add_file: {home}/nope does not exist"),
        ({"target": "deps.py", "add_package": "nope"}, "add_package: no package or module named nope"),
    ],
)
def test_a_wrong_argument_is_named(home: Path, given: dict[str, object], message: str) -> None:
    with pytest.raises(UsageError) as error:
        automount.record(cwd=home, **given)  # type: ignore[arg-type]
    assert error.value.message == message.format(home=home)
    assert error.value.hint


def test_only_functions_can_be_recorded() -> None:
    for wrong in (3, "app.py"):
        with pytest.raises(TypeError, match=r"^recorded\(\) takes a function as function, not "):
            automount.recorded(wrong)  # type: ignore[call-overload]
    with pytest.raises(TypeError, match="takes a function as on_recording, not 3"):
        automount.recorded(on_recording=3)  # type: ignore[call-overload]


def test_a_recording_is_short_when_printed_and_its_manifest_is_written_and_read(home: Path) -> None:
    recording = automount.record("deps.py", cwd=home)
    manifest = recording.manifest
    assert repr(manifest) == f"<Manifest {manifest.digest}: 1 mount, 1 file, complete>"
    assert repr(recording) == f"<Recording exit_status=0 {manifest!r}>"
    automount.write_manifest(manifest, home / "out.json")
    assert automount.load_manifest(str(home / "out.json")) == manifest
    with pytest.raises(automount.AutomountError, match="is not a manifest that automount wrote"):
        automount.write_manifest(manifest, home / "pack" / "__main__.py")
    assert (home / "pack" / "__main__.py").read_text().startswith("import deps")


def test_journals_are_collected_by_their_directory(home: Path, tmp_path: Path) -> None:
    journal = prepare_journal_directory(str(tmp_path / "journal"))
    with pytest.raises(JournalError, match="does not contain a journal"):
        collect(journal, Policy())
    with pytest.raises(JournalError, match="no such directory"):
        collect(str(tmp_path / "gone"), Policy())
    run([sys.executable, "-c", "import deps"], journal_directory=journal, cwd=str(home))
    assert remotes(collect(journal, Policy())) == ["/root/deps.py"]


def test_the_pth_file_comes_and_goes_twice() -> None:
    interpreter = current()
    path = Path(install(interpreter))
    try:
        first = path.read_bytes()
        assert Path(install(interpreter)) == path
        assert path.read_bytes() == first
    finally:
        assert Path(uninstall(interpreter)) == path
    assert not path.exists()
    assert Path(uninstall(interpreter)) == path
