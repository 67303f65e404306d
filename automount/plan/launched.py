"""Finds the files that a run gave to other programs: what it launched, and what command lines name.

What another program opens raises no event in a recorded process; the command line is what is known.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from automount.model import DataAccess, Entrypoint, Journal, ProgramEntrypoint
from automount.paths import join, name, normal

_SHELLS = frozenset({"sh", "bash", "dash", "zsh", "ksh"})
_MOST_WORDS = 200


def launched_files(journal: Journal, entrypoint: Entrypoint, cwd: str) -> tuple[DataAccess, ...]:
    """Paths that launches and the program's own arguments name, whether or not they exist. Sorted.

    The action is "launched" for an executable, "named" for a word of a command line. `cwd` is where the
    program was started; the words of a launch count from that launch's own.
    """
    found: set[DataAccess] = set()
    for launch in journal.launches:
        words = list(launch.argv[1:])
        if name(launch.executable) in _SHELLS and "-c" in words[:2]:
            words = [word for text in words for word in _split(text)]
        found.update(_accesses("launched", [launch.executable], launch.cwd, launch.process))
        found.update(_accesses("named", words, launch.cwd, launch.process))
    if isinstance(entrypoint, ProgramEntrypoint):
        found.update(_accesses("launched", [entrypoint.program], cwd, 0))
    found.update(_accesses("named", list(entrypoint.args), cwd, 0))
    return tuple(sorted(found, key=lambda row: (row.path, row.action, row.process, row.named)))


def _split(text: str) -> list[str]:
    try:
        return shlex.split(text)
    except ValueError:
        return text.split()


def _accesses(action: str, words: list[str], cwd: str, process: int) -> Iterator[DataAccess]:
    for word in words[:_MOST_WORDS]:
        # `--conf=x.yaml`, or an executable that is looked up on PATH.
        path = word.partition("=")[2] if word.startswith("-") else word
        if not path or "\0" in path or (action == "launched" and "/" not in path):
            continue
        place = normal(path if path.startswith("/") else join(cwd, path))
        yield DataAccess(place, action, process, path, None)
