"""The table of SPEC 5 in the flat layout: what was loaded -> (label, local, remote) of each mount."""

from __future__ import annotations

import pytest
from plan_world import SITE, distribution, main_module, module, namespace, plan, process, rows, script

from automount.model import (
    CodeEntrypoint,
    Disposition,
    ModuleEntrypoint,
    MountKind,
    Origin,
    ProgramEntrypoint,
    ScriptEntrypoint,
    Status,
)

APP = script("/p/app.py")
APP_ROW = ("/p/app.py", "/p/app.py", "/root/app.py")
PKG = module("pkg", "/p/pkg/__init__.py")
PKG_ROW = ("PythonPackage:pkg", "/p/pkg/", "/root/pkg")
PROJECT = distribution("proj", editable=True, project_root="/e/proj", direct_url={"url": "file:///e/proj"})
EDITABLE = {"origin": Origin.EDITABLE, "distribution": PROJECT}
ARTIFACT = {"origin": Origin.EDITABLE_ARTIFACT, "distribution": PROJECT}


@pytest.mark.parametrize(
    ("loaded", "expected"),
    [
        pytest.param([], [], id="only the script"),
        pytest.param(
            [module("deps", "/p/deps.py")],
            [("PythonModule:deps", "/p/deps.py", "/root/deps.py")],
            id="single-file module",
        ),
        pytest.param(
            [PKG, module("pkg.sub.mod", "/p/pkg/sub/mod.py")], [PKG_ROW], id="whole top-level package"
        ),
        pytest.param(
            [module("pkg", "/q/pkg/__init__.py")],
            [("PythonPackage:pkg", "/q/pkg/", "/root/pkg")],
            id="package found elsewhere on sys.path lands by its import name",
        ),
        pytest.param(
            [module("fast", "/p/fast.cpython-311-x86_64-linux-gnu.so")],
            [
                (
                    "PythonModule:fast",
                    "/p/fast.cpython-311-x86_64-linux-gnu.so",
                    "/root/fast.cpython-311-x86_64-linux-gnu.so",
                )
            ],
            id="extension module",
        ),
        pytest.param(
            [module("old", "/p/old.pyc")],
            [("PythonModule:old", "/p/old.pyc", "/root/old.pyc")],
            id="sourceless module",
        ),
        pytest.param(
            [module("bad", "/p/bad.py", status=Status.FAILED)],
            [("PythonModule:bad", "/p/bad.py", "/root/bad.py")],
            id="failed module",
        ),
        pytest.param(
            [module("probed", "/p/probed.py", status=Status.FOUND, present=False)], [], id="only looked for"
        ),
        pytest.param(
            [module("lazy", "/p/lazy.py", status=Status.FOUND)],
            [("PythonModule:lazy", "/p/lazy.py", "/root/lazy.py")],
            id="lazy module that waits in sys.modules",
        ),
        pytest.param(
            [
                module("sys", None, origin=Origin.BUILTIN),
                module("made", None, origin=Origin.GENERATED),
                module("json", "/usr/lib/python3.11/json/__init__.py", origin=Origin.STDLIB),
                module("yarl", f"{SITE}/yarl/__init__.py", origin=Origin.INSTALLED),
                module(
                    "__editable___x_finder", f"{SITE}/__editable___x_finder.py", origin=Origin.EDITABLE_SHIM
                ),
            ],
            [],
            id="what is not local",
        ),
        pytest.param(
            [module("app", "/p/app.py")], [], id="the entry script imported under its own name is one mount"
        ),
        pytest.param(
            [script("/p/app.py", "__mp_main__", process=1)],
            [],
            id="the entry script run again by a spawned child",
        ),
        pytest.param(
            [module("plugin_x", "/p/plugins/x.py")],
            [("/p/plugins/x.py", "/p/plugins/x.py", "/root/plugins/x.py")],
            id="loaded by its path under a name of its own",
        ),
        pytest.param(
            [module("x", "/p/plugins/x.py")],
            [("/p/plugins/x.py", "/p/plugins/x.py", "/root/plugins/x.py")],
            id="loaded by its path under its file's name",
        ),
        pytest.param(
            [PKG, module("x", "/p/pkg/plugins/x.py")],
            [PKG_ROW],
            id="loaded by its path from inside a package",
        ),
        pytest.param(
            [module("far", "/far/plugins/other.py")],
            [("PythonModule:far", "/far/plugins/other.py", "/root/far.py")],
            id="loaded by its path from a place that no path leads to",
        ),
        pytest.param(
            [
                module("tool", "/p/plugins/tool/__init__.py"),
                module("tool.inner", "/p/plugins/tool/inner.py"),
            ],
            [("PythonPackage:tool", "/p/plugins/tool/", "/root/plugins/tool")],
            id="a package loaded by its path",
        ),
        pytest.param(
            [module("yaml", "/p/vendor/yaml/__init__.py", origin=Origin.VENDORED, distribution=PROJECT)],
            [("PythonPackage:yaml", "/p/vendor/yaml/", "/root/yaml")],
            id="vendored package",
        ),
    ],
)
def test_script_and_its_modules(loaded: list[Disposition], expected: list[tuple[str, str, str]]) -> None:
    made = plan(APP, *loaded, processes=[process(path=("/p", "/q", "/p/vendor")), process(1, parent=0)])
    assert rows(made) == [APP_ROW, *expected]
    assert made.sys_path == ("/root",)
    assert (made.entry_remote, made.remote_cwd, made.warnings) == ("/root/app.py", "/root", ())


def test_one_file_under_two_names_goes_to_both_places() -> None:
    made = plan(
        APP,
        PKG,
        module("pkg.mod", "/p/pkg/mod.py"),
        module("mod", "/p/pkg/mod.py"),
        processes=[process(path=("/p", "/p/pkg"))],
    )
    assert rows(made) == [APP_ROW, ("PythonModule:mod", "/p/pkg/mod.py", "/root/mod.py"), PKG_ROW]
    assert made.module_mounts == {(0, "__main__"): 0, (0, "mod"): 1, (0, "pkg"): 2, (0, "pkg.mod"): 2}


@pytest.mark.parametrize(
    ("loaded", "expected"),
    [
        pytest.param(
            [
                module("pkg", "/e/proj/lib/__init__.py", **EDITABLE),
                module("pkg.a", "/e/proj/lib/a.py", **EDITABLE),
                module("pkg.sub", "/e/proj/other/__init__.py", **EDITABLE),
                module("pkg.sub.b", "/e/proj/other/b.py", **EDITABLE),
            ],
            [
                ("PythonPackage:pkg", "/e/proj/lib/", "/root/pkg"),
                ("PythonPackage:pkg.sub", "/e/proj/other/", "/root/pkg/sub"),
            ],
            id="package-dir map, of a package and of one inside it",
        ),
        pytest.param(
            [
                module("pkg", "/e/proj/src/pkg/__init__.py", **EDITABLE),
                module("pkg._core", f"{SITE}/pkg/_core.abi3.so", **ARTIFACT),
                module("pkg._gen", "/e/proj/build/cp311/_gen.py", **ARTIFACT),
            ],
            [
                ("PythonModule:pkg._core", f"{SITE}/pkg/_core.abi3.so", "/root/pkg/_core.abi3.so"),
                ("PythonModule:pkg._gen", "/e/proj/build/cp311/_gen.py", "/root/pkg/_gen.py"),
                ("PythonPackage:pkg", "/e/proj/src/pkg/", "/root/pkg"),
            ],
            id="built files go to their package's place",
        ),
        pytest.param(
            [
                module(
                    "pkg",
                    "/e/proj/src/pkg/__init__.py",
                    locations=("/e/proj/placeholder", "/e/proj/src/pkg", f"{SITE}/pkg"),
                    **EDITABLE,
                ),
                module("pkg.m", "/e/proj/src/pkg/m.py", **EDITABLE),
            ],
            [("PythonPackage:pkg", "/e/proj/src/pkg/", "/root/pkg")],
            id="search locations that are not there or not the project's",
        ),
        pytest.param(
            [module("alone", "/e/proj/lib/alone.py", **EDITABLE)],
            [("PythonModule:alone", "/e/proj/lib/alone.py", "/root/alone.py")],
            id="single module by an editable finder",
        ),
        pytest.param(
            [module("alone", "/p/lib/alone.py", **EDITABLE)],
            [
                ("/p/lib/alone.py", "/p/lib/alone.py", "/root/lib/alone.py"),
                ("PythonModule:alone", "/p/lib/alone.py", "/root/alone.py"),
            ],
            id="a finder's module, or one loaded by its path: both places",
        ),
        pytest.param(
            [
                module("pkg", "/e/proj/build/__editable__.pkg/pkg/__init__.py", **EDITABLE),
                module("pkg.m", "/e/proj/build/__editable__.pkg/pkg/m.py", **EDITABLE),
            ],
            [("PythonPackage:pkg", "/e/proj/build/__editable__.pkg/pkg/", "/root/pkg")],
            id="a strict link tree",
        ),
    ],
)
def test_editable_layouts(loaded: list[Disposition], expected: list[tuple[str, str, str]]) -> None:
    made = plan(APP, *loaded, files=["/e/proj/src/pkg/x.py", f"{SITE}/pkg/x.py"])
    assert rows(made) == [APP_ROW, *expected]
    assert all(mount.distribution is PROJECT for mount in made.mounts[1:])


def test_what_was_loaded_goes_before_what_a_tree_happens_to_hold() -> None:
    made = plan(
        APP,
        module("pkg", "/e/proj/lib/__init__.py", **EDITABLE),
        module("pkg.sub", "/e/proj/other/__init__.py", **EDITABLE),
    )
    tree, mapped = made.mounts[1:]
    assert (tree.name, mapped.name) == ("pkg", "pkg.sub")
    assert mapped.priority < tree.priority


def test_extended_path_of_a_regular_package() -> None:
    made = plan(
        APP,
        module("pkg", "/a/pkg/__init__.py", locations=("/a/pkg", "/b/pkg", "/a/pkg/impl", f"{SITE}/pkg")),
        module("pkg.m", "/b/pkg/m.py"),
        module("pkg.i", "/a/pkg/impl/i.py"),
        module("pkg.z", f"{SITE}/pkg/z.py", origin=Origin.INSTALLED),
        processes=[process(path=("/p", "/a", "/b"))],
    )
    assert rows(made) == [
        APP_ROW,
        ("PythonPackage:pkg", "/a/pkg/", "/root/pkg"),
        ("PythonPackage:pkg", "/b/pkg/", "/root/pkg"),
    ]
    assert made.mounts[1].priority < made.mounts[2].priority
    assert made.module_mounts[(0, "pkg.m")] == 2
    assert made.module_mounts[(0, "pkg.i")] == 1


def test_local_portion_of_an_installed_package() -> None:
    made = plan(
        APP,
        module("backports", f"{SITE}/backports/__init__.py", origin=Origin.INSTALLED),
        module("backports.mine", "/q/backports/mine.py"),
        module("backports.plug", "/p/plugs/plug.py"),
        processes=[process(path=("/p", "/q"))],
    )
    assert rows(made) == [
        APP_ROW,
        ("/p/plugs/plug.py", "/p/plugs/plug.py", "/root/plugs/plug.py"),
        ("PythonModule:backports.mine", "/q/backports/mine.py", "/root/backports/mine.py"),
    ]


LOCAL, INSTALLED = Origin.LOCAL, Origin.INSTALLED


@pytest.mark.parametrize(
    ("loaded", "expected"),
    [
        pytest.param(
            [namespace("ns", ("/p/ns", LOCAL)), module("ns.a", "/p/ns/a.py")],
            [("PythonPackage:ns", "/p/ns/", "/root/ns")],
            id="one portion",
        ),
        pytest.param(
            [
                namespace("ns", ("/p/ns", LOCAL), (f"{SITE}/ns", INSTALLED), ("/q/ns", LOCAL)),
                module("ns.b", "/q/ns/b.py"),
                module("ns.c", f"{SITE}/ns/c.py", origin=INSTALLED),
            ],
            [("PythonPackage:ns", "/p/ns/", "/root/ns"), ("PythonPackage:ns", "/q/ns/", "/root/ns")],
            id="each local portion, the installed one not",
        ),
        pytest.param(
            [
                namespace("ns", ("/p/ns", LOCAL)),
                namespace("ns.deep", ("/p/ns/deep", LOCAL)),
                module("ns.deep.reg", "/p/ns/deep/reg/__init__.py"),
                module("ns.deep.reg.m", "/p/ns/deep/reg/m.py"),
            ],
            [("PythonPackage:ns", "/p/ns/", "/root/ns")],
            id="nested, with a regular package inside: the whole portion",
        ),
        pytest.param(
            [
                namespace("ns", (f"{SITE}/ns", Origin.EDITABLE_ARTIFACT)),
                module("ns.c", f"{SITE}/ns/c.so", **ARTIFACT),
            ],
            [("PythonModule:ns.c", f"{SITE}/ns/c.so", "/root/ns/c.so")],
            id="a portion of built files: its modules alone",
        ),
        pytest.param(
            [namespace("ns", ("/p/ns", LOCAL), present=False, status=Status.FOUND)], [], id="only probed"
        ),
    ],
)
def test_namespaces(loaded: list[Disposition], expected: list[tuple[str, str, str]]) -> None:
    made = plan(APP, *loaded, processes=[process(path=("/p", "/q"))])
    assert rows(made) == [APP_ROW, *expected]


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


def test_directory_run_as_a_program_is_no_package() -> None:
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
        module("three", "/r/libs.zip/three.py", origin=Origin.ZIP, archive="/r/libs.zip"),
        processes=[process(path=(f"{inside}/src", "/p", "/o/libs.zip", "/r/libs.zip"))],
    )
    assert rows(made) == [
        APP_ROW,
        ("Archive:libs.zip", "/r/libs.zip", "/root/2/libs.zip"),
        ("Archive:libs.zip", inside, "/root/lib/libs.zip"),
        ("Archive:libs.zip", "/o/libs.zip", "/root/libs.zip"),
    ]
    assert made.sys_path == ("/root", "/root/lib/libs.zip/src", "/root/libs.zip", "/root/2/libs.zip")
    assert [mount.kind for mount in made.mounts[1:]] == [MountKind.ARCHIVE] * 3


def test_two_files_for_one_name_the_first_process_goes_first() -> None:
    made = plan(
        APP,
        module("deps", "/p/deps.py"),
        module("deps", "/o/deps.py", process=1),
        processes=[process(), process(1, ("/o",), 0)],
    )
    first, second = made.mounts[1:]
    assert {first.remote, second.remote} == {"/root/deps.py"}
    by_local = {mount.local: mount.priority for mount in made.mounts}
    assert by_local["/p/app.py"] < by_local["/p/deps.py"] < by_local["/o/deps.py"]


def test_a_forked_child_uses_its_parents_packages() -> None:
    made = plan(
        APP,
        module("pkg", "/q/lib/__init__.py", **EDITABLE),
        module("pkg.late", "/q/lib/late.py", process=1, **EDITABLE),
        processes=[process(), process(1, parent=0)],
    )
    assert rows(made) == [APP_ROW, ("PythonPackage:pkg", "/q/lib/", "/root/pkg")]
