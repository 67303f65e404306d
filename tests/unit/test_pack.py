"""Bundles: equal content, equal bytes; nothing half-written; each format is what its users expect."""

from __future__ import annotations

import os
import resource
import shutil
import signal
import subprocess
import sys
import tarfile
import time
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from shipments import file_row, manifest_of, script, write_project

from automount.cli.main import main
from automount.errors import AutomountError, UsageError
from automount.manifest import EntrypointKind, EntrypointRow, Warning_, dumps, with_digest
from automount.model import DataRow, Incomplete, Requirement
from automount.shipping.compression import COMPRESSIONS
from automount.shipping.freshness import StaleFiles
from automount.shipping.packing import FORMATS, SecretsSuspected, pack
from automount.shipping.zips import zip_limits

SUFFIXES = sorted({*FORMATS, *(suffix for each in COMPRESSIONS for suffix in each.suffixes)})


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return write_project(tmp_path / "project")


@pytest.mark.parametrize("ending", SUFFIXES)
def test_same_content_gives_the_same_bytes(
    ending: str, project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = tmp_path / f"one{ending}"
    pack(manifest_of(project), str(one))
    other = tmp_path / "an other place"
    for name in sorted((p.relative_to(project) for p in project.rglob("*") if p.is_file()), reverse=True):
        (other / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(project / name, other / name)
        os.utime(other / name, (1_700_000_000, 1_700_000_000))
        (other / name).chmod(0o600)
    monkeypatch.setenv("TZ", "Pacific/Auckland")
    time.tzset()
    previous = os.umask(0o077)
    try:
        manifest = manifest_of(other, entrypoint=replace(script(), target=str(other / "app.py")))
        changed = replace(manifest.provenance, created="2031-01-01T00:00:00+13:00", platform="elsewhere")
        two = tmp_path / f"a different name{ending}"
        pack(replace(manifest, provenance=changed), str(two))
    finally:
        os.umask(previous)
        monkeypatch.undo()
        time.tzset()
    assert one.read_bytes() == two.read_bytes()


@pytest.mark.parametrize("ending", SUFFIXES)
def test_other_content_gives_other_bytes(ending: str, project: Path, tmp_path: Path) -> None:
    pack(manifest_of(project), str(tmp_path / f"one{ending}"))
    (project / "app.py").chmod(0o755)
    pack(manifest_of(project), str(tmp_path / f"two{ending}"))
    assert (tmp_path / f"one{ending}").read_bytes() != (tmp_path / f"two{ending}").read_bytes()


def test_members_of_a_tar(project: Path, tmp_path: Path) -> None:
    (project / "tool").write_text("#!/bin/sh\n")
    (project / "tool").chmod(0o755)
    manifest = manifest_of(
        project, {"app.py": "/root/app.py", "pkg/core.py": "/root/pkg/core.py", "tool": "/tmp/tool"}
    )
    pack(manifest, str(tmp_path / "b.tar"))
    with tarfile.open(tmp_path / "b.tar") as archive:
        rows = [(m.name, m.mode, m.isdir()) for m in archive]
    # Neither /tmp nor /root: unpacked over a live system, they would change its modes.
    assert rows == [
        (".automount/manifest.json", 0o644, False),
        ("root/app.py", 0o644, False),
        ("root/pkg", 0o755, True),
        ("root/pkg/core.py", 0o644, False),
        ("tmp/tool", 0o755, False),
    ]


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


@pytest.mark.parametrize("ending", SUFFIXES)
def test_a_stale_file_leaves_nothing_behind(ending: str, project: Path, tmp_path: Path) -> None:
    manifest = manifest_of(project)
    (project / "pkg/core.py").write_text("NAME = 'CORE'\n")
    (project / "app.py").unlink()
    bundles = tmp_path / "bundles"
    bundles.mkdir()
    with pytest.raises(StaleFiles) as caught:
        pack(manifest, str(bundles / f"b{ending}"))
    assert [(row.remote, row.change) for row in caught.value.stale] == [
        ("/root/app.py", "missing"),
        ("/root/pkg/core.py", "changed"),
    ]
    assert list(bundles.iterdir()) == []


def test_a_bundle_that_was_there_is_replaced_only_by_a_whole_one(project: Path, tmp_path: Path) -> None:
    manifest = manifest_of(project)
    bundle = tmp_path / "b.tar"
    bundle.write_text("old")
    (project / "app.py").write_text("changed")
    with pytest.raises(StaleFiles):
        pack(manifest, str(bundle))
    assert bundle.read_text() == "old"
    pack(manifest_of(project), str(bundle))
    assert tarfile.is_tarfile(bundle)


@pytest.mark.parametrize("words", [["pack", "b.tar"], ["stage", "out"]], ids=["pack", "stage"])
def test_what_was_not_recorded_is_a_warning(
    words: list[str], project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(project)
    manifest = manifest_of(project)
    (project / "automount.json").write_bytes(dumps(manifest))
    assert (main(words), capsys.readouterr().err) == (0, "")
    incomplete = (Incomplete("no-site", ("python", "-S", "x.py"), 0),)
    (project / "automount.json").write_bytes(dumps(replace(manifest, complete=False, incomplete=incomplete)))
    assert main([words[0], f"2{words[1]}"]) == 0
    assert capsys.readouterr().err == (
        "warning: 1 command of the program could not be recorded: "
        "what only that needs is not shipped [incomplete]\n"
        "hint: automount show names what was not recorded\n"
    )


def test_secrets_are_refused_unless_allowed(project: Path, tmp_path: Path) -> None:
    warning = Warning_("secret-suspected", "looks like a key", str(project / "pkg/core.py"))
    manifest = manifest_of(project, warnings=(warning,))
    with pytest.raises(SecretsSuspected, match=r"pkg/core\.py") as caught:
        pack(manifest, str(tmp_path / "b.tar"))
    assert caught.value.exit_status == 125
    assert not (tmp_path / "b.tar").exists()
    pack(manifest, str(tmp_path / "b.tar"), allow_secrets=True)
    assert (tmp_path / "b.tar").exists()


@pytest.mark.parametrize("name", ["bundle", "bundle.7z", "bundle.rar", "tar"])
def test_an_unknown_ending(name: str, project: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="unknown bundle format"):
        pack(manifest_of(project), str(tmp_path / name))


def test_places_that_cannot_be_written(project: Path, tmp_path: Path) -> None:
    (tmp_path / "directory.tar").mkdir()
    with pytest.raises(AutomountError, match="is a directory"):
        pack(manifest_of(project), str(tmp_path / "directory.tar"))
    with pytest.raises(AutomountError, match="No such file"):
        pack(manifest_of(project), str(tmp_path / "none/b.tar"))


def test_the_bundle_has_the_permissions_of_any_new_file(project: Path, tmp_path: Path) -> None:
    previous = os.umask(0o027)
    try:
        pack(manifest_of(project), str(tmp_path / "b.tar"))
    finally:
        os.umask(previous)
    assert (tmp_path / "b.tar").stat().st_mode & 0o777 == 0o640


def test_a_full_disk_is_one_line_and_leaves_nothing(project: Path, tmp_path: Path) -> None:
    (project / "big.bin").write_bytes(os.urandom(2 << 20))
    bundles = tmp_path / "bundles"
    bundles.mkdir()
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    manifest = manifest_of(project)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, hard))
    try:
        for ending in SUFFIXES:
            with pytest.raises(AutomountError, match="File too large") as caught:
                pack(manifest, str(bundles / f"b{ending}"))
            assert caught.value.code == "disk-full"
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert list(bundles.iterdir()) == []


KILLED = """
import os, signal, sys
from automount.manifest import loads
from automount.shipping.packing import pack
raw = open(sys.argv[1], "rb").read()
done = 0
def halfway(count):
    global done
    done += count
    if done > 1 << 20:
        os.kill(os.getpid(), signal.SIGKILL)
pack(loads(raw, "m"), sys.argv[2], on_bytes=halfway)
"""


@pytest.mark.parametrize("ending", SUFFIXES)
def test_killed_half_way_it_leaves_nothing(ending: str, project: Path, tmp_path: Path) -> None:
    from automount.manifest import dumps

    (project / "big.bin").write_bytes(os.urandom(3 << 20))
    (tmp_path / "automount.json").write_bytes(dumps(manifest_of(project)))
    bundles = tmp_path / "bundles"
    bundles.mkdir()
    words = [sys.executable, "-c", KILLED, str(tmp_path / "automount.json"), str(bundles / f"b{ending}")]
    assert subprocess.run(words).returncode == -signal.SIGKILL
    assert list(bundles.iterdir()) == []


def test_without_unnamed_files_it_cleans_up(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("automount.whole_file._UNNAMED", 0)
    manifest = manifest_of(project)
    pack(manifest, str(tmp_path / "b.tar"))
    (project / "app.py").write_text("changed")
    with pytest.raises(StaleFiles):
        pack(manifest, str(tmp_path / "c.tar"))
    assert sorted(p.name for p in tmp_path.iterdir()) == ["b.tar", "project"]


def test_requirements_are_shipped_without_local_directories(project: Path, tmp_path: Path) -> None:
    here = {"url": f"file://{project}", "dir_info": {}}
    there = {"url": "https://example.org/x.git", "vcs_info": {"vcs": "git", "commit_id": "1"}}
    rows = (Requirement("a", "1", here), Requirement("b", "2", there))
    manifest = with_digest(replace(manifest_of(project), requirements=rows))
    pack(manifest, str(tmp_path / "b.tar"))
    with tarfile.open(tmp_path / "b.tar") as archive:
        member = archive.extractfile(".automount/manifest.json")
        assert member is not None
        raw = member.read()
    assert os.fsencode(project) not in raw
    assert b"https://example.org/x.git" in raw


def test_a_file_row_with_a_wrong_size(project: Path, tmp_path: Path) -> None:
    row = replace(file_row(project / "app.py", "/root/app.py"), size=1)
    with pytest.raises(StaleFiles):
        pack(replace(manifest_of(project), files=(row,)), str(tmp_path / "b.tar"))


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
