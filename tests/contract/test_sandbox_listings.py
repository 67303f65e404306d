"""No sandbox lists what an editable install left in the site directories: elsewhere it does not exist."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import needs
import pytest
from shipments import manifest_of, write_project

from automount.manifest import InterpreterRow
from automount.proving import landlock
from automount.proving.verifying import verify

# Each ends with an exception where a hidden name is listed and cannot be opened, or is listed at all.
LISTINGS = {
    "importlib.metadata": "from importlib.metadata import distributions\n"
    "names = sorted(found.metadata['Name'] for found in distributions() if 'venv' in str(found._path))\n",
    "os.listdir": "names = sorted(name for name in os.listdir(site) if name.endswith('.dist-info'))\n",
    "os.scandir": "with os.scandir(site) as found:\n"
    "    names = sorted(entry.name for entry in found if entry.name.endswith('.dist-info'))\n",
    "pathlib": "import pathlib\n"
    "names = sorted(path.name for path in pathlib.Path(site).glob('*.dist-info'))\n",
    "a child with its own environment": "import subprocess\nwords = [sys.executable, '-c', "
    "'import os, sys; print(*(n for n in os.listdir(sys.argv[1]) if n.endswith(\".dist-info\")))', site]\n"
    "names = subprocess.run(words, env={'LANG': 'C'}, stdout=-1, text=True, check=True).stdout.split()\n",
}


@pytest.fixture(scope="module")
def venv(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with one installed distribution and one editable one."""
    place = tmp_path_factory.mktemp("listings") / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(place)], check=True)
    site = next(place.glob("lib/python*/site-packages"))
    for name in ("plain", "editable"):
        files = {"METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1\n", "RECORD": ""}
        if name == "editable":
            files["direct_url.json"] = '{"url": "file:///p", "dir_info": {"editable": true}}'
        write_project(site / f"{name}-1.dist-info", files)
    return place


@pytest.mark.parametrize("sandbox", ["bwrap", "landlock", "audit"])
@pytest.mark.parametrize("way", sorted(LISTINGS))
def test_an_editable_install_is_not_listed(way: str, sandbox: str, venv: Path, tmp_path: Path) -> None:
    if sandbox == "bwrap":
        needs.tool("bwrap")
    if sandbox == "landlock" and not landlock.abi():
        needs.missing("Landlock is not in this kernel")
    site = str(next(venv.glob("lib/python*/site-packages")))
    check = "assert len(names) == 1 and 'plain' in names[0], names\n"
    source = f"import os, sys\nsite = {site!r}\n{LISTINGS[way]}{check}"
    manifest = manifest_of(write_project(tmp_path / "project", {"app.py": source}))
    interpreter = InterpreterRow(executable=str(venv / "bin/python"))
    manifest = replace(manifest, provenance=replace(manifest.provenance, environment=interpreter))
    assert verify(manifest, sandbox=sandbox, trust=True).word == "sufficient"


@pytest.mark.parametrize("sandbox", ["bwrap", "landlock", "audit"])
def test_every_python_lists_its_own_directories(sandbox: str, python: str, tmp_path: Path) -> None:
    """Until Python 3.10 a class in `pathlib` keeps the functions of `os`; elsewhere they are looked up."""
    if sandbox == "bwrap":
        needs.tool("bwrap")
    if sandbox == "landlock" and not landlock.abi():
        needs.missing("Landlock is not in this kernel")
    source = (
        "import os, pathlib, shutil\nhere = pathlib.Path(__file__).parent\n"
        "assert 'app.py' in [path.name for path in here.iterdir()]\n"
        "assert list(here.glob('*.py')) and list(here.rglob('*.py'))\n"
        "assert sorted(os.listdir(here)) == sorted(entry.name for entry in os.scandir(here))\n"
        "assert 'app.py' in os.listdir(os.open(here, os.O_RDONLY))\n"
        "assert os.scandir in os.supports_fd and os.stat in os.supports_dir_fd\n"
        "assert here.stat() == os.stat(here) and here.exists() and not pathlib.Path('none').exists()\n"
        "os.mkdir('made')\nshutil.rmtree('made')\nos.mkfifo('pipe')\nos.remove('pipe')\n"
    )
    manifest = manifest_of(write_project(tmp_path / "project", {"app.py": source}))
    assert verify(manifest, sandbox=sandbox, python=python).word == "sufficient"
