"""Which of the paths that a program used count as data."""

from __future__ import annotations

import dataclasses

import pytest
from plan_data import data_of, read
from plan_world import APP, facts

from automount.model import (
    DataAccess,
    DataPolicy,
    Origin,
    Policy,
)
from automount.plan import DataFact

LOCAL = DataFact(Origin.LOCAL, 10)


@pytest.mark.parametrize(
    ("access", "fact", "counts"),
    [
        pytest.param(read("/p/a"), LOCAL, True, id="read"),
        pytest.param(read("/p/a"), DataFact(Origin.EDITABLE, 1), True, id="of an editable project"),
        pytest.param(read("/p/a"), DataFact(Origin.VENDORED, 1), True, id="of a vendored distribution"),
        pytest.param(read("/p/a", action="written"), LOCAL, False, id="only written"),
        pytest.param(read("/p/a", action="created"), LOCAL, False, id="created"),
        pytest.param(read("/p/a"), DataFact(Origin.INSTALLED, 1), False, id="installed"),
        pytest.param(read("/p/a"), DataFact(None, 1), False, id="the system's"),
        pytest.param(read("/p/a"), DataFact(Origin.LOCAL, None), False, id="gone, or no regular file"),
        pytest.param(read("/p/__pycache__/a.pyc"), LOCAL, False, id="cache"),
        pytest.param(read("/p/app.py"), LOCAL, False, id="source of what was loaded"),
        pytest.param(
            read("/p/d", action="listed"),
            DataFact(Origin.LOCAL, None, is_dir=True, entries=("x",)),
            True,
            id="listed",
        ),
        pytest.param(
            read("/p", action="listed"), DataFact(Origin.LOCAL, None, is_dir=True), False, id="the cwd listed"
        ),
        pytest.param(
            read("/p/d", by="importlib._bootstrap_external", action="listed"),
            DataFact(Origin.LOCAL, None, is_dir=True),
            False,
            id="listed by the import system",
        ),
    ],
)
def test_what_counts_as_data(access: DataAccess, fact: DataFact, counts: bool) -> None:
    found, messages = data_of(facts(APP, data={access: fact}))
    assert found == ([(access.path, None)] if counts else [])
    assert len(messages) == (1 if counts else 0)


def test_created_files_are_not_data_even_when_read_again() -> None:
    made = facts(APP, data={read("/p/out"): LOCAL, read("/p/out", action="created"): LOCAL})
    assert data_of(made) == ([], [])


def test_a_path_without_a_fact_is_left_out() -> None:
    made = dataclasses.replace(facts(APP, data={read("/p/a"): LOCAL}), data={})
    assert data_of(made) == ([], [])


def test_data_ignore_has_rows_and_no_warnings() -> None:
    made = facts(APP, policy=Policy(data=DataPolicy.IGNORE), data={read("/p/a"): LOCAL})
    assert data_of(made) == ([("/p/a", None)], [])


@pytest.mark.parametrize("runner", ["_pytest.pathlib", "_pytest.main", "unittest.loader"])
@pytest.mark.parametrize("action", ["listed", "moved"])
def test_what_a_test_runner_lists_to_find_tests_is_not_data(runner: str, action: str) -> None:
    directory = DataFact(Origin.LOCAL, None, is_dir=True, entries=("README",))
    made = facts(APP, data={read("/p/tests", by=runner, action=action): directory})
    assert data_of(made) == ([], [])
    mine = facts(APP, data={read("/p/tests", by="app", action="listed"): directory})
    assert [local for local, _ in data_of(mine)[0]] == ["/p/tests"]


@pytest.mark.parametrize("cache", [".pytest_cache", "__pycache__"])
def test_what_a_tool_keeps_for_itself_is_not_data(cache: str) -> None:
    made = facts(APP, data={read(f"/p/{cache}/v/lastfailed", by="_pytest.cacheprovider"): LOCAL})
    assert data_of(made) == ([], [])


def test_a_directory_that_a_tool_keeps_in_the_home_directory_is_not_data() -> None:
    """IPython lists the scripts of its profile; one that it reads counts."""
    directory = DataFact(Origin.LOCAL, None, is_dir=True, entries=("README",))
    startup = "/home/u/.ipython/profile_default/startup"
    made = facts(
        APP,
        data={
            read(startup, by="IPython.core.shellapp", action="listed"): directory,
            read(f"{startup}/first.py", by="IPython.core.shellapp"): LOCAL,
            read("/home/u/tables", by="IPython", action="listed"): directory,
        },
        home="/home/u",
    )
    assert [local for local, _ in data_of(made)[0]] == [f"{startup}/first.py", "/home/u/tables"]
