"""No process is lost: every way to start and to end one."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import needs
import pytest
from agent_bench import Bench, installed_pythons

ENDINGS = {
    "os._exit": "os._exit(3)",
    "SIGKILL": "os.kill(os.getpid(), 9)",
    "SIGTERM": "os.kill(os.getpid(), 15)",
    "abort": "os.abort()",
    "segmentation fault": "import ctypes; ctypes.string_at(0)",
    "exit by an exception": "raise SystemExit('bye')",
    "an error": "1 / 0",
    "interrupted": "raise KeyboardInterrupt",
}


@pytest.mark.parametrize("ending", ENDINGS)
def test_every_ending(python: str, bench: Bench, ending: str) -> None:
    bench.write(
        {"app.py": f"import os\nimport part\n{ENDINGS[ending]}\n", "part.py": "import deep\n", "deep.py": ""}
    )
    journal = bench.same(python, "app.py").journal
    assert bench.ours(journal) == {"part": "executed", "deep": "executed"}


def test_end_in_the_middle_of_an_import(python: str, bench: Bench) -> None:
    bench.write({"app.py": "import part\n", "part.py": "import os\nos._exit(0)\n"})
    journal = bench.same(python, "app.py").journal
    assert bench.ours(journal) == {"part": "executed"}


@installed_pythons
def test_exec_keeps_the_pid(python: str, bench: Bench) -> None:
    bench.write({"app.py": "import os, sys, one\nos.execv(sys.executable, [sys.executable, 'next.py'])\n"})
    bench.write(
        {"one.py": "", "next.py": "import os, sys, two\nos.execle(sys.executable, 'python', 'last.py', {})\n"}
    )
    bench.write({"two.py": "", "last.py": "import three\n", "three.py": ""})
    journal = bench.same(python, "app.py").journal
    assert [(p.entry, p.parent) for p in journal.processes] == [("start", None), ("exec", 0), ("exec", 1)]
    assert len({p.pid for p in journal.processes}) == 1
    assert bench.ours(journal) == dict.fromkeys(("one", "two", "three"), "executed")
    assert [(launch.kind, launch.argv[-1]) for launch in journal.launches] == [
        ("exec", "next.py"),
        ("exec", "last.py"),
    ]


FAILURES = {
    "subprocess of nothing": "import subprocess\nsubprocess.run(['/absent/program'])\n",
    "none, files inherited": "import subprocess as s\ns.run(['/absent/x'], close_fds=False)\n",
    "the same with env": "import subprocess as s\ns.run(['/absent/x'], close_fds=False, env={})\n",
    "subprocess with a zero byte": "import subprocess\nsubprocess.run(['a\\0b'], env={})\n",
    "subprocess with a bad environment": "import subprocess\nsubprocess.run(['true'], env={'a': 1})\n",
    "subprocess without an environment mapping": "import subprocess\nsubprocess.run(['true'], env=5)\n",
    "subprocess in no directory": "import subprocess\nsubprocess.run(['true'], cwd='/absent')\n",
    "exec of nothing": "import os\nos.execve('/absent/program', ['x'], {})\n",
    "exec by PATH of nothing": "import os\nos.execvpe('absent-program', ['x'], {'PATH': '/bin:/usr/bin'})\n",
    "exec of a directory": "import os\nos.execve('/', ['x'], {})\n",
    "exec with bad arguments": "import os\nos.execve('/bin/true', [], {})\n",
}


@pytest.mark.parametrize("case", FAILURES)
def test_launches_that_fail(python: str, bench: Bench, case: str) -> None:
    bench.write({"app.py": FAILURES[case]})
    outcome = bench.same(python, "app.py")
    assert outcome.code == 1
    assert b"automount" not in outcome.stderr


def test_ledger(python: str, bench: Bench) -> None:
    bench.write(
        {
            "app.py": """
import os, subprocess, sys
os.mkdir("sub")
subprocess.run(["true", "a"], cwd="sub")
subprocess.run("true b", shell=True)
os.system("true c")
os.waitpid(os.posix_spawn("/bin/true", ["true", "d"], {}), 0)
if os.fork() == 0:
    os.execv("/bin/true", ["true", "e"])
os.wait()
"""
        }
    )
    outcome = bench.recorded(python, "app.py")
    assert outcome.code == 0
    assert [(row.kind, row.executable, row.argv, row.cwd) for row in outcome.journal.launches] == [
        ("subprocess", "true", ("true", "a"), str(bench.root / "sub")),
        ("subprocess", "/bin/sh", ("/bin/sh", "-c", "true b"), str(bench.root)),
        ("system", "/bin/sh", ("/bin/sh", "-c", "true c"), str(bench.root)),
        ("posix_spawn", "/bin/true", ("true", "d"), str(bench.root)),
        ("exec", "/bin/true", ("true", "e"), str(bench.root)),
    ]


def test_eight_processes_and_five_thousand_modules(bench: Bench) -> None:
    bench.write({f"mods/m{n}.py": "" for n in range(5000)})
    bench.write(
        {
            "app.py": """
import os, sys
sys.path.insert(0, "mods")
for k in range(8):
    if os.fork() == 0:
        for n in range(k, 5000, 8):
            __import__("m%d" % n)
        os._exit(0)
for k in range(8):
    os.wait()
"""
        }
    )
    journal = bench.same(needs.interpreter("3.11"), "app.py").journal
    assert bench.ours(journal) == {f"m{n}": "executed" for n in range(5000)}
    assert len(journal.processes) == 9


def test_worker_that_outlives_its_parent(python: str, bench: Bench) -> None:
    bench.write(
        {
            "app.py": """
import os
gate, opener = os.pipe()
if os.fork() == 0:
    os.setsid()
    os.close(opener)
    os.dup2(os.open(os.devnull, os.O_RDWR), 1)
    os.dup2(1, 2)
    os.read(gate, 1)
    import part
    open("done", "w").close()
    os._exit(0)
""",
            "part.py": "",
        }
    )
    directory = bench.new_journal()
    environment = {
        "AUTOMOUNT_JOURNAL": str(directory),
        "PYTHONPATH": str(bench.boot),
        "PATH": os.environ["PATH"],
    }
    import subprocess

    subprocess.run([python, "app.py"], cwd=bench.root, env=environment, check=True)
    wait_for(bench.root / "done")
    journal, lost = bench.read(directory)
    assert not lost
    assert bench.ours(journal) == {"part": "executed"}


def wait_for(path: Path) -> None:
    deadline = time.monotonic() + 60
    while not path.exists():
        assert time.monotonic() < deadline, f"{path} never came"
        time.sleep(0.005)


def test_journal_can_be_read_while_the_program_runs(bench: Bench) -> None:
    import subprocess

    bench.write({"app.py": "import part\nprint('ready', flush=True)\ninput()\n", "part.py": ""})
    directory = bench.new_journal()
    environment = {
        "AUTOMOUNT_JOURNAL": str(directory),
        "PYTHONPATH": str(bench.boot),
        "PATH": os.environ["PATH"],
    }
    with subprocess.Popen(
        [sys.executable, "app.py"],
        cwd=bench.root,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == b"ready\n"
        journal, lost = bench.read(directory)
        child.communicate(b"\n")
    assert not lost
    assert bench.ours(journal) == {"part": "executed"}
    assert journal.incomplete == ()
    assert not journal.processes[0].ended
