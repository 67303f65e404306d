"""The comparison of two recordings, from literals: what was used must be used again, from a shipped file."""

from __future__ import annotations

from dataclasses import replace

import pytest
from manifest_world import manifest as example

from automount.manifest import ModuleRow
from automount.model import DataRow, FileEntry, Origin, Skipped, Status, Warning_
from automount.proving.comparison import (
    Rerun,
    compare,
    project_places,
    read_where_not_shipped,
)
from automount.proving.findings import Finding, NotFound


def entry(name: str, content: str) -> FileEntry:
    return FileEntry(f"/root/{name}", f"/p/{name}", 1, content * 64, False, ())


def module(name: str, path: str, **changes: object) -> ModuleRow:
    row = ModuleRow(name, Origin.LOCAL, path, Status.EXECUTED, "__main__", 0, None, None, 1, "local")
    return replace(row, **changes)  # type: ignore[arg-type]


FILES = (
    entry("app.py", "a"),
    entry("red/shade.py", "b"),
    entry("blue/shade.py", "c"),
    entry("conf.ini", "d"),
)


def found(
    modules: tuple[ModuleRow, ...] = (),
    data: tuple[DataRow, ...] = (),
    *,
    ran: dict[str, set[str]] | None = None,
    read: set[str] | None = None,
    not_found: tuple[NotFound, ...] = (),
    **changes: object,
) -> list[tuple[str, str, str | None]]:
    base = example()
    provenance = replace(base.provenance, cwd="/p", written=changes.pop("written", ()))  # type: ignore[arg-type]
    manifest = replace(
        base,
        files=FILES,
        modules=modules,
        data=data,
        skipped=(),
        warnings=(),
        provenance=provenance,
    )
    manifest = replace(manifest, **changes)  # type: ignore[arg-type]
    rerun = Rerun(
        {name: frozenset(files) for name, files in (ran or {}).items()},
        frozenset(read or ()),
        not_found=not_found,
    )
    return [(row.finding.value, row.local, row.option) for row in compare(manifest, rerun)]


RED, BLUE = module("shade", "/p/red/shade.py"), module("shade", "/p/blue/shade.py")


def test_a_module_that_was_used_again() -> None:
    assert found((RED,), ran={"shade": {"/root/red/shade.py"}}) == []


def test_two_modules_of_one_name_must_both_be_used() -> None:
    assert found((RED, BLUE), ran={"shade": {"/root/red/shade.py"}}) == [
        (Finding.OTHER_FILE.value, "/p/blue/shade.py", None)
    ]


def test_a_name_that_the_path_decided() -> None:
    row = module("plugin_1234", "/p/red/shade.py")
    assert found((row,), ran={"plugin_5678": {"/root/red/shade.py"}}) == []
    assert found((row,), ran={"plugin_1234": {"/root/blue/shade.py"}, "x": {"/root/red/shade.py"}}) == [
        ("other-file", "/p/red/shade.py", None)
    ]


def test_another_file_of_that_name() -> None:
    assert found((RED,), ran={"shade": {"/usr/lib/python3/shade.py"}}) == [
        ("other-file", "/p/red/shade.py", None)
    ]


def test_a_shipped_module_that_was_not_loaded() -> None:
    assert found((RED,)) == [("not-exercised", "/p/red/shade.py", None)]


def test_a_module_that_is_not_shipped() -> None:
    assert found((module("pkg.late", "/p/pkg/late.py"),)) == [
        ("not-shipped", "/p/pkg/late.py", "--add-package pkg.late")
    ]


def test_an_excluded_module_names_the_pattern_s_opposite() -> None:
    skipped = (Skipped("/p/pkg", "excluded", "pkg (--exclude)"),)
    assert found((module("pkg.late", "/p/pkg/late.py"),), skipped=skipped) == [
        ("not-shipped", "/p/pkg/late.py", "--include pkg")
    ]


@pytest.mark.parametrize("name", ["__main__", "__mp_main__", "/p/app.py"])
def test_a_program_is_compared_by_content_alone(name: str) -> None:
    assert found((module(name, "/p/app.py"),), ran={"/tmp/x/app.py": {"/root/app.py"}}) == []


@pytest.mark.parametrize(
    "changes",
    [
        {"status": Status.FOUND},
        {"status": Status.LAZY},
        {"origin": Origin.STDLIB},
        {"origin": Origin.INSTALLED},
        {"origin": Origin.GENERATED},
        {"file": None},
    ],
)
def test_what_is_not_demanded(changes: dict[str, object]) -> None:
    assert found((module("late", "/p/late.py", **changes),)) == []


@pytest.mark.parametrize(
    ("ran", "expected"),
    [
        ({"__main__": {"/root/app.py"}}, [("not-shipped", "/env/bin/shop", None)]),
        ({"__main__": {"local:/other/bin/shop"}}, []),
        ({"__main__": {"local:/env/bin/shop"}}, [("not-shipped", "/env/bin/shop", None)]),
    ],
    ids=["it is not there", "it is installed there", "it was started and could not be opened"],
)
def test_a_command_of_an_editable_install(
    ran: dict[str, set[str]], expected: list[tuple[str, str, None]]
) -> None:
    command = module("__main__", "/env/bin/shop", origin=Origin.EDITABLE_SHIM, distribution="shop-dist")
    warning = Warning_("command-not-shipped", "…", "/env/bin/shop")
    assert found((command,), ran=ran, warnings=(warning,)) == expected


def test_metadata_that_only_its_package_brings_along() -> None:
    local = "/env/site-packages/plug-1.dist-info/entry_points.txt"
    sought = NotFound(local, None, "app", (local,), is_metadata=True)
    assert found(not_found=(sought,)) == [("not-shipped", local, None)]
    # Where its modules are shipped, an option ships the metadata too.
    owned = module("plug", "/p/plug.py", mount=0, distribution="Plug")
    files = (*FILES, entry("plug.py", "d"))
    full = [("not-shipped", local, "--editable full")]
    assert found((owned,), ran={"plug": {"/root/plug.py"}}, files=files, not_found=(sought,)) == full
    shipped = FileEntry("/root/plug-1.dist-info/entry_points.txt", local, 1, "e" * 64, False, ())
    assert found(not_found=(sought,), files=(*FILES, shipped)) == []


@pytest.mark.parametrize("file", ["METADATA", "RECORD", "direct_url.json", "INSTALLER"])
def test_metadata_that_the_recorded_run_read_is_a_kind_of_its_own(file: str) -> None:
    local = f"/venv/site-packages/dep-1.0.dist-info/{file}"
    data = (DataRow(local, "app", None, None),)
    manifest = replace(example(), files=FILES, modules=(), data=data, skipped=(), warnings=())
    (finding,) = compare(manifest, Rerun({}, frozenset()))
    assert (finding.finding, finding.kind, finding.option) == (Finding.NOT_SHIPPED, "metadata", None)


def test_what_the_recorded_run_wrote_is_not_demanded() -> None:
    row = module("tables", "/p/tables.py")
    data = DataRow("/p/cache.json", "app", None)
    assert found((row,), (data,), written=("/p/cache.json", "/p/tables.py")) == []


def test_data() -> None:
    shipped, missing = DataRow("/p/conf.ini", "app", "/root/conf.ini"), DataRow("/p/rates.txt", "app", None)
    assert found(data=(shipped, missing), read={"/root/conf.ini"}) == [
        ("not-shipped", "/p/rates.txt", "--add-file rates.txt, or --data mount")
    ]
    assert found(data=(shipped,)) == [("not-exercised", "/p/conf.ini", None)]
    option = "--add-file conf.ini:/root/conf.ini"
    misplaced = DataRow("/p/conf.ini", "app", "/root/relative/x", option)
    assert found(data=(misplaced,)) == [("misplaced", "/p/conf.ini", option)]


def test_a_module_in_an_archive() -> None:
    files = (entry("libs.zip", "e"),)
    row = module("inner", "/p/libs.zip/inner.py", origin=Origin.ZIP)
    assert found((row,), ran={"inner": {"/root/libs.zip/inner.py"}}, files=files) == []
    assert found((row,), ran={"inner": {"/root/other/inner.py"}}, files=files) == [
        ("other-file", "/p/libs.zip/inner.py", None)
    ]


def test_a_page_that_was_run_by_path_is_not_replaced_by_another_program() -> None:
    """Streamlit runs the file of a page when a browser asks for it; its own script is another program."""
    page = module("/p/app.py", "/p/app.py")
    assert found((page,), ran={"__main__": {"/venv/bin/streamlit"}}) == [("not-exercised", "/p/app.py", None)]
    assert found((page,), ran={"__main__": {"/usr/bin/app.py"}}) == [("other-file", "/p/app.py", None)]


def test_a_file_that_another_program_made_in_both_runs() -> None:
    """Only where the rerun read one at the same place can the contents be compared."""
    row = DataRow("/p/made.txt", "app", None)
    made = replace(example(), files=FILES, data=(row,))
    made = replace(made, provenance=replace(made.provenance, cwd="/p"))
    made = replace(made, entrypoint=replace(made.entrypoint, remote_cwd="/root"))
    rerun = Rerun({}, frozenset({"/root/made.txt"}))
    assert list(read_where_not_shipped(made, rerun)) == [("/p/made.txt", "/root/made.txt")]
    assert list(read_where_not_shipped(made, Rerun({}, frozenset()))) == []
    plain = replace(made, modules=(), warnings=())
    assert [found.local for found in compare(plain, rerun)] == ["/p/made.txt"]
    assert compare(plain, replace(rerun, made_again=frozenset({"/p/made.txt"}))) == ()


def test_the_places_of_a_project_reach_up_to_the_remote_root() -> None:
    base = example()
    manifest = replace(
        base,
        files=(FileEntry("/root/src/app.py", "/p/src/app.py", 1, "a" * 64, False, ()),),
        provenance=replace(base.provenance, cwd="/p/src"),
        entrypoint=replace(base.entrypoint, remote_cwd="/root/src"),
    )
    assert project_places(manifest) == [("/p/src", "/root/src"), ("/p", "/root")]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, [("not-shipped", "/p/flag", "--add-file flag")]),
        ({"written": ("/p/flag",)}, []),
        ({"written": ("/p/flag/made",)}, []),
        ({"skipped": (Skipped("/p/flag", "excluded", ""),)}, [("not-shipped", "/p/flag", "--include flag")]),
        # The recorded run read it: it is named already.
        (
            {"data": (DataRow("/p/flag", None, None),)},
            [("not-shipped", "/p/flag", "--add-file flag, or --data mount")],
        ),
    ],
)
def test_what_the_program_only_looked_for(
    changes: dict[str, object], expected: list[tuple[str, str, str | None]]
) -> None:
    absent = NotFound("/p/flag", None, "__main__", ("/p/flag",))
    shipped = NotFound("/p/app", "app", "__main__", ("/p/app.py",))
    assert found(not_found=(absent, shipped), **changes) == expected  # type: ignore[arg-type]
