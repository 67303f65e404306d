"""Second places: for what the program goes to by its path, and for processes without PYTHONPATH."""

from __future__ import annotations

import pytest
from plan_world import SITE, distribution, module, namespace, plan, process, rows, script

from automount.model import DataAccess, Disposition, Launch, Layout, Origin, Policy, Process
from automount.plan import DataFact

APP = script("/p/app.py")
APP_ROW = ("/p/app.py", "/p/app.py", "/root/app.py")
FOUND = process(path=("/p", "/p/d"))
PROJECT = distribution("proj", editable=True, project_root="/p")


@pytest.mark.parametrize(
    ("loaded", "expected"),
    [
        pytest.param(
            [module("m", "/p/d/m.py", by_path=True)],
            [("/p/d/m.py", "/p/d/m.py", "/root/d/m.py"), ("PythonModule:m", "/p/d/m.py", "/root/m.py")],
            id="a module",
        ),
        pytest.param(
            [module("m", "/p/d/m.py")],
            [("PythonModule:m", "/p/d/m.py", "/root/m.py")],
            id="found by its name",
        ),
        pytest.param(
            [module("m", "/p/m.py", by_path=True)],
            [("PythonModule:m", "/p/m.py", "/root/m.py")],
            id="its place is the same either way",
        ),
        pytest.param(
            [module("k", "/p/d/k/__init__.py", by_path=True), module("k.m", "/p/d/k/m.py", by_path=True)],
            [("/p/d/k", "/p/d/k/", "/root/d/k"), ("PythonPackage:k", "/p/d/k/", "/root/k")],
            id="a package",
        ),
        pytest.param(
            [namespace("n", ("/p/d/n", Origin.LOCAL)), module("n.m", "/p/d/n/m.py", by_path=True)],
            [("/p/d/n", "/p/d/n/", "/root/d/n"), ("PythonPackage:n", "/p/d/n/", "/root/n")],
            id="a module of a namespace",
        ),
        pytest.param(
            [module("m", "/p/d/m.py", by_path=True, origin=Origin.EDITABLE, distribution=PROJECT)],
            [("PythonModule:m", "/p/d/m.py", "/root/m.py")],
            id="an editable install's own finder",
        ),
        pytest.param(
            [module("m", f"{SITE}/m.py", by_path=True, origin=Origin.INSTALLED)], [], id="an installed module"
        ),
        pytest.param(
            [module("k", "/p/k/__init__.py"), module("m", "/p/k/d/m.py", by_path=True)],
            [("PythonPackage:k", "/p/k/", "/root/k")],
            id="a package carries it at its place",
        ),
    ],
)
def test_what_the_program_goes_to_by_its_path(
    loaded: list[Disposition], expected: list[tuple[str, str, str]]
) -> None:
    assert rows(plan(APP, *loaded, processes=[FOUND])) == sorted([APP_ROW, *expected])


def test_a_listed_directory_of_modules() -> None:
    listed = {DataAccess("/p/d", "listed", 0, "d", "__main__"): DataFact(Origin.LOCAL, None, is_dir=True)}
    made = plan(APP, module("m", "/p/d/m.py"), processes=[FOUND], data=listed)
    assert [(mount.remote, mount.because) for mount in made.mounts] == [
        ("/root/app.py", ("the script that was run",)),
        ("/root/d/m.py", ("the program looks for it by its path as well: it listed d",)),
        ("/root/m.py", ("import m by __main__ (app.py:1)",)),
    ]


def launch(*words: str, bare: bool = True, by: int = 0) -> Launch:
    return Launch(by, "subprocess", 0, words[0], words, "/p", bare)


def child(*words: str, **changes: object) -> Process:
    changes.setdefault("parent", 0)
    return process(1, ("/p/w",), argv=words, **changes)  # type: ignore[arg-type]


CHILD = child("python", "/p/w/c.py")
BESIDE = ("/p/w/helper.py", "/p/w/helper.py", "/root/w/helper.py")


@pytest.mark.parametrize(
    ("processes", "launches", "is_bare"),
    [
        pytest.param([CHILD], [launch("python", "/p/w/c.py")], True, id="its environment was replaced"),
        pytest.param([CHILD], [launch("python", "/p/w/c.py", bare=False)], False, id="it was not"),
        pytest.param([CHILD], [], False, id="nobody knows"),
        pytest.param(
            [CHILD],
            [launch("python", "/p/x/c.py"), launch("python", "/p/w/c.py", bare=False)],
            False,
            id="another one's was, of a script of that name",
        ),
        pytest.param([CHILD], [launch("sh", "-c", "exec python w/c.py")], True, id="through a shell"),
        pytest.param(
            [child("python", "/p/w/c.py", flags={"ignore_environment": 1})], [], True, id="started with -E"
        ),
        pytest.param([child("python", "/p/w/c.py", flags={"isolated": 1})], [], True, id="started with -I"),
        pytest.param(
            [child("python", "x.py"), process(2, ("/p/w",), 1, ("python", "/p/w/c.py"))],
            [launch("python", "x.py"), launch("python", "/p/w/c.py", bare=False, by=1)],
            True,
            id="its parent's was",
        ),
        pytest.param(
            [
                child("python", "x.py", flags={"isolated": 1}),
                process(2, ("/p/w",), 1, ("python", "/p/w/c.py")),
            ],
            [launch("python", "/p/w/c.py", bare=False, by=1)],
            False,
            id="its parent was started with -I: that is not inherited",
        ),
        pytest.param(
            [child("python", "/p/w/c.py", entry="fork")],
            [launch("python", "/p/w/c.py")],
            False,
            id="a fork has its parent's environment",
        ),
    ],
)
def test_a_process_without_pythonpath(
    processes: list[Process], launches: list[Launch], is_bare: bool
) -> None:
    last = processes[-1].index
    made = plan(
        APP,
        script("/p/w/c.py", process=last),
        module("helper", "/p/w/helper.py", process=last),
        processes=[process(), *processes],
        launches=launches,
    )
    assert (BESIDE in rows(made)) is is_bare
    assert ("PythonModule:helper", "/p/w/helper.py", "/root/helper.py") in rows(made)


BARE = [process(), CHILD]
REPLACED = [launch("python", "/p/w/c.py")]


@pytest.mark.parametrize(
    ("loaded", "more"),
    [
        pytest.param(
            [module("k", "/p/w/k/__init__.py", process=1), module("k.m", "/p/w/k/m.py", process=1)],
            [("/p/w/k", "/p/w/k/", "/root/w/k"), ("PythonPackage:k", "/p/w/k/", "/root/k")],
            id="a package beside the script",
        ),
        pytest.param(
            [module("top", "/p/top.py", process=1)],
            [("PythonModule:top", "/p/top.py", "/root/top.py")],
            id="a module of the root, which the child puts on its path",
        ),
        pytest.param(
            [module("m", "/p/lib/m.py", process=1)],
            [
                ("/p/lib/m.py", "/p/lib/m.py", "/root/lib/m.py"),
                ("PythonModule:m", "/p/lib/m.py", "/root/m.py"),
            ],
            id="a module of a directory that the child puts on its path",
        ),
        pytest.param(
            [module("m", "/p/w/m.py")],
            [("PythonModule:m", "/p/w/m.py", "/root/m.py")],
            id="what the parent imported",
        ),
    ],
)
def test_what_a_process_without_pythonpath_imports(
    loaded: list[Disposition], more: list[tuple[str, str, str]]
) -> None:
    processes = [process(path=("/p", "/p/w", "/p/lib")), process(1, ("/p/w", "/p", "/p/lib"), 0, CHILD.argv)]
    made = plan(APP, script("/p/w/c.py", process=1), *loaded, processes=processes, launches=REPLACED)
    assert rows(made) == sorted([APP_ROW, ("/p/w/c.py", "/p/w/c.py", "/root/w/c.py"), *more])


def test_a_mirrored_tree_has_everything_at_its_place() -> None:
    made = plan(
        APP,
        script("/p/w/c.py", process=1),
        module("helper", "/p/w/helper.py", process=1),
        module("m", "/p/d/m.py", by_path=True),
        processes=[FOUND, CHILD],
        launches=REPLACED,
        policy=Policy(layout=Layout.MIRROR),
        project_root="/p",
    )
    assert sorted(mount.remote for mount in made.mounts) == [
        "/root/app.py",
        "/root/d/m.py",
        "/root/w/c.py",
        "/root/w/helper.py",
    ]
