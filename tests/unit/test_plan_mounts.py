"""What a loaded module becomes in the flat layout: the label, local and remote path of each mount."""

from __future__ import annotations

import pytest
from plan_world import (
    APP,
    APP_ROW,
    ARTIFACT,
    INSTALLED,
    LOCAL,
    PKG,
    PKG_ROW,
    PROJECT,
    SITE,
    module,
    namespace,
    plan,
    process,
    rows,
    script,
)

from automount.model import (
    Disposition,
    Origin,
    Status,
)


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


@pytest.mark.parametrize(
    ("loaded", "expected"),
    [
        pytest.param(
            [module("a.b.c", "/q/a/b/c.py")],
            [("PythonModule:a.b.c", "/q/a/b/c.py", "/root/a/b/c.py")],
            id="its path ends as its name says",
        ),
        pytest.param(
            [module("plugins.c", "/p/things/c.py")],
            [("/p/things/c.py", "/p/things/c.py", "/root/things/c.py")],
            id="loaded by its path",
        ),
        pytest.param(
            [module("odd.c", "/p/pkg/things/c.py"), PKG], [PKG_ROW], id="loaded by its path inside a package"
        ),
        pytest.param(
            [module("odd.c", "/far/things/x.py")],
            [("PythonModule:odd.c", "/far/things/x.py", "/root/odd/c.py")],
            id="no path leads to it",
        ),
        pytest.param(
            [module("odd._c", "/far/build/x.cpython-311.so", **ARTIFACT)],
            [("PythonModule:odd._c", "/far/build/x.cpython-311.so", "/root/odd/_c.cpython-311.so")],
            id="built file of a package that was not recorded",
        ),
        pytest.param(
            [module("pkg", "/p/pkg_main.py", locations=("/p/parts",)), module("pkg.x", "/p/parts/x.py")],
            [
                ("/p/parts/x.py", "/p/parts/x.py", "/root/parts/x.py"),
                ("/p/pkg_main.py", "/p/pkg_main.py", "/root/pkg_main.py"),
            ],
            id="a package without a package's file",
        ),
    ],
)
def test_submodules_whose_package_is_not_known(
    loaded: list[Disposition], expected: list[tuple[str, str, str]]
) -> None:
    assert rows(plan(APP, *loaded, processes=[process(path=("/p", "/q"))])) == [APP_ROW, *expected]
