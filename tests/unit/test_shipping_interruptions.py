"""What a killed run, a full disk and a file that changes while it is read leave behind, in each sink."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from shipments import manifest_of, names_below, write_project

from automount.errors import AutomountError
from automount.manifest import Manifest, dumps
from automount.shipping.freshness import StaleFiles
from automount.shipping.oci import pack_image
from automount.shipping.packing import FORMATS, pack
from automount.shipping.staging import stage
from automount.shipping.unpack import unpacked

BIG = 3 << 20


@pytest.fixture
def project(tmp_path: Path) -> Path:
    made = write_project(tmp_path / "project")
    (made / "pkg/big.bin").write_bytes(os.urandom(BIG))
    return made


@pytest.fixture
def small_files() -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


STAGE_KILLED = """
import os, signal, sys
from automount.manifest import loads
from automount.shipping.staging import stage
manifest = loads(open(sys.argv[1], "rb").read(), "m")
left = int(sys.argv[4])
def after(call):
    def counted(*words, **named):
        global left
        done = call(*words, **named)
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return done
    return counted
setattr(os, sys.argv[3], after(getattr(os, sys.argv[3])))
stage(manifest, sys.argv[2])
"""


def whole(project: Path, target: Path) -> None:
    """Fails where a file under its final name is not complete."""
    for name in names_below(target):
        assert (target / name).read_bytes() == (project / name.removeprefix("root/")).read_bytes()


@pytest.mark.parametrize("again", [False, True], ids=["first", "second"])
@pytest.mark.parametrize(
    ("call", "count"),
    [("write", 1), ("write", 2), ("rename", 1), ("replace", 1), ("replace", 2), ("replace", 3)],
)
def test_a_killed_stage_has_no_half_file_and_can_be_repeated(
    call: str, count: int, again: bool, project: Path, tmp_path: Path
) -> None:
    target = tmp_path / "stage"
    if again:
        write_project(tmp_path / "older", {"app.py": "older", "gone.py": "gone"})
        stage(manifest_of(tmp_path / "older"), str(target))
    manifest = manifest_of(project)
    (tmp_path / "automount.json").write_bytes(dumps(manifest))
    words = [sys.executable, "-c", STAGE_KILLED, str(tmp_path / "automount.json"), str(target)]
    done = subprocess.run([*words, call, str(count)])
    # The steps of a first and of a second run are not the same; where one is missing, the run is complete.
    assert done.returncode in (-signal.SIGKILL, 0)
    if not again:
        whole(project, target)
    stage(manifest, str(target))
    whole(project, target)
    assert len(names_below(target)) == len(manifest.files)
    assert sorted(os.listdir(target / ".automount")) == ["manifest.json", "stage.json"]


def test_a_full_disk_leaves_no_new_stage(project: Path, tmp_path: Path, small_files: None) -> None:
    with pytest.raises(AutomountError) as caught:
        stage(manifest_of(project), str(tmp_path / "stage"))
    assert caught.value.code == "disk-full"
    assert not (tmp_path / "stage").exists()


def test_a_full_disk_leaves_an_older_stage_as_it_was(project: Path, tmp_path: Path) -> None:
    write_project(tmp_path / "older", {"app.py": "older"})
    target = tmp_path / "stage"
    stage(manifest_of(tmp_path / "older"), str(target))
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, hard))
    try:
        with pytest.raises(AutomountError) as caught:
            stage(manifest_of(project), str(target))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert caught.value.code == "disk-full"
    assert names_below(target) == ["root/app.py"]
    assert (target / "root/app.py").read_text() == "older"


def test_a_full_disk_leaves_no_unpacked_tree(project: Path, tmp_path: Path, cache: Path) -> None:
    pack(manifest_of(project), str(tmp_path / "b.tar"))
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, hard))
    try:
        with pytest.raises(AutomountError) as caught:
            unpacked(str(tmp_path / "b.tar"))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert caught.value.code == "disk-full"
    assert [path for path in cache.rglob("*") if path.is_file() and path.suffix != ".lock"] == []


Ship = Callable[[Manifest, Path, Callable[[int], None]], object]
SINKS: dict[str, Ship] = {
    "directory": lambda manifest, place, on_bytes: stage(manifest, str(place / "out"), on_bytes=on_bytes),
    "oci": lambda manifest, place, on_bytes: pack_image(manifest, f"oci:{place}/out", on_bytes=on_bytes),
    **{
        ending: lambda manifest, place, on_bytes, ending=ending: pack(  # type: ignore[misc]
            manifest, str(place / f"out{ending}"), on_bytes=on_bytes
        )
        for ending in FORMATS
    },
}


@pytest.mark.parametrize("sink", SINKS)
def test_a_file_that_changes_while_it_is_read_is_never_shipped(
    sink: str, project: Path, tmp_path: Path
) -> None:
    place = tmp_path / "place"
    place.mkdir()
    manifest = manifest_of(project)
    # Not the reflink, which takes the content at once: the piecewise copy of another file in the same run.
    changed = project / "pkg/core.py"

    def change(_count: int) -> None:
        changed.write_text("NAME = 'CORE'\n")

    with pytest.raises(StaleFiles) as caught:
        SINKS[sink](manifest, place, change)
    assert [row.local for row in caught.value.stale] == [str(changed)]
    left = [path for path in place.rglob("*") if path.is_file() and path.name != "oci-layout"]
    assert left == []


@pytest.mark.parametrize("place", ["/proc/automount/stage", "/dev/null/stage"])
def test_a_target_that_cannot_be_created_is_one_line_with_a_hint(place: str, project: Path) -> None:
    with pytest.raises(AutomountError) as caught:
        stage(manifest_of(project), place)
    assert caught.value.hint
    assert place.rpartition("/")[0] in str(caught.value)
