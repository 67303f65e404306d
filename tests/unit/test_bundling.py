"""`automount.bundle`: what it gives an engine, and what it refuses."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import warnings
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from shipments import manifest_of, names_below, script, write_project

import automount
from automount.errors import ManifestError, Refused, StaleManifest
from automount.manifest import Manifest, MountRow, Warning_, dumps, loads
from automount.model import Incomplete, MountKind

FILES = {
    "scripts/run.py": "import pkg\n",
    "src/pkg/__init__.py": "",
    "src/pkg/table.json": "{}",
    "src/deps.py": "",
    "data/rows.csv": "1\n",
}


pytestmark = pytest.mark.usefixtures("cache")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return write_project(tmp_path / "project", FILES)


def recorded(project: Path) -> Manifest:
    manifest = manifest_of(
        project,
        entrypoint=script("/root/scripts/run.py", cwd="/root/data"),
        sys_path=("/root/scripts", "/root/src", "/root", "/root/src"),
    )
    mounts = [
        (MountKind.SCRIPT, "run.py", "scripts/run.py"),
        (MountKind.PACKAGE, "pkg", "src/pkg"),
        (MountKind.MODULE, "deps", "src/deps.py"),
        (MountKind.MODULE, "pkg.entry", "src/pkg/entry.py"),
        (MountKind.NAMESPACE, "spaces.inner", "src/spaces/inner"),
        (MountKind.DATA, "rows.csv", "data/rows.csv"),
    ]
    rows = [MountRow(name, kind, name, str(project / at), f"/root/{at}") for kind, name, at in mounts]
    return replace(manifest, mounts=tuple(rows))


def test_what_a_bundle_says(project: Path) -> None:
    manifest = recorded(project)
    bundle = automount.bundle(manifest)
    assert bundle.digest == manifest.digest
    assert bundle.python_path == ("scripts", "src", ".")
    assert bundle.working_directory == "data"
    assert bundle.import_names == ("deps", "pkg", "spaces")
    assert automount.bundle(bundle) is bundle


def test_the_archive(project: Path, cache: Path) -> None:
    bundle = automount.bundle(recorded(project))
    assert bundle.zip_path == str(
        cache / "automount" / "engines" / f"{bundle.digest.removeprefix('sha256:')}.zip"
    )
    with zipfile.ZipFile(bundle.zip_path) as packed:
        names = {name for name in packed.namelist() if not name.endswith("/")}
        content = b"".join(packed.read(name) for name in names)
    assert names == {*FILES, ".automount/manifest.json"}
    assert str(project).encode() not in content


def test_the_archive_has_no_main_even_where_pack_adds_one(project: Path) -> None:
    subject = manifest_of(project, entrypoint=script("/root/scripts/run.py"))
    with zipfile.ZipFile(automount.bundle(subject).zip_path) as packed:
        assert "__main__.py" not in packed.namelist()


def test_same_content_same_archive(project: Path, tmp_path: Path) -> None:
    first = automount.bundle(recorded(project))
    content = Path(first.zip_path).read_bytes()
    other = automount.bundle(recorded(write_project(tmp_path / "elsewhere", FILES)))
    assert (other.digest, other.zip_path) == (first.digest, first.zip_path)
    os.unlink(first.zip_path)
    assert Path(first.zip_path).read_bytes() == content


def test_a_damaged_archive_in_the_cache_is_made_again(project: Path) -> None:
    path = Path(automount.bundle(recorded(project)).zip_path)
    content = path.read_bytes()
    path.write_bytes(content[:-40])
    assert automount.bundle(recorded(project)).zip_path == str(path)
    assert path.read_bytes() == content


def test_a_stage_is_found_by_its_python_path(project: Path, tmp_path: Path) -> None:
    bundle = automount.bundle(recorded(project))
    root = bundle.stage(tmp_path / "stage")
    assert root == tmp_path / "stage" / "root"
    assert names_below(root) == sorted(FILES)
    found = [str(root / entry) for entry in bundle.python_path]
    code = f"import sys; sys.path[:0] = {found!r}; import pkg; print(pkg.__file__)"
    done = subprocess.run([sys.executable, "-I", "-B", "-c", code], capture_output=True, text=True)
    assert done.stdout == f"{root}/src/pkg/__init__.py\n"


def test_a_changed_file_is_stale_until_refreshed(project: Path, tmp_path: Path) -> None:
    path = tmp_path / "m.json"
    manifest = recorded(project)
    present = tuple(row for row in manifest.mounts if os.path.exists(row.local))
    path.write_bytes(dumps(replace(manifest, mounts=present)))
    written = path.read_bytes()
    (project / "src" / "pkg" / "new.py").write_text("")
    (project / "src" / "pkg" / "__init__.py").write_text("NEW = 1\n")
    with pytest.raises(StaleManifest, match=r"__init__\.py \(changed\).*refresh=True"):
        automount.bundle(path)
    bundle = automount.bundle(path, refresh=True)
    assert bundle.digest != loads(written, str(path)).digest
    assert path.read_bytes() == written
    with zipfile.ZipFile(bundle.zip_path) as packed:
        assert packed.read("src/pkg/__init__.py") == b"NEW = 1\n"
        assert "src/pkg/new.py" in packed.namelist()


def test_secrets_are_refused(project: Path) -> None:
    manifest = replace(
        recorded(project), warnings=(Warning_("secret-suspected", "a key", str(project / "k")),)
    )
    with pytest.raises(Refused, match="allow_secrets=True"):
        automount.bundle(manifest)
    assert automount.bundle(manifest, allow_secrets=True).digest == manifest.digest


def test_an_incomplete_manifest_is_a_warning(project: Path, tmp_path: Path) -> None:
    manifest = replace(manifest_of(project), incomplete=(Incomplete("no-site", ("python", "-S", "x.py"), 0),))
    with pytest.warns(UserWarning, match="1 of the program's commands could not be recorded"):
        automount.bundle(manifest)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        automount.bundle(replace(manifest, incomplete=()))


def test_no_manifest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ManifestError, match=r"no manifest: automount\.json"):
        automount.bundle()


def test_a_file_outside_the_root_is_named(project: Path) -> None:
    places = {name: f"/root/{name}" for name in FILES} | {"data/rows.csv": "/opt/rows.csv"}
    bundle = automount.bundle(manifest_of(project, places))
    with pytest.raises(Refused, match=r"/opt/rows\.csv cannot be sent to an engine"):
        assert bundle.zip_path


def test_the_archive_keeps_the_executable_bit(project: Path) -> None:
    (project / "scripts" / "run.py").chmod(0o755)
    with zipfile.ZipFile(automount.bundle(recorded(project)).zip_path) as packed:
        modes = {row.filename: row.external_attr >> 16 for row in packed.infolist()}
    assert stat.S_IMODE(modes["scripts/run.py"]) == 0o755
    assert stat.S_IMODE(modes["src/deps.py"]) == 0o644
