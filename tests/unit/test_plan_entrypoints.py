"""Where the entrypoint goes, in each of its forms, and what is run from archives."""

from __future__ import annotations

import pytest
from plan_world import (
    APP,
    APP_ROW,
    EDITABLE,
    INSTALLED,
    LOCAL,
    PKG,
    PKG_ROW,
    SITE,
    main_module,
    module,
    namespace,
    plan,
    process,
    rows,
    script,
)

from automount.model import (
    CodeEntrypoint,
    Disposition,
    EditablePolicy,
    ModuleEntrypoint,
    MountKind,
    Origin,
    Policy,
    ProgramEntrypoint,
    ScriptEntrypoint,
)


def test_module_entry_is_one_file_and_the_whole_package() -> None:
    made = plan(
        main_module("pkg.entry", "/p/pkg/entry.py"),
        PKG,
        module("pkg.m", "/p/pkg/m.py"),
        entry=ModuleEntrypoint("pkg.entry"),
    )
    assert rows(made) == [("PythonPackage:pkg.entry", "/p/pkg/entry.py", "/root/pkg/entry.py"), PKG_ROW]
    assert [mount.kind for mount in made.mounts] == [MountKind.MODULE, MountKind.PACKAGE]
    assert made.entry_remote == "/root/pkg/entry.py"
    assert made.module_mounts == {(0, "pkg.entry"): 0, (0, "pkg"): 1, (0, "pkg.m"): 1}


@pytest.mark.parametrize("recorded_as", ["pkg.__main__", "pkg", "__main__"])
def test_package_entry_runs_its_main_file(recorded_as: str) -> None:
    made = plan(main_module(recorded_as, "/p/pkg/__main__.py"), PKG, entry=ModuleEntrypoint("pkg"))
    assert rows(made) == [
        ("PythonPackage:pkg.__main__", "/p/pkg/__main__.py", "/root/pkg/__main__.py"),
        PKG_ROW,
    ]
    assert made.entry_remote == "/root/pkg/__main__.py"


@pytest.mark.parametrize(
    ("entry", "loaded", "expected", "remote"),
    [
        pytest.param(
            ModuleEntrypoint("single"),
            [main_module("single", "/p/single.py")],
            [("PythonModule:single", "/p/single.py", "/root/single.py")],
            "/root/single.py",
            id="single module",
        ),
        pytest.param(
            ModuleEntrypoint("ns.entry"),
            [namespace("ns", ("/p/ns", LOCAL)), main_module("ns.entry", "/p/ns/entry.py")],
            [
                ("PythonPackage:ns.entry", "/p/ns/entry.py", "/root/ns/entry.py"),
                ("PythonPackage:ns", "/p/ns/", "/root/ns"),
            ],
            "/root/ns/entry.py",
            id="in a namespace package",
        ),
        pytest.param(
            ModuleEntrypoint("pkg.entry", as_main=False),
            [PKG, module("pkg.entry", "/p/pkg/entry.py")],
            [("PythonPackage:pkg.entry", "/p/pkg/entry.py", "/root/pkg/entry.py"), PKG_ROW],
            "/root/pkg/entry.py",
            id="imported only",
        ),
        pytest.param(
            ModuleEntrypoint("pytest"),
            [main_module("pytest.__main__", f"{SITE}/pytest/__main__.py", origin=INSTALLED)],
            [],
            None,
            id="installed",
        ),
        pytest.param(ModuleEntrypoint("nowhere"), [], [], None, id="not found"),
        pytest.param(
            ScriptEntrypoint("app.py", "/p/app.py", as_main=False),
            [module("app", "/p/app.py")],
            [APP_ROW],
            "/root/app.py",
            id="script imported only",
        ),
        pytest.param(
            ScriptEntrypoint("pkg/app.py", "/p/pkg/app.py"),
            [script("/p/pkg/app.py"), module("pkg", "/p/pkg/__init__.py")],
            [("/p/pkg/app.py", "/p/pkg/app.py", "/root/app.py"), PKG_ROW],
            "/root/app.py",
            id="script inside a package that is imported as well",
        ),
        pytest.param(
            ScriptEntrypoint("bin/tool", f"{SITE}/../../../bin/tool"),
            [script("/venv/bin/tool", origin=INSTALLED)],
            [("/venv/bin/tool", "/venv/bin/tool", "/root/tool")],
            "/root/tool",
            id="an installed console script is still the entrypoint",
        ),
        pytest.param(
            CodeEntrypoint("import deps"),
            [module("deps", "/p/deps.py")],
            [("PythonModule:deps", "/p/deps.py", "/root/deps.py")],
            None,
            id="command string",
        ),
        pytest.param(
            ProgramEntrypoint("sh", ("run.sh",)),
            [script("/p/jobs/first.py"), module("deps", "/p/jobs/deps.py")],
            [
                ("/p/jobs/first.py", "/p/jobs/first.py", "/root/jobs/first.py"),
                ("PythonModule:deps", "/p/jobs/deps.py", "/root/deps.py"),
            ],
            None,
            id="command",
        ),
        pytest.param(
            ScriptEntrypoint("app.zip", "/p/app.zip"),
            [
                script("/p/app.zip/__main__.py", origin=Origin.ZIP, archive="/p/app.zip"),
                module("inner", "/p/app.zip/inner.py", origin=Origin.ZIP, archive="/p/app.zip"),
            ],
            [("/p/app.zip", "/p/app.zip", "/root/app.zip")],
            "/root/app.zip",
            id="archive run as a program",
        ),
        pytest.param(
            ScriptEntrypoint("dir", "/p/dir"),
            [script("/p/dir/__main__.py"), module("inner", "/p/dir/inner.py")],
            [("/p/dir", "/p/dir/", "/root/dir"), ("PythonModule:inner", "/p/dir/inner.py", "/root/inner.py")],
            "/root/dir",
            id="directory run as a program",
        ),
    ],
)
def test_entrypoints(
    entry: ScriptEntrypoint,
    loaded: list[Disposition],
    expected: list[tuple[str, str, str]],
    remote: str | None,
) -> None:
    files = ["/p/dir/__main__.py"] if entry == ScriptEntrypoint("dir", "/p/dir") else []
    made = plan(*loaded, entry=entry, files=files, processes=[process(path=("/p", "/p/jobs"))])
    assert rows(made) == expected
    assert made.entry_remote == remote
    assert made.sys_path == ("/root",)
    assert made.remote_cwd == "/root"


def test_directory_run_as_a_program_is_not_a_package() -> None:
    made = plan(
        script("/p/dir/__main__.py"), entry=ScriptEntrypoint("dir", "/p/dir"), files=["/p/dir/__main__.py"]
    )
    assert made.mounts[0].only == frozenset({"/p/dir/__main__.py"})
    assert made.module_mounts == {(0, "__main__"): 0}


def test_archives_keep_the_order_of_sys_path() -> None:
    inside = "/p/lib/libs.zip"
    made = plan(
        APP,
        module("zed.m", f"{inside}/src/zed/m.py", origin=Origin.ZIP, archive=inside),
        module("two", "/o/libs.zip/two/__init__.py", origin=Origin.ZIP, archive="/o/libs.zip"),
        processes=[process(path=(f"{inside}/src", "/p", "/o/libs.zip"))],
    )
    assert rows(made) == [
        APP_ROW,
        ("Archive:libs.zip", inside, "/root/lib/libs.zip"),
        ("Archive:libs.zip", "/o/libs.zip", "/root/libs.zip"),
    ]
    assert made.sys_path == ("/root", "/root/lib/libs.zip/src", "/root/libs.zip")
    assert [mount.kind for mount in made.mounts[1:]] == [MountKind.ARCHIVE] * 2


def test_module_entry_in_an_archive_has_no_file_of_its_own() -> None:
    made = plan(
        main_module("tool.__main__", "/o/t.zip/tool/__main__.py", origin=Origin.ZIP, archive="/o/t.zip"),
        entry=ModuleEntrypoint("tool"),
        processes=[process(path=("/p", "/o/t.zip"))],
    )
    assert rows(made) == [("Archive:t.zip", "/o/t.zip", "/root/t.zip")]
    assert made.mounts[0].because == ("the module that was run: tool",)
    assert (made.entry_remote, made.sys_path) == (None, ("/root", "/root/t.zip"))


def test_module_entry_that_the_policy_leaves_out() -> None:
    made = plan(
        main_module("pkg.run", "/e/proj/pkg/run.py", **EDITABLE),
        module("pkg", "/e/proj/pkg/__init__.py", **EDITABLE),
        entry=ModuleEntrypoint("pkg.run"),
        policy=Policy(editable=EditablePolicy.SKIP),
    )
    assert (made.mounts, made.entry_remote) == ((), None)
    assert [row.name for row in made.requirements] == ["proj"]


def test_archive_that_a_child_runs() -> None:
    made = plan(
        APP,
        script("/p/t.zip/__main__.py", origin=Origin.ZIP, archive="/p/t.zip", process=1),
        processes=[process(), process(1, ("/p/t.zip",), 0)],
    )
    assert rows(made) == [APP_ROW, ("Archive:t.zip", "/p/t.zip", "/root/t.zip")]
    assert made.sys_path == ("/root", "/root/t.zip")
