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
from dataclasses import replace
from pathlib import Path

import pytest
from shipments import file_row, manifest_of, script

from automount.cli.main import main
from automount.errors import AutomountError, UsageError
from automount.manifest import Warning_, dumps, with_digest
from automount.model import Incomplete, Requirement
from automount.shipping.bundled_manifest import bundled_manifest_bytes, bundled_manifest_size
from automount.shipping.compression import COMPRESSIONS
from automount.shipping.freshness import StaleFiles
from automount.shipping.packing import FORMATS, SecretsSuspected, pack

SUFFIXES = sorted({*FORMATS, *(suffix for each in COMPRESSIONS for suffix in each.suffixes)})


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
        "files that only it needs are not shipped [incomplete]\n"
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


ODD_NAMES = (
    "a.py",
    "deep/b.py",
    "ü.py",
    "\udcff.py",
    'quote".py',
    "back\\slash.py",
    "new\nline.py",
    "del\x7f.py",
)


@pytest.mark.parametrize("names", [ODD_NAMES[:1], ODD_NAMES[:2], *((name, "z.py") for name in ODD_NAMES)])
def test_the_size_of_the_shipped_manifest_is_known_before_its_bytes(
    names: tuple[str, ...], project: Path
) -> None:
    manifest = manifest_of(project)
    rows = tuple(
        replace(manifest.files[0], remote=f"/root/{name}", size=10**place, executable=place % 2 == 1)
        for place, name in enumerate(names)
    )
    row = replace(rows[0], extra={"note": "kept"}, mounts=(0, 1))
    for files in (rows, (row, *rows[1:])):
        shipped = replace(manifest, files=files)
        size = bundled_manifest_size(shipped)
        # Only names that are escaped leave it open.
        assert size in (None, len(bundled_manifest_bytes(shipped)))
        assert (size is None) == (not set(names) <= {*ODD_NAMES[:2], "z.py"})


def test_no_files_leave_the_size_open(project: Path) -> None:
    assert bundled_manifest_size(replace(manifest_of(project), files=())) is None


@pytest.mark.parametrize("name", [None, *ODD_NAMES])
def test_processes_write_the_bytes_of_one(name: str | None, project: Path, tmp_path: Path) -> None:
    if name is not None:
        (project / name).parent.mkdir(exist_ok=True)
        (project / name).write_text("x = 1\n")
    manifest = manifest_of(project)
    written = []
    for processes in (1, 2, 3, 50):
        path = tmp_path / f"{processes}.tar"
        pack(manifest, str(path), processes=processes)
        written.append(path.read_bytes())
    assert written == written[:1] * 4
