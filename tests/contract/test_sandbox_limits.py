"""Tries each row of the documents' table of what a sandbox cannot prevent, in every sandbox."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import needs
import pytest
from shipments import manifest_of, write_project

from automount.proving import landlock
from automount.proving.verifying import verify

PAGE = Path(__file__).resolve().parents[2] / "docs/reference/sandboxes.md"
COLUMNS = ("bwrap", "landlock", "audit")
# The version of Landlock in which a version of Linux is the first.
ABI = {"6.2": 3, "6.7": 4, "6.12": 6}

# One attempt for each row: it raises, or gives something false, where it is prevented.
ATTEMPTS = {
    "read another local file": "open(out + '/secret').read()",
    "read it with another program (`cat`)": "run('cat', out + '/secret')",
    "list another directory": "os.listdir(out)",
    "find out whether a file exists": "os.path.exists(out + '/secret')",
    "overwrite a file": "open(out + '/a', 'w')",
    "overwrite it with another program (`sh`)": "run('sh', '-c', 'echo x > ' + out + '/b')",
    "remove or rename a file": "one(lambda: os.remove(out + '/c'), "
    "lambda: os.rename(out + '/d', out + '/e'))",
    "create a directory, a link or a FIFO": "one(lambda: os.mkdir(out + '/f'), "
    "lambda: os.symlink('x', out + '/g'), lambda: os.link('app.py', out + '/h'), "
    "lambda: os.mkfifo(out + '/i'))",
    "truncate a file": "os.truncate(out + '/j', 0) or True",
    "change the mode or the times of a file": "one(lambda: os.chmod(out + '/k', 0o600), "
    "lambda: os.utime(out + '/k', (1, 1)))",
    "change the mode with another program (`chmod`)": "run('chmod', '600', out + '/l')",
    "write to the machine's shared memory (`/dev/shm`)": "shared()",
    "list the machine's processes": "os.path.exists('/proc/%d/status' % pid)",
    "send a signal to a process": "comm() == 'sleep' and os.kill(pid, 0) or comm() == 'sleep'",
    "connect to a TCP server": "socket.create_connection(('127.0.0.1', port), 5)",
    "connect to it with another program": "run('bash', '-c', 'exec 3<>/dev/tcp/127.0.0.1/%d' % port)",
    "send a UDP datagram": "socket.socket(type=socket.SOCK_DGRAM).sendto(b'x', ('127.0.0.1', port)) "
    "and not networks",
    "connect to a socket file": "unix(out + '/socket')",
    "connect to an abstract socket": "unix('\\0automount-test-%d' % pid)",
    "connect to a TCP server of its own": "own()",
    "read your environment variables": "os.environ['PATH']",
}
PROGRAM = """
import json, os, socket, subprocess, sys
out, pid, port = {out!r}, {pid}, {port}
networks = os.readlink('/proc/self/ns/net') != {network!r}
alone = not os.path.isdir('/proc/%d' % pid)
def run(*words):
    return subprocess.run(words, capture_output=True).returncode == 0
def one(*attempts):
    done = 0
    for attempt in attempts:
        try:
            attempt()
            done += 1
        except OSError:
            pass
    return done
def shared():
    place = '/dev/shm/automount-test-%d' % pid
    with open(place, 'w') as file:
        file.write('x')
    return not alone
def comm():
    return open('/proc/%d/comm' % pid).read().strip()
def unix(address):
    socket.socket(socket.AF_UNIX).connect(address)
    return True
def own():
    server = socket.create_server(('127.0.0.1', 0))
    return socket.create_connection(server.getsockname(), 5)
found = {{}}
for name, attempt in {attempts!r}.items():
    try:
        found[name] = bool(eval(attempt))
    except Exception:
        found[name] = False
found['networks'] = networks
sys.stdout.write('FOUND' + json.dumps(found) + chr(10))
"""


def table() -> Iterator[tuple[str, tuple[str, ...]]]:
    """The rows of the table: what the program can do, and a cell for each sandbox."""
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    start = next(number for number, line in enumerate(lines) if line.startswith("| the program can |"))
    for line in lines[start + 2 :]:
        if not line.startswith("|"):
            return
        name, *cells = [cell.strip() for cell in line.strip("|").split("|")]
        yield name, tuple(cells)


def expected(cell: str, sandbox: str, *, networks: bool) -> bool:
    if cell == "yes, in a network of its own":
        return networks
    word, _, since = cell.partition(", since Linux ")
    assert word in ("yes", "no")
    return word == "yes" or bool(since and sandbox == "landlock" and landlock.abi() < ABI[since])


def test_every_row_is_tried() -> None:
    assert [name for name, _ in table()] == list(ATTEMPTS)


@pytest.mark.parametrize("sandbox", COLUMNS)
def test_the_table_is_true(sandbox: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    if sandbox == "bwrap":
        needs.tool("bwrap")
    if sandbox == "landlock" and not landlock.abi():
        needs.missing("Landlock is not in this kernel")
    with ExitStack() as stack:
        # Not pytest's own: the path of a socket has at most 107 bytes.
        outside = Path(stack.enter_context(tempfile.TemporaryDirectory(dir="/var/tmp")))
        write_project(outside, dict.fromkeys(["secret", *"abcdjkl"], "text"))
        sleeper = stack.enter_context(subprocess.Popen(["sleep", "120"]))
        stack.callback(sleeper.kill)
        server = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        for address in (str(outside / "socket"), f"\0automount-test-{sleeper.pid}"):
            local = stack.enter_context(socket.socket(socket.AF_UNIX))
            local.bind(address)
            local.listen()
        port = server.getsockname()[1]
        text = PROGRAM.format(
            out=str(outside),
            pid=sleeper.pid,
            port=port,
            network=os.readlink("/proc/self/ns/net"),
            attempts=ATTEMPTS,
        )
        project = write_project(tmp_path / "project", {"app.py": text})
        verify(manifest_of(project), sandbox=sandbox)
    place = f"/dev/shm/automount-test-{sleeper.pid}"
    if os.path.exists(place):
        os.remove(place)
    printed = capfd.readouterr().err
    found = json.loads(printed.partition("FOUND")[2].splitlines()[0])
    column = COLUMNS.index(sandbox)
    networks = found.pop("networks")
    rows = {name: expected(cells[column], sandbox, networks=networks) for name, cells in table()}
    assert found == rows, printed
