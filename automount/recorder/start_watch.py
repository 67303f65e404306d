"""Watches from outside which Pythons start below the recorded program, in a process or a thread of its own.

The command line watches in a forked process. A thread would share Python's global lock with the imports and
the hashing of the main thread, and a program that ends after some milliseconds could be missed meanwhile.
A harness watches in a thread, since a fork in someone else's process runs the handlers registered there.

Both answer questions over a pipe: a question is one byte, some with data; an answer is data. Only the one
that begins the watch has no answer. Data is its length and then what `marshal` makes of it. The process is
forked before automount has imported what starts the program, and gets ready meanwhile.
"""

from __future__ import annotations

import contextlib
import marshal
import os
import signal
import time
from collections.abc import Callable, Iterable, Iterator

from automount.model import ProcessStart

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from automount.recorder.starts import ProcessWatch

_LENGTH_BYTES = 8
_AFTER_ERROR_SECONDS = 0.05
_ALIVE, _ADOPT, _END = b"a", b"m", b"e"
# These two have data: what `ProcessWatch.expect` takes, and the program's pid.
_EXPECT, _BEGIN = b"x", b"b"


class StartWatch:
    """Watches the processes below one program, from `begin` to `end`.

    `lost` is set if the watching process was killed: starts may then be missing. `pid` is that of a process
    of its own, which has all signals blocked; 0 for a thread.
    """

    def __init__(self, *, own_process: bool) -> None:
        self.lost = False
        theirs, self._questions = os.pipe()
        self._answers, ours = os.pipe()
        self.pid = 0
        self._starter = os.getpid() if own_process else 0
        if own_process:
            self.pid = _forked(lambda: _serve(theirs, ours), (self._questions, self._answers))
            os.close(theirs)
            os.close(ours)
        else:
            _start_thread(lambda: _serve_and_close(theirs, ours))

    def expect(self, journal_directory: str, executable: str) -> None:
        """Gets ready for a program of the file `executable` that is recorded into `journal_directory`.

        The work is done when `wait_until_ready` returns.
        """
        self._send(_EXPECT, (journal_directory, executable, self._starter))

    def wait_until_ready(self) -> None:
        """Returns when the start of the program will be noticed."""
        self._answer()

    def begin(self, pid: int) -> None:
        """Starts watching; `pid` is the program's. Does not wait for an answer, which could take 10 ms."""
        self._send(_BEGIN, pid)

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
        if self.pid:
            # Not waited for: it removes its watches first, and automount itself ends soon.
            with contextlib.suppress(ChildProcessError):
                os.waitpid(self.pid, os.WNOHANG)
        return tuple(sorted(starts, key=lambda start: (start.pid, start.words)))

    def _ask(self, question: bytes, *data: Any) -> tuple[ProcessStart, ...]:
        self._send(question, *data)
        return self._answer()

    def _send(self, question: bytes, *data: Any) -> None:
        try:
            _write_all(self._questions, question + b"".join(map(_packed, data)))
        except BrokenPipeError:
            self.lost = True

    def _answer(self) -> tuple[ProcessStart, ...]:
        try:
            rows = _read_data(self._answers)
        except EOFError:
            self.lost = True
            return ()
        return tuple(ProcessStart(*row) for row in rows)


def _serve(questions: int, answers: int) -> None:
    """Watches and answers questions until it is asked to end or the other end of the pipe is closed."""
    # Here, so that the process that starts the program need not import it.
    from automount.recorder.python_files import likely_interpreters
    from automount.recorder.starts import ProcessWatch

    watch = ProcessWatch(likely_interpreters())
    try:
        if os.read(questions, 1) == _EXPECT:
            watch.expect(*_read_data(questions))
            _write_all(answers, _packed([]))
            _answer_questions(watch, questions, answers)
    finally:
        watch.close()


def _answer_questions(watch: ProcessWatch, questions: int, answers: int) -> None:
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
            watch.begin(_read_data(questions))
            continue
        if question == _ADOPT:
            watch.adopt_marked()
        elif question == _ALIVE:
            found = watch.alive()
        elif question == _END:
            watch.look()
            found = watch.starts.values()
        else:
            return
        _write_all(
            answers,
            _packed([(row.pid, row.words, row.inner_pid, row.above, row.is_prepared) for row in found]),
        )
        if question == _END:
            return


def _serve_and_close(questions: int, answers: int) -> None:
    try:
        _serve(questions, answers)
    finally:
        os.close(questions)
        os.close(answers)


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
            detach_streams()
            # Allowed for root only. The process sleeps most of the time but must react quickly to a start.
            with contextlib.suppress(OSError):
                os.setpriority(os.PRIO_PROCESS, 0, -20)
            work()
        finally:
            os._exit(0)


def detach_streams() -> None:
    """Replaces standard input, output and error of this process by /dev/null."""
    empty = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(empty, descriptor)


def _start_thread(work: Callable[[], None]) -> None:
    """Starts a thread that does `work` and handles no signals."""
    import threading

    with _signals_blocked():
        threading.Thread(target=work, name="automount-starts", daemon=True).start()


def _packed(data: Any) -> bytes:
    body = marshal.dumps(data)
    return len(body).to_bytes(_LENGTH_BYTES, "big") + body


def _read_data(descriptor: int) -> Any:
    """The value that was packed. Raises EOFError if the other end is closed first."""
    return marshal.loads(_read_all(descriptor, int.from_bytes(_read_all(descriptor, _LENGTH_BYTES), "big")))


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
