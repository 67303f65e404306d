"""`pytest --automount=FILE`: what the tests load, rewritten or not, in workers or not."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from ways_in import Home

PYTEST = (sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-q")
TREE = {
    "conftest.py": "import helper\n",
    "helper.py": "",
    "lib/__init__.py": "",
    "lib/inner.py": "NAME = __name__\n",
    "test_one.py": "from lib import inner\n\n\ndef test_one():\n    assert inner.NAME == 'lib.inner'\n",
    "test_two.py": "def test_two():\n    import late\n\n    assert late.__name__ == 'late'\n",
    "late.py": "",
    "never.py": "",
}
LOADED = ["conftest", "helper", "late", "lib", "lib.inner", "test_one", "test_two"]


@pytest.fixture
def home(automount_home: object) -> Home:
    made = Home(automount_home)  # type: ignore[arg-type]
    made.write(TREE)
    return made


def test_conftest_and_rewritten_tests_are_recorded(home: Home) -> None:
    done = home.run(*PYTEST, "--automount=automount.json")
    assert (done.returncode, done.stderr) == (0, "")
    manifest = home.manifest()
    assert home.mounted() == LOADED
    assert manifest["complete"] is True
    assert {row["status"] for row in manifest["modules"] if row["mount"] is not None} == {"executed"}
    assert [row["remote"] for row in manifest["files"]] == [
        f"/root/{name}"
        for name in (
            "conftest.py",
            "helper.py",
            "late.py",
            "lib/__init__.py",
            "lib/inner.py",
            "test_one.py",
            "test_two.py",
        )
    ]
    assert (manifest["entrypoint"]["kind"], manifest["entrypoint"]["target"]) == ("module", "pytest")
    assert manifest["entrypoint"]["args"] == ["-p", "no:cacheprovider", "-q"]
    (requester,) = {row["requested_by"] for row in manifest["modules"] if row["name"] == "lib.inner"}
    assert requester == "test_one"
    assert not [row for row in manifest["modules"] if row["name"].partition(".")[0] == "automount"]
    assert "pytest" in {row["name"] for row in manifest["requirements"]}


def test_plugins_that_came_before_us_count_too(home: Home) -> None:
    home.write({"early.py": "import earlier\n", "earlier.py": ""})
    done = home.run(*PYTEST, "-p", "early", "--automount", "automount.json")
    assert done.returncode == 0
    assert home.mounted() == sorted([*LOADED, "early", "earlier"])
    assert home.manifest()["entrypoint"]["args"] == ["-p", "no:cacheprovider", "-q", "-p", "early"]


@pytest.mark.parametrize("mode", ["prepend", "append", "importlib"])
def test_every_import_mode(home: Home, mode: str) -> None:
    home.write({"helper.py": "", "late.py": ""})
    done = home.run(
        *PYTEST, f"--import-mode={mode}", "--automount=m.json", env={"PYTHONPATH": str(home.root)}
    )
    assert done.returncode == 0, done.stdout
    assert home.mounted("m.json") == LOADED


def test_the_workers_of_xdist_are_recorded(home: Home) -> None:
    done = home.run(*PYTEST, "-n", "2", "--automount=automount.json")
    assert (done.returncode, done.stderr) == (0, "")
    manifest = home.manifest()
    assert home.mounted() == LOADED
    assert (manifest["complete"], manifest["incomplete"]) == (True, [])
    loading = {row["process"] for row in manifest["modules"] if row["name"] == "late"}
    assert loading
    assert 0 not in loading
    assert list(home.root.glob("*.json")) == [home.root / "automount.json"]


def test_pytest_within_a_test_records_for_itself(home: Home) -> None:
    home.write(
        {
            "test_outer.py": (
                "import subprocess, sys\n\n\ndef test_outer():\n"
                "    subprocess.run([*sys.orig_argv[:1], '-m', 'pytest', '-q', '-p', 'no:cacheprovider',\n"
                "        'test_two.py', '--automount=inner.json'], check=True)\n"
            )
        }
    )
    done = home.run(*PYTEST, "-n", "1", "test_outer.py", "--automount=outer.json")
    assert done.returncode == 0, done.stdout
    assert home.mounted("inner.json") == ["conftest", "helper", "late", "test_two"]
    assert home.mounted("outer.json") == ["conftest", "helper", "late", "test_outer", "test_two"]


@pytest.mark.parametrize(
    ("tree", "status"),
    [
        ({"test_bad.py": "import late\n\n\ndef test_bad():\n    assert False\n"}, 1),
        ({"test_bad.py": "import late\nimport missing\n"}, 2),
        ({"test_bad.py": "def test_bad():\n    import late, pytest\n    pytest.exit('enough', 3)\n"}, 3),
        ({"conftest.py": "import late\nraise ValueError\n", "test_bad.py": ""}, 4),
    ],
    ids=["failing", "not importable", "exit", "conftest"],
)
def test_the_manifest_is_written_however_the_tests_end(home: Home, tree: dict[str, str], status: int) -> None:
    home.write(tree)
    done = home.run(*PYTEST, "--automount=automount.json", "test_bad.py")
    assert done.returncode == status
    assert "late" in home.mounted()


@pytest.mark.parametrize("place", ["missing/m.json", "."])
def test_a_place_that_cannot_be_written_is_one_line(home: Home, place: str) -> None:
    done = home.run(*PYTEST, f"--automount={place}")
    assert done.returncode == 4
    (line,) = [line for line in (done.stdout + done.stderr).splitlines() if line]
    assert line.startswith(f"ERROR: --automount: cannot write {place} (")
    assert line.endswith("choose another place")


def test_a_place_that_was_removed_meanwhile_gives_one_line(home: Home) -> None:
    (home.root / "there").mkdir()
    home.write({"test_one.py": "import os\n\n\ndef test_one():\n    os.rmdir('there')\n"})
    done = home.run(*PYTEST, "--automount=there/m.json", "test_one.py")
    assert done.returncode == 4
    assert "Traceback" not in done.stdout + done.stderr
    assert [line for line in (done.stdout + done.stderr).splitlines() if "--automount" in line] == [
        "ERROR: --automount: cannot write there/m.json (No such file or directory): choose another place"
    ]


INERT = """
import sys
def test_inert():
    assert sorted(name for name in sys.modules if name.partition(".")[0] == "automount") == EXPECTED
    from importlib import _bootstrap
    assert _bootstrap._find_spec.__globals__ is vars(_bootstrap)
"""


@pytest.mark.parametrize(
    ("words", "loaded"),
    [
        ((), ["automount", "automount.harness", "automount.harness.pytest_plugin"]),
        (("-p", "no:automount"), []),
    ],
)
def test_without_the_option_nothing_is_loaded_or_changed(
    home: Home, words: tuple[str, ...], loaded: list[str]
) -> None:
    home.write({"test_inert.py": INERT.replace("EXPECTED", json.dumps(loaded))})
    done = home.run(*PYTEST, *words, "test_inert.py")
    assert done.returncode == 0, done.stdout
    assert not list(home.root.glob("*.json"))


def test_with_the_plugin_turned_off_the_option_is_unknown(home: Home) -> None:
    done = home.run(*PYTEST, "-p", "no:automount", "--automount=m.json")
    assert done.returncode == 4
    assert "unrecognized arguments: --automount=m.json" in done.stderr


def test_coverage_sees_the_same_with_and_without(home: Home) -> None:
    home.write({".coveragerc": "[run]\nbranch = True\nsource = .\n"})
    reports = []
    for words in ((), ("--automount=m.json",)):
        run = home.run(sys.executable, "-m", "coverage", "run", *PYTEST[1:], *words)
        assert run.returncode == 0, run.stdout + run.stderr
        reports.append(home.run(sys.executable, "-m", "coverage", "report", "-m").stdout)
    assert reports[0] == reports[1]
    assert "lib/inner.py" in reports[0]
    assert home.mounted("m.json") == LOADED


def test_pytester_goes_on_working(home: Home) -> None:
    home.write(
        {
            "conftest.py": "pytest_plugins = ['pytester']\n",
            "test_outer.py": (
                "import sys\n\n\ndef test_it(pytester):\n"
                "    pytester.makepyfile('def test_x(): pass')\n"
                "    before = list(sys.meta_path), list(sys.path)\n"
                "    for run in (pytester.runpytest_inprocess, pytester.runpytest_subprocess):\n"
                "        run('-q').assert_outcomes(passed=1)\n"
                "        run('-q', '--automount=inner.json').assert_outcomes(passed=1)\n"
                "        assert (pytester.path / 'inner.json').stat().st_size\n"
                "        (pytester.path / 'inner.json').unlink()\n"
                "    assert before == (list(sys.meta_path), list(sys.path))\n"
            ),
        }
    )
    for words in ((), ("--automount=m.json",)):
        done = home.run(*PYTEST, *words, "test_outer.py")
        assert done.returncode == 0, done.stdout


def test_the_header_names_the_place(home: Home) -> None:
    done = home.run(sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--automount=m.json")
    assert "automount: m.json" in done.stdout.splitlines()


CONFIGURATIONS = {
    "pytest.ini": "[pytest]\npythonpath = src\n",
    "pyproject.toml": "[tool.pytest.ini_options]\npythonpath = ['src']\n",
    "setup.cfg": "[tool:pytest]\npythonpath = src\n",
    "tox.ini": "[pytest]\npythonpath = src\n",
}
SUITE = {
    "src/shop/__init__.py": "def total(prices):\n    return sum(prices)\n",
    "tests/conftest.py": "import pytest\n\n@pytest.fixture\ndef prices():\n    return [1, 2]\n",
    "tests/unit/conftest.py": "import pytest\n\n@pytest.fixture\ndef wanted():\n    return 3\n",
    "tests/unit/test_shop.py": (
        "import pathlib, shop\n\ndef test_total(prices, wanted):\n    assert shop.total(prices) == wanted\n"
        "    assert (pathlib.Path(__file__).parent / 'note.txt').read_text() == 'a note'\n"
    ),
    "tests/unit/note.txt": "a note",
    "tests/unit/README": "nobody reads this",
}


@pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["alone", "xdist"])
@pytest.mark.parametrize("place", CONFIGURATIONS)
def test_the_configuration_and_the_conftests_are_shipped(
    automount_home: Path, place: str, workers: tuple[str, ...]
) -> None:
    home = Home(automount_home)
    home.write({**SUITE, place: CONFIGURATIONS[place]})
    # Twice: the second run reads what the first one left in .pytest_cache.
    for _ in range(2):
        done = home.run(sys.executable, "-m", "pytest", *workers, "--automount=automount.json")
        assert (done.returncode, done.stderr) == (0, "")
    manifest = home.manifest()
    carried = {row["remote"] for row in manifest["files"]}
    code = {f"/root/{name}" for name in SUITE if name.endswith(".py")}
    assert carried == {*code, f"/root/{place}"}
    assert [row["local"] for row in manifest["data"] if row["mounted"] is None] == [
        str(home.root / "tests/unit/note.txt")
    ]
    lines = done.stdout.splitlines()
    (start,) = [index for index, line in enumerate(lines) if line.strip("-") == " automount "]
    assert lines[start + 1] == "Wrote automount.json: 5 mounts, 5 files"
    assert lines[start + 2].startswith("warning: tests/unit/note.txt was read by test_shop, but no mount")
    assert lines[start + 2].endswith("[data-not-mounted]")
    assert "1 passed in " in lines[-1]


def test_the_configuration_above_the_directory_of_the_start(automount_home: Path) -> None:
    home = Home(automount_home)
    home.write({**SUITE, "pytest.ini": CONFIGURATIONS["pytest.ini"]})
    (home.root / ".git").mkdir()
    inside = Home(home.root / "tests")
    done = inside.run(*PYTEST, "--automount=m.json")
    assert done.returncode == 0, done.stdout + done.stderr
    manifest = inside.manifest("m.json")
    assert "/root/pytest.ini" in {row["remote"] for row in manifest["files"]}
    assert manifest["entrypoint"]["remote_cwd"] == "/root/tests"
    assert "/root/src" in manifest["sys_path"]


@pytest.mark.parametrize("words", [(), ("-p", "no:terminal")])
def test_the_exit_status_is_recorded(home: Home, words: tuple[str, ...]) -> None:
    home.write({"test_two.py": "def test_two():\n    assert False\n"})
    pytest_command = (*PYTEST[:-1], *words, "--automount=automount.json")
    assert home.run(*pytest_command).returncode == 1
    assert home.manifest()["provenance"]["exit_code"] == 1
    done = home.run(sys.executable, "-m", "automount", "verify")
    assert done.returncode == 0
    assert done.stdout.splitlines()[1:3] == [
        "✓ Sufficient: the program ended with status 1 (recorded 1)",
        "  The recorded run itself ended with status 1.",
    ]
    home.write({"test_two.py": ""})
    assert home.run(*pytest_command).returncode == 0
    assert home.manifest()["provenance"]["exit_code"] == 0
