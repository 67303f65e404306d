"""Editable layouts: what an import name needs, wherever the project keeps it."""

from __future__ import annotations

import pytest
from plan_world import (
    APP,
    APP_ROW,
    ARTIFACT,
    EDITABLE,
    PROJECT,
    SITE,
    module,
    plan,
    process,
    rows,
)

from automount.model import (
    Disposition,
)


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
                ("PythonModule:alone", "/p/lib/alone.py", "/root/alone.py"),
            ],
            id="a finder's module",
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


def test_a_forked_child_uses_its_parents_packages() -> None:
    made = plan(
        APP,
        module("pkg", "/q/lib/__init__.py", **EDITABLE),
        module("pkg.late", "/q/lib/late.py", process=1, **EDITABLE),
        processes=[process(), process(1, parent=0)],
    )
    assert rows(made) == [APP_ROW, ("PythonPackage:pkg", "/q/lib/", "/root/pkg")]
