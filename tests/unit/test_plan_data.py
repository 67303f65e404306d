"""Data files: which count, where `--data mount` puts them, and the messages about the rest."""

from __future__ import annotations

import pytest
from plan_data import carried, data_of, read
from plan_world import APP, PKG, facts, module, plan, process, rows, script

from automount.model import (
    DataPolicy,
    DataRow,
    Layout,
    ManualMount,
    MountKind,
    Origin,
    Policy,
    Scope,
    ScriptEntrypoint,
    Skipped,
)
from automount.plan import DataFact, data_rows, make_plan

MOUNT = Policy(data=DataPolicy.MOUNT)
LOCAL = DataFact(Origin.LOCAL, 10)


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
        "conf/a.json was read by __main__, but no mount contains it: "
        "add --add-file conf/a.json:/root/conf/a.json, or --data mount for all that was read"
    )


def test_a_listed_directory_that_a_mount_holds_needs_no_row() -> None:
    made = facts(
        APP, PKG, data={read("/p/pkg/d", action="listed"): DataFact(Origin.LOCAL, None, is_dir=True)}
    )
    assert data_of(made) == ([], [])


def test_the_option_for_a_listed_directory_is_named_once_for_all_below_it() -> None:
    listed = [read(path, path[3:], action="listed") for path in ("/p/data", "/p/data/x", "/p/other/.y")]
    entries = [("x",), ("a.csv",), (".b",)]
    made = facts(
        APP,
        data={
            row: DataFact(Origin.LOCAL, None, is_dir=True, entries=names)
            for row, names in zip(listed, entries, strict=True)
        },
    )
    rows, messages = data_of(made)
    assert [local for local, _ in rows] == ["/p/data", "/p/data/x", "/p/other/.y"]
    assert messages == [
        "the directory data was listed, but no mount contains what is in it: "
        "add --add-dir data:/root/data, or --data mount for all that was read",
        "the directory other/.y was listed, but no mount contains what is in it: add --data mount",
    ]


def test_metadata_beside_the_code_has_one_option() -> None:
    """The metadata of a `setup.py develop` install is found by its directory on `sys.path`."""
    info = "/p/plug/src/plug.egg-info/PKG-INFO"
    made = facts(APP, data={read(info): LOCAL}, processes=[process(path=("/p", "/p/plug/src"))])
    rows, (message,) = data_of(made)
    assert rows == [(info, None)]
    assert message.endswith("no mount contains it: add --data mount")


def test_the_list_of_files_of_an_editable_install_is_never_shipped() -> None:
    record = "/venv/lib/python3.11/site-packages/plug-1.0.dist-info/RECORD"
    made = facts(APP, PKG, data={read(record, by="pkg"): DataFact(Origin.EDITABLE_SHIM, 10)})
    rows, messages = data_of(made)
    assert rows == [(record, None)]
    assert messages == [
        "RECORD of the editable install plug was read by pkg. It describes the installation on this machine "
        "and is never shipped: install the distribution where the program runs"
    ]
    # An installed tool lists all distributions.
    made = facts(APP, PKG, data={read(record, by="tool"): DataFact(Origin.EDITABLE_SHIM, 10)})
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

    def is_excluded(path: str, is_directory: bool) -> Skipped | None:
        return Skipped(path, "excluded", "two.py (--exclude)") if path.endswith("/two.py") else None

    assert data_rows(made, plan_of_it, carried(*whole)) == ((), ())
    assert data_rows(made, plan_of_it, carried(*whole[:2]), is_excluded) == (
        (DataRow("/p/pkg", "__main__", None, "--include two.py"),),
        (),
    )
    made = facts(APP, PKG, data={listed: directory}, policy=Policy(scope=Scope.LOADED))
    found, (warning,) = data_rows(made, make_plan(made), carried(*whole[:1]))
    assert found == (DataRow("/p/pkg", "__main__", None, "--add-dir pkg:/root/pkg"),)
    assert warning.message.startswith("the directory pkg was listed, but no mount contains one.py, two.py")
    assert data_rows(made, make_plan(made), carried(*whole)) == (
        (DataRow("/p/pkg", "__main__", "/root/pkg"),),
        (),
    )


def test_many_files_of_one_directory_are_one_warning() -> None:
    made = facts(APP, data={read(f"/p/in put/{number}", f"in put/{number}"): LOCAL for number in range(6)})
    found, messages = data_of(made)
    assert len(found) == 6
    assert messages == [
        "the program read 6 files in in put that no mount contains: "
        "add --add-dir 'in put:/root/in put', or --data mount for all that was read"
    ]


def test_large_files_are_reported_and_only_mounted_by_name() -> None:
    data = {read("/p/big.bin", "big.bin"): DataFact(Origin.LOCAL, 12_345_678)}
    made = facts(APP, policy=MOUNT, data=data)
    assert rows(make_plan(made)) == [("/p/app.py", "/p/app.py", "/root/app.py")]
    assert data_of(made) == (
        [("/p/big.bin", None)],
        [
            "big.bin (12.3 MB, over 10 MB) was read by __main__, but no mount contains it: "
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
            "/data/x.csv was read, but no mount contains it: add --add-file /data/x.csv:/data/x.csv, "
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
        (Scope.PACKAGE, "/p/pkg/.hidden/a.txt", False),
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
        # It is not known where that is.
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
