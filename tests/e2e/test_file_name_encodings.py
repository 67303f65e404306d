"""Where file names are not UTF-8 for Python: the same manifest, and the program keeps its encoding."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from automount.agent import wire

ASCII = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
UTF_8 = {"LC_ALL": "C.UTF-8"}


def run(project: Path, env: dict[str, str], *args: str) -> str:
    done = subprocess.run(
        [sys.executable, *args],
        cwd=project,
        env={**os.environ, **env, "XDG_CACHE_HOME": str(project.parent / "cache")},
        capture_output=True,
    )
    assert (done.returncode, done.stderr) == (0, b""), done.stderr.decode()
    return done.stdout.decode()


@pytest.fixture
def project(tmp_path: Path) -> Path:
    place = tmp_path / "größe"
    (place / "pk").mkdir(parents=True)
    (place / "app.py").write_text("import sys\nimport pk\nprint(sys.getfilesystemencoding(), len(pk.TEXT))\n")
    (place / "pk" / "__init__.py").write_text(
        "import os\nTEXT = open(os.path.dirname(__file__) + os.fsdecode(b'/\\xc3\\xbc.txt')).read()\n"
    )
    (place / "pk" / "ü.txt").write_text("1")
    return place


def test_names_that_the_encoding_does_not_have(project: Path) -> None:
    digests = set()
    for env in (UTF_8, ASCII):
        said = f"{'utf-8' if env is UTF_8 else 'ascii'} 1\n"
        assert run(project, env, "-m", "automount", "--quiet", "app.py") == said
        manifest = json.loads((project / "automount.json").read_text("utf-8"))
        assert [row["remote"] for row in manifest["files"]] == [
            "/root/app.py",
            "/root/pk/__init__.py",
            "/root/pk/ü.txt",
        ]
        assert manifest["complete"]
        digests.add(manifest["digest"])
        run(project, env, "-m", "automount", "check")
        run(project, env, "-m", "automount", "stage", "../staged")
        assert run(project, env, "-m", "automount", "exec", "../staged") == said
        for bundle in ("../a.tar", "../a.pyz"):
            run(project, env, "-m", "automount", "pack", bundle)
            assert run(project, env, "-m", "automount", "exec", bundle) == said
        assert run(project, env, "../a.pyz") == said
    assert len(digests) == 1


@pytest.mark.parametrize("encoding", ["iso8859-1", "ascii", "utf-8"])
def test_journals_hold_the_bytes_of_a_name(encoding: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "_ENCODING", encoding)
    raw = "M\0größe".encode()
    assert wire.encode(raw.decode(encoding, "surrogateescape")) == raw + b"\n"


def test_a_name_that_the_encoding_does_not_have_is_utf_8(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "_ENCODING", "iso8859-1")
    assert wire.encode("M\0ŵ") == "M\0ŵ\n".encode()
