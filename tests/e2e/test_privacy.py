"""What a manifest and what is shipped tell of the user, the machine and their secrets."""

from __future__ import annotations

import gzip
import os
import stat
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

TOKEN = "gh" + "p_a8Kd93mZpQ7vR2xT5bN1cW6yH4jL0sFgU9eV"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    project = tmp_path / "home/alicesmith/work"
    (project / "pk").mkdir(parents=True)
    (project / "pk/__init__.py").write_text("")
    (project / "app.py").write_text("import pk\n")
    return project


def run(home: Path, *words: str, **environ: str) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "XDG_CACHE_HOME": str(home.parents[2] / "cache"), **environ}
    command = [sys.executable, "-m", "automount", *words]
    return subprocess.run(command, cwd=home, env=env, capture_output=True, text=True)


def test_the_values_of_the_environment_are_in_no_manifest(home: Path) -> None:
    assert run(home, "app.py", SERVICE_TOKEN=TOKEN).returncode == 0
    assert TOKEN not in (home / "automount.json").read_text()


def test_a_manifest_with_a_secret_is_the_users_alone_and_is_not_packed_silently(home: Path) -> None:
    assert run(home, "app.py").returncode == 0
    assert stat.S_IMODE((home / "automount.json").stat().st_mode) & 0o044
    recorded = run(home, "app.py", "--token", TOKEN)
    assert recorded.returncode == 0
    assert TOKEN not in recorded.stderr
    assert stat.S_IMODE((home / "automount.json").stat().st_mode) == 0o600
    refused = run(home, "pack", "b.tar")
    assert refused.returncode == 125
    assert not (home / "b.tar").exists()
    assert run(home, "pack", "--allow-secrets", "b.tar").returncode == 0


def test_nothing_shipped_names_the_user(home: Path) -> None:
    assert run(home, "app.py").returncode == 0
    for words in (
        ["pack", "b.tar"],
        ["pack", "b.zip"],
        ["pack", "b.pyz"],
        ["pack", "oci:image:v1"],
        ["stage", "st"],
    ):
        assert run(home, *words).returncode == 0
    with tarfile.open(home / "b.tar") as tar:
        shipped = {f"tar {row.name}": (tar.extractfile(row) or b"").read() for row in tar if row.isfile()}  # type: ignore[union-attr]
    for name in ("b.zip", "b.pyz"):
        with zipfile.ZipFile(home / name) as archive:
            shipped.update({f"{name} {row}": archive.read(row) for row in archive.namelist()})
    for path in (*(home / "image").rglob("*"), *(home / "st").rglob("*")):
        if path.is_file():
            raw = path.read_bytes()
            shipped[str(path.relative_to(home))] = gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw
    assert [name for name, raw in shipped.items() if b"alicesmith" in name.encode() + raw] == []
