"""Running from a bundle or a stage: what is refused before anything is written or run."""

from __future__ import annotations

import gzip
import io
import os
import tarfile
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import zstandard
from executing import execute, ship
from shipments import manifest_of

from automount.errors import AutomountError
from automount.manifest import Manifest, dumps, with_digest
from automount.shipping.bundled_manifest import for_bundle
from automount.shipping.packing import FORMATS
from automount.shipping.unpack import unpacked

pytestmark = pytest.mark.usefixtures("cache")


@pytest.mark.parametrize(
    "name", ["nothing.tar", "text.tar", "empty.tar", "directory", "foreign.tar", "fifo.tar"]
)
def test_files_that_are_not_bundles(name: str, tmp_path: Path) -> None:
    (tmp_path / "text.tar").write_text("some text")
    (tmp_path / "empty.tar").write_text("")
    (tmp_path / "directory").mkdir()
    os.mkfifo(tmp_path / "fifo.tar")
    with tarfile.open(tmp_path / "foreign.tar", "w") as archive:
        archive.addfile(tarfile.TarInfo("root/app.py"), io.BytesIO(b""))
    done = execute(name, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (125, "")
    assert done.stderr.startswith("automount: ")
    assert [line.partition(":")[0] for line in done.stderr.splitlines()] == ["automount", "hint"]


def tar_member(
    name: str, content: bytes = b"", kind: bytes = tarfile.REGTYPE, link: str = ""
) -> tuple[tarfile.TarInfo, bytes]:
    info = tarfile.TarInfo(name)
    info.type, info.linkname, info.size = kind, link, len(content)
    return info, content


HOSTILE_TARS = {
    "leads out": tar_member("../evil.py", b"x"),
    "leads out inside": tar_member("root/../../evil.py", b"x"),
    "absolute": tar_member("/tmp/evil.py", b"x"),
    "link": tar_member("root/pkg/link", kind=tarfile.SYMTYPE, link="/etc/passwd"),
    "hard link": tar_member("root/pkg/hard", kind=tarfile.LNKTYPE, link="root/app.py"),
    "device": tar_member("root/null", kind=tarfile.CHRTYPE),
    "fifo": tar_member("root/fifo", kind=tarfile.FIFOTYPE),
    "duplicate": tar_member("root/app.py", b"print('evil')\n"),
    "not listed": tar_member("root/extra.py", b"x"),
    "bomb": tar_member("root/zeros", bytes(64 << 20)),
    "directory not listed": tar_member("root/dir", kind=tarfile.DIRTYPE),
    "second manifest": tar_member(".automount/manifest.json", b"{}"),
}


@pytest.mark.parametrize("case", sorted(HOSTILE_TARS))
@pytest.mark.parametrize("ending", [".tar", ".tar.gz"])
def test_hostile_tars_are_refused_before_anything_is_written(
    case: str, ending: str, project: Path, tmp_path: Path
) -> None:
    good = ship(manifest_of(project), ".tar", tmp_path)
    bad = tmp_path / f"bad{ending}"
    with tarfile.open(good) as source, tarfile.open(bad, "w:gz" if ending == ".tar.gz" else "w") as target:
        for member in source:
            target.addfile(member, source.extractfile(member))
        info, content = HOSTILE_TARS[case]
        target.addfile(info, io.BytesIO(content))
    assert_refused(bad, tmp_path)


def assert_refused(bundle: Path, tmp_path: Path) -> None:
    with pytest.raises(AutomountError) as caught:
        unpacked(str(bundle))
    assert caught.value.exit_status == 125
    assert len(str(caught.value)) < 1000
    assert not (tmp_path / "cache").exists()
    assert not (tmp_path / "evil.py").exists()


@pytest.mark.parametrize("change", ["content", "missing", "size"])
def test_a_tar_that_differs_from_its_manifest(change: str, project: Path, tmp_path: Path) -> None:
    good = ship(manifest_of(project), ".tar", tmp_path)
    bad = tmp_path / "bad.tar"
    with tarfile.open(good) as source, tarfile.open(bad, "w") as target:
        for member in source:
            file = source.extractfile(member)
            content = file.read() if file else b""
            if member.name == "root/pkg/core.py":
                if change == "missing":
                    continue
                content = b"NAME = 'evil'\n"[: len(content)] if change == "content" else content + b"# more\n"
                member.size = len(content)
            target.addfile(member, io.BytesIO(content))
    assert_refused(bad, tmp_path)


def zip_member(name: str, mode: int = 0o100644) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.external_attr = mode << 16
    return info


HOSTILE_ZIPS = {
    "leads out": (zip_member("../evil.py"), b"x"),
    "long name": (zip_member("root/" + "a/" * 2000 + "x.py"), b"x"),
    "absolute": (zip_member("/tmp/evil.py"), b"x"),
    "link": (zip_member("pkg/link", 0o120777), b"/etc/passwd"),
    "device": (zip_member("null", 0o020666), b""),
    "duplicate": (zip_member("app.py"), b"print('evil')\n"),
    "other main": (zip_member("__main__.py"), b"print('evil')\n"),
    "not listed": (zip_member("extra.py"), b"x"),
    "bomb": (zip_member("zeros"), bytes(64 << 20)),
    "second manifest": (zip_member(".automount/manifest.json"), b"{}"),
}


@pytest.mark.parametrize("case", sorted(HOSTILE_ZIPS))
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_hostile_zips_are_refused_before_anything_is_written(
    case: str, project: Path, tmp_path: Path
) -> None:
    bad = Path(ship(manifest_of(project), ".zip", tmp_path))
    info, content = HOSTILE_ZIPS[case]
    with zipfile.ZipFile(bad, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(info, content)
    assert_refused(bad, tmp_path)


def test_a_changed_zip_main_is_refused(project: Path, tmp_path: Path) -> None:
    good = ship(manifest_of(project), ".zip", tmp_path)
    bad = tmp_path / "bad.zip"
    with zipfile.ZipFile(good) as source, zipfile.ZipFile(bad, "w") as target:
        for row in source.infolist():
            content = source.read(row)
            target.writestr(row, b"print('evil')\n" if row.filename == "__main__.py" else content)
    assert_refused(bad, tmp_path)


@pytest.mark.parametrize("ending", FORMATS)
@pytest.mark.parametrize("place", [0.1, 0.5, 0.9])
def test_damage_anywhere_is_refused(ending: str, place: float, project: Path, tmp_path: Path) -> None:
    (project / "noise.bin").write_bytes(os.urandom(20_000))
    bad = Path(ship(manifest_of(project), ending, tmp_path))
    data = bytearray(bad.read_bytes())
    data[int(len(data) * place)] ^= 0xFF
    bad.write_bytes(data)
    assert_refused(bad, tmp_path)


@pytest.mark.parametrize("ending", FORMATS)
def test_a_cut_bundle_is_refused(ending: str, project: Path, tmp_path: Path) -> None:
    bad = Path(ship(manifest_of(project), ending, tmp_path))
    data = bad.read_bytes()
    bad.write_bytes(data[: len(data) * 3 // 4])
    assert_refused(bad, tmp_path)


def test_a_bundle_changed_after_a_good_run_is_refused(project: Path, tmp_path: Path) -> None:
    bundle = Path(ship(manifest_of(project), ".tar", tmp_path))
    assert execute(str(bundle), cwd=tmp_path).returncode == 0
    bundle.write_bytes(bundle.read_bytes().replace(b"NAME = 'core'", b"NAME = 'evil'"))
    done = execute(str(bundle), cwd=tmp_path)
    assert (done.returncode, done.stdout) == (125, "")
    assert "does not match the digest" in done.stderr


LYING_MANIFESTS: dict[str, Callable[[Manifest], Manifest]] = {
    "digest": lambda m: replace(m, digest="sha256:" + "0" * 64),
    "out": lambda m: replace(
        m, files=tuple(replace(row, remote="/root/../../x/" + row.remote) for row in m.files)
    ),
    "sys_path": lambda m: replace(m, sys_path=("/root/../../x",)),
    "cwd": lambda m: replace(m, entrypoint=replace(m.entrypoint, remote_cwd="/../x")),
    "own place": lambda m: replace(m, files=(*m.files, replace(m.files[0], remote="/.automount/x"))),
}


@pytest.mark.parametrize("lie", sorted(LYING_MANIFESTS))
def test_a_lying_manifest_is_refused(lie: str, project: Path, tmp_path: Path) -> None:
    manifest = LYING_MANIFESTS[lie](for_bundle(manifest_of(project)))
    if lie != "digest":
        manifest = with_digest(manifest)
    raw = dumps(manifest)
    with tarfile.open(tmp_path / "bad.tar", "w") as archive:
        info = tarfile.TarInfo(".automount/manifest.json")
        info.size = len(raw)
        archive.addfile(info, io.BytesIO(raw))
        for row in manifest.files:
            info = tarfile.TarInfo(row.remote.lstrip("/"))
            info.size = row.size
            found = [path for path in project.rglob("*.py") if path.name == Path(row.remote).name]
            archive.addfile(info, io.BytesIO(found[0].read_bytes() if found else bytes(row.size)))
    assert_refused(tmp_path / "bad.tar", tmp_path)


def rewritten(bundle: Path, change: Callable[[bytes], bytes]) -> None:
    bundle.write_bytes(change(bundle.read_bytes()))


@pytest.mark.parametrize("form", FORMATS)
def test_bytes_after_the_end_are_refused(form: str, project: Path, tmp_path: Path) -> None:
    bundle = ship(manifest_of(project), form, tmp_path)
    rewritten(Path(bundle), lambda raw: raw + b"more" * 700)
    done = execute(bundle, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (125, "")
    assert "Traceback" not in done.stderr
    assert len(done.stderr.splitlines()) <= 3


def test_a_zip_whose_list_is_elsewhere_is_refused_by_name(project: Path, tmp_path: Path) -> None:
    bundle = ship(manifest_of(project), ".zip", tmp_path)

    def moved(raw: bytes) -> bytes:
        end = raw.rfind(b"PK\5\6")
        return raw[: end + 16] + b"\xf0\xff\xff\xff" + raw[end + 20 :]

    rewritten(Path(bundle), moved)
    done = execute(bundle, cwd=tmp_path)
    assert done.returncode == 125
    assert bundle in done.stderr
    assert "Traceback" not in done.stderr


def test_a_zip_member_without_a_name_is_refused(project: Path, tmp_path: Path) -> None:
    bundle = ship(manifest_of(project), ".zip", tmp_path)
    with zipfile.ZipFile(bundle, "a") as packed:
        packed.writestr(zipfile.ZipInfo(""), b"")
    done = execute(bundle, cwd=tmp_path)
    assert done.returncode == 125
    assert "a member has no name" in done.stderr


@pytest.mark.parametrize("form", [".tar.gz", ".tar.zst"])
def test_a_manifest_larger_than_its_bundle_can_hold_is_refused(
    form: str, project: Path, tmp_path: Path
) -> None:
    raw = dumps(for_bundle(manifest_of(project))) + b" " * (40 << 20)
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        info = tarfile.TarInfo(".automount/manifest.json")
        info.size = len(raw)
        archive.addfile(info, io.BytesIO(raw))
    packed = gzip.compress(out.getvalue()) if form == ".tar.gz" else zstandard.compress(out.getvalue())
    (tmp_path / f"b{form}").write_bytes(packed)
    done = execute(str(tmp_path / f"b{form}"), cwd=tmp_path)
    assert done.returncode == 125
    assert "its manifest is too large for a bundle of this size" in done.stderr
