"""No child process is lost, however it was started."""

from __future__ import annotations

import textwrap

import needs
import pytest
from agent_bench import Bench

# Each starts children that import `part`, and prints how they ended.
CHILDREN = {
    "fork": """
        import os
        pid = os.fork()
        if pid == 0:
            import part
            os._exit(5)
        print(os.waitpid(pid, 0)[1])
        """,
    "subprocess": """
        import subprocess, sys
        print(subprocess.run([sys.executable, "worker.py"]).returncode)
        """,
    "subprocess, open files inherited": """
        import subprocess, sys
        print(subprocess.run([sys.executable, "worker.py"], close_fds=False).returncode)
        """,
    "subprocess with a function before exec": """
        import subprocess, sys, os
        print(subprocess.run([sys.executable, "worker.py"], preexec_fn=lambda: os.nice(0)).returncode)
        """,
    "subprocess without an environment": """
        import subprocess, sys
        mine = {}
        print(subprocess.run([sys.executable, "worker.py"], env=mine).returncode, mine)
        """,
    "subprocess without an environment, open files inherited": """
        import subprocess, sys
        mine = {"PYTHONPATH": "/more"}
        print(subprocess.run([sys.executable, "worker.py"], env=mine, close_fds=False).returncode, mine)
        """,
    "subprocess with an environment in bytes": """
        import subprocess, sys
        mine = {b"PYTHONPATH": b"/more"}
        print(subprocess.run([sys.executable, "worker.py"], env=mine).returncode, mine)
        """,
    "subprocess with a copy of the environment": """
        import subprocess, sys, os
        mine = os.environ.copy()
        mine["EXTRA"] = "1"
        print(subprocess.run([sys.executable, "worker.py"], env=mine).returncode, len(mine) - len(os.environ))
        """,
    "environment changed by the program": """
        import subprocess, sys, os
        os.environ["PYTHONPATH"] = "/more"
        print(subprocess.run([sys.executable, "worker.py"]).returncode)
        """,
    "environment cleared by the program": """
        import subprocess, sys, os
        os.environ.clear()
        print(subprocess.run([sys.executable, "worker.py"]).returncode)
        """,
    "environment changed behind the mapping": """
        import subprocess, sys, os
        os.putenv("PYTHONPATH", "/more")
        os.unsetenv("AUTOMOUNT_JOURNAL")
        print(subprocess.run([sys.executable, "worker.py"]).returncode)
        """,
    "os.system": """
        import os, sys
        print(os.system(sys.executable + " worker.py"))
        """,
    "os.popen": """
        import os, sys
        print(os.popen(sys.executable + " worker.py").close())
        """,
    "a shell script in between": """
        import subprocess, sys
        print(subprocess.run(["sh", "script.sh", sys.executable], env={"PATH": "/usr/bin:/bin"}).returncode)
        """,
    "os.posix_spawn": """
        import os, sys
        print(os.waitpid(os.posix_spawn(sys.executable, [sys.executable, "worker.py"], {}), 0)[1])
        print(os.waitpid(os.posix_spawnp(sys.executable, [sys.executable, "worker.py"], os.environ), 0)[1])
        """,
    "os.spawn": """
        import os, sys
        print(os.spawnve(os.P_WAIT, sys.executable, [sys.executable, "worker.py"], {}))
        print(os.spawnv(os.P_WAIT, sys.executable, [sys.executable, "worker.py"]))
        """,
    "fork and exec": """
        import os, sys
        pid = os.fork()
        if pid == 0:
            os.execve(sys.executable, [sys.executable, "worker.py"], {})
        print(os.waitpid(pid, 0)[1])
        """,
    "a pseudo-terminal": """
        import os, pty, sys
        print(pty.spawn([sys.executable, "worker.py"]))
        """,
    "asyncio": """
        import asyncio, sys
        async def main():
            child = await asyncio.create_subprocess_exec(sys.executable, "worker.py", env={})
            print(await child.wait())
        asyncio.run(main())
        """,
    "process pool": """
        from concurrent.futures import ProcessPoolExecutor
        import work
        if __name__ == "__main__":
            with ProcessPoolExecutor(2) as pool:
                print(list(pool.map(work.work, range(4))))
        """,
    "multiprocessing spawn": """
        import multiprocessing, work
        if __name__ == "__main__":
            with multiprocessing.get_context("spawn").Pool(1) as pool:
                print(pool.map(work.work, [1]))
        """,
    "multiprocessing spawn after a change of the environment": """
        import multiprocessing, work, os
        if __name__ == "__main__":
            os.environ["PYTHONPATH"] = "/more"
            process = multiprocessing.get_context("spawn").Process(target=work.work, args=(1,))
            process.start(); process.join()
            print(process.exitcode)
        """,
    "multiprocessing forkserver": """
        import multiprocessing, work
        if __name__ == "__main__":
            process = multiprocessing.get_context("forkserver").Process(target=work.work, args=(1,))
            process.start(); process.join()
            print(process.exitcode)
        """,
    "a pool that is terminated": """
        import multiprocessing, work
        if __name__ == "__main__":
            context = multiprocessing.get_context("fork")
            started = context.Barrier(3)
            pool = context.Pool(2, started.wait)
            started.wait()
            print(pool.map(work.work, [1]))
            pool.terminate()
        """,
}


@pytest.mark.parametrize("case", CHILDREN)
def test_children(python: str, bench: Bench, case: str) -> None:
    bench.write(
        {
            "app.py": textwrap.dedent(CHILDREN[case]),
            "worker.py": "import part\n",
            "work.py": "def work(n):\n    import part\n    return n\n",
            "script.sh": '"$1" worker.py\nexit 7\n',
            "part.py": "",
        }
    )
    outcome = bench.same(python, "app.py")
    assert outcome.code == 0, outcome.stderr
    assert outcome.stdout
    journal = outcome.journal
    loaded = [r for r in journal.modules if r.name == "part"]
    assert loaded
    for record in loaded:
        process = journal.processes[record.process]
        assert process.index > 0
        # The chain of processes leads back to the program.
        while process.parent is not None:
            process = journal.processes[process.parent]
        assert process.index == 0


def test_child_of_another_version(bench: Bench) -> None:
    older, newer = needs.interpreter("3.8"), needs.interpreter("3.13")
    bench.write({"app.py": f"import subprocess\nsubprocess.run([{newer!r}, 'worker.py'])\n"})
    bench.write({"worker.py": "import part\n", "part.py": ""})
    journal = bench.same(older, "app.py").journal
    assert [p.environment.python.rpartition(".")[0] for p in journal.processes] == ["3.8", "3.13"]
    assert bench.ours(journal) == {"part": "executed"}


KILLS = """
import os, signal, subprocess, sys
command = [sys.executable, "-S", "-c", "input()"]
child = subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True)
os.kill(child.pid, 0)
other = subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True)
child.terminate()
child.terminate()
os.killpg(other.pid, signal.SIGKILL)
print(child.wait(), other.wait(), file=sys.stderr)
print(child.pid, other.pid)
"""


def test_whom_a_program_sends_signals_to_is_in_the_journal(python: str, bench: Bench) -> None:
    """A Python that it ends before it has begun a journal is not one that escaped."""
    bench.write({"app.py": KILLS})
    outcome = bench.recorded(python, "app.py")
    assert outcome.stderr == b"-15 -9\n"
    assert outcome.journal.killed == tuple(sorted(map(int, outcome.stdout.split())))
