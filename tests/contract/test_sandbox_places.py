"""Sandboxes in unusual places: other remote roots, the original place, a container, another user."""

from __future__ import annotations

import importlib
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import needs
import pytest
from sandboxes import having_used, judged, require, unshipped
from shipments import manifest_of, names_below, script, write_project

from automount.errors import UsageError
from automount.manifest import (
    InterpreterRow,
    Manifest,
)
from automount.proving import landlock
from automount.proving.sandbox import hidden_carved
from automount.proving.verifying import verify


def test_the_stage_can_be_written_and_the_project_not(sandbox: str, tmp_path: Path) -> None:
    source = (
        "import sys\nopen('output.txt', 'w').write('x')\n"
        "try:\n    open(sys.argv[1], 'w').write('x')\nexcept OSError:\n    pass\n"
    )
    project = write_project(tmp_path / "project", {"app.py": source})
    victim = tmp_path / "project" / "victim.txt"
    victim.write_text("untouched")
    entry = script(args=(str(victim),))
    assert (
        verify(manifest_of(project, {"app.py": "/root/app.py"}, entrypoint=entry), sandbox=sandbox).status
        == 0
    )
    assert victim.read_text() == "untouched"
    assert names_below(project) == ["app.py", "victim.txt"]


def test_a_cache_in_the_home_directory_and_another_working_directory(sandbox: str, tmp_path: Path) -> None:
    source = (
        "import os\n"
        "place = os.path.expanduser('~/.cache/automount-test')\n"
        "assert not os.path.exists(place)\n"
        "os.makedirs(place)\n"
        "open(place + '/state', 'w').close()\n"
        "os.chdir('/')\n"
        "import shipped\n"
    )
    assert judged(tmp_path, source, sandbox).word == "sufficient"


REMOTE_ROOTS = [
    "/root",
    "/app",
    "/usr/src/app",
    "/usr/lib/python9/app",
    "/opt/a/b",
    "/home/someone/app",
    "/tmp/app",
]


@pytest.mark.parametrize("root", REMOTE_ROOTS)
def test_the_stage_may_stand_anywhere(root: str, tmp_path: Path) -> None:
    require("bwrap")
    source = (
        f"import os, shipped\nassert os.getcwd() == {root!r} and __file__ == {root + '/app.py'!r}\n"
        "assert open('/etc/automount-test.conf').read() == 'x'\n"
    )
    project = write_project(tmp_path / "project", {"app.py": source, "shipped.py": "", "test.conf": "x"})
    files = {
        "app.py": f"{root}/app.py",
        "shipped.py": f"{root}/shipped.py",
        "test.conf": "/etc/automount-test.conf",
    }
    entry = script(f"{root}/app.py", cwd=root)
    manifest = manifest_of(project, files, entrypoint=entry, sys_path=(root,), root=root)
    assert verify(manifest, sandbox="bwrap").word == "sufficient"


def test_at_its_original_place(tmp_path: Path) -> None:
    require("bwrap")
    project = write_project(tmp_path / "project")
    (project / "app.py").write_text(
        f"import os, pkg.core\nassert os.getcwd() == {str(project)!r}\n"
        f"assert sorted(os.listdir('.')) == ['app.py', 'pkg']\nassert not os.path.exists('/root/app.py')\n"
        f"open({str(project / 'left.txt')!r})\n"
    )
    (project / "left.txt").write_text("x")
    files = {
        "app.py": "/root/app.py",
        "pkg/__init__.py": "/root/pkg/__init__.py",
        "pkg/core.py": "/root/pkg/core.py",
    }
    verdict = verify(having_used(manifest_of(project, files), project / "left.txt"), original=True)
    assert verdict.status == 1
    assert unshipped(verdict) == [str(project / "left.txt")]
    with pytest.raises(UsageError, match="requires bubblewrap"):
        verify(manifest_of(project, files), original=True, sandbox="audit")


def test_a_project_inside_its_virtual_environment_is_hidden(sandbox: str, tmp_path: Path) -> None:
    venv = tmp_path / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(venv)], check=True)
    project = write_project(venv / "lib/project", {"app.py": "import unshipped\n", "unshipped.py": ""})
    manifest = having_used(
        manifest_of(project, {"app.py": "/root/app.py"}, exit_code=1), project / "unshipped.py"
    )
    interpreter = InterpreterRow(executable=str(venv / "bin/python"))
    verdict = verify(
        replace(manifest, provenance=replace(manifest.provenance, environment=interpreter)), sandbox=sandbox
    )
    assert unshipped(verdict) == [str(project / "unshipped.py")]


def test_inside_a_container(tmp_path: Path) -> None:
    """bubblewrap inside bubblewrap, where no /proc can be mounted."""
    require("bwrap")
    write_project(tmp_path / "project")
    manifest_path = written(manifest_of(tmp_path / "project"), tmp_path)
    outer = ["bwrap", "--unshare-all", "--bind", "/", "/", "--proc", "/proc", "--dev", "/dev", "--"]
    command = [*outer, sys.executable, "-m", "automount", "verify", "--sandbox", "bwrap", manifest_path]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_as_an_ordinary_user(sandbox: str) -> None:
    if os.getuid() != 0:
        return
    needs.tool("setpriv")
    python = "/usr/bin/python3"
    if not os.access(python, os.X_OK):
        needs.missing("no interpreter that every user can run")
    place = Path(tempfile.mkdtemp(dir="/var/tmp"))
    place.chmod(0o755)
    try:
        manifest = manifest_of(write_project(place / "project"))
        provenance = replace(manifest.provenance, environment=InterpreterRow(executable=python))
        path = written(replace(manifest, provenance=provenance), place)
        # automount and what it needs, without this interpreter's own directories, which may be closed.
        shutil.copytree(Path(landlock.__file__).parents[1], place / "lib/automount")
        for name in ("importlib_metadata", "packaging", "zipp"):
            shutil.copytree(Path(str(importlib.import_module(name).__file__)).parent, place / "lib" / name)
        code = (
            "import sys; from automount.manifest import loads; "
            "from automount.proving.verifying import verify; "
            "verdict = verify(loads(open(sys.argv[1], 'rb').read(), 'm'), sandbox=sys.argv[2]); "
            "sys.exit(0 if verdict.word == 'sufficient' else str(verdict))"
        )
        subprocess.run(["chmod", "-R", "a+rX", str(place)], check=True)
        drop = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"]
        env = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(place / "lib"), "HOME": "/nonexistent"}
        # The second as in a container of that user: root there, and `/` belongs to nobody.
        for inside in ([], ["unshare", "--user", "--map-root-user"]):
            command = [*drop, *inside, python, "-c", code, path, sandbox]
            done = subprocess.run(command, capture_output=True, text=True, cwd="/", env=env)
            assert done.returncode == 0, (inside, done.stdout + done.stderr)
    finally:
        shutil.rmtree(place)


def written(manifest: Manifest, directory: Path) -> str:
    from automount.manifest import dumps

    path = directory / "automount.json"
    path.write_bytes(dumps(manifest))
    return str(path)


def test_carving(tmp_path: Path) -> None:
    for name in ("a/one", "a/two", "b/three"):
        (tmp_path / name).mkdir(parents=True)
    top = str(tmp_path)
    assert hidden_carved([top], []) == (top,)
    assert hidden_carved([top], [f"{top}/a/one"]) == (f"{top}/a/two", f"{top}/b")
    assert hidden_carved([f"{top}/a"], [top]) == ()
