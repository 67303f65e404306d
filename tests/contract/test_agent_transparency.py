"""Transparency: what a program can see of itself is the same, byte for byte, recorded or not."""

from __future__ import annotations

import re
import textwrap

import needs
import pytest
from agent_bench import Bench

CASES = {
    "what the interpreter reports": """
        import sys, os
        print(sys.argv, sys.path, sys.flags, sys.warnoptions)
        finders = [f for f in sys.meta_path if type(f).__module__ != "importlib._automount_finder"]
        print([getattr(f, "__name__", type(f)) for f in finders + sys.path_hooks])
        print(sorted(sys.modules), sorted(sys.path_importer_cache), sorted(os.environ.items()))
        print(sorted(os.environb.items()), os.getenv("PYTHONPATH"), os.getenv("AUTOMOUNT_JOURNAL"))
        print(sorted(vars(sys.modules["__main__"])), __name__, __file__, __spec__, sys.stdin.encoding)
        print(os.open(os.devnull, 0), os.getcwd(), os.umask(0))
        """,
    "order of sys.modules": """
        import sys
        import json, pkg.sub
        print(list(sys.modules))
        """,
    "loaders, specs and modules": """
        import sys, pickle, inspect, one, pkg.sub, json, importlib.machinery as m
        for module in (one, pkg, pkg.sub, json, sys, importlib):
            spec = module.__spec__
            print(spec.name, type(spec.loader), spec.origin, spec.cached, spec.parent)
            print(spec.submodule_search_locations)
            print(module.__loader__ is spec.loader, isinstance(spec.loader, m.SourceFileLoader), repr(module))
            print(sorted(vars(module)), sorted(vars(spec)))
        print(pickle.loads(pickle.dumps(one.__spec__.loader)).path)
        print(pickle.loads(pickle.dumps(one.__spec__)) == one.__spec__)
        print(inspect.getsource(one), inspect.getfile(pkg.sub), inspect.getmodule(one.f).__name__)
        """,
    "resources": """
        import pkgutil, pkg, sys
        print(pkgutil.get_data("pkg", "data.txt"), [m.name for m in pkgutil.walk_packages(["."])])
        import importlib.resources
        if sys.version_info >= (3, 9):
            print(importlib.resources.files("pkg").joinpath("data.txt").read_text())
        else:
            print(importlib.resources.read_text("pkg", "data.txt"))
        """,
    "traceback of an error in a module": "import raises\n",
    "traceback of an error deep in packages": "from pkg import bad\n",
    "traceback of a missing module": "import pkg.absent\n",
    "traceback of a module without a package": "import one.two\n",
    "traceback of a syntax error": "import syntax\n",
    "traceback of a finder that raises": """
        import sys
        class Finder:
            def find_spec(self, name, path=None, target=None):
                raise ValueError(name)
        sys.meta_path.insert(0, Finder())
        import one
        """,
    "traceback of a path hook that raises": """
        import sys
        def hook(path):
            if path == "odd":
                raise ValueError(path)
            raise ImportError
        sys.path_hooks.insert(0, hook)
        sys.path.insert(0, "odd")
        import one
        """,
    "traceback of a loader that raises": """
        import sys, importlib.machinery
        class Loader(importlib.machinery.SourceFileLoader):
            def exec_module(self, module):
                raise ValueError(module.__name__)
        sys.path_hooks.insert(0, importlib.machinery.FileFinder.path_hook((Loader, [".py"])))
        sys.path_importer_cache.clear()
        import one
        """,
    "traceback of import_module": "import importlib\nimportlib.import_module('raises')\n",
    "traceback of reload": """
        import importlib, one
        open("one.py", "a").write("1 / 0")
        try:
            importlib.reload(one)
        finally:
            open("one.py", "w").write("def f():\\n    return 1\\n")
        """,
    "no meta path": "import sys\nsys.meta_path = None\nimport one\n",
    "an empty meta path": "import sys\nsys.meta_path = []\nimport one\n",
    "an old finder": """
        import sys
        class Loader:
            def load_module(self, name):
                module = sys.modules[name] = type(sys)(name)
                return module
        class Finder:
            def find_module(self, name, path=None):
                print("asked for", name)
                return Loader() if name == "made" else None
        sys.meta_path.insert(0, Finder())
        try:
            import made
            print(type(made))
        except ImportError as error:
            print(error)
        """,
    "warnings": """
        import warnings, one, pkg.warns
        warnings.warn("here", stacklevel=1)
        import importlib
        importlib.import_module("warns")
        """,
    "frames": """
        import inspect, frames, importlib
        importlib.reload(frames)
        """,
    "finders are asked once": """
        import sys
        class Finder:
            def __init__(self, label): self.label = label
            def find_spec(self, name, path=None, target=None): print(self.label, name, path, target)
        sys.meta_path.insert(0, Finder("front"))
        sys.meta_path.append(Finder("back"))
        import one, pkg.sub
        try:
            import absent
        except ImportError as error:
            print(error, error.name, error.path)
        """,
    "a finder that imports the module itself": """
        import sys, importlib.util
        class Finder:
            def find_spec(self, name, path=None, target=None):
                if name == "one" and name not in sys.modules:
                    spec = importlib.util.spec_from_file_location(name, "other.py")
                    module = sys.modules[name] = importlib.util.module_from_spec(spec)
                    return importlib.util.spec_from_file_location(name, "one.py")
        sys.meta_path.insert(0, Finder())
        import one
        print(one)
        """,
    "audit events": """
        import sys
        seen = []
        def hook(event, args):
            if event in ("import", "exec", "compile", "open") and not seen.count("off"):
                seen.append((event, [a for a in args if isinstance(a, (str, int))]))
        sys.addaudithook(hook)
        import one, pkg.sub
        open("pkg/data.txt").close()
        seen.append("off")
        print(seen)
        """,
    "exit handlers": """
        import atexit
        atexit.register(print, "last")
        atexit.register(print, "first")
        """,
    "output at exit": """
        import sys
        class Late:
            def __del__(self): print("late", sys.modules is None)
        late = Late()
        """,
    "asyncio interrupted": """
        import asyncio, os, signal
        async def serve():
            asyncio.get_running_loop().call_later(0, os.kill, os.getpid(), signal.SIGINT)
            await asyncio.sleep(60)
        try:
            asyncio.run(serve())
        except KeyboardInterrupt:
            print("stopped")
        """,
    "a module that takes its own name away": "import takes_away\n",
    "relative import beyond the top": "from . import one\n",
    "import of a halted module": "import sys\nsys.modules['one'] = None\nimport one\n",
    "garbage": """
        import gc, sys, one
        print(sys.getrefcount(one.__spec__), gc.isenabled(), gc.get_threshold())
        """,
}
TREE = {
    "one.py": "def f():\n    return 1\n",
    "other.py": "",
    "pkg/__init__.py": "",
    "pkg/sub.py": "from . import data\n",
    "pkg/data.py": "",
    "pkg/data.txt": "text\n",
    "pkg/bad.py": "def f():\n    raise KeyError('x')\nf()\n",
    "pkg/warns.py": "import warnings\nwarnings.warn('in a module', stacklevel=2)\n",
    "warns.py": "import warnings\nwarnings.warn('in another', DeprecationWarning, stacklevel=2)\n",
    "raises.py": "import one\n\ndef f():\n    1 / 0\nf()\n",
    "syntax.py": "x = (\n",
    "frames.py": "import inspect\nprint([(f.function, f.filename) for f in inspect.stack(0)])\n",
    "takes_away.py": "import sys\ndel sys.modules[__name__]\n",
}


@pytest.mark.parametrize("case", CASES)
def test_same(python: str, bench: Bench, case: str) -> None:
    bench.write(TREE)
    bench.write({"app.py": textwrap.dedent(CASES[case])})
    bench.same(python, "app.py", "argument", env={"PYTHONPATH": "/somewhere:.", "PYTHONWARNINGS": "default"})


@pytest.mark.parametrize(
    "command",
    [
        ("-c", "import one; print(__name__)"),
        ("-",),
        ("-m", "pkg.sub"),
        ("-m", "this"),
        ("absent.py",),
        ("-m", "absent"),
        ("-m", "pkg"),
        ("-q", "-X", "dev", "app.py"),
        ("-O", "app.py"),
        ("-s", "app.py"),
        ("-u", "app.py"),
        ("-m", "cProfile", "-o", "out", "app.py"),
        ("-m", "json.tool"),
        ("-m", "timeit", "-n1", "-r1", "-q", "--help"),
    ],
)
def test_command_lines(python: str, bench: Bench, command: tuple[str, ...]) -> None:
    bench.write(TREE)
    bench.write({"app.py": "import sys, one\nprint(sys.argv, sys.flags, sys.path[0], one.__spec__.origin)\n"})
    bench.same(python, *command, stdin=b"import sys, one\nprint(sys.argv)\n1 / 0\n")


def test_order_of_import_times(python: str, bench: Bench) -> None:
    bench.write(TREE)
    bench.write(
        {
            "app.py": "import one, pkg.sub, json\n",
            "site/sitecustomize.py": "import used\n",
            "site/used.py": "",
        }
    )
    env = {"PYTHONPATH": str(bench.root / "site")}

    def names(stderr: bytes) -> list[str]:
        return re.findall(r"^import time:.*\|( *\S+)$", stderr.decode(), re.MULTILINE)

    for environment in (env, {}):
        plain = bench.plain(python, "-X", "importtime", "app.py", env=environment)
        recorded = bench.recorded(python, "-X", "importtime", "app.py", env=environment)
        assert names(recorded.stderr) == names(plain.stderr)


def test_trace_sees_nothing_of_us(python: str, bench: Bench) -> None:
    bench.write(TREE)
    bench.write(
        {
            "app.py": """
import sys
seen = set()
def trace(frame, event, arg):
    seen.add(frame.f_code.co_filename)
    return trace
sys.settrace(trace)
import one, pkg.sub
open("one.py").close()
sys.settrace(None)
print(sorted(seen))
"""
        }
    )
    bench.same(python, "app.py")


def test_caller_keeps_its_environment(python: str, bench: Bench) -> None:
    bench.write(
        {
            "app.py": """
import os, subprocess, sys
mine = {"A": "1"}
kept = dict(mine)
show = [sys.executable, "-c", "import os; print(sorted(os.environ))"]
subprocess.run(show, env=mine, check=True)
subprocess.run(show, env=mine, check=True, close_fds=False)
os.waitpid(os.posix_spawn(sys.executable, show, mine), 0)
print(mine == kept, os.posix_spawn, os.posix_spawn.__name__)
"""
        }
    )
    bench.same(python, "app.py", env={"PYTHONUNBUFFERED": "1"})


def test_pytest_rewriting(bench: Bench) -> None:
    """pytest puts its own finder first; the modules that it rewrites are recorded all the same."""
    import sys

    bench.write(
        {
            "conftest.py": "import helper\n",
            "helper.py": "",
            "test_it.py": "def test():\n    import inner\n    assert inner.x == 2\n",
            "inner.py": "x = 1\n",
        }
    )

    def run(kind: str) -> tuple[int, dict[str, str]]:
        outcome = getattr(bench, kind)(
            sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_it.py"
        )
        return outcome.code, {
            **bench.ours(outcome.journal),
            "out": re.sub(rb"in [0-9.]+s", b"", outcome.stdout).decode(),
        }

    plain, recorded = run("plain"), run("recorded")
    assert recorded[0] == plain[0] == 1
    assert recorded[1].pop("out") == plain[1].pop("out")
    assert recorded[1] == dict.fromkeys(("conftest", "helper", "test_it", "inner"), "executed")


def test_real_import_hooks(bench: Bench) -> None:
    """typeguard wraps a finder, beartype hooks the paths: both rewrite the source."""
    import sys

    for name in ("typeguard", "beartype"):
        if bench.plain(sys.executable, "-c", f"import {name}").code:
            needs.missing(f"the package {name} is not installed")
    bench.write(
        {
            "app.py": """
from typeguard import install_import_hook
with install_import_hook("guarded"):
    import guarded
from beartype.claw import beartype_package
beartype_package("bear")
import bear.sub
""",
            "guarded.py": "def f(x: int) -> int:\n    return x\n",
            "bear/__init__.py": "",
            "bear/sub.py": "def g(x: int) -> int:\n    return x\n",
        }
    )
    journal = bench.same(sys.executable, "app.py").journal
    assert bench.ours(journal) == dict.fromkeys(("guarded", "bear", "bear.sub"), "executed")
