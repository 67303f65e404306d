"""Failures of the journal: the program does not notice them, and losses are reported."""

from __future__ import annotations

import os
from pathlib import Path

import needs
import pytest
from agent_bench import Bench

TREE = {"one.py": "", "two.py": "", "pkg/__init__.py": "", "pkg/three.py": ""}
ALL = {"one": "executed", "two": "executed", "pkg": "executed", "pkg.three": "executed"}

# Run between two imports; nothing may be lost.
HARMLESS = {
    "another directory": "os.chdir('/')",
    "umask": "os.umask(0o777)",
    "all files closed": "os.closerange(3, 4096)",
    "all files closed, then many opened": "os.closerange(3, 4096); keep = [os.dup(0) for _ in range(200)]",
    "no standard files": "os.closerange(0, 4096)",
    "few files allowed": "import resource; resource.setrlimit(resource.RLIMIT_NOFILE, (16, 16))",
    "frozen modules": "sys.modules.pop('one')",
    "exit handlers cleared": "import atexit; atexit._clear()",
    "standard streams replaced": "sys.stdout = sys.stderr = None",
    "a trace function": "sys.settrace(lambda *a: None)",
    "a profile function": "sys.setprofile(lambda *a: None)",
    "import hooks cleared": "sys.path_importer_cache.clear(); sys.path_hooks[:] = sys.path_hooks[:]",
}


@pytest.mark.parametrize("case", HARMLESS)
def test_nothing_is_lost(python: str, bench: Bench, case: str) -> None:
    bench.write(TREE)
    bench.write(
        {
            "app.py": "import os, sys\nsys.path[0] = os.getcwd()\nimport one\n"
            f"{HARMLESS[case]}\nimport two, pkg.three\n"
        }
    )
    outcome = bench.same(python, "app.py")
    assert bench.ours(outcome.journal) == ALL


def test_another_user(python: str, bench: Bench) -> None:
    if os.getuid() != 0:
        needs.missing("the right to become another user")
    bench.write(TREE)
    bench.write(
        {
            "app.py": """
import os, subprocess, sys
import one
os.setgroups([]); os.setgid(65534); os.setuid(65534)
import two
if os.fork() == 0:
    os.closerange(3, 2000)
    import pkg.three
    os._exit(0)
print(os.wait()[1])
"""
        }
    )
    outcome = bench.same(python, "app.py")
    assert bench.ours(outcome.journal) == ALL


def test_another_root_directory(python: str, bench: Bench) -> None:
    """The paths of what is loaded there are those that they have outside."""
    if os.getuid() != 0:
        needs.missing("the right to change the root directory")
    app = """
import os, sys
sys.path.insert(0, "/lib")
os.chroot("jail")
os.chdir("/")
import first
os.chroot("lib")
sys.path.insert(0, "/deep")
import second
print(second.__file__, os.chroot.__name__)
"""
    bench.write({"app.py": app, "jail/lib/first.py": "", "jail/lib/deep/second.py": "", "deep/second.py": ""})
    outcome = bench.same(python, "app.py")
    files = {record.name: record.file for record in outcome.journal.modules if bench.is_ours(record)}
    assert files["first"] == str(bench.root / "jail/lib/first.py")
    assert files["second"] == str(bench.root / "jail/lib/deep/second.py")


def test_a_child_in_another_root_directory(python: str, bench: Bench) -> None:
    """It cannot write a journal there, and this is recorded."""
    if os.getuid() != 0:
        needs.missing("the right to change the root directory")
    app = """
import os, sys
os.chroot("jail")
os.chdir("/")
sys.path.insert(0, "/")
if os.fork() == 0:
    import first
    os._exit(0)
print(os.wait()[1])
"""
    bench.write({"app.py": app, "jail/first.py": ""})
    plain, recorded = bench.plain(python, "app.py"), bench.recorded(python, "app.py")
    assert (recorded.stdout, recorded.stderr, recorded.code) == (plain.stdout, plain.stderr, plain.code)
    assert recorded.lost or recorded.journal.incomplete


@pytest.mark.parametrize("how", ["removed", "a file", "unwritable"])
def test_no_journal_directory(python: str, bench: Bench, how: str) -> None:
    bench.write(TREE)
    bench.write(
        {"app.py": "import one, sys, os\nprint(sys.path, sorted(os.environ), sorted(sys.modules))\n1 / 0\n"}
    )
    plain = bench.plain(python, "app.py")
    place = bench.journals / "place"
    if how == "a file":
        place.write_text("")
    elif how == "unwritable":
        place = Path("/proc/self")
    outcome = bench.plain(
        python, "app.py", env={"AUTOMOUNT_JOURNAL": str(place), "PYTHONPATH": str(bench.boot)}
    )
    assert outcome == plain


def test_journal_removed_while_the_program_runs(python: str, bench: Bench) -> None:
    bench.write(TREE)
    bench.write(
        {
            "remove.py": "",
            "app.py": """
import glob, os, shutil, sys
import one
for place in glob.glob("../journals/*"):
    shutil.rmtree(place)
import two
if os.fork() == 0:
    import pkg.three
    os._exit(0)
print(os.wait()[1])
""",
        }
    )
    plain = bench.plain(python, "app.py")
    directory = bench.new_journal()
    outcome = bench.plain(
        python, "app.py", env={"AUTOMOUNT_JOURNAL": str(directory), "PYTHONPATH": str(bench.boot)}
    )
    assert outcome == plain
    assert not directory.exists()


def test_full_disk(python: str, bench: Bench) -> None:
    """A limit on the size of files has the effect of a full disk."""
    bench.write({f"m{n:03}.py": "" for n in range(300)})
    bench.write(
        {
            "app.py": """
import resource
limit = 12000
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
for n in range(300):
    __import__("m%03d" % n)
print("done")
"""
        }
    )
    plain = bench.plain(python, "app.py")
    outcome = bench.recorded(python, "app.py")
    assert outcome == plain
    assert outcome.code == 0
    assert outcome.lost
    loaded = bench.ours(outcome.journal)
    assert 0 < len(loaded) < 300
    # Whatever was written can be read; the last may have been cut off between its two lines.
    assert set(list(loaded.values())[:-1]) == {"executed"}


def test_no_descriptor_left(python: str, bench: Bench) -> None:
    bench.write(TREE)
    bench.write(
        {
            "app.py": """
import os, resource, sys
import one
os.closerange(3, 4096)
resource.setrlimit(resource.RLIMIT_NOFILE, (3, 3))
try:
    import two
except OSError as error:
    print(error)
print("on")
"""
        }
    )
    plain = bench.plain(python, "app.py")
    outcome = bench.recorded(python, "app.py")
    assert outcome == plain


def test_recursion_limit(python: str, bench: Bench) -> None:
    bench.write(
        {
            "deep.py": "",
            "app.py": """
import sys
sys.setrecursionlimit(200)
count = 0
def down(n):
    global count
    try:
        import deep
        sys.modules.pop("deep")
        count += 1
        open("/dev/null").close()
        down(n + 1)
    except RecursionError:
        pass
down(0)
print(count > 50)
import deep
""",
        }
    )
    outcome = bench.recorded(python, "app.py")
    assert outcome.stdout == b"True\n"
    assert outcome.stderr == b""


def test_signal_handler_that_raises(python: str, bench: Bench) -> None:
    """An exception that a handler raises in our code is the program's, and reaches it."""
    bench.write(
        {
            "app.py": """
import signal
class Ring(Exception): pass
def handler(*args):
    global rung
    rung = True
    raise Ring
signal.signal(signal.SIGALRM, handler)
n = arrived = 0
def work(seconds):
    global n
    signal.setitimer(signal.ITIMER_REAL, seconds)
    while not rung:
        n += 1
        open("file%d" % n, "w").close()
for turn in range(60):
    rung = False
    try:
        work(0.001 + turn * 0.00001)
    except Ring:
        arrived += 1
print(arrived)
"""
        }
    )
    outcome = bench.recorded(python, "app.py")
    assert (outcome.stdout, outcome.stderr, outcome.code) == (b"60\n", b"", 0)


@pytest.mark.parametrize("how", ["missing", "broken"])
def test_agent_that_cannot_be_loaded(python: str, bench: Bench, tmp_path: Path, how: str) -> None:
    """With an agent that was removed or damaged, the program runs as without one."""
    boot = tmp_path / "bad" / "boot"
    boot.mkdir(parents=True)
    (boot / "sitecustomize.py").write_bytes((bench.boot / "sitecustomize.py").read_bytes())
    if how == "broken":
        (tmp_path / "bad" / "observer.py").write_text("1 / 0\n")
    bench.write({"app.py": "import sys, os\nprint(sys.path, sorted(os.environ), sorted(sys.modules))\n"})
    environment = {"AUTOMOUNT_JOURNAL": str(bench.new_journal()), "PYTHONPATH": str(boot)}
    outcome = bench.plain(python, "app.py", env=environment)
    assert outcome == bench.plain(python, "app.py")


def test_recording_off(python: str, bench: Bench) -> None:
    bench.write({"app.py": "import sys, os\nprint(sys.path, sorted(os.environ), sorted(sys.modules))\n"})
    assert bench.plain(python, "app.py", env={"PYTHONPATH": str(bench.boot)}) == bench.plain(python, "app.py")


def test_old_python(old_python: str, bench: Bench) -> None:
    """It is not recorded and not affected; the journal contains a note about it."""
    bench.write({"app.py": "import sys, os\nprint(sys.path, sorted(os.environ), sorted(sys.modules))\n"})
    plain = bench.plain(old_python, "app.py")
    recorded = bench.recorded(old_python, "app.py")
    assert (recorded.stdout, recorded.stderr, recorded.code) == (plain.stdout, plain.stderr, plain.code)
    (row,) = recorded.journal.incomplete
    assert row.reason == "unsupported-python"
    assert recorded.journal.processes[0].environment.python.startswith(("2.7.", "3.6.", "3.7."))


def test_old_python_with_a_sitecustomize(old_python: str, bench: Bench) -> None:
    bench.write({"app.py": "import sys\nprint(sys.modules['sitecustomize'].value)\n"})
    bench.write({"site/sitecustomize.py": "value = 7\n"})
    environment = {"PYTHONPATH": str(bench.root / "site")}
    plain = bench.plain(old_python, "app.py", env=environment)
    recorded = bench.recorded(old_python, "app.py", env=environment)
    assert (recorded.stdout, recorded.stderr, recorded.code) == (b"7\n", plain.stderr, plain.code)


def test_old_python_as_a_child(old_python: str, bench: Bench) -> None:
    bench.write({"app.py": f"import subprocess\nsubprocess.run([{old_python!r}, '-c', 'print(1)'])\n"})
    plain = bench.plain(needs.interpreter("3.11"), "app.py")
    recorded = bench.recorded(needs.interpreter("3.11"), "app.py")
    assert (recorded.stdout, recorded.stderr) == (plain.stdout, plain.stderr)
    (row,) = recorded.journal.incomplete
    assert row.reason == "unsupported-python"
