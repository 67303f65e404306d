"""Running from a bundle or a stage: what runs, what is verified each time, and what is refused."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import signal
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from executing import execute, ship
from shipments import file_row, manifest_of, script

from automount.errors import AutomountError
from automount.manifest import EntrypointKind, EntrypointRow
from automount.shipping.packing import FORMATS
from automount.shipping.staging import stage
from automount.shipping.unpack import bundles_directory, unpacked

pytestmark = pytest.mark.usefixtures("cache")


@pytest.mark.parametrize("form", [*FORMATS, "stage", "oci"])
def test_it_runs_without_the_project(form: str, project: Path, tmp_path: Path) -> None:
    shipped = ship(manifest_of(project, entrypoint=script(args=("recorded",))), form, tmp_path)
    shutil.rmtree(project)
    for words, printed in (((), ["recorded"]), (("-a", "--help", "b"), ["-a", "--help", "b"])):
        done = execute(shipped, *words, cwd=tmp_path)
        assert (done.returncode, done.stdout, done.stderr) == (0, f"core {printed} __main__\n", "")


def test_a_bundle_that_is_too_large_for_memory_is_unpacked_as_any_other(
    project: Path, tmp_path: Path
) -> None:
    with open(project / "pkg/large.bin", "wb") as file:
        file.truncate(70 << 20)
    manifest = manifest_of(project)
    tree = unpacked(ship(manifest, ".tar.zst", tmp_path))
    assert tree.lock is not None
    for row in manifest.files:
        assert Path(tree.root + row.remote).stat().st_size == row.size
    assert Path(tree.root, "root/pkg/core.py").read_text() == (project / "pkg/core.py").read_text()
    os.close(tree.lock)


PROGRAM = EntrypointRow(EntrypointKind.COMMAND, "sh", ("-c", "echo from sh; pwd"), None, "/root", form="argv")
ENTRIES = {
    "module": EntrypointRow(EntrypointKind.MODULE, "pkg.where", ("x",), "/root/pkg/where.py", "/root"),
    "code": EntrypointRow(EntrypointKind.COMMAND, "import pkg.where", ("x",), None, "/root", form="string"),
    "imported": EntrypointRow(
        EntrypointKind.MODULE, "pkg.where", ("x",), "/root/pkg/where.py", "/root", import_only=True
    ),
}


@pytest.mark.parametrize("kind", sorted(ENTRIES))
def test_every_kind_of_entrypoint(kind: str, project: Path, tmp_path: Path) -> None:
    (project / "pkg/where.py").write_text(
        "import os, sys\nprint(__name__, os.path.basename(os.getcwd()), sys.argv[1:])\n"
    )
    shipped = ship(manifest_of(project, entrypoint=ENTRIES[kind]), ".tar", tmp_path)
    name = "__main__" if kind == "module" else "pkg.where"
    assert execute(shipped, cwd=tmp_path).stdout == f"{name} root ['x']\n"


def test_a_command(project: Path, tmp_path: Path) -> None:
    shipped = ship(manifest_of(project, entrypoint=PROGRAM), ".tar", tmp_path)
    printed = execute(shipped, cwd=tmp_path).stdout.splitlines()
    assert printed[0] == "from sh"
    assert printed[1].startswith(bundles_directory())
    assert printed[1].endswith("/root")


def test_exit_status_and_signal_pass_through(project: Path, tmp_path: Path) -> None:
    (project / "app.py").write_text(
        "import os, sys\nif sys.argv[1:]: os.kill(os.getpid(), 9)\nsys.exit(42)\n"
    )
    shipped = ship(manifest_of(project), ".tar", tmp_path)
    assert execute(shipped, cwd=tmp_path).returncode == 42
    assert execute(shipped, "x", cwd=tmp_path).returncode == -signal.SIGKILL


def test_modes_are_kept(project: Path, tmp_path: Path) -> None:
    (project / "tool").write_text("#!/bin/sh\n")
    (project / "tool").chmod(0o755)
    for form in FORMATS:
        root = Path(unpacked(ship(manifest_of(project), form, tmp_path)).root)
        assert stat.S_IMODE((root / "root/tool").stat().st_mode) == 0o755
        assert stat.S_IMODE((root / "root/app.py").stat().st_mode) == 0o644
        shutil.rmtree(tmp_path / "cache")


def test_a_second_run_uses_the_same_tree(project: Path, tmp_path: Path) -> None:
    shipped = ship(manifest_of(project), ".tar", tmp_path)
    first, second = unpacked(shipped), unpacked(shipped)
    assert first.root == second.root
    assert os.path.basename(first.root).startswith(first.manifest.digest.removeprefix("sha256:"))


@pytest.mark.parametrize(
    "spoil",
    [
        lambda root: (root / "pkg/core.py").write_text("NAME = 'evil'\n"),
        lambda root: (root / "pkg/core.py").unlink(),
        lambda root: (root / "json.py").write_text("raise SystemExit('shadowed')\n"),
        lambda root: (root / "left").mkdir(),
        lambda root: (root / "app.py").chmod(0o600),
    ],
    ids=["changed", "gone", "added", "directory", "mode"],
)
def test_a_spoilt_tree_is_made_again(spoil: Callable[[Path], object], project: Path, tmp_path: Path) -> None:
    shipped = ship(manifest_of(project), ".tar", tmp_path)
    first = unpacked(shipped)
    os.close(first.lock or -1)
    spoil(Path(first.root) / "root")
    second = unpacked(shipped)
    assert second.root == first.root
    names = sorted(str(p.relative_to(second.root)) for p in Path(second.root).rglob("*"))
    assert names == ["root", "root/app.py", "root/pkg", "root/pkg/__init__.py", "root/pkg/core.py"]
    assert (Path(second.root) / "root/pkg/core.py").read_text() == "NAME = 'core'\n"


def test_a_spoilt_tree_in_use_is_left_alone(project: Path, tmp_path: Path) -> None:
    shipped = ship(manifest_of(project), ".tar", tmp_path)
    first = unpacked(shipped)
    (Path(first.root) / "root/output.txt").write_text("of a run that goes on")
    second = unpacked(shipped)
    assert second.root != first.root
    assert (Path(first.root) / "root/output.txt").exists()


def byte_code(source: Path, text: str) -> None:
    """Puts byte code of `text` where Python looks for that of `source`, with the marks of `source`."""
    status = source.stat()
    code = compile(text, str(source), "exec")
    compiled = Path(importlib.util.cache_from_source(str(source)))
    compiled.parent.mkdir(exist_ok=True)
    raw = importlib._bootstrap_external._code_to_timestamp_pyc(code, int(status.st_mtime), status.st_size)  # type: ignore[attr-defined]
    compiled.write_bytes(raw)


@pytest.mark.parametrize("form", [".tar", ".pyz", "stage"])
def test_unverified_byte_code_does_not_run(form: str, project: Path, tmp_path: Path) -> None:
    shipped = ship(manifest_of(project), form, tmp_path)
    words = [sys.executable, shipped] if form == ".pyz" else []
    for _ in range(2):
        if words:
            done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True)
        else:
            done = execute(shipped, cwd=tmp_path)
        assert done.stdout == "core [] __main__\n"
        (core,) = (path for path in tmp_path.rglob("root/pkg/core.py") if "project" not in path.parts)
        assert not (core.parent / "__pycache__").exists() or form == "stage"
        byte_code(core, "NAME = 'evil'")


FOREIGN: dict[str, Callable[[Path], object]] = {
    "sitecustomize.py": lambda path: path.write_text("print('evil')"),
    "json.py": lambda path: path.write_text("print('evil')"),
    "pkg/core/__init__.py": lambda path: (path.parent.mkdir(), path.write_text("NAME = 'evil'")),
    "pkg/core.so": lambda path: path.write_bytes(b""),
    "pkg/extra.pyc": lambda path: path.write_bytes(b""),
    "x.PTH": lambda path: path.write_bytes(b""),
    "pkg/linked": lambda path: path.symlink_to("/etc"),
}


@pytest.mark.parametrize("name", sorted(FOREIGN))
def test_a_stage_with_something_foreign_to_import_is_refused(
    name: str, project: Path, tmp_path: Path
) -> None:
    shipped = ship(manifest_of(project), "stage", tmp_path)
    FOREIGN[name](tmp_path / "stage/root" / name)
    done = execute(shipped, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (125, "")
    assert f"/root/{name} is not in the manifest of the stage" in done.stderr


def test_data_that_was_written_into_a_stage_is_accepted(project: Path, tmp_path: Path) -> None:
    shipped = ship(manifest_of(project), "stage", tmp_path)
    (tmp_path / "stage/root/results").mkdir()
    (tmp_path / "stage/root/results/table.csv").write_text("1,2\n")
    assert execute(shipped, cwd=tmp_path).returncode == 0


def test_a_changed_stage_is_refused(project: Path, tmp_path: Path) -> None:
    shipped = ship(manifest_of(project), "stage", tmp_path)
    (tmp_path / "stage/root/pkg/core.py").write_text("NAME = 'CORE'\n")
    done = execute(shipped, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (125, "")
    assert "/root/pkg/core.py does not match the manifest" in done.stderr


def test_a_link_in_a_stage_is_refused(project: Path, tmp_path: Path) -> None:
    shipped = ship(manifest_of(project), "stage", tmp_path)
    shutil.copy(tmp_path / "stage/root/app.py", tmp_path / "copy.py")
    (tmp_path / "stage/root/app.py").unlink()
    (tmp_path / "stage/root/app.py").symlink_to(tmp_path / "copy.py")
    assert "is a link" in execute(shipped, cwd=tmp_path).stderr


def test_non_utf8_names_survive_every_format(project: Path, tmp_path: Path) -> None:
    name = os.fsdecode(b"caf\xe9.txt")
    (project / name).write_text("x")
    for form in FORMATS:
        root = unpacked(ship(manifest_of(project), form, tmp_path)).root
        assert b"caf\xe9.txt" in os.listdir(os.fsencode(root) + b"/root")


def test_the_record_is_json_for_everybody(project: Path, tmp_path: Path) -> None:
    stage(manifest_of(project), str(tmp_path / "stage"))
    content = json.loads((tmp_path / "stage/.automount/stage.json").read_text())
    assert sorted(content["files"]) == ["/root/app.py", "/root/pkg/__init__.py", "/root/pkg/core.py"]


def test_a_row_may_stand_anywhere(project: Path, tmp_path: Path) -> None:
    rows = (file_row(project / "app.py", "/root/app.py"), file_row(project / "pkg/core.py", "/opt/x/core.py"))
    manifest = manifest_of(project, {"app.py": "/root/app.py", "pkg/core.py": "/opt/x/core.py"})
    assert manifest.files == tuple(sorted(rows, key=lambda row: row.local))
    for form in FORMATS:
        root = Path(unpacked(ship(manifest, form, tmp_path)).root)
        assert (root / "opt/x/core.py").exists()


def test_a_home_that_cannot_be_written_is_named_with_the_way_out(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shipped = ship(manifest_of(project), ".tar", tmp_path)
    (tmp_path / "home").write_text("no directory")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "home"))
    with pytest.raises(AutomountError) as caught:
        unpacked(shipped)
    assert str(tmp_path / "home/automount") in str(caught.value)
    assert "XDG_CACHE_HOME" in caught.value.hint
