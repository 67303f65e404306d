"""Before a program is verified, the modules that had byte code are compiled from the shipped source."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from measured import automount_command

# Large enough to be worth starting Pythons that compile it.
LARGE = "VALUE = 1\nROWS = [\n" + "    'a row of text',\n" * 12_000 + "]\n"
PROGRAM = """
import importlib.util, os, sys
found = importlib.util.find_spec("large")
is_compiled = os.path.exists(found.cached)
import large
sys.exit(large.VALUE if is_compiled else 5)
"""
# Writes byte code of another text, with the time and size of the real source.
PLANT = """
import importlib.util, os, sys
from importlib import _bootstrap_external
source, text = sys.argv[1:]
status = os.stat(source)
data = _bootstrap_external._code_to_timestamp_pyc(
    compile(text, source, "exec"), int(status.st_mtime), status.st_size
)
with open(importlib.util.cache_from_source(source), "wb") as file:
    file.write(data)
"""


def run(home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*automount_command(), *words], cwd=home, capture_output=True, text=True, check=False
    )


@pytest.fixture
def home(automount_home: Path) -> Path:
    (automount_home / "app.py").write_text(PROGRAM)
    (automount_home / "large.py").write_text(LARGE)
    subprocess.run([sys.executable, "-m", "py_compile", "large.py"], cwd=automount_home, check=True)
    return automount_home


@pytest.mark.parametrize("sandbox", ["bwrap", "landlock", "audit"])
def test_modules_that_were_compiled_are_compiled_again(home: Path, sandbox: str) -> None:
    assert run(home, "--quiet", "app.py").returncode == 1
    done = run(home, "verify", "--sandbox", sandbox)
    assert (done.returncode, "✓ Sufficient" in done.stdout) == (0, True), done


def test_byte_code_of_another_source_is_not_used(home: Path) -> None:
    subprocess.run([sys.executable, "-c", PLANT, "large.py", "VALUE = 7"], cwd=home, check=True)
    assert run(home, "--quiet", "app.py").returncode == 7
    done = run(home, "verify")
    assert "✗ Not sufficient: the program ended with status 1 (recorded 7)" in done.stdout, done
    assert done.returncode == 1


def test_modules_that_were_not_compiled_are_left_to_the_program(home: Path) -> None:
    compiled = home / "__pycache__" / f"large.{sys.implementation.cache_tag}.pyc"
    compiled.unlink()
    assert run(home, "--quiet", "app.py").returncode == 5
    # The recorded run has written it again, unless the environment forbids that.
    compiled.unlink(missing_ok=True)
    done = run(home, "verify")
    assert (done.returncode, "✓ Sufficient" in done.stdout) == (0, True), done
