"""The layout `flat` moves files: which of them the program will not find is known beforehand."""

from __future__ import annotations

import dataclasses

from plan_world import facts, module, process, script

from automount.model import DataAccess, FileEntry, Layout, Origin, Policy, ScriptEntrypoint
from automount.plan import DataFact, PlanInput, moved_by_layout

APP = script("/p/bin/app.py")
ENTRY = ScriptEntrypoint("bin/app.py", "/p/bin/app.py")
PKG = module("pkg", "/p/src/pkg/__init__.py")
LOCAL = DataFact(Origin.LOCAL, 10)
DATA = "/p/src/pkg/x.txt"
SHIPPED = {
    "/p/bin/app.py": "/root/app.py",
    "/p/src/pkg/__init__.py": "/root/pkg/__init__.py",
    DATA: "/root/pkg/x.txt",
    "/p/plugins/plug.py": "/root/plugins/plug.py",
}


def made(
    *dispositions: object, named: str = DATA, by: str | None = "__main__", **changes: object
) -> PlanInput:
    data = {DataAccess(DATA, "read", 0, named, by): LOCAL}
    paths = (process(path=("/p/bin", "/p/src")),)
    rows = dispositions or (APP, PKG)
    return facts(*rows, **{"entry": ENTRY, "data": data, "processes": paths, "workspace": "/p", **changes})  # type: ignore[arg-type]


def moved(made_up: PlanInput, more: tuple[str, ...] = ()) -> list[str]:
    """The messages; `more` are remote paths at which the data file is shipped, too."""
    pairs = [*SHIPPED.items(), *((DATA, place) for place in more)]
    found = moved_by_layout(
        made_up, [FileEntry(remote, local, 1, "0" * 64, False, (0,)) for local, remote in pairs]
    )
    assert {row.code for row in found} <= {"moved-by-layout"}
    return [row.message for row in found]


def test_data_of_a_package_that_a_script_elsewhere_reads() -> None:
    assert moved(made()) == [
        "the flat layout ships src/pkg/x.txt to /root/pkg/x.txt, but bin/app.py looks for it at "
        "/src/pkg/x.txt: record with --layout tree"
    ]


def test_data_that_its_own_package_reads_moves_with_it() -> None:
    assert moved(made(by="pkg")) == []


def test_a_relative_name_counts_from_the_cwd() -> None:
    (message,) = moved(made(named="src/pkg/x.txt", by="pkg"))
    assert "looks for it at /root/src/pkg/x.txt:" in message
    assert moved(made(named="src/pkg/x.txt"), more=("/root/src/pkg/x.txt",)) == []


def test_a_relative_name_from_another_cwd_tells_nothing() -> None:
    assert moved(made(named="x.txt")) == []


def test_data_that_is_also_shipped_to_where_the_program_looks() -> None:
    assert moved(made(), more=("/src/pkg/x.txt",)) == []


def test_a_path_that_the_program_spells_out() -> None:
    assert moved(made(named_in_texts={DATA: True})) == []


def test_data_that_an_installed_library_reads() -> None:
    reader = module("reader", "/venv/lib/python3.11/site-packages/reader.py", origin=Origin.INSTALLED)
    # Which module gave it the path is not known: the package itself is likely, and finds its file.
    assert moved(made(APP, PKG, reader, by="reader")) == []
    (message,) = moved(made(APP, reader, by="reader"))
    assert "bin/app.py looks for it at /src/pkg/x.txt" in message


def test_a_module_that_was_loaded_by_its_path() -> None:
    plug = module("plug", "/p/plugins/plug.py")
    (message,) = moved(made(APP, PKG, plug, data={}))
    assert message == (
        "the flat layout ships plugins/plug.py at the same distance from the cwd as here, but not from the "
        "file that uses it: if bin/app.py computes the path from __file__, record with --layout tree"
    )


def test_the_script_of_a_child() -> None:
    work = script("/p/plugins/plug.py", process=1)
    processes = (process(path=("/p/bin", "/p/src")), process(1, ("/p/plugins",), parent=0))
    made_up = made(APP, work, data={}, processes=processes)
    (message,) = moved(made_up)
    assert "if bin/app.py computes the path" in message
    relative = DataAccess("/p/plugins/plug.py", "named", 0, "plugins/plug.py", None)
    journal = dataclasses.replace(made_up.journal, data=(relative,))
    assert moved(dataclasses.replace(made_up, journal=journal)) == []


def test_what_is_outside_the_workspace_would_be_moved_by_the_other_layout_too() -> None:
    assert moved(made(workspace="/p/bin")) == []


def test_nothing_moves_in_the_tree() -> None:
    assert moved(made(policy=Policy(layout=Layout.TREE))) == []
