"""Files that other processes read ahead have the same digests, and are not read again."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

# In a process of its own: a process with threads, as those of a test runner, is not forked.
BEGIN = """
import json, os, signal, sys, time
from automount import forked
from automount.contents import digests, hashing, prefetch, reach
from automount.contents.file_times import FileTimes

class Proving(FileTimes):
    def identity(self, directory):
        return "here"
    def unmapped_at(self, status):
        return time.time_ns() + 3 * 10**9

def counted(path, progress=None, read=hashing.read_digest):
    counted.here += 1
    return read(path, progress)

counted.here = 0
hashing.read_digest = counted
forked.processes_for = lambda count: 2
top = sys.argv[1]
files = [os.path.join(top, name) for name in sorted(os.listdir(top))]
new = lambda **options: digests.DigestIndex(
    clock=lambda: time.time_ns() + 3 * 10**9, times=Proving(), may_fork=True, **options
)
"""
END = """
read = counted.here
found = {os.path.basename(path): index.digest(path)[0].sha256 for path in files}
alone = {os.path.basename(path): hashing.read_digest(path)[0].sha256 for path in files}
print(json.dumps([read, counted.here - read - len(files), found == alone]))
"""
AT_ONCE = "index = new()\nindex.read_ahead([(path, reach.status(path)) for path in files], None)"
EARLY = "index = new()\nindex.start_reading(files)\nindex.read_ahead([], None)"
KILLED = """
index = new()
index.start_reading(files)
os.kill(index._readers[0]._child[0], signal.SIGKILL)
index.read_ahead([], None)
"""
WHILE_IT_RUNS = """
with prefetch.Prefetch(may_fork=True) as ahead:
    ahead.index = index = new()
    ahead._may_share = True
    ahead.step([])
    ahead._waiting.extend(files)
    while ahead._waiting:
        ahead.step([])
    ahead.program_ended()
    index.read_ahead([], None)
"""
NOT_ALLOWED = """
index = digests.DigestIndex(times=Proving())
index.read_ahead([(path, reach.status(path)) for path in files], None)
"""


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Returns a directory of 1,000 small files."""
    top = tmp_path_factory.mktemp("tree")
    for number in range(1000):
        (top / f"module{number}.py").write_text(f"VALUE = {number}\n")
    return top


@pytest.mark.parametrize(
    ("code", "read_here", "read_later"),
    [
        pytest.param(AT_ONCE, 500, 0, id="half-of-them"),
        pytest.param(EARLY, 0, 0, id="all-of-them"),
        pytest.param(KILLED, 0, 1000, id="killed"),
        pytest.param(WHILE_IT_RUNS, 0, 0, id="while-the-program-runs"),
        pytest.param(NOT_ALLOWED, 0, 1000, id="not-allowed"),
    ],
)
def test_files_read_by_other_processes(tree: Path, code: str, read_here: int, read_later: int) -> None:
    done = subprocess.run(
        [sys.executable, "-c", BEGIN + code + END, str(tree)], capture_output=True, text=True, check=True
    )
    assert json.loads(done.stdout) == [read_here, read_later, True], done.stderr


def test_what_vanishes_meanwhile_is_left_out(tree: Path) -> None:
    code = "index = new()\nindex.start_reading([*files, top + '/gone'])\nindex.read_ahead([], None)"
    done = subprocess.run(
        [sys.executable, "-c", BEGIN + code + END, str(tree)], capture_output=True, text=True, check=True
    )
    assert json.loads(done.stdout) == [0, 0, True], done.stderr
