"""How recording is turned on: sitecustomize, `.pth` files, and the options that keep it out."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from agent_bench import Bench, installed_pythons

from automount.recorder import pth
from automount.recorder.registry import Registration

SITECUSTOMIZE = {
    "one that fails": "import used\n1 / 0\n",
    "one that misses a module": "import absent_for_ever\n",
    "one that says it is missing itself": "raise ImportError('x', name='sitecustomize')\n",
    "one that warns": "import warnings\nwarnings.warn('here', stacklevel=2)\n",
    "one that leaves": "raise SystemExit(4)\n",
    "one that replaces itself": "import sys\nsys.modules[__name__] = sys\n",
    "one that prints": "import sys\nprint(__name__, __file__, sys.path[:2], sorted(globals()))\n",
    "one with a syntax error": "x = (\n",
}


@pytest.mark.parametrize("case", SITECUSTOMIZE)
def test_own_sitecustomize(python: str, bench: Bench, case: str) -> None:
    bench.write({"app.py": "import sys\nprint(sys.modules.get('sitecustomize'), sorted(sys.modules))\n"})
    bench.write(
        {
            "site/sitecustomize.py": SITECUSTOMIZE[case],
            "site/used.py": "",
            "site/usercustomize.py": "print(1)\n",
        }
    )
    bench.same(python, "app.py", env={"PYTHONPATH": str(bench.root / "site")})


@pytest.mark.parametrize("flag", ["-S", "-I", "-E"])
def test_options_that_keep_us_out(python: str, bench: Bench, flag: str) -> None:
    bench.write({"app.py": "import sys\nprint(sys.argv)\n"})
    assert bench.same(python, flag, "app.py").journal.processes == ()


@installed_pythons
def test_started_by_a_pth_file(python: str, bench: Bench) -> None:
    """With the opt-in `.pth` file, `-I` is recorded, and nothing starts twice."""
    interpreter, site = environment_with_pth(python, bench)
    bench.write(
        {"app.py": "import os, sys, colorsys\nprint(sys.path, sorted(os.environ), sorted(sys.modules))\n"}
    )
    for options in ((), ("-I",), ("-E",)):
        journal = bench.same(interpreter, *options, "app.py").journal
        assert len(journal.processes) == 1
        assert bench.scripts(journal) == {"app.py": "executed"}
        assert journal.processes[0].environment.site_dirs == (str(site),)


def environment_with_pth(python: str, bench: Bench) -> tuple[str, Path]:
    """The interpreter and the site directory of a new virtual environment that has the opt-in `.pth` file."""
    bench.plain(python, "-m", "venv", "--without-pip", "venv")
    (site,) = (bench.root / "venv" / "lib").glob("python*/site-packages")
    (site / pth.PTH_NAME).write_text(pth.line_for(str(bench.boot / "sitecustomize.py")))
    return str(bench.root / "venv" / "bin" / "python"), site


@installed_pythons
def test_a_pth_file_finds_the_journal_through_an_ancestor(python: str, bench: Bench) -> None:
    interpreter, _ = environment_with_pth(python, bench)
    bench.write(
        {
            "app.py": "import os, subprocess, sys, one\nprint(sorted(os.environ), sorted(sys.modules))\n"
            "sys.stdout.flush()\nsubprocess.run([sys.executable, '-E', 'two.py'], check=True)\n",
            "one.py": "",
            "two.py": "import one\nprint(one.__name__)\n",
        }
    )
    cleared = ("env", "-i", "PYTHONDONTWRITEBYTECODE=1", interpreter)
    for command in (
        (*cleared, "app.py"),
        (*cleared, "-I", "-B", "two.py"),
        ("setsid", "-w", *cleared, "app.py"),
    ):
        if "-I" in command:
            bench.write({"two.py": "print('alone')\n"})
        plain = bench.plain(*command)
        directory = bench.new_journal()
        registration = Registration(str(directory))
        registration.started(os.getpid())
        try:
            recorded = bench.plain(*command)
        finally:
            registration.close()
        assert (recorded.stdout, recorded.stderr, recorded.code) == (plain.stdout, plain.stderr, 0)
        journal, lost = bench.read(directory)
        assert not lost
        expected = {"two.py": "executed"}
        if "app.py" in command:
            expected["app.py"] = "executed"
            assert bench.ours(journal) == {"one": "executed"}
        assert bench.scripts(journal) == expected
        assert len(journal.processes) == len(expected)
    bench.plain(*cleared, "app.py")
    assert len(list(directory.iterdir())) == 1 + len(expected)


@installed_pythons
def test_a_pth_file_reads_the_environment_of_ancestors_for_registered_journals(
    python: str, bench: Bench
) -> None:
    """Recording was turned on in a shell: /proc does not show its changed environment, but that of its
    children."""
    interpreter, _ = environment_with_pth(python, bench)
    bench.write(
        {
            "app.py": "import subprocess, sys\n"
            "subprocess.run([sys.executable, 'one.py'], env={}, check=True)\n"
            "subprocess.run(['env', '-i', sys.executable, 'one.py'], check=True)\n",
            "one.py": "import sys\nprint(len(sys.modules))\n",
        }
    )
    directory = bench.new_journal()
    registration = Registration(str(directory))
    registration.environment()
    try:
        bench.plain(
            interpreter,
            "app.py",
            env={"AUTOMOUNT_JOURNAL": str(directory), "PYTHONPATH": str(bench.boot)},
        )
        assert len(bench.read(directory)[0].processes) == 3
        bench.plain("env", "-i", interpreter, "one.py")
        assert len(bench.read(directory)[0].processes) == 3
    finally:
        registration.close()
