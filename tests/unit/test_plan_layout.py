"""Layouts, scopes, programs that are not the entrypoint, reasons."""

from __future__ import annotations

import pytest
from plan_world import (
    APP,
    APP_ROW,
    EDITABLE,
    PKG,
    SITE,
    main_module,
    module,
    plan,
    process,
    rows,
    script,
)

from automount.model import (
    Disposition,
    Layout,
    ManualMount,
    ModuleEntrypoint,
    MountKind,
    Origin,
    Policy,
    Scope,
    ScriptEntrypoint,
    Status,
)

TREE = Policy(layout=Layout.TREE)


def test_the_tree_is_kept_and_orders_sys_path() -> None:
    made = plan(
        script("/p/bin/app.py"),
        module("deps", "/p/bin/deps.py"),
        module("pkg", "/p/src/pkg/__init__.py"),
        module("mapped", "/p/src/lib/__init__.py", **EDITABLE),
        module("far", "/q/lib/far.py"),
        module("vend", "/p/vendor/vend/__init__.py", origin=Origin.VENDORED),
        module("zed", "/p/libs/z.zip/zed.py", origin=Origin.ZIP, archive="/p/libs/z.zip"),
        script("/p/jobs/w.py", process=1),
        entry=ScriptEntrypoint("bin/app.py", "/p/bin/app.py"),
        processes=[
            process(path=("/q/lib", "/p/bin", "/p/src", "/p/vendor", "/p/libs/z.zip")),
            process(1, ("/p/jobs",), 0),
        ],
        policy=TREE,
        workspace="/p",
        cwd="/p/data",
    )
    assert rows(made) == [
        ("/p/bin/app.py", "/p/bin/app.py", "/root/bin/app.py"),
        ("/p/jobs/w.py", "/p/jobs/w.py", "/root/jobs/w.py"),
        ("Archive:z.zip", "/p/libs/z.zip", "/root/libs/z.zip"),
        ("PythonModule:deps", "/p/bin/deps.py", "/root/bin/deps.py"),
        ("PythonModule:far", "/q/lib/far.py", "/root/_outside/lib/far.py"),
        ("PythonPackage:mapped", "/p/src/lib/", "/root/src/mapped"),
        ("PythonPackage:pkg", "/p/src/pkg/", "/root/src/pkg"),
        ("PythonPackage:vend", "/p/vendor/vend/", "/root/vendor/vend"),
    ]
    assert made.sys_path == (
        "/root/bin",
        "/root/_outside/lib",
        "/root/src",
        "/root/vendor",
        "/root/libs/z.zip",
    )
    assert made.remote_cwd == "/root/data"
    assert made.entry_remote == "/root/bin/app.py"


def test_a_workspace_that_holds_only_the_cwd() -> None:
    made = plan(
        script("/p/app.py"),
        module("deps", "/p/deps.py"),
        script("/p/jobs/w.py", process=1),
        policy=TREE,
        cwd="/elsewhere",
        processes=[process(), process(1, ("/p/jobs",), 0)],
    )
    assert rows(made) == [
        ("/p/app.py", "/p/app.py", "/root/_outside/p/app.py"),
        ("/p/jobs/w.py", "/p/jobs/w.py", "/root/_outside/p/jobs/w.py"),
        ("PythonModule:deps", "/p/deps.py", "/root/_outside/p/deps.py"),
    ]
    assert (made.sys_path, made.remote_cwd) == (("/root/_outside/p",), "/root")


def test_the_tree_keeps_the_directories_of_an_extended_path_apart() -> None:
    made = plan(
        APP,
        module("pkg", "/p/a/pkg/__init__.py", locations=("/p/a/pkg", "/p/b/pkg", "/p/plugs", "/q/more")),
        module("pkg.m", "/p/b/pkg/m.py"),
        processes=[process(path=("/p", "/p/a", "/p/b"))],
        policy=TREE,
        files=["/p/plugs/x.py", "/q/more/y.py"],
    )
    assert [(mount.local, mount.remote) for mount in made.mounts[1:]] == [
        ("/q/more", "/root/_outside/q/more"),
        ("/p/a/pkg", "/root/a/pkg"),
        ("/p/b/pkg", "/root/b/pkg"),
        ("/p/plugs", "/root/plugs"),
    ]
    assert made.sys_path == ("/root", "/root/a", "/root/b")


def test_the_tree_of_a_command_without_modules_still_has_a_path() -> None:
    made = plan(entry=ModuleEntrypoint("gone"), policy=TREE)
    assert (made.mounts, made.sys_path, made.entry_remote) == ((), ("/root",), None)


def test_remote_root_and_links_in_the_way_to_the_project() -> None:
    made = plan(
        script("/link/app.py"),
        module("deps", "/real/deps.py"),
        entry=ScriptEntrypoint("/link/app.py", "/link/app.py"),
        links={"/link": "/real"},
        files=["/real/app.py", "/real/deps.py"],
        processes=[process(path=("/real",))],
        policy=Policy(remote_root="/srv/app/", layout=Layout.TREE),
        workspace="/real",
        cwd="/real",
    )
    assert rows(made) == [
        ("/link/app.py", "/link/app.py", "/srv/app/app.py"),
        ("PythonModule:deps", "/real/deps.py", "/srv/app/deps.py"),
    ]
    assert made.sys_path == ("/srv/app",)


@pytest.mark.parametrize(
    ("file", "argv", "remote"),
    [
        pytest.param("/p/src/jobs/w.py", (), "/root/jobs/w.py", id="relative to the entry script"),
        pytest.param("/p/tools/w.py", (), "/root/tools/w.py", id="else to the cwd"),
        pytest.param("/q/lib/w.py", (), "/root/w.py", id="beside a module of its parent"),
        pytest.param("/p/lib/pkg/w.py", (), "/root/pkg/w.py", id="inside a package that is carried"),
        pytest.param("/far/w.py", (), None, id="unplaced"),
    ],
)
def test_scripts_of_children(file: str, argv: tuple[str, ...], remote: str | None) -> None:
    made = plan(
        script("/p/src/app.py"),
        module("far", "/q/lib/far.py"),
        module("pkg", "/p/lib/pkg/__init__.py"),
        script(file, process=1),
        entry=ScriptEntrypoint("src/app.py", "/p/src/app.py"),
        processes=[
            process(path=("/p/src", "/q/lib", "/p/lib")),
            process(1, (file.rpartition("/")[0],), 0, argv),
        ],
    )
    placed = {mount.local: mount.remote for mount in made.mounts}
    assert placed.get(file) == remote
    if remote is None:
        assert [(warning.code, warning.path) for warning in made.warnings] == [("unplaced", file)]
        assert made.warnings[0].message == (
            "/far/w.py ran as a script, but is outside the workspace, and the program runs it by its "
            "absolute path: add --add-file /far/w.py:/far/w.py"
        )
        assert (1, "__main__") not in made.module_mounts
    else:
        assert made.warnings == ()
        assert made.mounts[made.module_mounts[(1, "__main__")]].local == file


def test_two_children_each_with_its_own_helper_beside_it() -> None:
    made = plan(
        APP,
        script("/p/a/w.py", process=1),
        module("helper", "/p/a/helper.py", process=1),
        script("/p/b/w.py", process=2),
        module("helper", "/p/b/helper.py", process=2),
        processes=[process(), process(1, ("/p/a",), 0), process(2, ("/p/b",), 0)],
        policy=TREE,
    )
    assert rows(made) == [
        APP_ROW,
        ("/p/a/w.py", "/p/a/w.py", "/root/a/w.py"),
        ("/p/b/w.py", "/p/b/w.py", "/root/b/w.py"),
        ("PythonModule:helper", "/p/a/helper.py", "/root/a/helper.py"),
        ("PythonModule:helper", "/p/b/helper.py", "/root/b/helper.py"),
    ]
    # Python itself puts each script's directory first; a row would be in the way of the other.
    assert made.sys_path == ("/root",)


def test_modules_that_children_run() -> None:
    made = plan(
        APP,
        PKG,
        main_module("pkg.job", "/p/pkg/job.py", process=1),
        main_module("__main__", "/p/tool.py", process=2),
        script(f"{SITE}/pip/__main__.py", process=3, origin=Origin.INSTALLED),
        script("<string>", process=4, origin=Origin.GENERATED),
        processes=[process(), *(process(index, parent=0) for index in (1, 2, 3, 4))],
    )
    assert rows(made) == [
        APP_ROW,
        ("PythonModule:tool", "/p/tool.py", "/root/tool.py"),
        ("PythonPackage:pkg", "/p/pkg/", "/root/pkg"),
    ]
    assert made.module_mounts[(1, "pkg.job")] == 2
    assert made.module_mounts[(2, "__main__")] == 1


@pytest.mark.parametrize(
    ("scope", "only", "suffixes"),
    [
        (Scope.PACKAGE, None, None),
        (Scope.SOURCE, None, (".py", ".pyc", ".pyd", ".so")),
        (Scope.LOADED, frozenset({"/p/pkg/__init__.py", "/p/pkg/sub/m.py"}), None),
    ],
)
def test_scopes(scope: Scope, only: frozenset[str] | None, suffixes: tuple[str, ...] | None) -> None:
    made = plan(
        APP,
        PKG,
        module("pkg.sub.m", "/p/pkg/sub/m.py"),
        policy=Policy(scope=scope, add_dirs=(ManualMount("/p/extra"),)),
    )
    package, extra = made.mounts[1:]
    assert (package.only, package.suffixes) == (only, suffixes)
    assert (extra.kind, extra.only, extra.suffixes) == (MountKind.DIRECTORY, None, None)


def test_scope_loaded_knows_files_by_their_links() -> None:
    made = plan(
        APP,
        module("pkg", "/p/pkg/__init__.py", locations=("/p/pkg",)),
        module("pkg.m", "/store/pkg/m.py"),
        links={"/p/pkg": "/store/pkg"},
        files=["/store/pkg/__init__.py", "/store/pkg/m.py"],
        policy=Policy(scope=Scope.LOADED),
    )
    assert rows(made)[1:] == [("PythonPackage:pkg", "/p/pkg/", "/root/pkg")]
    assert made.mounts[1].only == frozenset({"/p/pkg/__init__.py", "/p/pkg/m.py"})


@pytest.mark.parametrize(
    ("loaded", "because"),
    [
        (
            module("deps", "/p/deps.py", by="__main__", line=2),
            ("import deps by __main__ (app.py:2)",),
        ),
        (module("deps", "/p/deps.py", by=None, line=None), ("import deps",)),
        (module("deps", "/p/deps.py", by="made_up", line=3), ("import deps by made_up",)),
        (module("deps", "/p/deps.py", line=None), ("import deps by __main__ (app.py)",)),
        (
            module("deps", "/p/deps.py", status=Status.FAILED, line=7),
            ("import deps by __main__ (app.py:7), which failed",),
        ),
        (
            module("deps", "/p/deps.py", status=Status.FOUND, line=7),
            ("import deps by __main__ (app.py:7), not yet executed when the program ended",),
        ),
    ],
)
def test_reasons(loaded: Disposition, because: tuple[str, ...]) -> None:
    assert plan(APP, loaded).mounts[1].because == because


def test_a_package_is_there_because_of_others_not_of_itself() -> None:
    made = plan(
        APP,
        module("deps", "/p/deps.py", line=1),
        module("pkg", "/p/pkg/__init__.py", by="deps", line=4),
        module("pkg.m", "/p/pkg/m.py", by="pkg", line=2),
        module("pkg.n", "/p/pkg/n.py", by="__main__", line=9),
    )
    assert made.mounts[2].because == (
        "import pkg by deps (deps.py:4)",
        "import pkg.n by __main__ (app.py:9)",
    )


def test_reasons_of_programs() -> None:
    made = plan(
        APP,
        script("/p/app.py", "/p/app.py", by="multiprocessing.spawn", line=9, process=1),
        script("/p/task.py", "/p/task.py", by="__main__", line=5),
        script("/p/child.py", process=2),
        main_module("tool", "/p/tool.py", process=3),
        processes=[process(), *(process(index, parent=0) for index in (1, 2, 3))],
    )
    assert {mount.name: mount.because for mount in made.mounts} == {
        "app.py": ("run again as __mp_main__ by a child process", "the script that was run"),
        "task.py": ("run as a script by __main__ (app.py:5)",),
        "child.py": ("run as a script by another process",),
        "tool": ("run tool as a program by another process",),
    }
