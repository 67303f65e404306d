"""Does parts of some work in processes at the same time, forked from this one.

Operations on many small files are work of the interpreter, which threads share one lock for. A part that
fails, for whatever reason, gives no result: then the caller does all of the work again in this process, so
that errors and what is printed are the same with and without processes.
"""

from __future__ import annotations

import contextlib
import marshal
import os
import select
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import pairwise

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, TypeVar

    T = TypeVar("T")

# With fewer files, starting a process takes longer than it saves (1,000 files are about 20 ms of work).
_FEWEST = 1000
_MOST_PROCESSES = 4
_ENDING = ("SIGINT", "SIGTERM", "SIGHUP")


def processes_for(files: int) -> int:
    """How many processes are worth using for so many small files; 1 where only this one is."""
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1
    return max(min(usable, _MOST_PROCESSES, files // _FEWEST), 1)


def slices(items: Sequence[T], count: int, busy: float = 0) -> list[Sequence[T]]:
    """`items` in order as at most `count` slices of nearly equal length.

    The first is shorter if its process has other work too: `busy` is how long that takes, where 1 is what all
    items take together.
    """
    share = (1 + busy) / count
    ends = [0, *(int(len(items) * max(share * number - busy, 0)) for number in range(1, count)), len(items)]
    return [items[start:end] for start, end in pairwise(ends) if start < end]


@contextlib.contextmanager
def forked(
    work: Callable[[Iterable[T]], Any], parts: Sequence[Sequence[T]]
) -> Iterator[Callable[[], list[Any] | None]]:
    """Starts `work` for each part in a process of its own; ends all of them with the block.

    Gives a function that waits for the results, one for each part, of types that `marshal` knows. It
    returns None where one is missing, or where processes cannot be used: this one has other threads.
    """
    children: list[Background] = []

    def results() -> list[Any] | None:
        found = [child.data() for child in children]
        return None if None in found else [marshal.loads(data) for data in found if data is not None]

    try:
        for part in parts:
            children.append(Background(work, part))
        yield results
    finally:
        for child in children:
            child.close()


class Background:
    """A process that does `work` on `part` while this one does something else, if it can be forked."""

    def __init__(self, work: Callable[[Iterable[T]], Any], part: Iterable[T]) -> None:
        self._child: tuple[int, int] | None = None
        # A process that cannot be started is a missing result.
        with contextlib.suppress(OSError):
            if _has_one_thread():
                self._child = _start(work, part)

    @property
    def is_working(self) -> bool:
        """Whether `result` would have to wait."""
        return self._child is not None and not select.select([self._child[1]], [], [], 0)[0]

    def result(self) -> Any | None:
        """The result, as soon as it exists; None where it is missing."""
        data = self.data()
        return None if data is None else marshal.loads(data)

    def data(self) -> bytes | None:
        """The result as `marshal` wrote it, once; None where it is missing."""
        if self._child is None:
            return None
        process, pipe = self._child
        data = _whole(pipe)
        self._child = None
        os.close(pipe)
        return data if _end(process) == 0 else None

    def close(self) -> None:
        """Ends the process if it is still running."""
        if self._child is not None:
            process, pipe = self._child
            self._child = None
            os.close(pipe)
            import signal

            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
            _end(process)


def _has_one_thread() -> bool:
    """Whether a fork copies all of this process: of several threads, only one would go on."""
    return len(os.listdir("/proc/self/task")) == 1


def _start(work: Callable[[Iterable[T]], Any], part: Iterable[T]) -> tuple[int, int]:
    """The process id, and the pipe that its result can be read from."""
    parent = os.getpid()
    reading, writing = os.pipe()
    try:
        process = os.fork()
        if process == 0:
            _reset_signals()
            data = marshal.dumps(work(_while_running(part, parent)))
            with open(writing, "wb") as pipe:
                pipe.write(data)
            os._exit(0)
    except OSError:
        os.close(reading)
        raise
    finally:
        # Whatever happens, the second process never returns into the code of the first.
        if os.getpid() != parent:
            os._exit(1)
        os.close(writing)
    return process, reading


def _reset_signals() -> None:
    """Lets the signals that end a process end this one, unless they are ignored."""
    # Importing `signal` takes 2 ms. Where nobody has done so, nobody has set a handler.
    if "signal" in sys.modules:
        import signal

        for number in map(signal.Signals.__getitem__, _ENDING):
            if signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, signal.SIG_DFL)


def _while_running(part: Iterable[T], parent: int) -> Iterator[T]:
    """The items as long as the process that wants them exists: it may have been killed."""
    for item in part:
        if os.getppid() != parent:
            os._exit(1)
        yield item


def _whole(pipe: int) -> bytes:
    pieces = []
    while piece := os.read(pipe, 1 << 20):
        pieces.append(piece)
    return b"".join(pieces)


def _end(process: int) -> int | None:
    """The wait status of the process; None where the system keeps none (SIGCHLD is ignored)."""
    with contextlib.suppress(ChildProcessError):
        return os.waitpid(process, 0)[1]
    return None
