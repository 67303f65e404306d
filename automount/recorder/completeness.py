"""Decides which commands of a run could not be followed, from the journal's list of launches (pure).

Every process that started a program has written down what it started. A Python among these must have
left a journal of its own; one that has not is named, with the reason its command line gives: `-S` runs
no sitecustomize at all, `-I` and `-E` ignore PYTHONPATH. `python --version` and the like run no code of
the user's and leave no journal.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence

from automount.model import Incomplete, Journal, Launch, Process, ProcessStart
from automount.values import dataclass

# Options of the interpreter whose value is the next word unless it is attached.
_WITH_VALUE = "WXQ"
_LONG_WITH_VALUE = frozenset({"--check-hash-based-pycs"})
_ASKS_ONLY = frozenset({"--version", "--help", "--help-all", "--help-env", "--help-xoptions"})


@dataclass(frozen=True)
class PythonLaunch:
    """A Python's command line, `words`, its shebang resolved. `direct`: the launch itself is that Python.

    Where a shell is between, whether the line ran is not known; then only options that would have prevented
    recording count.
    """

    words: Sequence[str]
    direct: bool


PythonCommand = Callable[[Launch], PythonLaunch | None]


def unfollowed(
    journal: Journal,
    root: Launch,
    python_command: PythonCommand,
    *,
    lost: bool = False,
    running: Iterable[int] = (),
    starts: Iterable[ProcessStart] = (),
    alive: Iterable[ProcessStart] = (),
    watched: bool = False,
) -> tuple[Incomplete, ...]:
    """The commands that the recording lacks, sorted, each once.

    `root` is the program itself, as automount started it (its `process` is -1). `python_command` gives
    the Python that a launch starts, None where it starts none. `lost`: some
    process could not write its journal. `running`: recorded pids still alive at the end. `watched`: starts
    of Pythons were noticed from outside as well: `starts` are these, `alive` the processes that still run.
    Then no shell script needs to be read to guess what it starts.
    """
    found = set(journal.incomplete)
    starts = tuple(starts)
    if lost:
        found.add(Incomplete("journal-lost", root.argv, root.pid))
    by_pid: dict[int, list[Process]] = {}
    for process in journal.processes:
        by_pid.setdefault(process.pid, []).append(process)
    for pid in running:
        found.add(Incomplete("still-running", by_pid[pid][-1].argv if pid in by_pid else (), pid))
    named = {row.pid for row in journal.incomplete}
    # The starts of these are not listed once more.
    commands: set[tuple[str, ...]] = set()
    unbegun = [start for start in starts if _ended_unbegun(start, journal.killed)]
    # What was ended at once was not seen from outside. Each may be a Python that was launched.
    unseen = set(journal.killed) - by_pid.keys() - {start.pid for start in starts} - {0}
    for launch in (root, *journal.launches):
        if launch.pid and launch.pid in named:
            continue
        python = python_command(launch)
        if python is None or _asks_only(python.words):
            continue
        if watched and not python.direct:
            continue
        reason = _ignores_us(python.words)
        if python.direct:
            if _left_a_journal(launch, python, journal, by_pid):
                continue
            if any(start.words[1:] == tuple(python.words[1:]) for start in unbegun):
                continue
            is_ours = not reason and launch.argv[1:] == tuple(python.words[1:])
            if watched and unseen and is_ours and not launch.pid and launch.kind != "exec":
                unseen.pop()
                continue
            reason = reason or "no-journal"
        if reason:
            found.add(Incomplete(reason, launch.argv, launch.pid))
            commands.add(tuple(python.words))
    reported = {row.pid for row in found}
    for start in alive:
        if not {start.pid, start.inner_pid} & reported:
            found.add(Incomplete("still-running", start.words, start.pid))
    commands |= {row.command for row in found}
    reported = {row.pid for row in found}
    often = Counter(start.pid for start in starts if not _asks_only(start.words))
    for start in starts:
        if start.words in commands or start in unbegun or _asks_only(start.words):
            continue
        pids = {start.pid, start.inner_pid}
        if pids & named or (start.pid == root.pid and root.pid in reported):
            continue
        # A fork that ran another program has only a journal like its parent's.
        begun = [
            process
            for pid in pids
            for process in by_pid.get(pid, ())
            if process.entry not in ("fork", "subinterpreter")
        ]
        # One process may have run several programs, of which only some are recorded. It may also have run a
        # Python's wrapper first, with the same arguments.
        if len(begun) < often[start.pid] and all(row.argv[1:] != start.words[1:] for row in begun):
            found.add(Incomplete(_ignores_us(start.words) or "no-journal", start.words, start.pid))
    return tuple(sorted(found, key=lambda row: (row.reason, row.command, row.pid)))


def _ended_unbegun(start: ProcessStart, killed: Collection[int]) -> bool:
    """Whether a Python without a journal was ended by the program before it ran any of the program's code.

    The agent begins the journal before that, so what was started with our environment, and then got a signal
    from the program, had not come so far: a worker of a pool that is closed at once.
    """
    return start.is_prepared and start.pid in killed and _ignores_us(start.words) is None


def _left_a_journal(
    launch: Launch, python: PythonLaunch, journal: Journal, by_pid: dict[int, list[Process]]
) -> bool:
    if launch.process < 0:
        return launch.pid in by_pid
    launcher = journal.processes[launch.process]
    if launch.kind == "exec":
        return any(other.index != launcher.index for other in by_pid.get(launcher.pid, ()))
    if launch.pid:
        return launch.pid in by_pid
    # Events fire before there is a pid, so the command lines are compared. A child whose parent had ended
    # when it started has another parent, which is not recorded.
    tails = {tuple(launch.argv[1:]), tuple(python.words[1:])}
    return any(
        process.argv[1:] in tails and (process.ppid == launcher.pid or process.ppid not in by_pid)
        for process in journal.processes
        if process.index != launcher.index
    )


def interpreter_options(command: Sequence[str]) -> tuple[str, ...]:
    """The options before the program in a Python's command line, one letter or long word each.

    Ends with the word that begins the program: `c`, `m`, or nothing for a script.
    """
    options: list[str] = []
    words = iter(command[1:])
    for word in words:
        if word.startswith("--") and len(word) > 2:
            options.append(word)
            if word in _LONG_WITH_VALUE:
                next(words, None)
            continue
        if not word.startswith("-") or word in ("-", "--"):
            break
        for place, letter in enumerate(word[1:], 1):
            options.append(letter)
            if letter in "cm":
                return tuple(options)
            if letter in _WITH_VALUE:
                if place == len(word) - 1:
                    next(words, None)
                break
    return tuple(options)


def _asks_only(command: Sequence[str]) -> bool:
    options = interpreter_options(command)
    return any(option in ("V", "h", "?") or option in _ASKS_ONLY for option in options)


def _ignores_us(command: Sequence[str]) -> str | None:
    options = interpreter_options(command)
    if "S" in options:
        return "no-site"
    if "I" in options or "E" in options:
        return "isolated"
    return None
