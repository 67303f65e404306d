"""`--trace strace` records what raises no audit event: an attached database, a program that is not Python."""

from __future__ import annotations

import contextlib
import json
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import needs
import pytest
from measured import automount_command
from placing import Placed

PROGRAM = """\
import sqlite3, subprocess
main = sqlite3.connect("main.db")
main.execute("attach 'side.db' as side")
print(main.execute("select x from side.t").fetchall())
subprocess.run(["cat", "plain.txt"], check=True)
"""


def recorded(home: Path, *options: str) -> list[tuple[str, str | None]]:
    words = [*automount_command(), "--quiet", *options, "app.py"]
    done = subprocess.run(words, cwd=home, capture_output=True, text=True, check=True)
    assert done.stdout == "[(3,)]\nplain\n"
    rows = json.loads((home / "automount.json").read_text())["data"]
    return [(Path(row["local"]).name, row["read_by"]) for row in rows]


def test_files_opened_by_c_code_and_other_programs_are_recorded_with_strace_only(tmp_path: Path) -> None:
    needs.tool("strace")
    (tmp_path / "app.py").write_text(PROGRAM)
    (tmp_path / "plain.txt").write_text("plain\n")
    for name in ("main.db", "side.db"):
        with sqlite3.connect(tmp_path / name) as database:
            database.execute("create table t(x)")
            database.execute("insert into t values(3)")
        database.close()
    # What a command line names is known without a trace.
    assert recorded(tmp_path) == [("main.db", "__main__"), ("plain.txt", None)]
    traced = recorded(tmp_path, "--trace", "strace")
    assert traced == [("main.db", "__main__"), ("plain.txt", None), ("side.db", None)]


SOURCED = {
    "lib.sh": "X=5\n",
    "run.sh": "#!/bin/sh\n. ./lib.sh\necho $X\n",
    "app.py": "import subprocess\nsubprocess.run(['./run.sh'], check=True)\n",
}


@pytest.mark.parametrize("sandbox", ["bwrap", "landlock", "audit"])
def test_verify_traces_a_program_that_was_recorded_with_a_trace(sandbox: str, tmp_path: Path) -> None:
    needs.tool("strace")
    project = Placed(tmp_path)
    project.write(SOURCED)
    manifest = project.record("--data", "mount", "--trace", "strace", "app.py")
    assert manifest["provenance"]["tracer"] == "strace"
    path = str(tmp_path / "automount.json")
    done = project.automount("verify", "--sandbox", sandbox, path)
    assert (done.returncode, "✓ Sufficient" in done.stdout) == (0, True), done.stdout


def test_verify_says_why_it_could_not_trace(tmp_path: Path) -> None:
    needs.tool("strace")
    project = Placed(tmp_path)
    project.write(SOURCED)
    project.record("--data", "mount", "--trace", "strace", "app.py")
    commands = tmp_path / "commands"
    commands.mkdir()
    for name in ("bwrap", "sh"):
        found = shutil.which(name)
        if found:
            (commands / name).symlink_to(found)
    done = project.automount("verify", str(tmp_path / "automount.json"), env={"PATH": str(commands)})
    assert done.returncode == 1
    assert (
        "files that only a trace shows could not be compared: --trace strace: strace is not installed"
        in done.stdout
    )
    assert "shipped, but not used in this run: data " in done.stdout


def test_a_python_that_ignores_its_environment_needs_the_pth_file(tmp_path: Path) -> None:
    placed = Placed(tmp_path)
    placed.write({"app.py": "print(1)\n"})
    placed.record("--", sys.executable, "-I", "app.py")
    verified = placed.automount("verify", str(tmp_path / "automount.json"))
    assert verified.stdout.splitlines()[-2:] == [
        "  No missing file was detected. See the program's output above.",
        "    hint: run automount env --install-pth, and record again",
    ]


def test_a_makefile_is_recorded_with_strace_and_verify_suggests_it(tmp_path: Path) -> None:
    needs.tool("strace")
    needs.tool("make")
    placed = Placed(tmp_path)
    placed.write(
        {
            "Makefile": "include common.mk\nrun:\n\t@python app.py $(WHO)\n",
            "common.mk": "WHO = you\n",
            "app.py": "import helper, sys\nprint(helper.X, sys.argv[1:])\n",
            "helper.py": "X = 1\n",
        }
    )
    path = {"PATH": f"{Path(sys.executable).parent}:/usr/local/bin:/usr/bin:/bin"}
    placed.record("--", "make", "run", env=path)
    manifest = str(tmp_path / "automount.json")
    verified = placed.automount("verify", manifest, env=path)
    assert verified.stdout.splitlines()[-2:] == [
        "  The files that make itself reads were not recorded.",
        "    hint: record with --trace strace",
    ]
    placed.record("--add-file", "Makefile", "--add-file", "common.mk", "--", "make", "run", env=path)
    verified = placed.automount("verify", manifest, env=path)
    assert verified.stdout.splitlines()[1:] == [
        "✓ Sufficient: the program ended with status 0 (recorded 0)",
        "  The files that make itself reads were not recorded, so they were not compared.",
        "    hint: record with --trace strace",
    ]
    placed.record("--trace", "strace", "--data", "mount", "--", "make", "run", env=path)
    assert {Path(row["local"]).name for row in placed.manifest["files"]} == {
        "Makefile",
        "common.mk",
        "app.py",
        "helper.py",
    }
    verified = placed.automount("verify", manifest, env=path)
    assert verified.stdout.splitlines()[1:] == ["✓ Sufficient: the program ended with status 0 (recorded 0)"]
    bundle = str(tmp_path / "bundle.tar")
    assert placed.automount("pack", "--manifest", manifest, bundle).returncode == 0
    placed.root.rename(tmp_path / "away")
    done = placed.automount("exec", bundle, cwd=tmp_path, env=path)
    assert (done.returncode, done.stdout) == (0, "1 ['you']\n"), done.stderr


def test_a_library_that_opens_files_itself_is_named(tmp_path: Path) -> None:
    """The program ends the same without the file: whether it was needed, only a trace shows."""
    needs.tool("bwrap")
    needs.tool("strace")
    placed = Placed(tmp_path)
    library = (
        "import ctypes\nlibc = ctypes.CDLL(None)\nlibc.fopen.restype = ctypes.c_void_p\n"
        "def is_there(name):\n    return bool(libc.fopen(name.encode(), b'r'))\n"
    )
    placed.write({"h5py.py": library, "app.py": "import h5py\nprint(h5py.is_there('a.h5'))\n", "a.h5": "x"})
    placed.record("app.py")
    manifest = str(tmp_path / "automount.json")
    assert placed.automount("verify", manifest).stdout.splitlines()[1:] == [
        "✓ Sufficient: the program ended with status 0 (recorded 0)",
        "  The files that h5py itself reads were not recorded, so they were not compared.",
        "    hint: record with --trace strace",
    ]
    placed.record("--trace", "strace", "app.py")
    verdict, output = placed.verdict()
    assert (verdict, "a.h5" in output) == ("not-proven", True)


def test_a_failure_without_a_missing_file_has_a_hint(tmp_path: Path) -> None:
    """SQLite opens an attached database itself: the path is in its own language."""
    needs.tool("bwrap")
    needs.tool("strace")
    placed = Placed(tmp_path)
    source = (
        "import sqlite3\nbase = sqlite3.connect(':memory:')\nbase.execute(\"attach 'more.db' as more\")\n"
        "print(base.execute('select * from more.t').fetchall())\n"
    )
    placed.write({"app.py": source})
    with contextlib.closing(sqlite3.connect(placed.root / "more.db")) as base:
        base.executescript("create table t(a); insert into t values (7);")
    placed.record("--data", "mount", "app.py")
    manifest = str(tmp_path / "automount.json")
    assert placed.automount("verify", manifest).stdout.splitlines()[-2:] == [
        "  No missing file was detected. See the program's output above.",
        "    hint: record with --trace strace, which shows what C libraries and other programs open",
    ]
    placed.record("--data", "mount", "--trace", "strace", "app.py")
    assert placed.verdict()[0] == "sufficient"
