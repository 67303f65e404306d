"""`--trace strace` records what no audit event tells: an attached database, a program that is not Python."""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
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
    heard = recorded(tmp_path, "--trace", "strace")
    assert heard == [("main.db", "__main__"), ("plain.txt", None), ("side.db", None)]


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
        "what only a trace shows could not be compared: --trace strace: strace is not installed"
        in done.stdout
    )
    assert "shipped, but not used in this run: data " in done.stdout
