"""What runs as the program, and modules in unusual files: each is recorded, under every CPython."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from agent_bench import Bench, installed_pythons


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
