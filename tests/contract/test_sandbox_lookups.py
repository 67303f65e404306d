"""What the program looks for and does not read: it was found when it was recorded, and not in the sandbox."""

from __future__ import annotations

import subprocess
import sys
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
    "os.statvfs": ("try_(os.statvfs, 'templates')", "templates"),
    "os.listxattr": ("try_(os.listxattr, 'templates')", "templates"),
    "os.chmod": ("try_(os.chmod, 'flag', 0o600)", "flag"),
    "os.utime": ("try_(os.utime, 'flag')", "flag"),
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
    "def try_(function, *args):\n    try:\n        function(*args)\n    except OSError:\n        pass\n"
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


def test_a_failed_lookup_shows_no_other_frame(python: str, tmp_path: Path) -> None:
    """Programs print tracebacks, count frames, and look at the functions of `os` themselves."""
    source = (
        f"{START}import inspect, pickle\nlooking = 'stat', 'lstat', 'chmod', 'statvfs'\n"
        "for name in looking:\n    try:\n        getattr(os, name)('none', *[0o600] * (name == 'chmod'))\n"
        "    except FileNotFoundError as error:\n"
        "        assert error.filename == 'none' and error.__context__ is None\n"
        "        assert [row.name for row in traceback.extract_tb(error.__traceback__)] == ['<module>']\n"
        "    else:\n        raise AssertionError(name)\n"
        "try:\n    os.stat()\nexcept TypeError as error:\n    assert 'path' in str(error), error\n"
        "assert pickle.loads(pickle.dumps(os.stat)) is os.stat and not isinstance(os.stat, type)\n"
        "assert list(inspect.signature(os.lstat).parameters) == ['path', 'dir_fd']\n"
        "try:\n    1 / 0\nexcept ZeroDivisionError as first:\n    try:\n        os.stat('none')\n"
        "    except OSError as second:\n        assert second.__context__ is first\n"
    )
    verdict = judged(tmp_path / "project", source, "audit", python)
    assert (verdict.word, verdict.status) == ("sufficient", 0)


def test_what_a_library_looks_for_is_optional(sandbox: str, tmp_path: Path) -> None:
    project = write_project(tmp_path / "project", {"lib/site-packages/tool.py": ""})
    source = (
        f"{START}tool = compile('os.path.exists(\"flag\")', HERE + '/lib/site-packages/tool.py', 'exec')\n"
        "exec(tool, {'os': os, '__name__': 'tool'})\n"
    )
    assert judged(project, source, sandbox).word == "sufficient"


@pytest.fixture(scope="module")
def editable(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of an environment that has an editable install with an entry point and a command."""
    top = tmp_path_factory.mktemp("editable")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(top / "venv")], check=True)
    site = next((top / "venv").glob("lib/python*/site-packages"))
    write_project(top / "plug", {"src/plug.py": "ONE = 1\n"})
    files = {
        "METADATA": "Metadata-Version: 2.1\nName: plug\nVersion: 1\n",
        "direct_url.json": f'{{"url": "file://{top}/plug", "dir_info": {{"editable": true}}}}',
        "entry_points.txt": "[demo.plugins]\none = plug:ONE\n",
        "RECORD": "plug.pth,,\nplug-1.dist-info/METADATA,,\nplug-1.dist-info/RECORD,,\n../../../bin/plug,,\n",
    }
    write_project(site, {"plug.pth": f"{top}/plug/src\n"})
    write_project(top / "venv/bin", {"plug": "#!/bin/sh\n"})
    (top / "venv/bin/plug").chmod(0o755)
    write_project(site / "plug-1.dist-info", files)
    return top / "venv/bin/python"


ENTRY_POINTS = "from importlib import metadata\nassert not [*metadata.entry_points(group={!r})]\n"
DISTRIBUTION = (
    "from importlib import metadata\ntry:\n    metadata.distribution({!r})\n"
    "except metadata.PackageNotFoundError:\n    pass\n"
)
PROVIDED = {
    "entry points": (ENTRY_POINTS.format("demo.plugins"), "entry_points.txt", None),
    "a group that it does not have": (ENTRY_POINTS.format("demo"), None, None),
    "its metadata": (DISTRIBUTION.format("Plug"), "METADATA", None),
    "metadata that does not exist": (DISTRIBUTION.format("plugs"), None, None),
    "find_spec": ("assert importlib.util.find_spec('plug') is None\n", "plug.py", "--add-package plug"),
    "shutil.which": ("shutil.which('plug', path=os.path.dirname(sys.executable))\n", "plug", None),
    "a command that it does not have": ("shutil.which('plugs')\n", None, None),
    "an import with a fallback": (
        "try:\n    import plug\nexcept ImportError:\n    pass\n",
        "plug.py",
        "--add-package plug",
    ),
}


@pytest.mark.parametrize("way", sorted(PROVIDED))
def test_what_only_an_editable_install_provides(
    way: str, sandbox: str, editable: Path, tmp_path: Path
) -> None:
    source, name, option = PROVIDED[way]
    verdict = judged(tmp_path / "project", START + source, sandbox, str(editable))
    found = [(Path(row.local).name, row.used_by, row.option) for row in verdict.findings]
    assert found == ([] if name is None else [(name, "__main__", option)])
    assert verdict.word == ("sufficient" if name is None else "not-proven")


def test_a_relative_path_entry_keeps_its_directory_after_chdir(sandbox: str, tmp_path: Path) -> None:
    """Python looks where the entry led when it was first used: the other directory counts in neither run."""
    project = write_project(tmp_path / "project", {"other/lib/late.py": ""})
    source = (
        f"{START}os.mkdir('lib')\nsys.path.insert(0, 'lib')\n"
        "assert importlib.util.find_spec('late') is None\n"
        "os.makedirs('other/lib', exist_ok=True)\nos.chdir('other')\n"
        "assert importlib.util.find_spec('late') is None\n"
    )
    assert judged(project, source, sandbox).word == "sufficient"
