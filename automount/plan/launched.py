"""Finds the files that a run gave to other programs: what it launched, and what command lines name.

What another program opens raises no event in a recorded process; the command line is what is known.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from automount.model import DataAccess, Entrypoint, Journal, Launch, ProgramEntrypoint
from automount.paths import join, name, normal

SHELLS = frozenset({"sh", "bash", "dash", "zsh", "ksh"})
_MOST_WORDS = 200
# After one of these a shell begins another command.
_SEPARATORS = frozenset({"&&", "||", ";", "|", "&", "(", "{", "then", "do"})


def launched_files(journal: Journal, entrypoint: Entrypoint, cwd: str) -> tuple[DataAccess, ...]:
    """Paths that launches and the program's own arguments name, whether or not they exist. Sorted.

    The action is "launched" for an executable, "named" for a word of a command line, and "given" for a word
    of a program that is not Python: if it is a directory, its content counts. `cwd` is where the program was
    started; the words of a launch count from that launch's own.
    """
    found: set[DataAccess] = set()
    for launch in journal.launches:
        found.update(_accesses("launched", [launch.executable], launch.cwd, launch.process))
        is_python = name(launch.executable).startswith("python")
        for directory, words in _commands(launch):
            found.update(_accesses("named" if is_python else "given", words, directory, launch.process))
    if isinstance(entrypoint, ProgramEntrypoint):
        found.update(_accesses("launched", [entrypoint.program], cwd, 0))
        if name(entrypoint.program) in SHELLS:
            argv = (entrypoint.program, *entrypoint.args)
            for directory, words in _commands(Launch(0, "start", 0, entrypoint.program, argv, cwd)):
                found.update(_accesses("given", words, directory, 0))
    found.update(_accesses("named", entrypoint.args, cwd, 0))
    return tuple(sorted(found, key=lambda row: (row.path, row.action, row.process, row.named)))


def command_text(words: Iterable[str]) -> str | None:
    """The text that a shell with these arguments runs (`-c`, `-ec`); None where it runs a script."""
    arguments = iter(words)
    for word in arguments:
        if not word.startswith(("-", "+")):
            return None
        if word.startswith("-") and not word.startswith("--") and "c" in word:
            return next(arguments, None)
    return None


def _commands(launch: Launch) -> Iterator[tuple[str, list[str]]]:
    """The words of the launch, each list with the directory that they count from: `cd` in a shell's text."""
    words = list(launch.argv[1:])
    text = command_text(words) if name(launch.executable) in SHELLS else None
    if text is None:
        yield launch.cwd, words
        return
    directory = launch.cwd
    current: list[str] = []
    for word in [*_split(text), ";"]:
        if word not in _SEPARATORS:
            current.append(word)
            continue
        if current[:1] == ["cd"] and len(current) > 1:
            directory = normal(current[1] if current[1].startswith("/") else join(directory, current[1]))
        yield directory, current
        current = []


def _split(text: str) -> list[str]:
    import shlex

    try:
        reader = shlex.shlex(text, posix=True, punctuation_chars="();<>|&")
        reader.whitespace_split = True
        return list(reader)
    except ValueError:
        return text.split()


def _accesses(action: str, words: Iterable[str], cwd: str, process: int) -> Iterator[DataAccess]:
    for word in list(words)[:_MOST_WORDS]:
        for path in _paths_in(word):
            # An executable without a slash is looked up on PATH.
            if not path or "\0" in path or (action == "launched" and "/" not in path):
                continue
            place = normal(path if path.startswith("/") else join(cwd, path))
            yield DataAccess(place, action, process, path, None)


def _paths_in(word: str) -> tuple[str, ...]:
    """What may be a path in a word: all of it, or the value of `--conf=x.yaml` or `-fx.sed`."""
    if not word.startswith("-"):
        return (word,)
    if word.startswith("--"):
        return (word.partition("=")[2],)
    return (word.partition("=")[2], word[2:])
