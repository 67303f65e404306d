"""One list of the system's directories: no other module has one of its own, and the agent's agree with it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import automount
from automount.system_directories import KERNEL_DIRECTORIES, NOT_IN_A_SANDBOX, SYSTEM_DIRECTORIES

SOURCES = Path(automount.__file__).parent
# Sandboxes name the mounts that they make.
HOMES = {"system_directories.py", "proving/sandbox.py", "proving/sandbox_bwrap.py"}


def lists_of_system_directories(source: str) -> Iterator[frozenset[str]]:
    """The texts of each tuple, list and set that names two of the system's directories or more."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, (ast.Tuple, ast.List, ast.Set)):
            values = [each.value for each in node.elts if isinstance(each, ast.Constant)]
            texts = frozenset(value for value in values if isinstance(value, str))
            if len({text.rstrip("/") for text in texts} & set(SYSTEM_DIRECTORIES)) > 1:
                yield texts


def found() -> dict[str, list[frozenset[str]]]:
    """The lists in each module that has one."""
    lists = {
        str(path.relative_to(SOURCES)): list(lists_of_system_directories(path.read_text()))
        for path in SOURCES.rglob("*.py")
    }
    return {name: rows for name, rows in lists.items() if rows}


def test_there_is_no_second_list() -> None:
    assert {name for name in found() if not name.startswith("agent/")} <= HOMES


def test_the_agent_ignores_the_directories_of_the_kernel() -> None:
    """It cannot import the list; each of its own is the same."""
    kernel = frozenset(f"{place}/" for place in KERNEL_DIRECTORIES)
    agent = {name: set(rows) for name, rows in found().items() if name.startswith("agent/")}
    assert agent
    assert {name: rows for name, rows in agent.items() if rows != {kernel}} == {}


def test_what_a_sandbox_has_itself_is_a_part_of_the_list() -> None:
    assert set(NOT_IN_A_SANDBOX) < set(SYSTEM_DIRECTORIES)
    assert len(set(SYSTEM_DIRECTORIES)) == len(SYSTEM_DIRECTORIES)
