"""What the program looks for and does not read: it was found when it was recorded, and not in the sandbox."""

from __future__ import annotations

from pathlib import Path

import needs
import pytest
from shipments import manifest_of, write_project

from automount.proving import landlock
from automount.proving.verifying import Verdict, verify

# Not shipped: a file, a directory, a module.
PROJECT = {"flag": "", "templates/page": "", "extra.py": "", "plugins/one.py": ""}
OPTIONS = {
    "flag": "--add-file flag",
    "templates": "--add-dir templates",
    "extra.py": "--add-package extra",
}
# The end of a program, and what is found in question.
LOOKUPS = {
    "os.path.exists": ("os.path.exists('flag')", "flag"),
    "an absolute path": ("os.path.isfile(HERE + '/flag')", "flag"),
    "the path of this machine": ("os.path.isfile(LOCAL + '/flag')", "flag"),
    "pathlib": ("pathlib.Path('flag').is_file()", "flag"),
    "os.access": ("os.access('flag', os.R_OK)", "flag"),
    "os.path.isdir": ("os.path.isdir('templates')", "templates"),
    "glob": ("glob.glob('flag')", "flag"),
    "a child with its own environment": (
        "subprocess.run([sys.executable, '-c', 'exec(open(\"child.py\").read())'], env={}).returncode\n"
        "subprocess.run([sys.executable, 'child.py'], env={})",
        "flag",
    ),
    "find_spec": ("importlib.util.find_spec('extra')", "extra.py"),
    # The same from now on: nothing is in question.
    "a shipped file": ("os.path.getsize(__file__)", None),
    "what exists nowhere": ("os.path.exists('none'); importlib.util.find_spec('none')", None),
    "a directory that is made": ("os.path.isdir('templates') or os.mkdir('templates')", None),
    "a directory that is made, with its parents": ("os.makedirs('templates/new', exist_ok=True)", None),
    "a file that is written": ("os.path.exists('flag') and os.remove('flag'); open('flag', 'w')", None),
    "a path that is only made absolute": ("os.path.realpath('flag'); pathlib.Path('flag').resolve()", None),
    "the standard library for itself": ("shutil.which('sh'); traceback.print_stack()", None),
    "a module that another finder finds": (
        "sys.meta_path.append(type('F', (), {'find_spec': lambda *_: ModuleSpec('extra', Loader())})())\n"
        "import extra",
        None,
    ),
}
START = (
    "import glob, importlib.util, os, pathlib, shutil, subprocess, sys, traceback\n"
    "from importlib.machinery import ModuleSpec\n"
    "HERE = os.path.dirname(os.path.abspath(__file__))\n"
    "class Loader:\n    create_module = exec_module = lambda *_: None\n"
)


@pytest.fixture(params=["bwrap", "landlock", "audit"])
def sandbox(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    if name == "bwrap":
        needs.tool("bwrap")
    if name == "landlock" and not landlock.abi():
        needs.missing("Landlock is not in this kernel")
    return name


def judged(project: Path, source: str, sandbox: str, python: str | None = None) -> Verdict:
    """The verdict on `source`, of which only its own file and `child.py` are shipped."""
    child = "import os\nos.path.exists('flag')\n"
    write_project(project, {**PROJECT, "app.py": source, "child.py": child})
    manifest = manifest_of(project, {"app.py": "/root/app.py", "child.py": "/root/child.py"})
    return verify(manifest, sandbox=sandbox, python=python)


@pytest.mark.parametrize("way", sorted(LOOKUPS))
def test_what_the_program_looks_for(way: str, sandbox: str, tmp_path: Path) -> None:
    looks, name = LOOKUPS[way]
    project = tmp_path / "project"
    verdict = judged(project, f"{START}LOCAL = {str(project)!r}\n{looks}\n", sandbox)
    found = [(row.local, row.option) for row in verdict.findings]
    if way == "the path of this machine":
        # It would have to be there elsewhere, too.
        assert found == [(f"{project}/flag", f"--add-file flag:{project}/flag")]
        return
    assert found == ([] if name is None else [(f"{project}/{name}".removesuffix(".py"), OPTIONS[name])])
    assert verdict.word == ("sufficient" if name is None else "not-proven")


def test_every_python_notes_it(python: str, tmp_path: Path) -> None:
    """The functions of `os` stay usable as attributes of a class, as `pathlib` has them until Python 3.10."""
    source = (
        f"{START}here = pathlib.Path(__file__)\nassert here.exists() and here.stat() == os.stat(here)\n"
        "assert os.stat in os.supports_dir_fd and os.access in os.supports_effective_ids\n"
        "assert not pathlib.Path('flag').exists()\n"
    )
    verdict = judged(tmp_path / "project", source, "audit", python)
    assert [row.option for row in verdict.findings] == ["--add-file flag"]


def test_what_a_library_looks_for_is_optional(sandbox: str, tmp_path: Path) -> None:
    project = write_project(tmp_path / "project", {"lib/site-packages/tool.py": ""})
    source = (
        f"{START}tool = compile('os.path.exists(\"flag\")', HERE + '/lib/site-packages/tool.py', 'exec')\n"
        "exec(tool, {'os': os, '__name__': 'tool'})\n"
    )
    assert judged(project, source, sandbox).word == "sufficient"
