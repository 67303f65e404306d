"""Watches from outside which Pythons start below a shell, or below a process that records itself.

A program that automount starts is watched by automount (`start_watch`). Where `automount env` turns recording
on, or a program records itself, no process of ours is left to watch. So a small process is started for it. It
ends by itself: with the processes that it watches, or when the journal directory is removed. It writes each
start of a Python at once into the file `STARTS` in the journal directory.

Whoever reads the file first asks for a last look, over an abstract socket, whose name contains the user and
the directory. Such a socket leaves no file behind. Each side checks that the other belongs to the same user.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import struct
import sys
import time
from collections.abc import Iterable
from zlib import crc32

from automount.model import Journal, ProcessStart
from automount.recorder.python_files import likely_interpreters
from automount.recorder.registry import shells_recorded_into
from automount.recorder.start_watch import detach_streams
from automount.recorder.starts import ProcessWatch

STARTS = "STARTS"
_IDLE_SECONDS = 0.25
# How long the shell may take to evaluate what `automount env` has printed.
_EXPECTED_SECONDS = 10.0
_ANSWER_SECONDS = 5.0
# A last look; the same, and then the processes that run now are not reported.
_LOOK, _SKIP_EXISTING = b"l", b"s"
_CREDENTIALS = struct.Struct("3i")
_PROGRAM = (
    "import sys; sys.path.insert(0, sys.argv[1]); from automount.recorder.outside_watch import main; main()"
)


def start_watching(journal_directory: str, root: int = 0) -> None:
    """Starts watching the process `root`, or the shells that are registered for the journal if it is 0.

    Returns when the watching has begun. Processes that run now are not reported. Where it cannot be started,
    nothing is watched.
    """
    if _ask(journal_directory, _SKIP_EXISTING):
        return
    home = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    # -I and -S: no environment of the user's and no `.pth` file, so that this Python is not recorded itself.
    command = [
        sys.executable,
        "-I",
        "-S",
        "-c",
        _PROGRAM,
        home,
        os.path.abspath(journal_directory),
        str(root),
    ]
    with contextlib.suppress(OSError):
        pid = os.posix_spawn(sys.executable, command, {"PATH": os.environ.get("PATH", os.defpath)})
        # Its child watches; it ends when that is ready.
        os.waitpid(pid, 0)


def noticed_starts(journal_directory: str) -> tuple[ProcessStart, ...] | None:
    """The starts of Pythons that were noticed, after a last look; None where nothing was watched."""
    with contextlib.suppress(OSError):
        _ask(journal_directory, _LOOK)
    try:
        descriptor = os.open(
            os.path.join(journal_directory, STARTS), os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC
        )
        with open(descriptor, encoding="ascii") as file:
            rows = [json.loads(line) for line in file]
        return tuple(
            ProcessStart(pid, tuple(words), inner, tuple(above), *rest)
            for pid, words, inner, above, *rest in rows
        )
    except (OSError, ValueError, TypeError):
        return None


def without_own(starts: Iterable[ProcessStart], whole: Journal, journal: Journal) -> tuple[ProcessStart, ...]:
    """The `starts` without automount's own commands and what these have started.

    `journal` is the `whole` one without automount's own processes.
    """
    kept = {process.pid for process in journal.processes}
    own = {process.pid for process in whole.processes} - kept
    return tuple(start for start in starts if not {start.pid, start.inner_pid, *start.above} & own)


def main() -> None:
    """The process that watches: `HOME JOURNAL_DIRECTORY PID` on the command line, PID 0 for shells."""
    directory, root = sys.argv[2], int(sys.argv[3])
    # A pipe that was open where this was started would otherwise stay open for as long as this runs.
    os.closerange(3, max(map(int, os.listdir("/proc/self/fd"))) + 1)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        listener.bind(_address(directory))
    except OSError:
        return  # it is being watched
    listener.listen()
    shells = (lambda: [root]) if root else (lambda: shells_recorded_into(directory))
    watch = ProcessWatch(
        likely_interpreters(), more_roots=shells, idle_seconds=_IDLE_SECONDS, journal_directory=directory
    )
    watch.skip_existing()
    log = os.open(
        os.path.join(directory, STARTS), os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600
    )
    if os.fork():
        os._exit(0)
    os.setsid()
    os.chdir("/")
    detach_streams()
    for number in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)
    _serve(watch, listener, log, directory)
    watch.close()


def _serve(watch: ProcessWatch, listener: socket.socket, log: int, directory: str) -> None:
    written = 0
    deadline = time.monotonic() + _EXPECTED_SECONDS
    was_useful = False
    while os.path.isdir(directory):
        asked = watch.wait(listener.fileno())
        starts = list(watch.starts.values())
        for start in starts[written:]:
            row = [start.pid, start.words, start.inner_pid, start.above, start.is_prepared]
            os.write(log, json.dumps(row).encode("ascii") + b"\n")
        written = len(starts)
        if asked and _answer(listener, watch):
            deadline, was_useful = time.monotonic() + _EXPECTED_SECONDS, False
        if watch.follows_any:
            was_useful = True
        elif was_useful or time.monotonic() > deadline:
            return


def _answer(listener: socket.socket, watch: ProcessWatch) -> bool:
    """Answers the question that is asked over a new connection; returns whether another shell begins."""
    question = b""
    with contextlib.suppress(OSError), listener.accept()[0] as connection:
        connection.settimeout(_ANSWER_SECONDS)
        if _is_ours(connection):
            question = connection.recv(1)
            if question == _SKIP_EXISTING:
                watch.skip_existing()
            connection.sendall(question)
    return question == _SKIP_EXISTING


def _ask(directory: str, question: bytes) -> bool:
    """Whether a process that watches `directory` has done what was asked."""
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(_ANSWER_SECONDS)
        connection.connect(_address(directory))
        if _is_ours(connection):
            connection.sendall(question)
            return connection.recv(1) == question
    return False


def _is_ours(connection: socket.socket) -> bool:
    data = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
    uid: int = _CREDENTIALS.unpack(data)[1]
    return uid == os.getuid()


def _address(directory: str) -> bytes:
    """The name of the socket: its first byte is 0, which makes it abstract."""
    real = os.fsencode(os.path.realpath(directory))
    status = os.stat(real)
    return b"\0automount-%d-%d-%d-%08x" % (os.getuid(), status.st_dev, status.st_ino, crc32(real))
