"""Runs a program with the agent in it; returns how it ended and its journal.

The program is a plain child of ours: same process group, same terminal, same open files. While it runs, its
journal is read as it grows, and the files that it names are passed on so that they can be hashed early.

Signals. A Ctrl-C at the terminal goes to the whole group, so the program has already received it; a signal
that was sent to automount alone must be passed on, exactly once. The kernel sets `si_code`
when the terminal sent it; for a signal from another process (`kill PID` or `kill -- -PGID`) there is a
sentinel: a process of our group that has these signals blocked. If the signal is pending there too, it was
sent to the group. The first sentinel is the process that watches for starts; since a pending signal stays
pending, each later one is a process that does nothing.
"""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Callable, Iterator, Mapping, Sequence

from automount import agent
from automount.model import Journal, ProcessStart
from automount.recorder.child import start, wait_at_most
from automount.recorder.journal_directory import JournalFollower
from automount.recorder.registry import registered
from automount.recorder.start_watch import StartWatch
from automount.values import dataclass

TYPE_CHECKING = False
if TYPE_CHECKING:
    from automount.recorder.child import AnyChild

BOOT_DIRECTORY = os.path.join(agent.__path__[0], "boot")
JOURNAL_VARIABLE = "AUTOMOUNT_JOURNAL"

FORWARDED = tuple(
    getattr(signal, name)
    for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGUSR1", "SIGUSR2")
    if hasattr(signal, name)
)
# From Linux's siginfo: sent by the kernel itself, which is how a terminal's Ctrl-C arrives.
SI_KERNEL = 0x80
POLL_SECONDS = 0.05
KILL_AFTER_SECONDS = 5.0
ORPHAN_GRACE_SECONDS = 2.0


@dataclass(frozen=True)
class Ending:
    """How the program ended: `exit_code` as Python's `returncode` (negative: killed by that signal)."""

    exit_code: int
    timed_out: bool
    pid: int
    seconds: float


@dataclass(frozen=True)
class FinishedRun:
    """A finished run: how it ended, the folded journal, and when the program ended (monotonic seconds).

    `lost`: some process could not write its journal. `starts` are the Pythons that were seen to start below
    the program, `alive` the processes that still run.
    """

    ending: Ending
    journal: Journal
    ended_at: float
    lost: bool
    starts: tuple[ProcessStart, ...] = ()
    alive: tuple[ProcessStart, ...] = ()


def agent_environment(environ: Mapping[str, str], journal_directory: str) -> dict[str, str]:
    """`environ` with the two variables that turn recording on for a Python started with it."""
    changed = dict(environ)
    before = environ.get("PYTHONPATH", "")
    # An empty PYTHONPATH counts as none; an empty *element* means the cwd, so none may be made here.
    changed["PYTHONPATH"] = f"{BOOT_DIRECTORY}{os.pathsep}{before}" if before else BOOT_DIRECTORY
    changed[JOURNAL_VARIABLE] = journal_directory
    return changed


def run(
    command: Sequence[str],
    *,
    journal_directory: str,
    cwd: str | None = None,
    environ: Mapping[str, str] | None = None,
    timeout: float | None = None,
    own_signals: bool = False,
    on_files: Callable[[tuple[str, ...]], bool] = lambda _files: False,
    watch: StartWatch | None = None,
) -> FinishedRun:
    """Runs `command` with recording on and waits for its end.

    After `timeout` seconds the program gets SIGTERM, and SIGKILL five seconds later; when it has ended, so do
    its processes that still run. With `own_signals` (the command line; main thread only) signals sent to this
    process are passed on; without, as in a harness, signal handling is left alone. `on_files` gets local
    origin files while the program still runs, and returns whether it has more to do: it is then called again
    at once. `watch` is a new one that the caller has created earlier. Raises `TargetNotFound` and
    `TargetNotRunnable`.
    """
    environment = agent_environment(os.environ if environ is None else environ, journal_directory)
    follower = JournalFollower(journal_directory)
    watch = watch or StartWatch(own_process=own_signals)
    watch.expect(journal_directory, command[0])

    def poll() -> bool:
        # An error with a journal must not end the wait for the program; the last reading reports it.
        with contextlib.suppress(OSError):
            return on_files(follower.read())
        return False

    try:
        with (
            _signals(watch.pid) if own_signals else contextlib.nullcontext() as relay,
            registered(journal_directory) as registration,
        ):
            watch.wait_until_ready()
            child = start(command, cwd, environment)
            started = time.monotonic()
            registration.started(child.pid)
            watch.begin(child.pid)
            timed_out = _wait(child, started, timeout, relay, poll)
            ended_at = time.monotonic()
            follower.read()
            if timed_out:
                _end_others(follower, watch)
            _wait_for_orphans(follower, watch)
            alive = watch.alive()
    finally:
        starts = watch.end()
    ending = Ending(child.returncode or 0, timed_out, child.pid, ended_at - started)
    return FinishedRun(ending, follower.fold(), ended_at, follower.lost() or watch.lost, starts, alive)


class _Relay:
    """Passes signals on to the program, each once."""

    def __init__(self, signals: frozenset[signal.Signals], sentinel: int) -> None:
        self.signals = signals
        self._sentinel = sentinel
        # Our end of the pipe of a sentinel of our own.
        self._pipe = -1

    def wait(self, seconds: float, child: AnyChild) -> None:
        """Sleeps until a signal arrives, the child ends or `seconds` have passed; handles the signal."""
        info = signal.sigtimedwait([*self.signals, signal.SIGCHLD], max(seconds, 0.0))
        if info is None or info.si_signo == signal.SIGCHLD:
            return
        if info.si_code == SI_KERNEL or self._sent_to_group(info.si_signo):
            return
        if child.poll() is None:
            child.send_signal(info.si_signo)

    def _start_sentinel(self) -> None:
        # `cat` ends by itself when our end of its pipe is closed, however we end.
        theirs, ours = os.pipe()
        try:
            self._sentinel = os.posix_spawn(
                "/bin/cat",
                ["cat"],
                {},
                file_actions=[
                    (os.POSIX_SPAWN_DUP2, theirs, 0),
                    (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0),
                    (os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0),
                ],
                setsigmask=list(self.signals),
            )
            self._pipe = ours
        except OSError:
            os.close(ours)
            self._sentinel = 0
        finally:
            os.close(theirs)

    def _sent_to_group(self, number: int) -> bool:
        if not self._sentinel:
            return False
        try:
            with open(f"/proc/{self._sentinel}/status") as file:
                status = file.read()
        except OSError:
            return False
        pending = next((line.split()[1] for line in status.splitlines() if line.startswith("ShdPnd")), "0")
        if not int(pending, 16) & (1 << (number - 1)):
            return False
        self.close()
        self._start_sentinel()
        return True

    def close(self) -> None:
        """Ends the sentinel, if it is one of our own."""
        pipe, self._pipe = self._pipe, -1
        if pipe < 0:
            return
        os.close(pipe)
        with contextlib.suppress(OSError):
            os.kill(self._sentinel, signal.SIGKILL)
            # Not waited for: that takes a millisecond, and automount itself ends soon.
            os.waitpid(self._sentinel, os.WNOHANG)


@contextlib.contextmanager
def _signals(sentinel: int) -> Iterator[_Relay]:
    """A relay, with our signals blocked for as long as it lives; the program must not inherit that.

    `sentinel` is the pid of a process of our group that has all signals blocked.
    """
    wanted = frozenset(number for number in FORWARDED if signal.getsignal(number) is not signal.SIG_IGN)
    relay = _Relay(wanted, sentinel)
    handlers = {number: signal.signal(number, lambda *_: None) for number in wanted}
    try:
        yield relay
    finally:
        relay.close()
        # Signals that are still pending were meant for the program, which has ended.
        while signal.sigtimedwait(list(wanted), 0) is not None:
            pass
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [*wanted, signal.SIGCHLD])
        for number, handler in handlers.items():
            signal.signal(number, handler)


def _wait(
    child: AnyChild,
    started: float,
    timeout: float | None,
    relay: _Relay | None,
    poll: Callable[[], bool],
) -> bool:
    """Waits for the child's end; True if the time limit was reached."""
    if relay is not None:
        # Not before: the program would have inherited a mask that was set before its start.
        signal.pthread_sigmask(signal.SIG_BLOCK, [*relay.signals, signal.SIGCHLD])
    timed_out = killed = False
    pause = 0.005
    # At once: the first call is the time for imports that are needed after the end.
    is_busy = poll()
    while child.poll() is None:
        elapsed = time.monotonic() - started
        if timeout is not None and elapsed >= timeout:
            if not timed_out:
                timed_out = True
                child.send_signal(signal.SIGTERM)
            elif not killed and elapsed >= timeout + KILL_AFTER_SECONDS:
                killed = True
                child.send_signal(signal.SIGKILL)
        # In a harness a thread watches the starts, and work without a pause would keep it waiting.
        pause = 0.0 if is_busy and relay is not None else min(max(pause, 0.005) * 1.5, POLL_SECONDS)
        rest = timeout - elapsed if timeout is not None and not timed_out else pause
        _sleep(child, min(pause, max(rest, 0.0)), relay)
        is_busy = poll()
    return timed_out


def _sleep(child: AnyChild, seconds: float, relay: _Relay | None) -> None:
    if relay is not None:
        relay.wait(seconds, child)
        return
    wait_at_most(child, seconds)


def _end_others(follower: JournalFollower, watch: StartWatch) -> None:
    """Ends the processes that outlive a program whose time was up: SIGTERM, five seconds later SIGKILL.

    Not before the program itself has ended: a server ends its workers in its own way.
    """
    watch.adopt_marked()
    asked: set[int] = set()
    deadline = time.monotonic() + KILL_AFTER_SECONDS
    while time.monotonic() < deadline + ORPHAN_GRACE_SECONDS:
        others = {row.pid for row in watch.alive()}
        if not others:
            return
        is_late = time.monotonic() >= deadline
        for pid in sorted(others if is_late else others - asked):
            # Those of other users cannot be ended.
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGKILL if is_late else signal.SIGTERM)
        asked |= others
        time.sleep(0.02)
        follower.read()


def _wait_for_orphans(follower: JournalFollower, watch: StartWatch) -> None:
    """Gives processes that outlive the program a moment to finish loading or starting something."""
    watch.adopt_marked()
    deadline = time.monotonic() + ORPHAN_GRACE_SECONDS
    while time.monotonic() < deadline and (watch.alive() or any(map(is_alive, follower.unended()))):
        time.sleep(0.02)
        follower.read()
    follower.read_rest()


def running(journal: Journal) -> tuple[int, ...]:
    """The pids of recorded processes that are still alive."""
    return tuple(sorted({p.pid for p in journal.processes if not p.ended and is_alive(p.pid)}))


def is_alive(pid: int) -> bool:
    """Whether a process of this pid runs; one that has ended and was not waited for does not."""
    try:
        with open(f"/proc/{pid}/stat") as file:
            state = file.read().rpartition(")")[2].split()[0]
    except (OSError, IndexError):
        return False
    return state not in ("Z", "X")
