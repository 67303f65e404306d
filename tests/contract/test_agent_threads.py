"""Threads that import at the same time: nothing is lost, and no load is judged by another thread's."""

from __future__ import annotations

from agent_bench import Bench

MANY = """
import importlib, sys, threading
sys.setswitchinterval(1e-6)
begin = threading.Barrier(8)
def work(first):
    begin.wait()
    for number in range(first, 160, 8):
        importlib.import_module(f"part{number}")
        try:
            importlib.import_module(f"absent{number}")
        except ImportError:
            pass
threads = [threading.Thread(target=work, args=(first,)) for first in range(8)]
for thread in threads: thread.start()
for thread in threads: thread.join()
print("done")
"""


def test_many_threads(python: str, bench: Bench) -> None:
    """Where Python has no global lock, they run in the agent's code at the same time."""
    names = [f"part{number}" for number in range(160)]
    bench.write({f"{name}.py": "import shared\n" for name in names} | {"shared.py": "", "app.py": MANY})
    assert bench.ours(bench.same(python, "app.py").journal) == dict.fromkeys([*names, "shared"], "executed")


def test_a_load_that_fails_while_another_thread_loads(python: str, bench: Bench) -> None:
    """It is known to have failed although the other thread's load has not ended and the process is killed."""
    bench.write(
        {
            "app.py": """
import os
try:
    import outer
except ValueError:
    pass
import last
os._exit(0)
""",
            "outer.py": """
import threading

threading.Thread(target=lambda: __import__("inner"), daemon=True).start()
import shared
shared.loading.wait()
raise ValueError
""",
            "shared.py": "import threading\nloading, never = threading.Event(), threading.Event()\n",
            "inner.py": "import shared\nshared.loading.set()\nshared.never.wait()\n",
            "last.py": "",
        }
    )
    assert bench.ours(bench.same(python, "app.py").journal) == {
        "outer": "failed",
        "shared": "executed",
        "inner": "executed",
        "last": "executed",
    }
