"""One list of the system's directories: no other module has one of its own."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import automount
from automount.agent import dataevents
from automount.system_directories import KERNEL_DIRECTORIES, NOT_IN_A_SANDBOX, SYSTEM_DIRECTORIES

SOURCES = Path(automount.__file__).parent
# The agent cannot import the list; sandboxes name the mounts that they make.
HOMES = {
    "system_directories.py",
    "agent/dataevents.py",
    "proving/sandbox.py",
    "proving/sandbox_bwrap.py",
}


def lists_of_system_directories(source: str) -> Iterator[int]:
    """The lines of tuples, lists and sets that name two of the system's directories or more."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, (ast.Tuple, ast.List, ast.Set)):
            texts = {each.value for each in node.elts if isinstance(each, ast.Constant)}
            named = {text.rstrip("/") for text in texts if isinstance(text, str)}
            if len(named & set(SYSTEM_DIRECTORIES)) > 1:
                yield node.lineno


def test_there_is_no_second_list() -> None:
    found = {
        str(path.relative_to(SOURCES)): list(lists_of_system_directories(path.read_text()))
        for path in SOURCES.rglob("*.py")
    }
    assert {name for name, lines in found.items() if lines} <= HOMES


def test_the_agent_ignores_the_directories_of_the_kernel() -> None:
    assert set(dataevents._NO_DATA) == {f"{place}/" for place in KERNEL_DIRECTORIES}


def test_what_a_sandbox_has_itself_is_a_part_of_the_list() -> None:
    assert set(NOT_IN_A_SANDBOX) < set(SYSTEM_DIRECTORIES)
    assert len(set(SYSTEM_DIRECTORIES)) == len(SYSTEM_DIRECTORIES)
