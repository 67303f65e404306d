"""Tests of the function behind an editable distribution's command, and of how it is run elsewhere."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

POINTS = (
    "[console_scripts]\nMyCli = mycli.main : App.run [extra]\n\n[gui_scripts]\nwindow = mycli.main:window\n"
)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A virtual environment with an editable distribution `mycli`, made by hand; the project beside it."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "venv"], check=True)
    project = tmp_path / "project"
    package = project / "src" / "mycli"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "main.py").write_text(
        "import sys\nclass App:\n    @staticmethod\n    def run():\n"
        "        print('ran', *sys.argv[1:])\n        return 3 if sys.argv[1:] == ['three'] else 0\n"
    )
    site = next((tmp_path / "venv").glob("lib/python*/site-packages"))
    (site / "mycli.pth").write_text(f"{project / 'src'}\n")
    metadata = site / "mycli-1.dist-info"
    metadata.mkdir()
    files = {
        "METADATA": "Metadata-Version: 2.1\nName: mycli\nVersion: 1\n",
        "entry_points.txt": POINTS,
        "direct_url.json": json.dumps({"url": project.as_uri(), "dir_info": {"editable": True}}),
        "RECORD": "../../../bin/MyCli,,\nmycli.pth,,\nmycli-1.dist-info/METADATA,,\n"
        "mycli-1.dist-info/RECORD,,\nmycli-1.dist-info/entry_points.txt,,\nmycli-1.dist-info/direct_url.json,,\n",
    }
    for name, text in files.items():
        (metadata / name).write_text(text)
    script = tmp_path / "venv" / "bin" / "MyCli"
    script.write_text(
        f"#!{tmp_path}/venv/bin/python\nimport sys\nfrom mycli.main import App\nsys.exit(App.run())\n"
    )
    script.chmod(0o755)
    return tmp_path


def automount(home: Path, *words: str, cwd: str = "project") -> subprocess.CompletedProcess[str]:
    """The finished `automount WORDS`, with a cache of its own."""
    environment = {**os.environ, "XDG_CACHE_HOME": str(home / "cache")}
    environment.pop("PYTHONPATH", None)
    command = [sys.executable, "-m", "automount", *words]
    return subprocess.run(
        command, cwd=home / cwd, env=environment, capture_output=True, text=True, check=False
    )


def test_a_command_of_an_editable_install_runs_elsewhere_without_its_script(home: Path) -> None:
    done = automount(home, "--python", "../venv/bin/python", "--", "MyCli", "a", "b c")
    assert done.stdout == "ran a b c\n", done.stderr
    manifest = json.loads((home / "project/automount.json").read_text())
    assert manifest["entrypoint"]["function"] == "mycli.main:App.run"
    assert automount(home, "pack", "../bundle.tar").returncode == 0
    (home / "project").rename(home / "away")
    (home / "venv").rename(home / "venv-away")
    assert automount(home, "exec", "bundle.tar", cwd=".").stdout == "ran a b c\n"
    again = automount(home, "exec", "bundle.tar", "three", cwd=".")
    assert (again.returncode, again.stdout) == (3, "ran three\n")


def test_a_skipped_editable_install_keeps_its_command(home: Path) -> None:
    automount(home, "--editable", "skip", "--python", "../venv/bin/python", "--", "MyCli")
    manifest = json.loads((home / "project/automount.json").read_text())
    assert "function" not in manifest["entrypoint"]


def test_the_command_beside_the_chosen_python_comes_first(home: Path) -> None:
    other = home / "other"
    other.mkdir()
    (other / "MyCli").write_text("#!/bin/sh\necho wrong\n")
    (other / "MyCli").chmod(0o755)
    done = subprocess.run(
        [sys.executable, "-m", "automount", "--python", "../venv/bin/python", "--", "MyCli"],
        cwd=home / "project",
        env={**os.environ, "PATH": f"{other}:{os.environ['PATH']}", "XDG_CACHE_HOME": str(home / "cache")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout == "ran\n", done.stderr


def test_an_installed_command_itself_asks_for_no_data(home: Path) -> None:
    """Directories of a tool's own are no data of the project, such as those of pytest's old runs."""
    site = next((home / "venv").glob("lib/python*/site-packages"))
    (site / "_pytest").mkdir()
    (site / "_pytest" / "pathlib.py").write_text(
        "import os\ndef clean(top):\n    for name in os.listdir(top):\n"
        "        os.rename(f'{top}/{name}', f'{top}/garbage')\n        os.rmdir(f'{top}/garbage')\n"
    )
    metadata = site / "tool-1.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: tool\nVersion: 1\n")
    (metadata / "RECORD").write_text(
        "../../../bin/tool,,\n_pytest/pathlib.py,,\ntool-1.dist-info/METADATA,,\n"
    )
    tool = home / "venv" / "bin" / "tool"
    tool.write_text(f"#!{home}/venv/bin/python\nfrom _pytest.pathlib import clean\nclean('{home}/runs')\n")
    tool.chmod(0o755)
    (home / "runs" / "old").mkdir(parents=True)
    done = automount(home, "--python", f"{home}/venv/bin/python", "--", "tool")
    assert done.returncode == 0, done.stderr
    assert not (home / "runs" / "old").exists()
    manifest = json.loads((home / "project" / "automount.json").read_text())
    assert (manifest["data"], manifest["warnings"]) == ([], [])
