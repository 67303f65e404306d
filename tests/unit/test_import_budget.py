"""Bounds what automount imports at its start by the number of modules, which no machine changes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import automount

_HOME = str(Path(automount.__file__).parent.parent)
_COUNT = """
import sys
before = set(sys.modules)
{code}
print(*sorted(set(sys.modules) - before))
"""
# What a recording imports before it starts the program; everything else is imported while the program runs.
BEFORE_START = (
    "import automount.cli.main as m, automount.pipeline\nm._record_args(['--quiet', '-o', 'm.json'])"
)
# What is imported while it runs, where nothing but the program itself was loaded.
FOR_AN_EMPTY_PROGRAM = (
    "import automount.assembling, automount.contents.prefetch\n"
    "import automount.cli.output, automount.cli.render, automount.cli.missing_line"
)

# What `automount check` imports where it remembers that all files were as recorded. To look at 50,000 files
# takes 50 ms in each of two processes.
FOR_A_CHECK = "import automount.cli.main as m\nm._verb_args('check', ['--quiet'])"


def imported(code: str) -> list[str]:
    """Returns the names of all modules that `code` imports in a new interpreter."""
    done = subprocess.run(
        [
            sys.executable,
            "-I",
            "-S",
            "-c",
            _COUNT.format(code=f"import sys; sys.path[:0] = {[_HOME, *sys.path]!r}\n{code}"),
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.split()


@pytest.mark.parametrize(
    ("code", "ours", "in_all"),
    [
        ("import automount", 1, 40),
        ("import automount.cli.main", 6, 45),
        (BEFORE_START, 39, 73),
        (FOR_AN_EMPTY_PROGRAM, 103, 146),
        (FOR_A_CHECK, 26, 62),
    ],
)
def test_at_most_so_many_modules_are_imported(code: str, ours: int, in_all: int) -> None:
    names = imported(code)
    assert len([name for name in names if name.split(".")[0] == "automount"]) <= ours, names
    assert len(names) <= in_all, names


@pytest.mark.parametrize(
    "unwanted",
    [
        "argparse",
        "asyncio",
        "ctypes",
        "automount.assembling",
        "automount.distributions",
        "automount.manifest",
        "automount.plan",
        "automount.proving",
        "automount.recorder.starts",
        "dataclasses",
        "hashlib",
        "importlib_metadata",
        "json",
        "packaging",
        "pathlib",
        "rich",
        "re",
        "shutil",
        "subprocess",
        "tempfile",
        "typing",
        "wrapt",
        "zstandard",
    ],
)
def test_a_recording_does_not_import_it_before_the_program_starts(unwanted: str) -> None:
    assert unwanted not in imported(BEFORE_START)


@pytest.mark.parametrize(
    "unwanted",
    [
        "ast",
        "configparser",
        "csv",
        "dataclasses",
        "datetime",
        "hashlib",
        "importlib_metadata",
        "inspect",
        "logging",
        "packaging",
        "pathlib",
        "platform",
        "rich",
        "shlex",
        "shutil",
        "typing",
        "urllib.parse",
        "zipfile",
    ],
)
def test_the_recording_of_an_empty_program_does_not_import_it(unwanted: str) -> None:
    assert unwanted not in imported(FOR_AN_EMPTY_PROGRAM)


@pytest.mark.parametrize(
    "unwanted",
    ["argparse", "automount.manifest", "automount.model", "enum", "json", "re", "shutil", "signal", "typing"],
)
def test_a_check_does_not_import_it_before_it_looks_at_the_files(unwanted: str) -> None:
    assert unwanted not in imported(FOR_A_CHECK)
