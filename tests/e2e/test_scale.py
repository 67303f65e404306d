"""Big programs finish, and everything of them is in the manifest."""

from __future__ import annotations

import importlib.util
import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from measured import ROOT, automount_command


@pytest.fixture(scope="session")
def scale() -> Any:
    spec = importlib.util.spec_from_file_location("scale", ROOT / "fixtures" / "scale.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def record(home: Path, python: str) -> tuple[dict[str, Any], dict[str, Any], str]:
    """The manifest, the summary that `--json` prints, and the program's stdout."""
    done = subprocess.run(
        [*automount_command(), "--python", python, "--json", "-o", "automount.json", "app.py"],
        cwd=home,
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads((home / "automount.json").read_bytes()), json.loads(done.stderr), done.stdout


@pytest.mark.xdist_group("scale")
def test_two_thousand_flat_modules(tmp_path: Path, scale: Any, bare_python: str) -> None:
    home = tmp_path / "flat"
    scale.make_flat(home, 2000)
    manifest, summary, stdout = record(home, bare_python)
    assert stdout == "2000 1999000\n"
    wanted = {f"/root/m{number:05}.py" for number in range(2000)} | {"/root/app.py"}
    assert {row["remote"] for row in manifest["files"]} == wanted
    assert len(manifest["mounts"]) == summary["mounts"] == summary["files"] == 2001
    assert summary["seconds_after"] > 0


@pytest.mark.xdist_group("scale")
def test_package_of_twenty_thousand_files(tmp_path: Path, scale: Any, bare_python: str) -> None:
    home = tmp_path / "package"
    scale.make_package(home, 20000)
    manifest, summary, stdout = record(home, bare_python)
    assert stdout == "big.used\n"
    assert len(manifest["files"]) == summary["files"] == 20001
    assert [row["label"] for row in manifest["mounts"]] == [str(home / "app.py"), "PythonPackage:big"]
    assert [(row["code"], row["path"]) for row in manifest["warnings"]] == [
        ("large-mount", str(home / "big"))
    ]
    assert "part0000" in manifest["warnings"][0]["message"]
