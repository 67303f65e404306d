"""No module is lost: each way in which a module's code can run, under every CPython."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from agent_bench import Bench, installed_pythons

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


def test_who_asked(python: str, bench: Bench) -> None:
    bench.write(
        {
            "app.py": "import first\n\ndef f():\n    import second\n\nf()\nfrom pkg import sub\n",
            "first.py": "\n\nimport importlib\nimportlib.import_module('third')\n",
            "second.py": "",
            "third.py": "",
            "pkg/__init__.py": "",
            "pkg/sub.py": "",
        }
    )
    journal = bench.same(python, "app.py").journal
    asked = {r.name: (r.requested_by, r.requested_line) for r in journal.modules if bench.is_ours(r)}
    assert asked == {
        "__main__": (None, None),
        "first": ("__main__", 1),
        "third": ("first", 4),
        "second": ("__main__", 4),
        "pkg": ("__main__", 7),
        "pkg.sub": ("__main__", 7),
    }


def test_lines_of_requests_that_come_out_of_order(python: str, bench: Bench) -> None:
    body = "".join(f"        if n == {n}: import m{n}\n" for n in range(6))
    bench.write({"app.py": "def f():\n    for n in (3, 1, 5, 0, 4, 2):\n" + body + "f()\n"})
    bench.write({f"m{n}.py": "" for n in range(6)})
    journal = bench.same(python, "app.py").journal
    lines = {r.name: r.requested_line for r in journal.modules if r.requested_by == "__main__"}
    assert lines == {f"m{n}": n + 3 for n in range(6)}


def test_second_path_of_a_reload_is_a_second_record(python: str, bench: Bench) -> None:
    tree, _ = CASES["reload onto a second path"]
    bench.write({name: textwrap.dedent(text) for name, text in tree.items()})
    journal = bench.same(python, "app.py").journal
    files = {r.file for r in journal.modules if r.name == "again"}
    assert files == {str(bench.root / "first/again.py"), str(bench.root / "second/again.py")}


def test_module_and_package_as_program(python: str, bench: Bench) -> None:
    bench.write(
        {"pkg/__init__.py": "", "pkg/entry.py": "import pkg.x\n", "pkg/x.py": "", "pkg/__main__.py": ""}
    )
    journal = bench.same(python, "-m", "pkg.entry").journal
    assert [(r.name, r.kind.value, r.status.value) for r in journal.modules if bench.is_ours(r)] == [
        ("pkg", "module", "executed"),
        ("pkg.entry", "main-module", "executed"),
        ("pkg.x", "module", "executed"),
    ]
    journal = bench.same(python, "-m", "pkg").journal
    assert [(r.name, r.kind.value) for r in journal.modules if bench.is_ours(r)] == [
        ("pkg", "module"),
        ("pkg.__main__", "main-module"),
    ]


@pytest.mark.parametrize("target", ["tree", "tree.zip"])
def test_directory_and_archive_as_program(python: str, bench: Bench, target: str) -> None:
    bench.write({"tree/__main__.py": "import part\n", "tree/part.py": ""})
    subprocess.run(
        [sys.executable, "-m", "zipfile", "-c", "../tree.zip", "__main__.py", "part.py"],
        cwd=bench.root / "tree",
        check=True,
    )
    journal = bench.same(python, target).journal
    assert bench.scripts(journal) == {f"{target}/__main__.py": "executed"}
    assert bench.ours(journal) == {"part": "executed"}


def test_main_script_that_cannot_be_compiled(python: str, bench: Bench) -> None:
    bench.write({"app.py": "x = (\n"})
    outcome = bench.same(python, "app.py")
    assert outcome.code == 1
    assert bench.scripts(outcome.journal) == {"app.py": "failed"}


def test_main_module_that_cannot_be_compiled(python: str, bench: Bench) -> None:
    bench.write({"pkg/__init__.py": "", "pkg/entry.py": "x = (\n"})
    outcome = bench.same(python, "-m", "pkg.entry")
    assert bench.ours(outcome.journal) == {"pkg": "executed", "pkg.entry": "failed"}


def test_main_script_of_any_name(python: str, bench: Bench) -> None:
    bench.write({"tool": "import part\n", "part.py": ""})
    journal = bench.same(python, "tool").journal
    assert bench.scripts(journal) == {"tool": "executed"}


def test_files_run_by_the_program(python: str, bench: Bench) -> None:
    bench.write(
        {
            "app.py": """
import os, runpy
runpy.run_path("by_path.py")
runpy.run_path("folder")
runpy.run_module("by_name", run_name="other")
exec(compile(open("by_hand.py").read(), "by_hand.py", "exec"))
exec(open("bare.py").read())
exec(compile("1", "template.html", "exec"))
exec(compile("1", "absent.py", "exec"))
os.chdir("folder")
exec(compile(open("below.py").read(), "below.py", "exec"))
""",
            "by_path.py": "import part\n",
            "by_name.py": "",
            "by_hand.py": "",
            "bare.py": "",
            "template.html": "",
            "part.py": "",
            "folder/__main__.py": "",
            "folder/below.py": "",
        }
    )
    journal = bench.same(python, "app.py").journal
    names = ("app.py", "by_path.py", "by_hand.py", "folder/__main__.py", "folder/below.py")
    assert bench.scripts(journal) == dict.fromkeys(names, "executed")
    assert bench.ours(journal) == {"by_name": "executed", "part": "executed"}
    # A bare text has no name; that its file was read is all there is to know.
    read = [(row.path, row.read_by) for row in journal.data if row.action == "read"]
    assert read == [(str(bench.root / "bare.py"), "__main__")]


def test_bytecode_only(python: str, bench: Bench) -> None:
    bench.write(
        {"stale/one.py": "import two\n", "stale/two.py": "", "app.py": "import one\nprint(one.__file__)\n"}
    )
    compile_ = (
        "import py_compile, sys\nfor n in sys.argv[1:]: py_compile.compile('stale/%s.py' % n, n + '.pyc')"
    )
    subprocess.run([python, "-c", compile_, "one", "two"], cwd=bench.root, check=True)
    for name in ("one", "two"):
        (bench.root / "stale" / f"{name}.py").unlink()
    journal = bench.same(python, "app.py").journal
    files = {r.name: r.file for r in journal.modules if bench.is_ours(r)}
    assert files == {
        "__main__": str(bench.root / "app.py"),
        "one": str(bench.root / "one.pyc"),
        "two": str(bench.root / "two.pyc"),
    }


def test_main_script_of_bytecode(python: str, bench: Bench) -> None:
    bench.write({"app.py": "import part\n", "part.py": ""})
    subprocess.run(
        [python, "-c", "import py_compile; py_compile.compile('app.py', 'tool.pyc')"],
        cwd=bench.root,
        check=True,
    )
    journal = bench.same(python, "tool.pyc").journal
    assert bench.scripts(journal) == {"tool.pyc": "executed"}
    assert bench.ours(journal) == {"part": "executed"}


@pytest.mark.parametrize("compiled", [False, True])
def test_zip(python: str, bench: Bench, compiled: bool) -> None:
    bench.write(
        {"src/inzip.py": "import pkginzip.sub\n", "src/pkginzip/__init__.py": "", "src/pkginzip/sub.py": ""}
    )
    bench.write(
        {"app.py": "import sys\nsys.path.insert(0, 'libs.zip')\nimport inzip\nprint(inzip.__file__)\n"}
    )
    pack = """
import os, sys, zipfile, py_compile
z = zipfile.ZipFile("libs.zip", "w")
for name in ("inzip.py", "pkginzip/__init__.py", "pkginzip/sub.py"):
    if sys.argv[1] == "True":
        py_compile.compile("src/" + name, "out.pyc")
        z.write("out.pyc", name + "c")
    else:
        z.write("src/" + name, name)
z.close()
"""
    subprocess.run([python, "-c", pack, str(compiled)], cwd=bench.root, check=True)
    journal = bench.same(python, "app.py").journal
    archive = bench.root / "libs.zip"
    assert {
        r.name: r.status.value for r in journal.modules if Path(r.file or "").is_relative_to(archive)
    } == {
        "inzip": "executed",
        "pkginzip": "executed",
        "pkginzip.sub": "executed",
    }
    assert journal.data == ()


@installed_pythons
def test_extension_module(python: str, bench: Bench) -> None:
    copy = """
import _struct, _json, importlib.machinery, shutil, sys
for name in ("_json", "_csv", "_bisect"):
    module = __import__(name)
    if getattr(module, "__file__", None):
        shutil.copy(module.__file__, name + importlib.machinery.EXTENSION_SUFFIXES[0])
        print(name)
        break
"""
    name = (
        subprocess.run([python, "-c", copy], cwd=bench.root, check=True, capture_output=True)
        .stdout.decode()
        .strip()
    )
    bench.write({"app.py": f"import {name}\nprint({name}.__name__)\n", "broken.so": "no library"})
    bench.write({"bad.py": "try:\n    import broken\nexcept ImportError:\n    print('broken')\n"})
    assert bench.ours(bench.same(python, "app.py").journal) == {name: "executed"}
    assert bench.ours(bench.same(python, "bad.py").journal) == {"broken": "failed"}


def test_names_that_are_not_ascii(python: str, bench: Bench) -> None:
    bench.write(
        {"app.py": "import sys\nsys.path.insert(0, 'a\\nb\\\\n')\nimport härte, odd\nprint(odd.__name__)\n"}
    )
    bench.write({"härte.py": "", "a\nb\\n/odd.py": ""})
    journal = bench.same(python, "app.py").journal
    files = {r.name: r.file for r in journal.modules if bench.is_ours(r)}
    assert files["härte"] == str(bench.root / "härte.py")
    assert files["odd"] == str(bench.root / "a\nb\\n" / "odd.py")


def test_path_that_is_not_text(python: str, bench: Bench) -> None:
    place = bytes(bench.root) + b"/\xff\xfe"
    subprocess.run(["mkdir", place], check=True)
    subprocess.run(["touch", place + b"/odd.py"], check=True)
    bench.write({"app.py": "import os, sys\nsys.path.insert(0, os.fsdecode(b'\\xff\\xfe'))\nimport odd\n"})
    journal = bench.same(python, "app.py").journal
    files = {r.name: r.file for r in journal.modules if bench.is_ours(r)}
    assert files["odd"] == f"{bench.root}/\udcff\udcfe/odd.py"


def test_relative_path_entry_and_chdir(python: str, bench: Bench) -> None:
    bench.write({"app.py": "import os, sys\nsys.path[0] = 'lib'\nimport one\nos.chdir('/')\nimport two\n"})
    bench.write({"lib/one.py": "", "lib/two.py": ""})
    outcome = bench.same(python, "app.py")
    files = {r.name: r.file for r in outcome.journal.modules if r.name in ("one", "two")}
    # 3.8 keeps the relative name, and so looks in another place afterwards; later ones remember.
    assert files["one"] == str(bench.root / "lib" / "one.py")


def test_path_of_the_environment(python: str, bench: Bench) -> None:
    bench.write({"app.py": "import sys\nsys.path.append('/late')\nimport colorsys\n", "more/x.py": ""})
    journal = bench.same(python, "app.py", env={"PYTHONPATH": "more"}).journal
    path = journal.processes[0].environment.path
    assert path[:2] == (str(bench.root), str(bench.root / "more"))
    assert path[-1] == "/late"


def test_subinterpreter(python: str, bench: Bench) -> None:
    bench.write(
        {
            "app.py": """
try:
    import _xxsubinterpreters as interpreters
except ImportError:
    import _interpreters as interpreters
import os
made = interpreters.create()
interpreters.run_string(made, "import sys; sys.path.insert(0, %r); import inside" % os.getcwd())
interpreters.destroy(made)
""",
            "inside.py": "",
        }
    )
    journal = bench.same(python, "app.py").journal
    assert [(p.entry, p.parent) for p in journal.processes] == [("start", None), ("subinterpreter", 0)]
    assert [r.process for r in journal.modules if r.name == "inside"] == [1]


def test_own_sitecustomize(python: str, bench: Bench) -> None:
    show = "import sys\nm = sys.modules['sitecustomize']\nprint(m.__file__, m.value, m.__spec__.origin)\n"
    bench.write({"app.py": show, "site/sitecustomize.py": "import used\nvalue = 1\n", "site/used.py": ""})
    journal = bench.same(python, "app.py", env={"PYTHONPATH": str(bench.root / "site")}).journal
    assert bench.ours(journal) == {"sitecustomize": "executed", "used": "executed"}
    asked = {r.name: r.requested_by for r in journal.modules if bench.is_ours(r)}
    assert asked == {"sitecustomize": "site", "used": "sitecustomize", "__main__": None}


@installed_pythons
def test_what_ran_before_us(python: str, bench: Bench) -> None:
    subprocess.run([python, "-m", "venv", "--without-pip", str(bench.root / "venv")], check=True)
    interpreter = bench.root / "venv" / "bin" / "python"
    (site,) = (bench.root / "venv" / "lib").glob("python*/site-packages")
    (site / "early.pth").write_text("import early\n")
    (site / "early.py").write_text("")
    bench.write({"app.py": ""})
    journal = bench.same(str(interpreter), "app.py").journal
    assert bench.ours(journal)["early"] == "executed"
    environment = journal.processes[0].environment
    assert environment.prefix == str(bench.root / "venv")
    assert environment.site_dirs == (str(site),)
    assert environment.base_prefix != environment.prefix
