"""Staging: the files afterwards, what a second run does, and what is refused without a change."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest
from shipments import FILES, file_row, manifest_of, names_below, write_project

from automount.errors import AutomountError, Refused
from automount.manifest import loads, with_digest
from automount.model import FileEntry
from automount.shipping.freshness import StaleFiles
from automount.shipping.staging import Staged, stage


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "stage"


def counts(done: Staged) -> tuple[int, int, int, int]:
    return (done.copied, done.linked, done.kept, done.removed)


def test_files_stand_at_their_remote_paths(project: Path, target: Path) -> None:
    assert counts(stage(manifest_of(project), str(target))) == (3, 0, 0, 0)
    assert names_below(target) == ["root/app.py", "root/pkg/__init__.py", "root/pkg/core.py"]
    assert (target / "root/app.py").read_text() == FILES["app.py"]


def test_needed_directories_are_made_kept_and_removed(project: Path, target: Path) -> None:
    manifest = with_digest(replace(manifest_of(project), directories=("/root/out/deep", "/elsewhere")))
    for _ in range(2):
        stage(manifest, str(target))
        assert (target / "root/out/deep").is_dir()
        assert (target / "elsewhere").is_dir()
    stage(manifest_of(project), str(target))
    assert not (target / "root/out").exists()
    assert not (target / "elsewhere").exists()


@pytest.mark.parametrize("place", ["/root/app.py", "/root/app.py/below", "/root/../x", "/.automount/x"])
def test_a_directory_that_cannot_be_is_refused(place: str, project: Path, target: Path) -> None:
    with pytest.raises(Refused, match="unsafe remote path"):
        stage(replace(manifest_of(project), directories=(place,)), str(target))


def test_the_shipped_manifest_has_no_local_paths(project: Path, target: Path) -> None:
    manifest = manifest_of(project)
    stage(manifest, str(target))
    raw = (target / ".automount/manifest.json").read_bytes()
    assert os.fsencode(project) not in raw
    bundled = loads(raw, "stage")
    assert bundled.digest == manifest.digest
    assert [(row.local, row.sha256) for row in bundled.files] == [
        (row.remote, row.sha256) for row in manifest.files
    ]


def test_modes_are_normal_and_executables_stay(project: Path, target: Path) -> None:
    (project / "app.py").chmod(0o700)
    (project / "pkg/core.py").chmod(0o600)
    previous = os.umask(0o077)
    try:
        stage(manifest_of(project), str(target))
    finally:
        os.umask(previous)
    assert (target / "root/app.py").stat().st_mode & 0o7777 == 0o755
    assert (target / "root/pkg/core.py").stat().st_mode & 0o7777 == 0o644


def test_a_second_run_copies_nothing(project: Path, target: Path) -> None:
    manifest = manifest_of(project)
    stage(manifest, str(target))
    before = {name: (target / name).stat() for name in names_below(target)}
    assert counts(stage(manifest, str(target))) == (0, 0, 3, 0)
    assert {name: (target / name).stat() for name in names_below(target)} == before


def test_a_second_run_copies_what_changed_and_removes_what_went(project: Path, target: Path) -> None:
    stage(manifest_of(project), str(target))
    (project / "app.py").write_text("changed\n")
    (project / "pkg/core.py").unlink()
    (project / "pkg/__init__.py").unlink()
    (project / "new.py").write_text("new\n")
    assert counts(stage(manifest_of(project), str(target))) == (2, 0, 0, 2)
    assert names_below(target) == ["root/app.py", "root/new.py"]
    assert not (target / "root/pkg").exists()


def test_what_others_put_there_stays(project: Path, target: Path) -> None:
    stage(manifest_of(project), str(target))
    (target / "root/pkg/mine.txt").write_text("mine")
    (target / "root/notes").mkdir()
    (project / "pkg/core.py").unlink()
    stage(manifest_of(project, {"app.py": "/root/app.py"}), str(target))
    assert names_below(target) == ["root/app.py", "root/pkg/mine.txt"]
    assert (target / "root/notes").is_dir()


def test_an_edit_of_the_stage_is_put_right(project: Path, target: Path) -> None:
    manifest = manifest_of(project)
    stage(manifest, str(target))
    staged = target / "root/pkg/core.py"
    size = len(FILES["pkg/core.py"])
    staged.write_text("x" * size)
    assert counts(stage(manifest, str(target))) == (1, 0, 2, 0)
    assert staged.read_text() == FILES["pkg/core.py"]


def test_a_file_may_become_a_directory_and_back(project: Path, target: Path) -> None:
    stage(manifest_of(project, {"app.py": "/root/thing"}), str(target))
    stage(manifest_of(project, {"app.py": "/root/thing/app.py"}), str(target))
    assert names_below(target) == ["root/thing/app.py"]
    stage(manifest_of(project, {"app.py": "/root/thing"}), str(target))
    assert names_below(target) == ["root/thing"]


def test_a_damaged_record_costs_only_time(project: Path, target: Path) -> None:
    manifest = manifest_of(project)
    stage(manifest, str(target))
    (target / ".automount/stage.json").write_text("{")
    stage(manifest, str(target))
    assert len(names_below(target)) == 3


def test_a_record_from_elsewhere_removes_nothing_outside(project: Path, target: Path, tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("mine")
    stage(manifest_of(project), str(target))
    record = target / ".automount/stage.json"
    content = json.loads(record.read_text())
    content["files"]["/../victim"] = None
    record.write_text(json.dumps(content))
    stage(manifest_of(project), str(target))
    assert victim.read_text() == "mine"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda file: file.write_text("NAME = 'CORE'\n"), "changed"),
        (lambda file: file.write_text("longer than it was\n"), "changed"),
        (lambda file: file.unlink(), "missing"),
        (lambda file: file.chmod(0o755), "executable bit changed"),
        (lambda file: (file.unlink(), os.mkfifo(file)), "no longer a regular file"),
        (lambda file: (file.unlink(), file.mkdir()), "no longer a regular file"),
    ],
    ids=["content", "size", "gone", "mode", "fifo", "directory"],
)
def test_a_stale_file_stops_it_with_nothing_changed(change, reason: str, project: Path, target: Path) -> None:
    manifest = manifest_of(project)
    stage(manifest, str(target))
    change(project / "pkg/core.py")
    (project / "app.py").write_text("also changed")
    before = {name: (target / name).read_bytes() for name in names_below(target)}
    with pytest.raises(StaleFiles) as caught:
        stage(manifest, str(target))
    assert [(row.remote, row.change) for row in caught.value.stale] == [
        ("/root/app.py", "changed"),
        ("/root/pkg/core.py", reason),
    ]
    assert caught.value.exit_status == 1
    assert {name: (target / name).read_bytes() for name in names_below(target)} == before
    assert sorted(os.listdir(target / ".automount")) == ["manifest.json", "stage.json"]


def test_a_stale_file_leaves_no_new_directory(project: Path, target: Path) -> None:
    manifest = manifest_of(project)
    (project / "app.py").write_text("changed")
    with pytest.raises(StaleFiles):
        stage(manifest, str(target))
    assert not target.exists()


def test_links_are_hard_links_only_when_asked(project: Path, target: Path) -> None:
    manifest = manifest_of(project)
    assert counts(stage(manifest, str(target), link=True)) == (0, 3, 0, 0)
    source, staged = project / "app.py", target / "root/app.py"
    assert staged.stat().st_ino == source.stat().st_ino
    assert counts(stage(manifest, str(target), link=True)) == (0, 0, 3, 0)
    assert counts(stage(manifest, str(target))) == (3, 0, 0, 0)
    assert staged.stat().st_ino != source.stat().st_ino
    staged.write_text("edited")
    assert source.read_text() == FILES["app.py"]


def test_a_link_in_the_project_is_staged_by_content(project: Path, target: Path, tmp_path: Path) -> None:
    (tmp_path / "real.txt").write_text("real")
    (project / "linked.txt").symlink_to(tmp_path / "real.txt")
    for link in (False, True):
        stage(manifest_of(project), str(target), link=link)
        assert not (target / "root/linked.txt").is_symlink()
        assert (target / "root/linked.txt").read_text() == "real"


def plant_file_link(target: Path, outside: Path) -> str:
    (target / "root").mkdir(parents=True)
    (target / "root/app.py").symlink_to(outside / "app.py")
    return "root/app.py"


def plant_directory_link(target: Path, outside: Path) -> str:
    target.mkdir()
    (target / "root").symlink_to(outside)
    return "root"


def plant_inner_link(target: Path, outside: Path) -> str:
    (target / "root").mkdir(parents=True)
    (target / "elsewhere").mkdir()
    (target / "root/pkg").symlink_to("../elsewhere")
    return "root/pkg"


def plant_own_link(target: Path, outside: Path) -> str:
    target.mkdir()
    (target / ".automount").symlink_to(outside)
    return ".automount"


def plant_file(target: Path, outside: Path) -> str:
    target.mkdir()
    (target / "root").write_text("a file")
    return "root"


def plant_foreign(target: Path, outside: Path) -> str:
    (target / "root").mkdir(parents=True)
    (target / "root/app.py").write_text("of somebody else")
    return "root/app.py"


@pytest.mark.parametrize(
    "plant",
    [plant_file_link, plant_directory_link, plant_inner_link, plant_own_link, plant_file, plant_foreign],
)
def test_what_is_in_the_way_is_refused(plant, project: Path, target: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "app.py").write_text("untouched")
    named = plant(target, outside)
    with pytest.raises(Refused, match=named) as caught:
        stage(manifest_of(project), str(target))
    assert caught.value.exit_status == 125
    assert [p.name for p in outside.iterdir()] == ["app.py"]
    assert (outside / "app.py").read_text() == "untouched"
    assert "root/pkg/core.py" not in names_below(target)


def test_a_link_planted_after_the_first_run_is_not_followed(
    project: Path, target: Path, tmp_path: Path
) -> None:
    outside = tmp_path / "outside.py"
    outside.write_text("untouched")
    stage(manifest_of(project), str(target))
    (target / "root/app.py").unlink()
    (target / "root/app.py").symlink_to(outside)
    with pytest.raises(Refused, match="is a link"):
        stage(manifest_of(project), str(target))
    assert outside.read_text() == "untouched"


def test_the_stage_may_be_named_by_a_link(project: Path, target: Path, tmp_path: Path) -> None:
    target.mkdir()
    (tmp_path / "link").symlink_to(target)
    stage(manifest_of(project), str(tmp_path / "link"))
    assert len(names_below(target)) == 3


def test_the_project_is_never_its_own_stage(tmp_path: Path) -> None:
    project = write_project(tmp_path / "root")
    with pytest.raises(Refused, match="in the stage itself"):
        stage(manifest_of(project), str(tmp_path))
    assert (project / "app.py").read_text() == FILES["app.py"]


def entry(remote: str, local: Path) -> FileEntry:
    return replace(file_row(local, "/x"), remote=remote)


@pytest.mark.parametrize(
    "remotes",
    [
        ["/../escape.py"],
        ["/root/../../escape.py"],
        ["relative.py"],
        ["/root//app.py"],
        ["/root/./app.py"],
        ["/"],
        ["/root/a", "/root/a"],
        ["/root/a", "/root/a/b"],
        ["/.automount/manifest.json"],
        ["/root/" + "x" * 256],
        ["/root/nul\0"],
    ],
)
def test_unsafe_remote_paths_are_refused(remotes: list[str], project: Path, target: Path) -> None:
    manifest = manifest_of(project)
    rows = tuple(entry(remote, project / "app.py") for remote in remotes)
    with pytest.raises(Refused, match="unsafe remote path"):
        stage(replace(manifest, files=rows), str(target))
    assert not target.exists()


def test_names_that_are_not_utf8(project: Path, target: Path) -> None:
    name = os.fsdecode(b"caf\xe9.txt")
    (project / name).write_text("x")
    stage(manifest_of(project), str(target))
    assert b"caf\xe9.txt" in os.listdir(os.fsencode(target / "root"))


def test_large_and_empty_files(project: Path, target: Path) -> None:
    (project / "large.bin").write_bytes(os.urandom(3_000_001))
    (project / "empty.bin").write_bytes(b"")
    seen: list[int] = []
    stage(manifest_of(project), str(target), on_bytes=seen.append)
    assert (target / "root/large.bin").read_bytes() == (project / "large.bin").read_bytes()
    assert (target / "root/empty.bin").read_bytes() == b""
    assert sum(seen) == sum(len(text) for text in FILES.values()) + 3_000_001


def test_a_target_that_is_a_file(project: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(AutomountError, match="not a directory"):
        stage(manifest_of(project), str(tmp_path / "file"))


def test_the_working_directory_is_made(project: Path, target: Path) -> None:
    manifest = manifest_of(project, {"app.py": "/opt/app.py"})
    stage(manifest, str(target))
    assert (target / "root").is_dir()
