"""No module is lost: each way in which a module's code can run, under every CPython."""

from __future__ import annotations

import textwrap

import pytest
from agent_bench import Bench

CASES = {
    "import at the top, in a function, in a package": (
        {
            "app.py": "import top\nimport pkg.inner\nfrom pkg import other\ndef f():\n    import lazy\nf()\n",
            "top.py": "",
            "lazy.py": "",
            "pkg/__init__.py": "",
            "pkg/inner.py": "from . import beside\nfrom .beside import X\n",
            "pkg/beside.py": "X = 1\n",
            "pkg/other.py": "",
            "pkg/never.py": "",
        },
        {
            "top": "executed",
            "lazy": "executed",
            "pkg": "executed",
            "pkg.inner": "executed",
            "pkg.beside": "executed",
            "pkg.other": "executed",
        },
    ),
    "import_module, __import__, pickle": (
        {
            "app.py": """
                import importlib, pickle
                importlib.import_module("one")
                importlib.import_module(".two", "pkg")
                __import__("three")
                print(pickle.loads(b"cfour\\nvalue\\n."))
                """,
            "one.py": "",
            "pkg/__init__.py": "",
            "pkg/two.py": "",
            "three.py": "",
            "four.py": "value = 4\n",
        },
        dict.fromkeys(("one", "pkg", "pkg.two", "three", "four"), "executed"),
    ),
    "threads with circular imports": (
        {
            "app.py": """
                import threading
                def work(n):
                    for name in ("ring%d" % (n % 4), "only%d" % n):
                        for attempt in range(20):
                            try:
                                __import__(name)
                                break
                            except (KeyError, ImportError, RuntimeError):
                                pass  # races in CPython's own module locks: 3.12 sees a deadlock
                threads = [threading.Thread(target=work, args=(n,)) for n in range(20)]
                for t in threads: t.start()
                for t in threads: t.join()
                """,
            **{f"ring{n}.py": f"import ring{(n + 1) % 4}\n" for n in range(4)},
            **{f"only{n}.py": "" for n in range(20)},
        },
        {**{f"ring{n}": "executed" for n in range(4)}, **{f"only{n}": "executed" for n in range(20)}},
    ),
    "a finder in front, later": (
        {
            "app.py": """
                import sys, importlib.util
                class Front:
                    def find_spec(self, name, path=None, target=None):
                        if name == "strange":
                            return importlib.util.spec_from_file_location(name, "elsewhere/real.py")
                sys.meta_path.insert(0, Front())
                import strange
                print(strange.__file__)
                """,
            "elsewhere/real.py": "",
        },
        {"strange": "executed"},
    ),
    "sys.meta_path replaced": (
        {
            "app.py": """
                import sys
                from importlib.machinery import PathFinder
                class Only:
                    find_spec = PathFinder.find_spec
                sys.meta_path = [Only]
                import one
                import space.two
                """,
            "one.py": "",
            "space/two.py": "",
        },
        {"one": "executed", "space": "executed", "space.two": "executed"},
    ),
    "a path hook with a loader of its own": (
        {
            "app.py": """
                import sys
                from importlib.machinery import FileFinder, SourceFileLoader
                class Rewriting(SourceFileLoader):
                    def source_to_code(self, data, path, *rest, _optimize=-1):
                        return super().source_to_code(data.replace(b"0", b"1"), path)
                    def exec_module(self, module):
                        exec(self.get_code(module.__name__), module.__dict__)
                sys.path_hooks.insert(0, FileFinder.path_hook((Rewriting, [".py"])))
                sys.path_importer_cache.clear()
                import one
                print(one.value)
                """,
            "one.py": "value = 0\n",
        },
        {"one": "executed"},
    ),
    "LazyLoader, used and not used": (
        {
            "app.py": """
                import importlib.util, sys
                def lazy(name):
                    spec = importlib.util.find_spec(name)
                    spec.loader = importlib.util.LazyLoader(spec.loader)
                    module = importlib.util.module_from_spec(spec)
                    sys.modules[name] = module
                    spec.loader.exec_module(module)
                    return module
                used = lazy("used")
                unused = lazy("unused")
                print(used.value)
                """,
            "used.py": "value = 1\n",
            "unused.py": "value = 1\n",
        },
        {"used": "executed", "unused": "found"},
    ),
    "spec_from_file_location and exec_module": (
        {
            "app.py": """
                import importlib.util
                spec = importlib.util.spec_from_file_location("plug", "plugins/plug-1.py")
                module = importlib.util.module_from_spec(spec)
                spec.loader.exec_module(module)
                bad = importlib.util.spec_from_file_location("bad", "plugins/bad.py")
                try:
                    bad.loader.exec_module(importlib.util.module_from_spec(bad))
                except SyntaxError as error:
                    print(error)
                """,
            "plugins/plug-1.py": "import beside\n",
            "plugins/bad.py": "(\n",
            "beside.py": "",
        },
        {"plug": "executed", "bad": "failed", "beside": "executed"},
    ),
    "reload onto a second path": (
        {
            "app.py": """
                import sys, importlib
                sys.path.insert(0, "first")
                import again
                sys.path[0] = "second"
                importlib.invalidate_caches()
                print(importlib.reload(again).value)
                """,
            "first/again.py": "value = 1\n",
            "second/again.py": "value = 2\n",
        },
        {"again": "executed"},
    ),
    "removed from and replaced in sys.modules": (
        {
            "app.py": """
                import sys
                import gone
                del sys.modules["gone"]
                import other
                print(type(other).__name__)
                """,
            "gone.py": "",
            "other.py": "import sys\nclass Other: pass\nsys.modules[__name__] = Other()\n",
        },
        {"gone": "executed", "other": "executed"},
    ),
    "failing imports": (
        {
            "app.py": """
                for name in ("raises", "syntax", "deep", "pkg.absent", "pkg.sub"):
                    try:
                        __import__(name)
                    except Exception as error:
                        print(type(error).__name__, error)
                """,
            "raises.py": "import helper\nraise ValueError('no')\n",
            "helper.py": "",
            "syntax.py": "x = (\n",
            "deep.py": "import raises\n",
            "pkg/__init__.py": "",
            "pkg/sub.py": "import absent_for_ever\n",
        },
        {
            "raises": "failed",
            "helper": "executed",
            "syntax": "failed",
            "deep": "failed",
            "pkg": "executed",
            "pkg.sub": "failed",
        },
    ),
    "only looked for": (
        {
            "app.py": """
                import importlib.util, pkgutil
                print(importlib.util.find_spec("probed").origin is not None)
                print([m.name for m in pkgutil.iter_modules(["."])])
                """,
            "probed.py": "",
        },
        {},
    ),
    "namespace packages and extend_path": (
        {
            "app.py": """
                import sys
                sys.path.append("other")
                import space.one, space.two
                import old.here, old.there
                print(len(list(space.__path__)), len(old.__path__))
                """,
            "space/one.py": "",
            "other/space/two.py": "",
            "old/__init__.py": "import pkgutil\n__path__ = pkgutil.extend_path(__path__, __name__)\n",
            "old/here.py": "",
            "other/old/__init__.py": "",
            "other/old/there.py": "",
        },
        dict.fromkeys(("space", "space.one", "space.two", "old", "old.here", "old.there"), "executed"),
    ),
    "made by hand in sys.modules": (
        {
            "app.py": """
                import sys, types
                module = types.ModuleType("made")
                module.__file__ = __file__.replace("app.py", "made.py")
                sys.modules["made"] = module
                import made
                """,
            "made.py": "",
        },
        {"made": "executed"},
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_modules(python: str, bench: Bench, case: str) -> None:
    tree, expected = CASES[case]
    bench.write({name: textwrap.dedent(text) for name, text in tree.items()})
    outcome = bench.same(python, "app.py")
    assert outcome.code == 0, outcome.stderr
    assert bench.ours(outcome.journal) == expected
    assert bench.scripts(outcome.journal) == {"app.py": "executed"}


def test_second_path_of_a_reload_is_a_second_record(python: str, bench: Bench) -> None:
    tree, _ = CASES["reload onto a second path"]
    bench.write({name: textwrap.dedent(text) for name, text in tree.items()})
    journal = bench.same(python, "app.py").journal
    files = {r.file for r in journal.modules if r.name == "again"}
    assert files == {str(bench.root / "first/again.py"), str(bench.root / "second/again.py")}
