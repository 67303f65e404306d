"""The facts that decide places: the requester of a module, and the environment of a child."""

from __future__ import annotations

import textwrap

import pytest
from agent_bench import Bench, installed_pythons

LEADING = {
    "import": ("import target", False),
    "import_module": ("import importlib; importlib.import_module('target')", False),
    "find_spec, then the spec": (
        """
        import importlib.util
        spec = importlib.util.find_spec("target")
        import colorsys
        spec.loader.exec_module(importlib.util.module_from_spec(spec))
        """,
        False,
    ),
    "a finder in front that finds nothing": (
        """
        class Finder:
            def find_spec(self, name, path=None, target=None):
                return None
        sys.meta_path.insert(0, Finder())
        import target
        """,
        False,
    ),
    "its source is shown later": ("import target, inspect; inspect.getsource(target)", False),
    "a path hook": (
        """
        from importlib.machinery import FileFinder, SourceFileLoader
        class Loader(SourceFileLoader):
            pass
        sys.path_hooks.insert(0, FileFinder.path_hook((Loader, [".py"])))
        sys.path_importer_cache.clear()
        import target
        """,
        False,
    ),
    "a finder that knows the place": (
        """
        import importlib.util
        class Finder:
            def find_spec(self, name, path=None, target=None):
                if name == "target":
                    return importlib.util.spec_from_file_location(name, here + "/target.py")
        sys.meta_path.insert(0, Finder())
        import target
        """,
        True,
    ),
    "a finder with a loader that rewrites": (
        """
        import importlib.util
        class Loader:
            def create_module(self, spec):
                return None
            def exec_module(self, module):
                with open(here + "/target.py") as stream:
                    exec(compile(stream.read(), here + "/target.py", "exec"), module.__dict__)
        class Finder:
            def find_spec(self, name, path=None, target=None):
                if name == "target":
                    return importlib.util.spec_from_file_location(name, here + "/target.py", loader=Loader())
        sys.meta_path.insert(0, Finder())
        import target
        """,
        True,
    ),
    "a spec made by hand": (
        """
        import importlib.util
        spec = importlib.util.spec_from_file_location("target", here + "/target.py")
        spec.loader.exec_module(importlib.util.module_from_spec(spec))
        """,
        True,
    ),
    "its source read before": (
        """
        with open(here + "/target.py") as stream:
            assert stream.read() == "WORD = 1\\n"
        import target
        """,
        True,
    ),
}


@pytest.mark.parametrize("case", LEADING)
def test_who_led_to_a_module(python: str, bench: Bench, case: str) -> None:
    code, by_path = LEADING[case]
    start = "import sys\nhere = sys.path[0]\n"
    bench.write({"app.py": start + textwrap.dedent(code), "target.py": "WORD = 1\n"})
    outcome = bench.same(python, "app.py")
    assert outcome.code == 0, outcome.stderr
    (record,) = [record for record in outcome.journal.modules if record.name == "target"]
    assert (record.status.value, record.by_path) == ("executed", by_path)


ENVIRONMENTS = {
    "inherited": ("None", {}, False),
    "a copy with more": ("{**os.environ, 'MODE': 'x'}", {}, False),
    "a copy with less": ("{n: v for n, v in os.environ.items() if n != 'LC_ALL'}", {}, False),
    "empty": ("{}", {}, True),
    "made from nothing": ("{'MODE': 'x'}", {}, True),
    "what is left of a few": ("{'PATH': os.environ['PATH']}", {"A": "1", "B": "2"}, True),
    "a copy without Python's": (
        "{n: v for n, v in os.environ.items() if not n.startswith('PYTHON')}",
        {},
        True,
    ),
    "a copy without the one": (
        "{n: v for n, v in os.environ.items() if n != 'PYTHONPATH'}",
        {"PYTHONPATH": "lib"},
        True,
    ),
    "one with its own": ("{'PYTHONPATH': 'lib'}", {"PYTHONPATH": "other"}, False),
    "one with an empty one": ("{**os.environ, 'PYTHONPATH': ''}", {"PYTHONPATH": "other"}, True),
}
LAUNCHES = {
    "subprocess": "subprocess.run([sys.executable, 'worker.py'], env=env)",
    "posix_spawn": "os.waitpid(os.posix_spawn(sys.executable, ['p', 'worker.py'], env or os.environ), 0)",
    "exec": "os.execve(sys.executable, ['p', 'worker.py'], env or os.environ)",
}


@pytest.mark.parametrize("way", LAUNCHES)
@installed_pythons
def test_every_way_to_launch_tells_of_the_environment(python: str, bench: Bench, way: str) -> None:
    program = "import os, subprocess, sys\nenv = {'MODE': 'x'}\n"
    bench.write({"app.py": program + LAUNCHES[way], "worker.py": ""})
    outcome = bench.same(python, "app.py")
    assert [(launch.kind, launch.bare) for launch in outcome.journal.launches] == [(way, True)]


@pytest.mark.parametrize("case", ENVIRONMENTS)
def test_an_environment_that_takes_pythonpath_away(python: str, bench: Bench, case: str) -> None:
    environment, variables, is_bare = ENVIRONMENTS[case]
    program = f"import os, subprocess, sys\nenv = {environment}\n"
    bench.write({"app.py": program + LAUNCHES["subprocess"], "worker.py": "import part\n", "part.py": ""})
    outcome = bench.same(python, "app.py", env=variables)
    assert outcome.code == 0, outcome.stderr
    (launch,) = outcome.journal.launches
    assert launch.bare is is_bare
    assert [(p.index, p.parent) for p in outcome.journal.processes] == [(0, None), (1, 0)]
