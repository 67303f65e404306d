"""Directories that a program removes although it did not make them: it fails where they do not exist."""

from __future__ import annotations

from pathlib import Path

import pytest
from placing import Placed, Situation

FOUND = {
    "an empty one, made again": Situation(
        {"out": None, "app.py": "import os\nos.rmdir('out')\nos.mkdir('out')\nprint(os.listdir('out'))\n"},
        ("app.py",),
        "[]",
        options=(),
    ),
    "one with files, made again": Situation(
        {
            "out/old.txt": "x",
            "app.py": "import os, shutil\nshutil.rmtree('out')\nos.mkdir('out')\nopen('out/n', 'w').close()\n"
            "print(os.listdir('out'))\n",
        },
        ("app.py",),
        "['n']",
        options=(),
    ),
    "one that is gone at the end": Situation(
        {"old/deep/x.txt": "x", "app.py": "import shutil\nshutil.rmtree('old')\nprint('done')\n"},
        ("app.py",),
        "done",
        options=(),
    ),
}


@pytest.mark.parametrize("situation", FOUND.values(), ids=FOUND)
def test_the_directory_exists_where_the_program_removes_it(situation: Situation, tmp_path: Path) -> None:
    assert Placed(tmp_path).place(situation)["warnings"] == []


def test_a_directory_that_the_run_made_is_not_shipped(tmp_path: Path) -> None:
    code = "import subprocess, shutil\nsubprocess.run(['mkdir', 'made'], check=True)\nshutil.rmtree('made')\n"
    manifest = Placed(tmp_path).place(Situation({"app.py": code}, ("app.py",), "", options=()))
    assert "directories" not in manifest
