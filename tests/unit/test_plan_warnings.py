"""The warnings about excluded, shadowing and missing files."""

from __future__ import annotations

from plan_world import APP, distribution, module, plan

from automount.model import (
    Origin,
    Skipped,
)
from automount.plan import excluded_but_loaded


def test_excluded_but_loaded_names_the_pattern_of_a_file_or_a_pruned_directory() -> None:
    skipped = [
        Skipped("/p/a.py", "excluded", "*.py (--exclude)"),
        Skipped("/p/sub", "excluded", "sub/ (.automountignore:2)"),
        Skipped("/p/c.py", "hidden"),
    ]
    found = excluded_but_loaded(["/p/sub/b.py", "/p/a.py", "/p/c.py", "/p/subway/d.py"], skipped)
    assert [(row.code, row.path) for row in found] == [
        ("excluded-but-loaded", "/p/a.py"),
        ("excluded-but-loaded", "/p/sub/b.py"),
    ]
    assert found[0].message == (
        "/p/a.py was loaded by the program, but is excluded by *.py (--exclude): the program will not "
        "find it; narrow the pattern, or re-include what it left out with --include a.py"
    )
    assert found[1].message.endswith(
        "excluded by sub/ (.automountignore:2): the program will not "
        "find it; narrow the pattern, or re-include what it left out with --include sub"
    )


def test_shadowing_names_both() -> None:
    other = distribution("yarl", "1.9")
    made = plan(
        APP,
        module("yarl", "/p/yarl/__init__.py"),
        module("own", "/e/own/__init__.py", origin=Origin.EDITABLE, distribution=distribution("own")),
        also_installed={"yarl": other, "own": distribution("own", "2"), "nobody": other},
    )
    assert [(row.code, row.path, row.message) for row in made.warnings] == [
        (
            "shadows-installed",
            "/p/yarl",
            "the local module yarl (yarl) shadows yarl of the installed yarl 1.9: the local one is used, "
            "here and on the other machine; rename it if the installed one was meant",
        )
    ]


def test_a_missing_file_is_named() -> None:
    made = plan(APP, module("gone", "/p/gone.py", origin=Origin.MISSING))
    assert [(row.code, row.path) for row in made.warnings] == [("missing", "/p/gone.py")]
