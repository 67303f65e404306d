"""Watches from outside which Pythons start below the recorded program, in a process or a thread of its own.

The command line watches in a forked process. A thread would share Python's global lock with the imports and
the hashing of the main thread, and a program that ends after some milliseconds could be missed meanwhile.
A harness watches in a thread, since a fork in someone else's process runs the handlers registered there.

Both answer questions over a pipe: a question is one byte, an answer its length and then data of `marshal`.
"""

from __future__ import annotations

import contextlib
import marshal
import os
import signal
import time
from collections.abc import Callable, Iterable, Iterator

from automount.model import ProcessStart
from automount.recorder.starts import ProcessWatch

_LENGTH_BYTES = 8
_AFTER_ERROR_SECONDS = 0.05
_ALIVE, _ADOPT, _END = b"a", b"m", b"e"
# The first byte of the message that contains the program's pid.
_BEGIN = b"b"


class StartWatch:
    """Watches the processes below one program, from `begin` to `end`.

    `lost` is set if the watching process was killed: starts may then be missing.
    """

    def __init__(self, journal_directory: str, interpreters: Iterable[str], *, own_process: bool) -> None:
        self.lost = False
        watch = ProcessWatch(journal_directory, interpreters, os.getpid() if own_process else 0)
        theirs, self._questions = os.pipe()
        self._answers, ours = os.pipe()
        self._pid = 0
        if own_process:
            self._pid = _forked(lambda: _serve(watch, theirs, ours), (self._questions, self._answers))
            os.close(theirs)
            os.close(ours)
            # Both processes have the inotify descriptor; the watches are removed when the last one closes it.
            watch.close()
        else:
            _start_thread(lambda: _serve_and_close(watch, theirs, ours))

    def begin(self, pid: int) -> None:
        """Starts watching; `pid` is the program's."""
        self._ask(_BEGIN + pid.to_bytes(_LENGTH_BYTES, "big"))

    def adopt_marked(self) -> None:
        """Adds the processes whose environment names the journal although their parents have ended."""
        self._ask(_ADOPT)

    def alive(self) -> tuple[ProcessStart, ...]:
        """All processes of the program that are running now, each with its command line."""
        return self._ask(_ALIVE)

    def end(self) -> tuple[ProcessStart, ...]:
        """Stops watching; returns the starts that were noticed, in the order of their pids."""
        starts = self._ask(_END)
        os.close(self._questions)
        os.close(self._answers)
        if self._pid:
            # Not waited for: it removes its watches first, and automount itself ends soon.
            with contextlib.suppress(ChildProcessError):
                os.waitpid(self._pid, os.WNOHANG)
        return tuple(sorted(starts, key=lambda start: (start.pid, start.words)))

    def _ask(self, question: bytes) -> tuple[ProcessStart, ...]:
        try:
            os.write(self._questions, question)
            length = int.from_bytes(_read_all(self._answers, _LENGTH_BYTES), "big")
            rows = marshal.loads(_read_all(self._answers, length))
        except (BrokenPipeError, EOFError):
            self.lost = True
            return ()
        return tuple(ProcessStart(*row) for row in rows)


def _serve(watch: ProcessWatch, questions: int, answers: int) -> None:
    """Watches and answers questions until it is asked to end or the other end of the pipe is closed."""
    while True:
        try:
            if not watch.wait(questions):
                continue
        except OSError:
            time.sleep(_AFTER_ERROR_SECONDS)
            continue
        question = os.read(questions, 1)
        found: Iterable[ProcessStart] = ()
        if question == _BEGIN:
            watch.begin(int.from_bytes(_read_all(questions, _LENGTH_BYTES), "big"))
        elif question == _ADOPT:
            watch.adopt_marked()
        elif question == _ALIVE:
            found = watch.alive()
        elif question == _END:
            watch.look()
            found = watch.starts.values()
        else:
            return
        answer = marshal.dumps([(row.pid, row.words, row.inner_pid) for row in found])
        _write_all(answers, len(answer).to_bytes(_LENGTH_BYTES, "big") + answer)
        if question == _END:
            return


def _serve_and_close(watch: ProcessWatch, questions: int, answers: int) -> None:
    try:
        _serve(watch, questions, answers)
    finally:
        os.close(questions)
        os.close(answers)
        watch.close()


@contextlib.contextmanager
def _signals_blocked() -> Iterator[None]:
    """A process or thread that is started in the block handles no signals: the main thread handles them."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _forked(work: Callable[[], None], unused: tuple[int, ...]) -> int:
    """The pid of a process that does `work`; it handles no signals and closes the `unused` descriptors."""
    with _signals_blocked():
        pid = os.fork()
        if pid:
            return pid
        try:
            for descriptor in unused:
                os.close(descriptor)
            # A reader of the program's output waits until every process has closed it.
            empty = os.open(os.devnull, os.O_RDWR)
            for descriptor in (0, 1, 2):
                os.dup2(empty, descriptor)
            # Allowed for root only. The process sleeps most of the time but must react quickly to a start.
            with contextlib.suppress(OSError):
                os.setpriority(os.PRIO_PROCESS, 0, -20)
            work()
        finally:
            os._exit(0)


def _start_thread(work: Callable[[], None]) -> None:
    """Starts a thread that does `work` and handles no signals."""
    import threading

    with _signals_blocked():
        threading.Thread(target=work, name="automount-starts", daemon=True).start()


def _read_all(descriptor: int, length: int) -> bytes:
    """Exactly `length` bytes. Raises EOFError if the other end is closed first."""
    parts, missing = [], length
    while missing:
        part = os.read(descriptor, missing)
        if not part:
            raise EOFError
        parts.append(part)
        missing -= len(part)
    return b"".join(parts)


def _write_all(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]
