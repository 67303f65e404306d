"""Every sandbox hides the same things, shows the same things, and states its strength."""

from __future__ import annotations

import importlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import needs
import pytest
from shipments import manifest_of, names_below, script, write_project

from automount.errors import AutomountError, UsageError
from automount.manifest import (
    EntrypointKind,
    EntrypointRow,
    InterpreterRow,
    Manifest,
    ModuleRow,
    dumps,
)
from automount.model import DataRow, Origin, Status
from automount.proving import landlock
from automount.proving.comparison import Finding
from automount.proving.sandbox import hidden_carved, programs_below
from automount.proving.verifying import Verdict, verify
from automount.shipping.freshness import StaleFiles

STRENGTHS = {"bwrap": "strong", "landlock": "medium", "audit": "weak"}
ALL = sorted(STRENGTHS)


@pytest.fixture(params=ALL)
def sandbox(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    require(name)
    return name


def require(name: str) -> None:
    if name == "bwrap":
        needs.tool("bwrap")
    if name == "landlock" and landlock.abi() == 0:
        needs.missing("Landlock is not in this kernel")


def judged(
    tmp_path: Path, source: str, sandbox: str, *, exit_code: int = 0, used: str | None = None, **files: str
) -> Verdict:
    """The verdict on a program `app.py`; `files` are there too but are not shipped.

    `used` is the one of them that the recorded run loaded or read.
    """
    project = write_project(tmp_path / "project", {"app.py": source, "shipped.py": "VALUE = 1\n", **files})
    manifest = manifest_of(
        project, {"app.py": "/root/app.py", "shipped.py": "/root/shipped.py"}, exit_code=exit_code
    )
    return verify(manifest if used is None else having_used(manifest, project / used), sandbox=sandbox)


def having_used(manifest: Manifest, path: Path) -> Manifest:
    """The manifest of a run that also loaded or read this file."""
    if path.suffix != ".py":
        return replace(manifest, data=(DataRow(str(path), "__main__", None),))
    name = path.parent.name if path.stem == "__init__" else path.stem
    row = ModuleRow(name, Origin.LOCAL, str(path), Status.EXECUTED, "__main__", 1, None, None)
    return replace(manifest, modules=(row,))


def unshipped(verdict: Verdict) -> list[str]:
    """The files that the verdict names as not shipped."""
    return [row.local for row in verdict.findings if row.finding is Finding.NOT_SHIPPED]


def test_what_is_shipped_is_enough(sandbox: str, tmp_path: Path) -> None:
    verdict = judged(
        tmp_path, "import shipped, os\nassert os.path.basename(os.getcwd()) == 'root'\n", sandbox
    )
    assert (verdict.sandbox, verdict.strength) == (sandbox, STRENGTHS[sandbox])
    assert (verdict.status, verdict.findings, verdict.word) == (0, (), "sufficient")


READS = {
    "relative": ("open('data.txt')", "data.txt"),
    "absolute": ("open({here!r} + '/data.txt')", "data.txt"),
    "pathlib": ("__import__('pathlib').Path('data.txt').read_text()", "data.txt"),
    "low level": ("__import__('os').open('data.txt', 0)", "data.txt"),
    "beside the file": ("open(__file__.replace('app.py', 'data.txt'))", "data.txt"),
    "deeper": ("open('deep/er/data.txt')", "deep/er/data.txt"),
    "directory": ("__import__('os').listdir('deep')", "deep"),
    "import": ("import unshipped", "unshipped.py"),
    "package": ("import package.inner", "package/__init__.py"),
    "import by name": ("__import__('importlib').import_module('unshipped')", "unshipped.py"),
    "database": ("__import__('sqlite3').connect('data.txt').execute('select 1')", "data.txt"),
}
NOT_SHIPPED = {
    "data.txt": "x",
    "deep/er/data.txt": "x",
    "unshipped.py": "",
    "package/__init__.py": "",
    "package/inner.py": "",
}


@pytest.mark.parametrize("way", sorted(READS))
def test_what_is_not_shipped_is_named(way: str, sandbox: str, tmp_path: Path) -> None:
    source, name = READS[way]
    source = source.replace("{here!r}", repr(str(tmp_path / "project")))
    caught = f"try:\n    {source.replace(chr(10), chr(10) + '    ')}\nexcept Exception:\n    pass\n"
    verdict = judged(tmp_path, caught, sandbox, used=name, **NOT_SHIPPED)
    assert (verdict.status, verdict.word) == (0, "not-proven")
    assert [(row.finding, row.local, row.used_by) for row in verdict.findings] == [
        (Finding.NOT_SHIPPED, str(tmp_path / "project" / name), "__main__")
    ]
    assert str(verdict.findings[0].option).startswith(("--add-file", "--add-dir", "--add-package"))


def test_missing_files_are_not_reported(sandbox: str, tmp_path: Path) -> None:
    source = (
        "try:\n    import no_such_module_at_all\nexcept ImportError:\n    pass\n"
        "try:\n    open('nothing')\nexcept OSError:\n    pass\n"
    )
    assert judged(tmp_path, source, sandbox).word == "sufficient"


@pytest.mark.parametrize(("code", "recorded", "same"), [(3, 3, True), (3, 0, False), (0, 3, False)])
def test_the_exit_status_is_compared(
    code: int, recorded: int, same: bool, sandbox: str, tmp_path: Path
) -> None:
    verdict = judged(tmp_path, f"raise SystemExit({code})\n", sandbox, exit_code=recorded)
    assert (verdict.status, verdict.expected, verdict.word == "sufficient") == (code, recorded, same)


def test_a_signal_is_compared(sandbox: str, tmp_path: Path) -> None:
    source = "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)\n"
    verdict = judged(tmp_path, source, sandbox, exit_code=-signal.SIGKILL)
    assert (verdict.status, verdict.word == "sufficient") == (128 + signal.SIGKILL, True)


def test_there_is_no_network(sandbox: str, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        connect = f"socket.create_connection(('127.0.0.1', {port}), 5)"
        source = f"import socket\ntry:\n    {connect}\nexcept OSError:\n    raise SystemExit(7)\n"
        if sandbox == "landlock" and landlock.abi() < 4:
            needs.missing("this kernel's Landlock knows no network")
        assert judged(tmp_path, source, sandbox).status == 7


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


def test_children_are_kept_in_too(sandbox: str, tmp_path: Path) -> None:
    child = "open('data.txt')"
    source = f"import subprocess, sys\nraise SystemExit(subprocess.call([sys.executable, '-c', {child!r}]))\n"
    verdict = judged(tmp_path, source, sandbox, exit_code=1, used="data.txt", **NOT_SHIPPED)
    assert unshipped(verdict) == [str(tmp_path / "project/data.txt")]


def test_processes_and_temporary_files_work(sandbox: str, tmp_path: Path) -> None:
    source = (
        "import multiprocessing, tempfile\n"
        "def double(x):\n    return 2 * x\n"
        "if __name__ == '__main__':\n"
        "    tempfile.NamedTemporaryFile().write(b'x')\n"
        "    with multiprocessing.get_context('spawn').Pool(2) as pool:\n"
        "        raise SystemExit(sum(pool.map(double, [1, 2])))\n"
    )
    assert judged(tmp_path, source, sandbox, exit_code=6).word == "sufficient"


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


def test_a_users_sitecustomize_still_runs(sandbox: str, tmp_path: Path) -> None:
    files = {
        "app.py": "import sys\nassert (sys.from_site, 'boot' in str(sys.path)) == ('sitecustomize', False)\n",
        "sitecustomize.py": "import sys\nsys.from_site = __name__\n",
    }
    assert (
        verify(manifest_of(write_project(tmp_path / "project", files)), sandbox=sandbox).word == "sufficient"
    )


def test_a_time_limit(sandbox: str, tmp_path: Path) -> None:
    source = "import threading\nthreading.Event().wait(120)\n"
    project = write_project(tmp_path / "project", {"app.py": source})
    for exit_code, sufficient in ((-signal.SIGTERM, True), (0, False)):
        verdict = verify(manifest_of(project, exit_code=exit_code), sandbox=sandbox, timeout=1.5)
        assert (verdict.timed_out, verdict.word == "sufficient") == (True, sufficient)


@pytest.mark.parametrize("isolation", ["--unshare-all", "--unshare-net"])
def test_the_program_below_bubblewrap_gets_the_signal(isolation: str) -> None:
    """bubblewrap itself ends by a signal and kills the program, whose handler would never run."""
    source = (
        "import signal, sys\nsignal.signal(signal.SIGTERM, lambda *_: sys.exit('handled'))\n"
        "print('ready', flush=True)\nsignal.pause()\n"
    )
    words = [needs.tool("bwrap"), "--die-with-parent", isolation, "--dev-bind", "/", "/"]
    with subprocess.Popen([*words, sys.executable, "-c", source], stdout=-1, stderr=-1, text=True) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "ready\n"
        (program,) = programs_below(child.pid)
        assert program != child.pid
        os.kill(program, signal.SIGTERM)
        assert (child.communicate()[1], child.returncode) == ("handled\n", 1)


@pytest.mark.parametrize(
    ("exit_code", "source", "sufficient"),
    [
        (-signal.SIGTERM, "import threading\nthreading.Event().wait(120)\n", True),
        # A server that takes the signal as its end.
        (0, "import threading\nthreading.Event().wait(120)\n", True),
        (0, "", False),
    ],
)
def test_what_was_stopped_when_it_was_recorded_is_stopped_again(
    exit_code: int, source: str, sufficient: bool, tmp_path: Path
) -> None:
    require("audit")
    manifest = manifest_of(write_project(tmp_path / "project", {"app.py": source}), exit_code=exit_code)
    stopped = replace(manifest.provenance, stopped_after=1.5)
    manifest = replace(manifest, provenance=stopped)
    verdict = verify(manifest, sandbox="audit")
    assert (verdict.timed_out, verdict.word == "sufficient") == (sufficient, sufficient)


def test_the_console_script_of_an_editable_project_can_be_run(sandbox: str, tmp_path: Path) -> None:
    venv = tmp_path / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(venv)], check=True)
    command = venv / "bin/run-it"
    command.write_text(f"#!{venv}/bin/python\nimport shipped\n")
    command.chmod(0o755)
    project = write_project(tmp_path / "project", {"shipped.py": ""})
    entrypoint = EntrypointRow(EntrypointKind.COMMAND, str(command), (), None, "/root", form="argv")
    manifest = manifest_of(project, {"shipped.py": "/root/shipped.py"}, entrypoint=entrypoint)
    shim = ModuleRow("__main__", Origin.EDITABLE_SHIM, str(command), Status.EXECUTED, None, 0, None, "it")
    interpreter = InterpreterRow(executable=str(venv / "bin/python"))
    manifest = replace(
        manifest, modules=(shim,), provenance=replace(manifest.provenance, environment=interpreter)
    )
    assert verify(manifest, sandbox=sandbox).word == "sufficient"


def test_other_entrypoints(sandbox: str, tmp_path: Path) -> None:
    files = {"pkg/__init__.py": "", "pkg/start.py": "import sys\nraise SystemExit(len(sys.argv))\n"}
    project = write_project(tmp_path / "project", files)
    rows = [
        EntrypointRow(EntrypointKind.MODULE, "pkg.start", ("x",), "/root/pkg/start.py", "/root"),
        EntrypointRow(EntrypointKind.COMMAND, "import pkg.start", ("x",), None, "/root", form="string"),
        EntrypointRow(
            EntrypointKind.COMMAND, sys.executable, ("-m", "pkg.start", "x"), None, "/root", form="argv"
        ),
    ]
    for row in rows:
        assert verify(manifest_of(project, entrypoint=row, exit_code=2), sandbox=sandbox).word == "sufficient"


@pytest.mark.parametrize("version", ["3.8", "3.9", "3.10", "3.12", "3.13"])
def test_other_interpreters(version: str, tmp_path: Path) -> None:
    python = needs.interpreter(version)
    require("bwrap")
    project = write_project(tmp_path / "project", {"app.py": "import missing_one\n", "missing_one.py": ""})
    manifest = having_used(
        manifest_of(project, {"app.py": "/root/app.py"}, exit_code=1), project / "missing_one.py"
    )
    interpreter = InterpreterRow(executable=python)
    verdict = verify(
        replace(manifest, provenance=replace(manifest.provenance, environment=interpreter)), sandbox="bwrap"
    )
    assert unshipped(verdict) == [str(project / "missing_one.py")]


def test_an_interpreter_that_only_the_manifest_knows_is_not_run(tmp_path: Path) -> None:
    """A script, or a virtual environment whose `home` is a directory of the project."""
    project = write_project(tmp_path / "project")
    own = project / "python"
    own.write_text(f'#!/bin/sh\ntouch {tmp_path}/ESCAPED\nexec {sys.executable} "$@"\n')
    own.chmod(0o755)
    (project / "env/bin").mkdir(parents=True)
    (project / "env/bin/python").symlink_to(os.path.realpath(sys.executable))
    (project / "env/pyvenv.cfg").write_text(f"home = {project}/fake/bin\n")
    manifest = manifest_of(project)
    for name in (own, project / "env/bin/python"):
        environment = InterpreterRow(executable=str(name))
        row = replace(manifest, provenance=replace(manifest.provenance, environment=environment))
        with pytest.raises(AutomountError, match="not one of this machine's") as caught:
            verify(row)
        assert "--trust" in str(caught.value)
    assert not (tmp_path / "ESCAPED").exists()


@pytest.mark.parametrize(
    "change",
    [
        "os.remove(top + '/a')",
        "os.rename(top + '/a', top + '/b')",
        "os.rename('app.py', top + '/b')",
        "os.rmdir(top + '/empty')",
        "os.mkdir(top + '/new')",
        "os.link('app.py', top + '/b')",
        "os.symlink('app.py', top + '/b')",
        "os.truncate(top + '/a', 0)",
        "os.chmod(top + '/a', 0o600)",
        "os.utime(top + '/a', (1, 1))",
    ],
)
def test_the_audit_sandbox_refuses_changes_outside(change: str, tmp_path: Path) -> None:
    outside = write_project(tmp_path / "outside", {"a": "text"})
    (outside / "empty").mkdir()
    before = [
        (path.name, path.lstat().st_mode, path.lstat().st_mtime_ns) for path in sorted(outside.iterdir())
    ]
    text = f"import os, sys\ntop = {str(outside)!r}\ntry:\n    {change}\nexcept OSError:\n    sys.exit(7)\n"
    project = write_project(tmp_path / "project", {"app.py": text})
    assert verify(manifest_of(project, exit_code=7), sandbox="audit").status == 7
    after = [
        (path.name, path.lstat().st_mode, path.lstat().st_mtime_ns) for path in sorted(outside.iterdir())
    ]
    assert after == before
    assert (outside / "a").read_text() == "text"


def test_an_interpreter_that_no_longer_exists(tmp_path: Path) -> None:
    manifest = manifest_of(write_project(tmp_path / "project"))
    interpreter = InterpreterRow(executable=str(tmp_path / "none/python"))
    with pytest.raises(AutomountError, match="interpreter no longer exists"):
        verify(replace(manifest, provenance=replace(manifest.provenance, environment=interpreter)))


def test_stale_files_come_first(sandbox: str, tmp_path: Path) -> None:
    project = write_project(tmp_path / "project")
    manifest = manifest_of(project)
    (project / "app.py").write_text("changed")
    with pytest.raises(StaleFiles):
        verify(manifest, sandbox=sandbox)


def test_an_unknown_sandbox(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="unknown sandbox"):
        verify(manifest_of(write_project(tmp_path / "project")), sandbox="cage")


def test_the_next_one_is_taken_where_the_first_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("automount.proving.sandbox_bwrap.shutil.which", lambda name: None)
    manifest = manifest_of(write_project(tmp_path / "project"))
    if landlock.abi():
        verdict = verify(manifest)
        assert (verdict.sandbox, verdict.passed_over) == ("landlock", ("bubblewrap: bwrap is not installed",))
    monkeypatch.setattr("automount.proving.landlock.abi", lambda: 0)
    verdict = verify(manifest)
    assert verdict.sandbox == "audit"
    assert verdict.passed_over[-1] == "Landlock: the kernel has none"
    with pytest.raises(AutomountError, match="bwrap is not installed"):
        verify(manifest, sandbox="bwrap")


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
    with pytest.raises(UsageError, match="needs bubblewrap"):
        verify(manifest_of(project, files), original=True, sandbox="audit")


def test_an_interpreter_below_the_remote_root(tmp_path: Path) -> None:
    require("bwrap")
    home = tmp_path / "home"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(home / ".pyenv")], check=True)
    source = "import sys, shipped\nassert sys.prefix.endswith('/home/.pyenv'), sys.prefix\n"
    project = write_project(home / "project", {"app.py": source, "shipped.py": ""})
    root = str(home)
    manifest = manifest_of(
        project, root=root, entrypoint=script(f"{root}/app.py", cwd=root), sys_path=(root,)
    )
    interpreter = InterpreterRow(executable=str(home / ".pyenv/bin/python"))
    manifest = replace(manifest, provenance=replace(manifest.provenance, environment=interpreter))
    for name in ALL:
        require(name)
        assert verify(manifest, sandbox=name).word == "sufficient"


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


def test_a_program_talks_to_its_own_server(sandbox: str, tmp_path: Path) -> None:
    source = (
        "import socket\nserver = socket.create_server(('127.0.0.1', 0))\n"
        "client = socket.create_connection(server.getsockname())\n"
        "server.accept()[0].send(b'x')\nassert client.recv(1) == b'x'\nimport shipped\n"
    )
    assert judged(tmp_path, source, sandbox).word == "sufficient"


def test_what_outlives_the_program_is_ended(sandbox: str, tmp_path: Path) -> None:
    """A child that goes on would keep the terminal, or the pipe that reads verify's output."""
    child = "import sys, threading; print('up', flush=True); threading.Event().wait()"
    source = (
        f"import subprocess, sys\nchild = subprocess.Popen([sys.executable, '-c', {child!r}], stdout=-1)\n"
        "child.stdout.readline()\n"
    )
    project = write_project(tmp_path / "project", {"app.py": source})
    reader, writer = os.pipe()
    with os.fdopen(reader, "rb") as output:
        (project / "automount.json").write_bytes(dumps(manifest_of(project)))
        words = ["-m", "automount", "verify", "--sandbox", sandbox, "automount.json"]
        subprocess.run([sys.executable, *words], cwd=project, stderr=writer, stdout=-1, check=True)
        os.close(writer)
        # The end of the output: nobody holds the pipe any longer.
        output.read()


def test_what_only_a_root_directory_of_its_own_can_give_is_named(sandbox: str, tmp_path: Path) -> None:
    """A fixed name below /tmp, and a file that is shipped to a place outside the remote root."""
    source = "open('/tmp/automount-test-fixed', 'w').close()\nopen('/srv/shipped.txt').close()\n"
    project = write_project(tmp_path / "project", {"app.py": source, "shipped.txt": ""})
    manifest = manifest_of(project, {"app.py": "/root/app.py", "shipped.txt": "/srv/shipped.txt"})
    verdict = verify(manifest, sandbox=sandbox)
    assert not os.path.exists("/tmp/automount-test-fixed")
    if sandbox == "bwrap":
        assert (verdict.word, verdict.beyond) == ("sufficient", ())
    else:
        assert verdict.word == "not-sufficient"
        assert verdict.beyond == ("/srv/shipped.txt", "/tmp/automount-test-fixed")
