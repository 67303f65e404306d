"""Every sandbox hides the same things, shows the same things, and states its strength."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import needs
import pytest
from sandboxes import STRENGTHS, judged, require, unshipped
from shipments import manifest_of, write_project

from automount.errors import AutomountError, UsageError
from automount.manifest import (
    EntrypointKind,
    EntrypointRow,
    InterpreterRow,
    ModuleRow,
    dumps,
)
from automount.model import Origin, Status
from automount.proving import landlock
from automount.proving.findings import Finding
from automount.proving.sandbox import programs_below
from automount.proving.verifying import verify
from automount.shipping.freshness import StaleFiles


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
        "import signal, sys, time\nsignal.signal(signal.SIGTERM, lambda *_: sys.exit('handled'))\n"
        "print('ready', flush=True)\nwhile True:\n    time.sleep(0.05)\n"
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
    assert verdict.passed_over[-1] == "Landlock: the kernel does not support it"
    with pytest.raises(AutomountError, match="bwrap is not installed"):
        verify(manifest, sandbox="bwrap")


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
