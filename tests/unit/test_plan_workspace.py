"""The workspace root, and the names of the projects outside of it."""

from __future__ import annotations

import pytest

from automount.plan import workspace_root
from automount.plan.workspace import marked_root, outside_name


@pytest.mark.parametrize(
    ("cwd", "script", "marks", "root"),
    [
        pytest.param("/w/p", "/w/p/app.py", [], "/w/p", id="the cwd"),
        pytest.param("/w/p/a", "/w/p/b/app.py", [], "/w/p", id="what holds the cwd and the script"),
        pytest.param("/w/p", "/w/p/src/app.py", ["/w/p/pyproject.toml"], "/w/p", id="a project's file"),
        pytest.param(
            "/w/p/sub",
            "/w/p/sub/app.py",
            ["/w/p/.git", "/w/p/sub/setup.py"],
            "/w/p",
            id="version control first",
        ),
        pytest.param("/w/p", "/x/app.py", ["/w/p/.git"], "/x", id="the script's directory, not the cwd"),
        pytest.param("/w/p", None, ["/w/.hg"], "/w", id="-m: from the cwd"),
        pytest.param("/home/me", "/home/me/app.py", ["/home/me/.git"], "/home/me", id="nothing but home"),
        pytest.param(
            "/home/me/a", "/home/me/b/app.py", ["/home/me/.git"], "/home/me/b", id="home is too much"
        ),
        pytest.param("/", "/opt/app/run.py", [], "/opt/app", id="the machine is too much"),
        pytest.param("/w/p", None, [], "/w/p", id="-m without marks"),
    ],
)
def test_workspace_root(cwd: str, script: str | None, marks: list[str], root: str) -> None:
    assert workspace_root(cwd, script, lambda path: path in marks, "/home/me") == root


def test_a_marked_root_is_never_the_home_directory() -> None:
    assert marked_root("/home/me/a", lambda path: path == "/home/me/.git", "/home/me") is None


def test_names_outside() -> None:
    taken: list[str] = []
    for root in ("/x/lib", "/y/lib", "/z/lib", "/home/me", "/home/other", "/"):
        taken.append(outside_name(root, "/home/me", taken))
    assert taken == ["lib", "lib-2", "lib-3", "1", "2", "3"]
