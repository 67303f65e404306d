"""Files that are given to other programs, and what the run itself wrote."""

from __future__ import annotations

import dataclasses

from plan_world import APP, facts, module, plan, process, rows

from automount.model import (
    DataAccess,
    DataPolicy,
    Launch,
    Layout,
    MountKind,
    Origin,
    Policy,
    ProgramEntrypoint,
    ScriptEntrypoint,
)
from automount.plan import DataFact, data_rows, launched_files, make_plan

MOUNT = Policy(data=DataPolicy.MOUNT)
LOCAL = DataFact(Origin.LOCAL, 10)


def access(path: str, action: str, named: str | None = None) -> DataAccess:
    return DataAccess(path, action, 0, named or path, "app")


def test_what_launches_and_arguments_name() -> None:
    journal = dataclasses.replace(
        facts(APP).journal,
        launches=(
            Launch(0, "subprocess", 0, "./tool.sh", ("./tool.sh", "in.txt", "--conf=c.ini", "-v"), "/p/d"),
            Launch(0, "system", 0, "/bin/sh", ("/bin/sh", "-ec", "./run 'a b' >out; cd e && cat f"), "/p"),
            Launch(0, "subprocess", 0, "sed", ("sed", "-fp.sed"), "/p"),
            Launch(0, "exec", 0, "python", ("python", "w.py"), "/p"),
        ),
    )
    found = launched_files(journal, ScriptEntrypoint("app.py", "/p/app.py", ("table.csv",)), "/p")
    assert {(row.path, row.action) for row in found} == {
        ("/p/d/tool.sh", "launched"),
        ("/p/d/in.txt", "given"),
        ("/p/d/c.ini", "given"),
        ("/bin/sh", "launched"),
        ("/p/run", "given"),
        ("/p/a b", "given"),
        ("/p/>", "given"),
        ("/p/out", "given"),
        ("/p/e/cd", "given"),
        ("/p/e/e", "given"),
        ("/p/e/cat", "given"),
        ("/p/e/f", "given"),
        ("/p/p.sed", "given"),
        ("/p/w.py", "named"),
        ("/p/table.csv", "named"),
    }


def test_the_text_of_a_shell_that_was_run_names_paths() -> None:
    command = ProgramEntrypoint("bash", ("-c", ". conf/env.sh && cd d && ./tool in.txt"))
    found = launched_files(facts(APP).journal, command, "/p")
    given = {row.path for row in found if row.action == "given"}
    assert {"/p/conf/env.sh", "/p/d/tool", "/p/d/in.txt"} <= given


def test_a_command_names_its_own_program() -> None:
    found = launched_files(facts(APP).journal, ProgramEntrypoint("./run.sh", ("x",)), "/p")
    assert [(row.path, row.action) for row in found] == [("/p/run.sh", "launched"), ("/p/x", "named")]


def test_only_older_files_of_the_project_count_as_given_to_a_program() -> None:
    made = plan(
        APP,
        policy=MOUNT,
        data={
            access("/p/tool", "launched"): LOCAL,
            access("/p/new", "named"): DataFact(Origin.LOCAL, 10, changed=True),
            access("/q/elsewhere", "named"): LOCAL,
            access("/q/bin/tool", "launched"): LOCAL,
            access("/p/venv/bin/python3.12", "launched"): LOCAL,
            access("/p/dir", "named"): DataFact(Origin.LOCAL, None, is_dir=True),
        },
    )
    assert rows(made)[1:] == [("/p/tool", "/p/tool", "/root/tool")]


def test_a_program_outside_the_project_counts_unless_it_is_installed() -> None:
    made = plan(APP, policy=MOUNT, data={access("/q/tool.sh", "launched"): LOCAL})
    assert rows(made)[1:] == [("/q/tool.sh", "/q/tool.sh", "/q/tool.sh")]


def test_sources_of_links_are_mounted_and_moved_files_are_reported() -> None:
    made = facts(
        APP,
        policy=MOUNT,
        data={
            access("/p/in.txt", "linked"): LOCAL,
            access("/p/gone.txt", "moved", "gone.txt"): DataFact(Origin.MISSING, None),
        },
    )
    assert rows(make_plan(made))[1:] == [("/p/in.txt", "/p/in.txt", "/root/in.txt")]
    found, warnings = data_rows(made, make_plan(made), [])
    assert [(row.local, row.mounted) for row in found] == [("/p/gone.txt", None), ("/p/in.txt", None)]
    assert warnings[0].message == (
        "gone.txt was moved by the run, so it cannot be shipped: create it where the program runs, before it "
        "starts"
    )


def test_a_listed_directory_is_mounted_whole() -> None:
    data = {access("/p/cfgs", "listed"): DataFact(Origin.LOCAL, None, is_dir=True, entries=("a.yaml",))}
    made = plan(APP, policy=MOUNT, data=data)
    assert [(row.kind, row.local, row.remote, row.tree) for row in made.mounts[1:]] == [
        (MountKind.DATA, "/p/cfgs", "/root/cfgs", True)
    ]
    large = {key: dataclasses.replace(fact, is_large=True) for key, fact in data.items()}
    assert len(plan(APP, policy=MOUNT, data=large).mounts) == 1
    _, warnings = data_rows(facts(APP, data=data), plan(APP, data=data), [])
    assert [row.message for row in warnings] == [
        "the directory cfgs was listed, but no mount contains what is in it: add --add-dir cfgs:/root/cfgs, "
        "or --data mount for all that was read"
    ]


def test_files_below_a_created_directory_are_not_data() -> None:
    data = {access("/p/out", "created"): LOCAL, access("/p/out/deep/x", "read"): LOCAL}
    assert len(plan(APP, policy=MOUNT, data=data).mounts) == 1


def test_what_the_run_wrote_is_skipped_with_a_row() -> None:
    gen = dataclasses.replace(module("gen", "/t/gen.py", origin=Origin.GENERATED), rule="written")
    made = plan(APP, gen, processes=[process(path=("/p", "/t"))], policy=Policy(layout=Layout.TREE))
    assert len(made.mounts) == 1
    assert [(row.local, row.code) for row in made.skipped] == [("/t/gen.py", "written")]
