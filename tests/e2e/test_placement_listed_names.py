"""Names that only a listing uses: hidden files and directories."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from placing import HERE, Placed, Situation

LIST = "print(sorted(os.listdir(HERE + '/cfgs')))\n"
IN_PACKAGE = HERE + "NAMES = sorted(name for name in os.listdir(HERE) if name != '__pycache__')\n"
FOUND = {
    "hidden file": Situation(
        {"cfgs/.hidden": "1", "cfgs/a.yaml": "2", "app.py": HERE + LIST}, ("app.py",), "['.hidden', 'a.yaml']"
    ),
    "only a hidden file": Situation({"cfgs/.hidden": "1", "app.py": HERE + LIST}, ("app.py",), "['.hidden']"),
    "hidden directory": Situation(
        {"cfgs/.h/x": "1", "cfgs/y": "2", "app.py": HERE + LIST}, ("app.py",), "['.h', 'y']"
    ),
    "hidden file below": Situation(
        {
            "cfgs/deep/.hidden": "1",
            "app.py": HERE + "print(sorted(f for _, _, fs in os.walk(HERE + '/cfgs') for f in fs))\n",
        },
        ("app.py",),
        "['.hidden']",
    ),
    "hidden file of a package": Situation(
        {
            "pkg/.hidden": "1",
            "pkg/__init__.py": IN_PACKAGE,
            "app.py": "import pkg\nprint(pkg.NAMES)\n",
        },
        ("app.py",),
        "['.hidden', '__init__.py']",
    ),
    "what is in hidden directories that were listed": Situation(
        {
            "cfgs/.h/x": "1",
            "cfgs/.h/.deep/y": "1",
            "pkg/.h/z": "1",
            "pkg/__init__.py": "",
            "app.py": HERE + "import pkg\ntops = [HERE + '/cfgs', HERE + '/pkg']\n"
            "print(sorted(f for t in tops for _, _, fs in os.walk(t) for f in fs if len(f) == 1))\n",
        },
        ("app.py",),
        "['x', 'y', 'z']",
    ),
    "hidden file of the project": Situation(
        {".hidden": "1", "app.py": HERE + "print(sorted(n for n in os.listdir(HERE) if n[:1] == '.'))\n"},
        ("app.py",),
        "['.hidden']",
    ),
}


@pytest.mark.parametrize("situation", FOUND.values(), ids=FOUND)
def test_the_same_names_are_found_remotely(situation: Situation, tmp_path: Path) -> None:
    Placed(tmp_path).place(situation)


@pytest.mark.parametrize(("held", "judged"), [("cfgs", "not-sufficient"), ("pkg", "not-proven")])
def test_a_hidden_name_that_is_not_shipped_is_named_with_the_option_that_ships_it(
    held: str, judged: str, tmp_path: Path
) -> None:
    project = Placed(tmp_path)
    project.write(
        {
            "cfgs/.hidden": "1",
            "pkg/.hidden": "1",
            "pkg/__init__.py": "",
            "app.py": HERE + f"import pkg\nprint(len(os.listdir(HERE + '/{held}')))\n",
        }
    )
    manifest = project.record("app.py")
    (warning,) = (row for row in manifest["warnings"] if row["code"] == "data-not-mounted")
    assert warning["path"] == str(project.root / held)
    assert warning["message"].endswith("add --data mount")
    verdict, text = project.verdict()
    assert verdict == judged
    assert held in text
    project.record("--data", "mount", "app.py")
    assert project.verdict()[0] == "sufficient"


def test_a_cache_that_a_tool_fills_again_is_not_missed(tmp_path: Path) -> None:
    project = Placed(tmp_path)
    project.write(
        {
            "pkg/__init__.py": "",
            "pkg/.tool_cache/CACHEDIR.TAG": "",
            "app.py": HERE + "import pkg\nos.listdir(HERE + '/pkg')\n",
        }
    )
    assert not project.record("app.py")["warnings"], json.dumps(project.manifest["warnings"])
    assert project.verdict()[0] == "sufficient"
