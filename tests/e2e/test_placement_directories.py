"""Directories that a program needs although no shipped file is in them: where it works, lists and writes."""

from __future__ import annotations

import sys
import tarfile
from pathlib import Path

import pytest
from placing import HERE, Placed, Situation

from automount.shipping.packing import FORMATS

CHILD = (
    HERE + "import subprocess\n"
    "code = 'import os; print(os.path.basename(os.getcwd()))'\n"
    "print(subprocess.run([sys.executable, '-c', code], cwd=HERE + '/run', capture_output=True, text=True,"
    " check=True).stdout.strip())\n"
)
FOUND = {
    "entered": Situation(
        {
            "work/deep": None,
            "app.py": "import os\nos.chdir('work/deep')\nprint(os.path.basename(os.getcwd()))\n",
        },
        ("app.py",),
        "deep",
        options=(),
    ),
    "entered by a descriptor": Situation(
        {
            "work": None,
            "app.py": "import os\nos.fchdir(os.open('work', os.O_RDONLY))\n"
            "print(os.path.basename(os.getcwd()))\n",
        },
        ("app.py",),
        "work",
        options=(),
    ),
    "entered for a while": Situation(
        {
            "cfg": None,
            "app.py": "import contextlib, os\nwith contextlib.chdir('cfg'):\n    print(os.listdir())\n",
        },
        ("app.py",),
        "[]",
        options=(),
    ),
    "entered, with a directory in it": Situation(
        {"a/b/c": None, "app.py": "import os\nos.chdir('a/b/c')\nos.chdir('..')\nprint(os.listdir())\n"},
        ("app.py",),
        "['c']",
        options=(),
    ),
    "of a child": Situation({"run": None, "app.py": CHILD}, ("app.py",), "run", options=()),
    "of a child that is no Python": Situation(
        {
            "run": None,
            "app.py": "import subprocess\n"
            "out = subprocess.run(['pwd'], cwd='run', capture_output=True, text=True)\n"
            "print(out.stdout.strip().rpartition('/')[2])\n",
        },
        ("app.py",),
        "run",
        options=(),
    ),
    "started in": Situation(
        {"work": None, "setup.py": "", "app.py": "import os\nprint(os.path.basename(os.getcwd()))\n"},
        ("../app.py",),
        "work",
        options=(),
        cwd="work",
    ),
    "imported as a namespace package without files": Situation(
        {
            "pkg/__init__.py": "",
            "pkg/spaces/inner/.gitkeep": "",
            "bare/.gitkeep": "",
            "app.py": "import bare, pkg.spaces.inner\nprint(pkg.spaces.inner.__name__)\n",
        },
        ("app.py",),
        "pkg.spaces.inner",
        options=(),
    ),
    "imported as a namespace package without files, flat": Situation(
        {
            "src/pkg/__init__.py": "",
            "src/pkg/spaces/inner/.gitkeep": "",
            "src/bare/.gitkeep": "",
            "app.py": "import sys\nsys.path.insert(0, 'src')\n"
            "import bare, pkg.spaces.inner\nprint(bare.__name__)\n",
        },
        ("app.py",),
        "bare",
        options=("--layout", "flat"),
    ),
    "listed while empty": Situation(
        {"inbox": None, "app.py": "import os\nprint(os.listdir('inbox'))\n"}, ("app.py",), "[]", options=()
    ),
    "written into": Situation(
        {
            "out": None,
            "app.py": "import os\nopen('out/r.txt', 'w').write('r')\nprint(os.listdir('out'))\n",
        },
        ("app.py",),
        "['r.txt']",
        options=(),
    ),
    "written into and emptied": Situation(
        {
            "out": None,
            "app.py": "import os\nopen('out/r.txt', 'w').write('r')\nos.remove('out/r.txt')\nprint('done')\n",
        },
        ("app.py",),
        "done",
        options=(),
    ),
}


@pytest.mark.parametrize("name", FOUND)
def test_the_directory_exists_elsewhere(name: str, tmp_path: Path) -> None:
    manifest = Placed(tmp_path).place(FOUND[name])
    assert manifest["warnings"] == []
    assert [row for row in manifest["data"] if row["mounted"] is None] == []


def test_what_the_run_made_is_not_demanded(tmp_path: Path) -> None:
    code = "import os\nos.makedirs('made/deep')\nos.chdir('made/deep')\nopen('x', 'w').close()\n"
    code += "print(os.listdir())\n"
    manifest = Placed(tmp_path).place(Situation({"app.py": code}, ("app.py",), "['x']", options=()))
    assert "directories" not in manifest


def test_a_directory_with_a_shipped_file_needs_no_row(tmp_path: Path) -> None:
    code = HERE + "os.chdir('src')\nsys.path.insert(0, os.getcwd())\nimport tool\nprint(tool.V)\n"
    files = {"src/tool.py": "V = 1\n", "app.py": code}
    manifest = Placed(tmp_path).place(Situation(files, ("app.py",), "1", options=()))
    assert "directories" not in manifest


@pytest.mark.parametrize("ending", [*FORMATS, "oci"])
def test_every_format_has_the_directory(ending: str, tmp_path: Path) -> None:
    placed = Placed(tmp_path)
    placed.place(FOUND["entered"])
    assert placed.manifest["directories"] == ["/root/work/deep"]
    bundle = f"oci:{tmp_path}/layout:latest" if ending == "oci" else f"{tmp_path}/bundle{ending}"
    done = placed.automount("pack", "--manifest", str(tmp_path / "automount.json"), bundle)
    assert done.returncode == 0, done.stderr
    with placed.away():
        for _ in range(2):
            done = placed.automount("exec", bundle, cwd=tmp_path)
            assert (done.returncode, done.stdout) == (0, "deep\n"), done.stderr
        if ending == ".pyz":
            done = placed.run(sys.executable, bundle, cwd=tmp_path)
            assert (done.returncode, done.stdout) == (0, "deep\n"), done.stderr
    if ending == ".tar":
        with tarfile.open(bundle) as tar:
            assert tar.getmember("root/work/deep").isdir()
