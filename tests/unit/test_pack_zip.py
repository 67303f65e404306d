"""Zip bundles: their members, running and importing them, and what cannot work inside a zip."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from shipments import file_row, manifest_of, script, write_project

from automount.cli.main import main
from automount.manifest import EntrypointKind, EntrypointRow, dumps
from automount.model import DataRow
from automount.shipping.packing import pack
from automount.shipping.zips import zip_limits


def test_members_of_a_zip(project: Path, tmp_path: Path) -> None:
    pack(manifest_of(project), str(tmp_path / "b.zip"))
    with zipfile.ZipFile(tmp_path / "b.zip") as archive:
        assert archive.testzip() is None
        assert archive.namelist() == [
            ".automount/manifest.json",
            "__main__.py",
            "app.py",
            "pkg/",
            "pkg/__init__.py",
            "pkg/core.py",
        ]


def run(*words: str, cwd: Path, **env: str) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, *words], cwd=cwd, env={**os.environ, **env}, capture_output=True, text=True
    )
    return done.returncode, done.stdout or done.stderr


def test_a_zip_can_be_imported_from(project: Path, tmp_path: Path) -> None:
    (project / "names").mkdir()
    (project / "names/inner.py").write_text("VALUE = 7\n")
    pack(manifest_of(project), str(tmp_path / "b.zip"))
    code = "import pkg.core, names.inner; print(pkg.core.NAME, names.inner.VALUE)"
    assert run("-c", code, cwd=tmp_path, PYTHONPATH=str(tmp_path / "b.zip")) == (0, "core 7\n")


def test_a_zip_can_be_run(project: Path, tmp_path: Path) -> None:
    pack(manifest_of(project, entrypoint=script(args=("recorded",))), str(tmp_path / "b.zip"))
    assert run("b.zip", cwd=tmp_path) == (0, "core ['recorded'] __main__\n")
    assert run("b.zip", "a", "-b", cwd=tmp_path) == (0, "core ['a', '-b'] __main__\n")


@pytest.mark.parametrize(
    ("entry", "output"),
    [
        (
            EntrypointRow(EntrypointKind.MODULE, "pkg.start", ("x",), "/root/pkg/start.py", "/root"),
            "__main__ pkg ['x']\n",
        ),
        (
            EntrypointRow(EntrypointKind.COMMAND, "import pkg.start", (), None, "/root", form="string"),
            "pkg.start pkg []\n",
        ),
    ],
    ids=["module", "code"],
)
def test_a_zip_runs_other_entrypoints(
    entry: EntrypointRow, output: str, project: Path, tmp_path: Path
) -> None:
    (project / "pkg/start.py").write_text("import sys\nprint(__name__, __package__, sys.argv[1:])\n")
    pack(manifest_of(project, entrypoint=entry), str(tmp_path / "b.zip"))
    assert run("b.zip", cwd=tmp_path) == (0, output)


def test_a_program_with_its_own_main_keeps_it(project: Path, tmp_path: Path) -> None:
    (project / "__main__.py").write_text("print('mine')\n")
    pack(manifest_of(project), str(tmp_path / "b.zip"))
    assert run("b.zip", cwd=tmp_path) == (0, "mine\n")


def test_what_no_zip_can_name_is_kept_aside(project: Path, tmp_path: Path) -> None:
    manifest = manifest_of(
        project, {"app.py": "/root/" + os.fsdecode(b"caf\xe9.py"), "pkg/core.py": "/etc/a b.conf"}
    )
    pack(manifest, str(tmp_path / "b.zip"))
    with zipfile.ZipFile(tmp_path / "b.zip") as archive:
        names = [name for name in archive.namelist() if not name.endswith("/")]
    assert names == [
        ".automount/manifest.json",
        ".automount/files/etc/a%20b.conf",
        ".automount/files/root/caf%E9.py",
    ]


def test_what_cannot_work_inside_a_zip_is_reported(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write_project(project, {"pkg/fast.abi3.so": b"", "pkg/table.json": "{}", "pkg/README": ""})
    manifest = replace(
        manifest_of(project), data=(DataRow(str(project / "pkg/table.json"), "pkg", "/root/pkg/table.json"),)
    )
    monkeypatch.chdir(tmp_path)
    (tmp_path / "automount.json").write_bytes(dumps(manifest))
    assert main(["pack", "b.zip"]) == 0
    assert capsys.readouterr().err.splitlines() == [
        "warning: an extension module cannot be imported from a zip: /root/pkg/fast.abi3.so",
        "warning: a file inside a zip cannot be opened by its path: /root/pkg/table.json",
        "hint: unpack the zip before it is used, or run: automount pack b.pyz",
    ]
    assert main(["pack", "b.pyz"]) == 0
    assert capsys.readouterr().err == ""


def test_a_zip_of_code_alone_needs_no_warning(project: Path) -> None:
    assert zip_limits(manifest_of(project)) == ()


def test_modules_below_the_top_of_a_zip_are_found_by_running_it_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    project = tmp_path / "src-layout"
    write_project(project, {"app.py": "import pkg\nprint(pkg.V)\n", "src/pkg/__init__.py": "V = 7\n"})
    files = ("app.py", "src/pkg/__init__.py")
    manifest = replace(
        manifest_of(project),
        files=tuple(file_row(project / name, f"/root/{name}") for name in files),
        sys_path=("/root", "/root/src"),
    )
    monkeypatch.chdir(tmp_path)
    (tmp_path / "automount.json").write_bytes(dumps(manifest))
    assert main(["pack", "b.zip"]) == 0
    assert capsys.readouterr().err.splitlines() == [
        "note: python b.zip finds the modules of /root/src, but PYTHONPATH=b.zip does not",
        "hint: if an engine imports from the zip, record with --layout flat",
    ]
    assert run("b.zip", cwd=tmp_path) == (0, "7\n")
    assert run("-c", "import pkg", cwd=tmp_path, PYTHONPATH=str(tmp_path / "b.zip"))[0] == 1
