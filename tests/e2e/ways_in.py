"""A project in a directory of its own, and Python programs run in it that use automount themselves."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import needs
from measured import ROOT, is_measured

# As words of a shell's text.
PYTHON = shlex.quote(sys.executable)
AUTOMOUNT = f"{PYTHON} -m automount"

# What a program writes to tell of a recording: the local modules by process, and whether it is complete.
TELL = """
def tell(recording):
    import json
    mounted = {(row.process, row.name) for row in recording.manifest.modules if row.mount is not None}
    print(json.dumps({
        "modules": sorted(mounted),
        "complete": recording.manifest.complete,
        "incomplete": [row.reason for row in recording.manifest.incomplete],
    }), flush=True)
"""

# Where the tests are measured: the harness, in the program that uses it, and in no child of that.
MEASURE = """
if __name__ == "__main__":
    import atexit, coverage
    measured = coverage.Coverage(config_file="{root}/.coveragerc", data_file="{root}/.coverage",
                                 source=["{root}/automount"])
    measured.start()
    atexit.register(lambda: (measured.stop(), measured.save()))
"""


# The files of the tests of `recording()`, and of those of shells.
BLOCK_TREE = {
    "one.py": "",
    "two.py": "",
    "three.py": "",
    "pkg/__init__.py": "",
    "pkg/inner.py": "def work(x):\n    import two\n\n    return x\n",
    "broken.py": "raise LookupError('broken')\n",
}
SHELL_TREE = {
    "app.py": "import one\nprint(one.NAME)\n",
    "one.py": "NAME = __name__\n",
    "two.py": "",
    "jobs/nightly.py": "import sys\nsys.path.append('.')\nimport two\n",
}


@dataclass(frozen=True)
class Home:
    """The directory `root`, in which everything is run, without a variable of automount's."""

    root: Path

    def write(self, tree: Mapping[str, str]) -> None:
        for name, text in tree.items():
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)

    def run(
        self, *command: str, env: Mapping[str, str] | None = None, **options: Any
    ) -> subprocess.CompletedProcess[str]:
        """Runs `command`; what it wrote is text."""
        return subprocess.run(
            command,
            cwd=self.root,
            env={**self.environment(), **(env or {})},
            capture_output=True,
            text=True,
            timeout=120,
            **options,
        )

    def python(self, program: str, *args: str, env: Mapping[str, str] | None = None) -> str:
        """Runs `program` as `app.py`; returns its output. It must succeed and write nothing to stderr."""
        measuring = MEASURE.format(root=str(ROOT)) if is_measured() else ""
        self.write({"app.py": measuring + TELL + program})
        done = self.run(sys.executable, "app.py", *args, env=env)
        assert (done.returncode, done.stderr) == (0, "")
        return done.stdout

    def reported(self, program: str, *args: str, env: Mapping[str, str] | None = None) -> list[Any]:
        """Runs `program`; gives each line that it wrote, read as JSON."""
        return [json.loads(line) for line in self.python(program, *args, env=env).splitlines()]

    def manifest(self, name: str = "automount.json") -> Any:
        return json.loads((self.root / name).read_bytes())

    def mounted(self, name: str = "automount.json") -> list[str]:
        """The names of the modules that a manifest mounts."""
        return sorted({row["name"] for row in self.manifest(name)["modules"] if row["mount"] is not None})

    @staticmethod
    def environment() -> dict[str, str]:
        unwanted = ("AUTOMOUNT_JOURNAL", "PYTHONPATH", "PYTEST_")
        return {
            **{name: value for name, value in os.environ.items() if not name.startswith(unwanted)},
            "PYTHONDONTWRITEBYTECODE": "1",
        }


def shell(home: Home, script: str, *, program: str = "sh", env: dict[str, str] | None = None) -> str:
    """The output of `script`, which must succeed and write nothing to stderr."""
    done = home.run(needs.tool(program), "-c", script, env=env)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def recorded(*modules: tuple[int, str], complete: bool = True) -> dict[str, Any]:
    """What `tell` prints for a recording that mounted these modules, by number of the process."""
    return {
        "modules": sorted([process, name] for process, name in modules),
        "complete": complete,
        "incomplete": [],
    }
