"""Imports at unusual moments of a process: none is lost, and the program behaves as without recording."""

from __future__ import annotations

import textwrap

import pytest
from agent_bench import Bench

MOMENTS = {
    "a signal handler": """
        import os, signal
        def handle(number, frame):
            import late
        signal.signal(signal.SIGUSR1, handle)
        os.kill(os.getpid(), signal.SIGUSR1)
        """,
    "a callback of a weak reference": """
        import weakref
        class Referent: pass
        referent = Referent()
        def call(reference):
            import late
        reference = weakref.ref(referent, call)
        del referent
        """,
    "a callback of the garbage collector": """
        import gc
        def call(phase, info):
            gc.callbacks.remove(call)
            import late
        gc.callbacks.append(call)
        gc.collect()
        """,
    "an exit handler": """
        import atexit
        def call():
            import late
        atexit.register(call)
        """,
    "a thread that outlives the main thread's code": """
        import threading
        def call():
            threading.main_thread().join()
            import late
        threading.Thread(target=call).start()
        """,
    "a flush after the exit handlers": """
        import sys
        class Stream:
            def __init__(self, stream): self.stream = stream
            def write(self, text): return self.stream.write(text)
            def flush(self):
                import late
                self.stream.flush()
            def __getattr__(self, name): return getattr(self.stream, name)
        sys.stdout = Stream(sys.stdout)
        """,
    "another interpreter": """
        try:
            import _interpreters as interpreters
        except ImportError:
            try:
                import _xxsubinterpreters as interpreters
            except ImportError:
                import _xxinterpreters as interpreters
        other = interpreters.create()
        interpreters.run_string(other, "import sys; sys.path.insert(0, '.'); import late")
        interpreters.destroy(other)
        """,
    "a forked child that ends at once": """
        import os
        if os.fork() == 0:
            import late
            os._exit(0)
        os.wait()
        """,
}


@pytest.mark.parametrize("moment", MOMENTS)
def test_imports_at_any_moment(python: str, bench: Bench, moment: str) -> None:
    bench.write({"app.py": textwrap.dedent(MOMENTS[moment]) + "print('done')\n", "late.py": "import deep\n"})
    bench.write({"deep.py": ""})
    outcome = bench.same(python, "app.py")
    assert bench.ours(outcome.journal) == {"late": "executed", "deep": "executed"}
