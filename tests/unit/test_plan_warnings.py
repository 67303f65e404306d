"""The warnings about excluded, shadowing and missing files."""

from __future__ import annotations

import dataclasses

from plan_world import APP, SITE, distribution, module, plan

from automount.model import (
    Disposition,
    EditablePolicy,
    Origin,
    Policy,
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


def test_a_distribution_that_was_installed_from_a_local_path_is_named() -> None:
    def installed(name: str, url: str, **info: object) -> Disposition:
        owner = dataclasses.replace(distribution(name), direct_url={"url": url, **info})
        return module(name, f"{SITE}/{name}.py", origin=Origin.INSTALLED, distribution=owner)

    made = plan(
        APP,
        installed("folder", "file:///srv/my%20folder", dir_info={}),
        installed("wheel", "file:///srv/wheel-1.whl", archive_info={}),
        installed("fetched", "https://files.example/fetched-1.whl", archive_info={}),
        module("plain", f"{SITE}/plain.py", origin=Origin.INSTALLED, distribution=distribution("plain")),
    )
    assert [(row.code, row.path, row.message) for row in made.warnings] == [
        (
            "local-requirement",
            "/srv/my folder",
            "folder was installed from /srv/my folder on this machine, and other machines cannot install it "
            "from there: install it with -e to ship its code, or publish it",
        ),
        (
            "local-requirement",
            "/srv/wheel-1.whl",
            "wheel was installed from /srv/wheel-1.whl on this machine, and other machines cannot install "
            "it from there: publish it, or install its source directory with -e to ship its code",
        ),
    ]


def test_an_editable_project_that_is_left_out_is_a_local_requirement() -> None:
    owner = dataclasses.replace(distribution("own"), editable=True, project_root="/e/own")
    own = module("own", "/e/own/__init__.py", origin=Origin.EDITABLE, distribution=owner)
    made = plan(APP, own, policy=Policy(editable=EditablePolicy.SKIP))
    assert [(row.code, row.path) for row in made.warnings] == [("local-requirement", "/e/own")]
    assert "record with --editable mount to ship its code" in made.warnings[0].message
    assert plan(APP, own).warnings == ()
