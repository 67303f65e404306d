"""Work in several processes: the results in order, nothing left over, and no result where anything fails."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from automount.forked import processes_for, slices

CHECKS = Path(__file__).with_name("forked_checks.py")


@pytest.mark.parametrize("name", re.findall(r"^def (check_\w+)", CHECKS.read_text(), re.MULTILINE))
def test_in_a_process_without_threads(name: str) -> None:
    command = [sys.executable, "-W", "error", str(CHECKS), name]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert (done.returncode, done.stdout) == (0, "")


ORPHAN = """
import os, sys
from automount.forked import forked

def work(part):
    for number in part:
        # The other process kills itself while this one waits for it between two items.
        print(os.getpid(), number, flush=True)
        if number == 1:
            os.kill(os.getppid(), 9)
            while os.getppid() == parent:
                pass

parent = os.getpid()
with forked(work, [range(1, 100)]) as results:
    results()
"""


def test_the_work_stops_when_the_process_that_wants_it_is_killed() -> None:
    done = subprocess.run([sys.executable, "-c", ORPHAN], stdout=subprocess.PIPE, text=True)
    assert done.returncode == -signal.SIGKILL
    assert [line.split()[1] for line in done.stdout.splitlines()] == ["1"]


def test_slices_keep_the_order_and_are_about_equal() -> None:
    assert slices([1, 2, 3, 4, 5], 2) == [[1, 2], [3, 4, 5]]
    assert slices([1], 3) == [[1]]
    assert slices([], 2) == []
    assert slices(range(10), 1) == [range(10)]


def test_few_files_are_not_worth_a_process() -> None:
    assert processes_for(0) == processes_for(1999) == 1
    assert 1 <= processes_for(10**6) <= 4
