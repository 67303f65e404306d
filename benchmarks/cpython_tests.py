"""Runs CPython's own tests of imports, processes and audit events plain and recorded, and compares them.

    python benchmarks/cpython_tests.py ~/.pyenv/versions/3.11.*/bin/python ~/.pyenv/versions/3.13.*/bin/python

The interpreters must have their `test` package. Each module runs in a process of its own, once as it is and
once under `python -m automount`. A test that differs is run again, alone, twice each way: one that fails now
and then does not count as one that recording breaks. Prints a table and the differences, as Markdown.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

MODULES = (
    "test_importlib",
    "test_import",
    "test_runpy",
    "test_zipimport",
    "test_subprocess",
    "test_audit",
    "test_inspect",
)
TIMEOUT_SECONDS = 900

# Runs in the interpreter under test: writes the outcome of each test, and of each failed subtest, as JSON.
DRIVER = r"""
import json, sys, unittest

class Outcomes(unittest.TestResult):
    def __init__(self):
        super().__init__()
        self.seen = {}
        self.notes = {}
    def note(self, test, outcome, error=None):
        name = test.id()
        self.seen[name] = outcome
        if error is not None:
            self.notes[name] = self._exc_info_to_string(error, test)
    def addSuccess(self, test):
        self.seen.setdefault(test.id(), "ok")
    def addSkip(self, test, reason):
        self.note(test, "skipped")
    def addExpectedFailure(self, test, error):
        self.note(test, "expected failure")
    def addUnexpectedSuccess(self, test):
        self.note(test, "unexpected success")
    def addFailure(self, test, error):
        self.note(test, "failure", error)
    def addError(self, test, error):
        self.note(test, "error", error)
    def addSubTest(self, test, subtest, error):
        if error is not None:
            self.note(subtest, "failure", error)
            self.note(test, "failure", error)

target, *names = sys.argv[1:]
outcomes = Outcomes()
unittest.defaultTestLoader.loadTestsFromNames(names).run(outcomes)
with open(target, "w") as file:
    json.dump([outcomes.seen, outcomes.notes], file)
"""


def outcomes(python: str, names: Iterable[str], *, recorded: bool) -> tuple[dict[str, str], dict[str, str]]:
    """The outcome of each test by its id, and the tracebacks of those that failed."""
    with tempfile.TemporaryDirectory() as directory:
        driver, target = Path(directory, "driver.py"), Path(directory, "outcomes.json")
        driver.write_text(DRIVER)
        command = [python, str(driver), str(target), *names]
        if recorded:
            manifest = str(Path(directory, "automount.json"))
            command = [sys.executable, "-m", "automount", "--quiet", "-o", manifest, "--", *command]
        working = Path(directory, "cwd")
        working.mkdir()
        environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "", "LC_ALL": "C.UTF-8"}
        done = subprocess.run(
            command,
            cwd=working,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=TIMEOUT_SECONDS,
        )
        try:
            seen, notes = json.loads(target.read_text())
        except OSError:
            return {"(the run)": f"ended with status {done.returncode}"}, {"(the run)": done.stderr[-2000:]}
        return seen, notes


def compare(python: str, module: str) -> tuple[int, int, dict[str, tuple[str, str, str]]]:
    """The number of tests, of those that fail plain, and what differs: plain, recorded, the traceback."""
    name = f"test.{module}"
    plain, plain_notes = outcomes(python, [name], recorded=False)
    recorded, notes = outcomes(python, [name], recorded=True)
    differs = {}
    for test in sorted(plain.keys() | recorded.keys()):
        pair = plain.get(test, "not run"), recorded.get(test, "not run")
        if pair[0] == pair[1] or _again(python, test):
            continue
        differs[test] = (*pair, notes.get(test, plain_notes.get(test, "")))
    failing = sum(outcome in ("failure", "error") for outcome in plain.values())
    return len(plain), failing, differs


def _again(python: str, test: str) -> bool:
    """Whether the test alone, or a test that holds the subtest, has the same outcome in two more pairs."""
    name = test.partition(" ")[0]
    if not name.startswith("test."):
        return False
    pairs = [
        (outcomes(python, [name], recorded=False)[0], outcomes(python, [name], recorded=True)[0])
        for _ in range(2)
    ]
    return all(plain == recorded for plain, recorded in pairs)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("pythons", nargs="+", help="interpreters that have their test package")
    parser.add_argument("--modules", nargs="+", default=MODULES, help="the test modules to run")
    options = parser.parse_args()
    print("| Python | module | tests | fail plain | differ when recorded |\n|---|---|---:|---:|---:|")
    details = []
    for python in options.pythons:
        command = [python, "-c", "import platform; print(platform.python_version())"]
        version = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
        for module in options.modules:
            total, failing, differs = compare(python, module)
            print(f"| {version} | {module} | {total} | {failing} | {len(differs)} |", flush=True)
            details += [(version, test, *what) for test, what in differs.items()]
    for version, test, plain, recorded, note in details:
        print(f"\n{version} `{test}`: {plain} plain, {recorded} recorded\n")
        print("\n".join(f"    {line}" for line in note.splitlines()[-12:]))


if __name__ == "__main__":
    main()
