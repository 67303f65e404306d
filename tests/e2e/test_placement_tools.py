"""Tools that load the user's code, and automount's own plugin among theirs."""

from __future__ import annotations

from pathlib import Path

from placing import Placed

import automount

TREE = {
    "app/__init__.py": "def f(): return 1\n",
    "pytest.ini": "[pytest]\npythonpath = .\n",
    "tests/test_a.py": "from app import f\n\n\ndef test_a():\n    assert f() == 1\n",
}


def test_pytest_in_a_directory_of_tests_ships_nothing_of_automount(tmp_path: Path) -> None:
    """An editable automount is on pytest's list of plugins; its code is not the user's."""
    placed = Placed(tmp_path)
    placed.write(TREE)
    manifest = placed.record("--data", "mount", "-m", "pytest", "-q", "-p", "no:cacheprovider")
    carried = {row["local"] for row in manifest["files"]}
    assert carried == {f"{placed.root}/{name}" for name in TREE}
    assert "1 passed" in placed.shipped().stdout
    verdict, output = placed.verdict()
    assert verdict == "sufficient", output


def test_a_program_that_imports_automount_from_a_checkout_ships_it(tmp_path: Path) -> None:
    """Where automount is a library of the program, it is handled as any other: a checkout is mounted."""
    placed = Placed(tmp_path)
    placed.write({"app.py": "import automount\nprint(automount.__name__)\n"})
    manifest = placed.record("app.py")
    (row,) = [row for row in manifest["modules"] if row["name"] == "automount"]
    assert row["file"] == automount.__file__
    assert row["rule"] != "recorder"
    done = placed.shipped()
    assert (done.returncode, done.stdout) == (0, "automount\n"), done.stderr
