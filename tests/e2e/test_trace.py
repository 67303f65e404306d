"""`--trace strace` records what no audit event tells: an attached database, a program that is not Python."""

from __future__ import annotations

import json
import sqlite3
import subprocess
from pathlib import Path

import needs
from measured import automount_command

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
