"""Data files: which count, where `--data mount` puts them, and the messages about the rest."""

from __future__ import annotations

import dataclasses

import pytest
from plan_world import distribution, facts, module, plan, process, rows, script

from automount.model import (
    DataAccess,
    DataPolicy,
    DataRow,
    FileEntry,
    Layout,
    ManualMount,
    MountKind,
    Origin,
    Policy,
    Scope,
    ScriptEntrypoint,
    Skipped,
)
from automount.plan import DataFact, PlanInput, data_rows, excluded_but_loaded, make_plan

APP = script("/p/app.py")
PKG = module("pkg", "/p/pkg/__init__.py")
MOUNT = Policy(data=DataPolicy.MOUNT)
LOCAL = DataFact(Origin.LOCAL, 10)


def read(
    path: str, named: str | None = None, by: str | None = "__main__", action: str = "read"
) -> DataAccess:
    return DataAccess(path, action, 0, named or path, by)


def carried(*rows: tuple[str, str, int]) -> list[FileEntry]:
    """Files as the walk finds them: (local, remote, index of the mount)."""
    return [FileEntry(remote, local, 10, "0" * 64, False, (mount,)) for local, remote, mount in rows]


def data_of(made: PlanInput, *files: tuple[str, str, int]) -> tuple[list[tuple[str, str | None]], list[str]]:
    """The data rows (local, remote) and the messages."""
    found, warnings = data_rows(made, make_plan(made), carried(*files))
    assert {warning.code for warning in warnings} <= {"data-not-mounted"}
    return [(row.local, row.mounted) for row in found], [warning.message for warning in warnings]


def test_a_read_file_that_no_mount_carries_is_reported_with_the_option_that_adds_it() -> None:
    made = facts(APP, PKG, data={read("/p/conf/a.json", "conf/a.json"): LOCAL, read("/p/pkg/b.txt"): LOCAL})
    files = (("/p/pkg/b.txt", "/root/pkg/b.txt", 1),)
    found, warnings = data_rows(made, make_plan(made), carried(*files))
    assert found == (
        DataRow("/p/conf/a.json", "__main__", None, "--add-file conf/a.json:/root/conf/a.json"),
        DataRow("/p/pkg/b.txt", "__main__", "/root/pkg/b.txt"),
    )
    (warning,) = warnings
    assert (warning.code, warning.path) == ("data-not-mounted", "/p/conf/a.json")
    assert warning.message == (
        "conf/a.json was read by __main__, but no mount carries it: "
        "add --add-file conf/a.json:/root/conf/a.json, or --data mount for all that was read"
    )


@pytest.mark.parametrize(
    ("access", "fact", "counts"),
    [
        pytest.param(read("/p/a"), LOCAL, True, id="read"),
        pytest.param(read("/p/a"), DataFact(Origin.EDITABLE, 1), True, id="of an editable project"),
        pytest.param(read("/p/a"), DataFact(Origin.VENDORED, 1), True, id="of a vendored distribution"),
        pytest.param(read("/p/a", action="written"), LOCAL, False, id="only written"),
        pytest.param(read("/p/a", action="created"), LOCAL, False, id="created"),
        pytest.param(read("/p/a"), DataFact(Origin.INSTALLED, 1), False, id="installed"),
        pytest.param(read("/p/a"), DataFact(None, 1), False, id="the system's"),
        pytest.param(read("/p/a"), DataFact(Origin.LOCAL, None), False, id="gone, or no regular file"),
        pytest.param(read("/p/__pycache__/a.pyc"), LOCAL, False, id="cache"),
        pytest.param(read("/p/app.py"), LOCAL, False, id="source of what was loaded"),
        pytest.param(
            read("/p/d", action="listed"),
            DataFact(Origin.LOCAL, None, is_dir=True, entries=("x",)),
            True,
            id="listed",
        ),
        pytest.param(
            read("/p", action="listed"), DataFact(Origin.LOCAL, None, is_dir=True), False, id="the cwd listed"
        ),
        pytest.param(
            read("/p/d", by="importlib._bootstrap_external", action="listed"),
            DataFact(Origin.LOCAL, None, is_dir=True),
            False,
            id="listed by the import system",
        ),
    ],
)
def test_what_counts_as_data(access: DataAccess, fact: DataFact, counts: bool) -> None:
    found, messages = data_of(facts(APP, data={access: fact}))
    assert found == ([(access.path, None)] if counts else [])
    assert len(messages) == (1 if counts else 0)


def test_created_files_are_not_data_even_when_read_again() -> None:
    made = facts(APP, data={read("/p/out"): LOCAL, read("/p/out", action="created"): LOCAL})
    assert data_of(made) == ([], [])


def test_a_path_without_a_fact_is_left_out() -> None:
    made = dataclasses.replace(facts(APP, data={read("/p/a"): LOCAL}), data={})
    assert data_of(made) == ([], [])


def test_data_ignore_has_rows_and_no_warnings() -> None:
    made = facts(APP, policy=Policy(data=DataPolicy.IGNORE), data={read("/p/a"): LOCAL})
    assert data_of(made) == ([("/p/a", None)], [])


def test_a_listed_directory_that_a_mount_holds_needs_no_row() -> None:
    made = facts(
        APP, PKG, data={read("/p/pkg/d", action="listed"): DataFact(Origin.LOCAL, None, is_dir=True)}
    )
    assert data_of(made) == ([], [])


def test_a_listed_package_that_a_mount_holds_in_part_is_a_row() -> None:
    """A plugin that is found by listing, and not shipped, changes what the program does."""
    listed = read("/p/pkg", action="listed")
    directory = DataFact(Origin.LOCAL, None, is_dir=True, entries=("__init__.py", "one.py", "two.py"))
    whole = [
        ("/p/pkg/__init__.py", "/root/pkg/__init__.py", 1),
        ("/p/pkg/one.py", "/root/pkg/one.py", 1),
        ("/p/pkg/two.py", "/root/pkg/two.py", 1),
    ]
    made = facts(APP, PKG, data={listed: directory})
    plan_of_it = make_plan(made)

    def is_excluded(path: str, is_directory: bool) -> bool:
        return path.endswith("/two.py")

    assert data_rows(made, plan_of_it, carried(*whole)) == ((), ())
    assert data_rows(made, plan_of_it, carried(*whole[:2]), is_excluded) == (
        (DataRow("/p/pkg", "__main__", None, "--include two.py"),),
        (),
    )
    made = facts(APP, PKG, data={listed: directory}, policy=Policy(scope=Scope.LOADED))
    found, (warning,) = data_rows(made, make_plan(made), carried(*whole[:1]))
    assert found == (DataRow("/p/pkg", "__main__", None, "--add-dir pkg:/root/pkg"),)
    assert warning.message.startswith("the directory pkg was listed, but no mount carries one.py, two.py")
    assert data_rows(made, make_plan(made), carried(*whole)) == (
        (DataRow("/p/pkg", "__main__", "/root/pkg"),),
        (),
    )


def test_many_files_of_one_directory_are_one_warning() -> None:
    made = facts(APP, data={read(f"/p/in put/{number}", f"in put/{number}"): LOCAL for number in range(6)})
    found, messages = data_of(made)
    assert len(found) == 6
    assert messages == [
        "the program read 6 files in in put that no mount carries: "
        "add --add-dir 'in put:/root/in put', or --data mount for all that was read"
    ]


def test_large_files_are_reported_and_only_mounted_by_name() -> None:
    data = {read("/p/big.bin", "big.bin"): DataFact(Origin.LOCAL, 12_345_678)}
    made = facts(APP, policy=MOUNT, data=data)
    assert rows(make_plan(made)) == [("/p/app.py", "/p/app.py", "/root/app.py")]
    assert data_of(made) == (
        [("/p/big.bin", None)],
        [
            "big.bin (12.3 MB, over 10 MB) was read by __main__, but no mount carries it: "
            "add --add-file big.bin:/root/big.bin"
        ],
    )
    by_hand = Policy(data=DataPolicy.MOUNT, add_files=(ManualMount("big.bin"),))
    assert data_of(facts(APP, policy=by_hand, data=data), ("/p/big.bin", "/root/big.bin", 1)) == (
        [("/p/big.bin", "/root/big.bin")],
        [],
    )


def test_an_absolute_path_outside_of_everything_can_only_be_mounted_there() -> None:
    data = {read("/data/x.csv", by=None): LOCAL}
    assert rows(plan(APP, policy=MOUNT, data=data))[1:] == [("/data/x.csv", "/data/x.csv", "/data/x.csv")]
    assert data_of(facts(APP, policy=Policy(), data=data)) == (
        [("/data/x.csv", None)],
        [
            "/data/x.csv was read, but no mount carries it: add --add-file /data/x.csv:/data/x.csv, "
            "or --data mount for all that was read"
        ],
    )


def test_the_option_names_the_place_that_the_program_will_look_at() -> None:
    made = facts(
        APP,
        module("pkg", "/p/src/pkg/__init__.py"),
        module("deps", "/q/lib/deps.py"),
        processes=[process(path=("/p", "/p/src", "/q/lib"))],
        policy=Policy(scope=Scope.SOURCE),
        data={read("/p/src/pkg/a.txt", by="pkg"): LOCAL, read("/q/lib/b.txt", by="deps"): LOCAL},
    )
    _, messages = data_of(made)
    assert [message.partition(": add ")[2].partition(",")[0] for message in messages] == [
        "--add-file src/pkg/a.txt:/root/src/pkg/a.txt",
        "--add-file /q/lib/b.txt:/root/_outside/lib/b.txt",
    ]


@pytest.mark.parametrize(
    ("path", "named", "by", "remote"),
    [
        pytest.param("/p/src/a.txt", "src/a.txt", "__main__", "/root/src/a.txt", id="named from the cwd"),
        pytest.param(
            "/p/src/a.txt", "/p/src/a.txt", "__main__", "/root/src/a.txt", id="beside the entry script"
        ),
        pytest.param("/p/conf/a", "/p/conf/a", "__main__", "/root/conf/a", id="absolute, below the cwd"),
        pytest.param("/p/conf/a", "a", "__main__", "/root/conf/a", id="relative, after a chdir"),
        pytest.param(
            "/q/lib/d/a", "/q/lib/d/a", "deps", "/root/_outside/lib/d/a", id="beside the module that asked"
        ),
        pytest.param(
            "/q/lib/d/a", "/q/lib/d/a", "__main__", "/root/_outside/lib/d/a", id="beside some module"
        ),
        pytest.param("/p/link/a", "/p/link/a", "__main__", "/root/link/a", id="through a link"),
        pytest.param("/store/a", "/store/a", "__main__", "/store/a", id="outside of everything"),
    ],
)
def test_places_of_mounted_data(path: str, named: str, by: str, remote: str) -> None:
    made = plan(
        script("/p/src/app.py"),
        module("deps", "/q/lib/deps.py"),
        entry=ScriptEntrypoint("src/app.py", "/p/src/app.py"),
        processes=[process(path=("/p/src", "/q/lib"))],
        policy=MOUNT,
        data={read(path, named, by): LOCAL},
    )
    mounts = [mount for mount in made.mounts if mount.kind is MountKind.DATA]
    assert [(mount.label, mount.local, mount.remote) for mount in mounts] == [(path, path, remote)]
    for mount in mounts:
        assert mount.because == (f"read by {by}",)
        assert mount.priority > made.mounts[0].priority


def test_data_by_the_real_path_of_a_linked_script() -> None:
    made = plan(
        script("/p/bin/tool.py"),
        entry=ScriptEntrypoint("bin/tool.py", "/p/bin/tool.py"),
        links={"/p/bin/tool.py": "/real/program.py"},
        policy=MOUNT,
        data={read("/real/table.csv"): LOCAL},
    )
    assert rows(made)[1:] == [
        ("/real/table.csv", "/real/table.csv", "/real/table.csv"),
        ("/real/table.csv", "/real/table.csv", "/root/bin/table.csv"),
    ]


def test_data_below_the_workspace_and_outside() -> None:
    made = plan(
        script("/p/bin/app.py"),
        entry=ScriptEntrypoint("bin/app.py", "/p/bin/app.py"),
        policy=Policy(data=DataPolicy.MOUNT, layout=Layout.TREE),
        workspace="/p",
        data={read("/p/conf/a"): LOCAL, read("/out/b"): LOCAL},
    )
    assert rows(made)[1:] == [("/out/b", "/out/b", "/out/b"), ("/p/conf/a", "/p/conf/a", "/root/conf/a")]


@pytest.mark.parametrize(
    ("scope", "path", "mounted"),
    [
        (Scope.PACKAGE, "/p/pkg/a.txt", False),
        (Scope.PACKAGE, "/p/pkg/.hidden/a.txt", True),
        (Scope.SOURCE, "/p/pkg/a.txt", True),
        (Scope.SOURCE, "/p/pkg/a.py", False),
        (Scope.LOADED, "/p/pkg/a.txt", False),
    ],
)
def test_data_below_a_package_is_mounted_by_itself_only_when_the_package_leaves_it_out(
    scope: Scope, path: str, mounted: bool
) -> None:
    policy = Policy(data=DataPolicy.MOUNT, scope=scope)
    made = plan(APP, PKG, policy=policy, data={read(path): LOCAL})
    data = [mount.remote for mount in made.mounts if mount.kind is MountKind.DATA]
    assert data == (["/root" + path[2:]] if mounted else [])
    package = next(mount for mount in made.mounts if mount.kind is MountKind.PACKAGE)
    assert package.only == (frozenset({"/p/pkg/__init__.py", path}) if scope is Scope.LOADED else None)


def test_a_file_read_by_its_real_path_is_carried_under_its_link() -> None:
    made = facts(
        APP,
        PKG,
        links={"/p/pkg/a.txt": "/store/a.txt"},
        data={read("/store/a.txt"): LOCAL},
        files=["/store/a.txt"],
    )
    files = (("/p/pkg/other", "/root/pkg/other", 1), ("/p/pkg/a.txt", "/root/pkg/a.txt", 1))
    assert data_of(made, *files) == ([("/store/a.txt", "/root/pkg/a.txt")], [])


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
        "/p/a.py was loaded by the program, but is excluded by *.py (--exclude): the program will miss it; "
        "narrow the pattern, or re-include what it left out with --include a.py"
    )
    assert found[1].message.endswith(
        "excluded by sub/ (.automountignore:2): the program will miss it; "
        "narrow the pattern, or re-include what it left out with --include sub"
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


@pytest.mark.parametrize(
    ("path", "named", "remote"),
    [
        ("/p/data/x", "../data/x", "/data/x"),
        ("/data/x", "../../data/x", "/data/x"),
        ("/p/run/x", "../run/x", "/run/x"),
        ("/p/data/x", "/p/app/../data/x", "/root/_outside/data/x"),
        ("/p/data/x", "/p/app/sub/../../data/x", "/root/_outside/data/x"),
        ("/p/app/x", "/p/app/sub/../x", "/root/_outside/app/x"),
        ("/p/data/x", "/p/pkgs/pkg/../../data/x", "/root/_outside/data/x"),
        ("/p/run/x", "sub/../x", "/root/x"),
        # After a change of directory the name says nothing of where the program was started.
        ("/p/run/deep/x", "../x", "/root/deep/x"),
        ("/p/run/sub/x", "../sub/x", "/root/sub/x"),
        # Nothing is known of where that stands.
        ("/q/data/x", "/q/other/../data/x", "/q/data/x"),
        ("/p/data/x", "/p/data/x", "/p/data/x"),
    ],
)
def test_a_name_that_climbs_is_placed_where_the_climb_ends(path: str, named: str, remote: str) -> None:
    made = facts(
        script("/p/app/main.py"),
        module("pkg", "/p/pkgs/pkg/__init__.py"),
        processes=(process(path=["/p/app", "/p/pkgs"]),),
        data={read(path, named): LOCAL},
        cwd="/p/run",
        policy=MOUNT,
        entry=ScriptEntrypoint("../app/main.py", "/p/app/main.py"),
    )
    places = [mount.remote for mount in make_plan(made).mounts if mount.kind is MountKind.DATA]
    assert places == [remote]


@pytest.mark.parametrize("runner", ["_pytest.pathlib", "_pytest.main", "unittest.loader"])
@pytest.mark.parametrize("action", ["listed", "moved"])
def test_what_a_test_runner_lists_to_find_tests_is_not_data(runner: str, action: str) -> None:
    directory = DataFact(Origin.LOCAL, None, is_dir=True, entries=("README",))
    made = facts(APP, data={read("/p/tests", by=runner, action=action): directory})
    assert data_of(made) == ([], [])
    mine = facts(APP, data={read("/p/tests", by="app", action="listed"): directory})
    assert [local for local, _ in data_of(mine)[0]] == ["/p/tests"]


@pytest.mark.parametrize("cache", [".pytest_cache", "__pycache__"])
def test_what_a_tool_keeps_for_itself_is_not_data(cache: str) -> None:
    made = facts(APP, data={read(f"/p/{cache}/v/lastfailed", by="_pytest.cacheprovider"): LOCAL})
    assert data_of(made) == ([], [])


def test_a_directory_that_a_tool_keeps_in_the_home_directory_is_not_data() -> None:
    """IPython lists the scripts of its profile; one that it reads counts."""
    directory = DataFact(Origin.LOCAL, None, is_dir=True, entries=("README",))
    startup = "/home/u/.ipython/profile_default/startup"
    made = facts(
        APP,
        data={
            read(startup, by="IPython.core.shellapp", action="listed"): directory,
            read(f"{startup}/first.py", by="IPython.core.shellapp"): LOCAL,
            read("/home/u/tables", by="IPython", action="listed"): directory,
        },
        home="/home/u",
    )
    assert [local for local, _ in data_of(made)[0]] == [f"{startup}/first.py", "/home/u/tables"]


def test_files_that_the_run_removed_are_reported_without_an_option() -> None:
    gone = DataFact(Origin.MISSING, None)
    data = {
        read(f"/p/queue/{name}.msg", action=action): gone for name in "abc" for action in ("read", "moved")
    }
    data[read("/p/job.txt")] = data[read("/p/job.txt", action="moved")] = gone
    made = facts(APP, data=data)
    planned = make_plan(made)
    found, warnings = data_rows(made, planned, [])
    assert {row.option for row in found} == {None}
    assert [(row.code, row.path, row.message) for row in warnings] == [
        (
            "consumed",
            "/p/job.txt",
            "job.txt was read and then removed by the run, so it cannot be shipped: create it where the "
            "program runs, before it starts",
        ),
        (
            "consumed",
            "/p/queue",
            "3 files in queue were used and removed by the run, so they cannot be shipped: create them where "
            "the program runs, before it starts",
        ),
    ]
    assert planned.skipped == tuple(
        Skipped(path, "consumed", "it was read and then removed by the run")
        for path in ("/p/job.txt", "/p/queue/a.msg", "/p/queue/b.msg", "/p/queue/c.msg")
    )
