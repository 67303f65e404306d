"""The project that every engine is given: a package in `src/`, a module beside the script, two data files."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

RUN = """\
import os, sys
import beside
from pkg.work import task
ran = os.environ.get("ENTRY_RAN")
if ran:
    with open(ran, "a") as file:
        file.write("ran\\n")
task(0)
"""
WORK = """\
import importlib.util, json, os, subprocess, sys
VERSION = {version}

def task(number):
    import beside
    from pkg import lazy
    with open(os.path.join(os.path.dirname(__file__), "table.json")) as file:
        table = file.read()
    with open("rows.csv") as file:
        rows = file.read()
    code = "import pkg.lazy; print(pkg.lazy.VERSION)"
    child = subprocess.run([sys.executable, "-c", code], cwd="/", stdout=subprocess.PIPE)
    return {{
        "number": number,
        "reference": VERSION,
        "lazy": lazy.VERSION,
        "beside": beside.VERSION,
        "table": table,
        "rows": rows,
        "child": child.stdout.decode().strip(),
        "old": importlib.util.find_spec("pkg.old") is not None,
    }}

def text(number):
    return json.dumps(task(number))

def tasks(numbers):
    for number in numbers:
        yield task(number)
"""


class EngineProject:
    """A project in `root`, in one of its versions; its cache is beside it, so that one mount hides both."""

    def __init__(self, hidden: Path, version: int = 1) -> None:
        self.hidden = hidden
        self.root = hidden / "project"
        self.cwd = self.root / "data"
        self.write(version)

    def write(self, version: int) -> None:
        """Makes all files those of `version`; the module `pkg.old` is in the first one only."""
        self.version = version
        files = {
            "pyproject.toml": "",
            "scripts/run.py": RUN,
            "scripts/beside.py": f"VERSION = {version}\n",
            "src/pkg/__init__.py": "",
            "src/pkg/work.py": WORK.format(version=version),
            "src/pkg/lazy.py": f"VERSION = {version}\n",
            "src/pkg/table.json": str(version),
            "data/rows.csv": str(version),
        }
        for name, text in files.items():
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        old = self.root / "src" / "pkg" / "old.py"
        old.write_text("") if version == 1 else old.unlink(missing_ok=True)

    def environment(self, *python_path: str) -> dict[str, str]:
        """What the driver runs with; `python_path` comes behind the project's own places."""
        entries = [str(self.root / "src"), str(self.root / "scripts"), *python_path]
        kept = {
            name: value for name, value in os.environ.items() if not name.startswith(("AUTOMOUNT", "PYTEST"))
        }
        return {
            **kept,
            "PYTHONPATH": os.pathsep.join(entries),
            "PYTHONDONTWRITEBYTECODE": "1",
            "XDG_CACHE_HOME": str(self.hidden / "cache"),
        }

    def record(self) -> None:
        """Writes `automount.json` for the project as it is now."""
        command = [sys.executable, "-m", "automount", "--data", "mount", "../scripts/run.py"]
        environment = {**self.environment(), "PYTHONPATH": str(self.root / "src")}
        subprocess.run(command, cwd=self.cwd, env=environment, check=True, capture_output=True)

    def expected(self, number: int) -> dict[str, Any]:
        """What `task(number)` gives for the present version."""
        version = self.version
        return {
            "number": number,
            "reference": version,
            "lazy": version,
            "beside": version,
            "table": str(version),
            "rows": str(version),
            "child": str(version),
            "old": version == 1,
        }

    def drive(self, program: str, *args: str, site: str, **environment: str) -> list[Any]:
        """Runs a driver program under automount's own Python; each line that it writes is JSON."""
        script = self.hidden / "driver.py"
        script.write_text(program)
        done = subprocess.run(
            [sys.executable, str(script), *args],
            cwd=self.cwd,
            env={**self.environment(site), **environment},
            capture_output=True,
            text=True,
            timeout=240,
        )
        assert done.returncode == 0, done.stderr[-6000:]
        return [json.loads(line) for line in done.stdout.splitlines() if line.startswith(("{", "["))]
