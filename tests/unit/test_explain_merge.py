"""The union of several runs of one program: indexes, conflicts, and rows that no longer hold."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from manifest_world import SCRIPT, file, full, manifest, module, mount, process, provenance

from automount.explain import MergeConflict, difference, merge
from automount.manifest import (
    DataRow,
    EntrypointKind,
    EntrypointRow,
    Incomplete,
    Manifest,
    Requirement,
    Skipped,
    Warning_,
    content_digest,
    dumps,
    loads,
)
from automount.model import Origin, Status


def union(*manifests: Manifest) -> Manifest:
    return merge([(f"{name}.json", made) for name, made in zip("abcdef", manifests, strict=False)])


def other_branch() -> Manifest:
    """A run that went another way: `deps` before the package, a worker process, nothing of `pkg.b`."""
    plain = manifest()
    return replace(
        plain,
        entrypoint=replace(SCRIPT, args=("serve",)),
        mounts=(
            mount("PythonModule:deps", "/p/deps.py", "/root/deps.py", "import deps by pkg.a (pkg/a.py:2)"),
            plain.mounts[0],
            replace(plain.mounts[1], because=("import pkg.a by deps (deps.py:1)",)),
        ),
        files=(
            file("/root/app.py", "import pkg.a", mounts=[1]),
            file("/root/deps.py", "deps", mounts=[0]),
            *(replace(row, mounts=(2,)) for row in plain.files[1:]),
        ),
        modules=(
            module("__main__", "/p/app.py", requested_by=None, line=None, mount=1),
            module("deps", "/p/deps.py", mount=0),
            module("deps", "/p/deps.py", mount=0, process=1),
            module("pkg.b", "/p/pkg/b.py", mount=2, status=Status.FAILED),
        ),
        provenance=provenance(
            created="2025-02-01T00:00:00+00:00",
            exit_code=3,
            processes=(process(pid=7, ppid=6), process(1, ("python", "worker.py"), parent=0)),
        ),
    )


def test_a_manifest_merged_with_itself_is_itself() -> None:
    assert union(full(), full()) == replace(full(), digest=union(full()).digest)
    assert dumps(union(manifest(), manifest(), manifest())) == dumps(manifest())


def test_runs_with_two_layouts_that_place_a_file_differently_are_refused() -> None:
    flat = replace(
        manifest(),
        files=tuple(
            replace(row, remote="/root/renamed.py") if row.remote == "/root/pkg/b.py" else row
            for row in manifest().files
        ),
        provenance=provenance(layout="flat"),
    )
    with pytest.raises(
        MergeConflict, match=r"a\.json has the layout tree and b\.json the layout flat"
    ) as error:
        union(manifest(), flat)
    assert error.value.conflicts == ("/p/pkg/b.py is shipped to /root/pkg/b.py and to /root/renamed.py",)
    assert error.value.hint == "record both with the same --layout"
    union(manifest(), replace(manifest(), provenance=provenance(layout="flat")))


def test_mounts_are_renumbered_and_their_reasons_united() -> None:
    merged = union(manifest(), other_branch())
    assert [row.label for row in merged.mounts] == ["/p/app.py", "PythonPackage:pkg", "PythonModule:deps"]
    assert merged.mounts[1].because == (
        "import pkg.a by __main__ (app.py:3)",
        "import pkg.a by deps (deps.py:1)",
    )
    assert {row.remote: row.mounts for row in merged.files} == {
        "/root/app.py": (0,),
        "/root/deps.py": (2,),
        "/root/pkg/__init__.py": (1,),
        "/root/pkg/a.py": (1,),
        "/root/pkg/b.py": (1,),
        "/root/pkg/data.txt": (1,),
    }


def test_processes_with_one_command_line_are_one_and_others_get_new_numbers() -> None:
    merged = union(manifest(), other_branch())
    assert [(row.process, row.argv[1], row.pid, row.parent) for row in merged.provenance.processes] == [
        (0, "app.py", 100, None),
        (1, "worker.py", 101, 0),
    ]
    assert [(row.process, row.name, row.mount) for row in merged.modules if row.name == "deps"] == [
        (0, "deps", 2),
        (1, "deps", 2),
    ]


def test_equal_workers_of_one_run_stay_apart() -> None:
    pool = replace(
        manifest(),
        provenance=provenance(
            processes=(process(), *(process(n, ("python", "w"), parent=0) for n in (1, 2)))
        ),
    )
    assert [row.process for row in union(pool, pool).provenance.processes] == [0, 1, 2]


def test_the_run_that_executed_a_module_takes_precedence() -> None:
    for pair in ((manifest(), other_branch()), (other_branch(), manifest())):
        (row,) = [row for row in union(*pair).modules if row.name == "pkg.b"]
        assert (row.status, row.requested_by) == (Status.EXECUTED, "pkg.a")


def test_the_digest_is_that_of_the_union_and_the_order_of_runs_changes_no_file() -> None:
    one, two = union(manifest(), other_branch()), union(other_branch(), manifest())
    assert one.digest == content_digest(one)
    assert [change.what for change in difference(one, two).program] == ["args"]
    assert not difference(one, two).mounts


def test_provenance_tells_of_each_run() -> None:
    found = union(manifest(), other_branch()).provenance
    assert (found.created, found.exit_code) == ("2025-02-01T00:00:00+00:00", None)
    assert [(run.created[:7], run.exit_code) for run in found.runs] == [
        ("2025-01", 0),
        ("2025-02", 3),
    ]
    again = union(union(manifest(), other_branch()), manifest())
    assert again.provenance.runs == found.runs


def test_two_contents_for_one_remote_path_are_refused_with_the_list() -> None:
    plain = manifest()
    changed = replace(
        plain, files=(file("/root/app.py", "x"), *plain.files[1:4], replace(plain.files[4], executable=True))
    )
    with pytest.raises(MergeConflict) as caught:
        union(plain, changed)
    assert caught.value.conflicts == (
        "/root/app.py differs in b.json",
        "/root/pkg/data.txt differs in b.json",
    )
    assert caught.value.exit_status == 125
    assert "/root/app.py differs in b.json; /root/pkg/data.txt differs in b.json" in caught.value.message


def test_a_file_where_another_run_has_a_directory_is_a_conflict() -> None:
    plain = manifest()
    with pytest.raises(
        MergeConflict, match=r"/root/pkg is a file, and a directory for /root/pkg/__init__\.py"
    ):
        union(plain, replace(plain, files=(file("/root/pkg"),), modules=()))


@pytest.mark.parametrize(
    "entrypoint",
    [
        replace(SCRIPT, remote="/root/b.py"),
        replace(SCRIPT, kind=EntrypointKind.MODULE, target="app"),
        replace(SCRIPT, remote_cwd="/root/tools"),
        replace(SCRIPT, import_only=True),
        replace(SCRIPT, kind=EntrypointKind.COMMAND, remote=None, form="argv", target="pytest"),
    ],
)
def test_runs_that_were_started_in_different_ways(entrypoint: EntrypointRow) -> None:
    """The first run's entrypoint is kept, whatever the order of the others; each run lists its own."""
    later = provenance(created="2025-02-01T00:00:00+00:00", argv=("other",))
    other = replace(manifest(), entrypoint=entrypoint, provenance=later)
    merged = union(manifest(), other)
    assert merged.entrypoint == SCRIPT
    assert [run.entrypoint for run in merged.provenance.runs] == [SCRIPT, entrypoint]
    assert loads(dumps(merged), "x") == merged
    assert union(other, manifest()).entrypoint == entrypoint
    assert union(merged, other).provenance.runs == merged.provenance.runs


def test_another_project_is_refused() -> None:
    """Neither a file nor the directory of the start in common."""
    other = replace(
        manifest(),
        files=(file("/root/other.py", mounts=[]),),
        mounts=(),
        modules=(),
        provenance=provenance(cwd="/elsewhere"),
    )
    with pytest.raises(MergeConflict, match="started in /p and /elsewhere and have no file in common"):
        union(manifest(), other)
    assert union(manifest(), replace(other, provenance=provenance(cwd="/p"))).files


def test_two_scripts_of_one_directory_without_a_file_in_common() -> None:
    other = replace(manifest(), files=(file("/root/b.py", mounts=[]),), mounts=(), modules=())
    assert "/root/b.py" in {row.remote for row in union(manifest(), other).files}


def test_another_layout_is_refused() -> None:
    plain = manifest()
    moved = replace(
        plain, files=tuple(replace(row, remote=f"/root/p{row.remote[5:]}") for row in plain.files)
    )
    with pytest.raises(MergeConflict, match=r"/p/app\.py is shipped to /root/app\.py and to /root/p/app\.py"):
        union(plain, moved)


def test_another_remote_root_is_refused() -> None:
    with pytest.raises(MergeConflict, match="/root and /app"):
        union(manifest(), replace(manifest(), remote_root="/app"))


def test_two_checkouts_are_one_set_of_mounts() -> None:
    plain = manifest()
    moved = replace(
        plain,
        mounts=tuple(replace(row, local="/q" + row.local[2:]) for row in plain.mounts),
        provenance=provenance(cwd="/q"),
    )
    assert len(union(plain, moved).mounts) == 2


def test_portions_of_one_namespace_stay_apart() -> None:
    portions = tuple(mount("PythonPackage:ns", f"/p/{side}/ns", "/root/ns") for side in ("one", "two"))
    split = replace(manifest(), mounts=portions)
    assert [row.local for row in union(split, split).mounts] == ["/p/one/ns", "/p/two/ns"]


def test_data_that_another_run_mounted_is_mounted_and_no_longer_warned_about() -> None:
    plain = manifest()
    reported = replace(
        plain,
        data=(DataRow("/p/in.csv", "pkg.a", None), DataRow("/p/x.csv", None, None)),
        warnings=tuple(Warning_("data-not-mounted", "…", path) for path in ("/p/in.csv", "/p/x.csv")),
    )
    carried = replace(
        plain,
        files=(*plain.files, file("/root/in.csv", mounts=[])),
        data=(DataRow("/p/in.csv", "pkg.a", "/root/in.csv"),),
    )
    merged = union(reported, carried)
    assert [(row.local, row.mounted) for row in merged.data] == [
        ("/p/in.csv", "/root/in.csv"),
        ("/p/x.csv", None),
    ]
    assert [row.path for row in merged.warnings] == ["/p/x.csv"]


def test_directories_are_united_unless_a_run_ships_a_file_there() -> None:
    plain = manifest()
    one = replace(plain, directories=("/root/empty", "/root/pkg/out"))
    other = replace(
        plain, directories=("/root/other",), files=(*plain.files, file("/root/pkg/out/x.csv", mounts=[]))
    )
    assert union(one, other).directories == ("/root/empty", "/root/other")


def test_what_another_run_carries_was_not_left_out() -> None:
    plain = manifest()
    skipping = replace(
        plain,
        files=plain.files[:3],
        skipped=(
            Skipped("/p/pkg/b.py", "scope"),
            Skipped("/p/pkg", "symlinked-directory"),
            Skipped("/p/pkg/.env", "dot-name"),
        ),
    )
    assert union(skipping, plain).skipped == (Skipped("/p/pkg/.env", "dot-name"),)


def test_requirements_add_up_and_two_versions_are_warned_about() -> None:
    one = replace(manifest(), requirements=(Requirement("a", "1"), Requirement("b", "1")))
    two = replace(
        manifest(), requirements=(Requirement("a", "1"), Requirement("b", "2"), Requirement("c", "1"))
    )
    merged = union(one, two)
    assert [(row.name, row.version) for row in merged.requirements] == [
        ("a", "1"),
        ("b", "1"),
        ("b", "2"),
        ("c", "1"),
    ]
    assert [(row.code, "1, 2" in row.message) for row in merged.warnings] == [("requirement-conflict", True)]


def test_what_one_run_imported_itself_is_not_only_via_others() -> None:
    rows = [Requirement("a", "1", via=via) for via in (("web",), ("cli",), ())]
    one, two, three = (replace(manifest(), requirements=(row,)) for row in rows)
    assert [row.via for row in union(one, two).requirements] == [("cli", "web")]
    assert [row.via for row in union(one, two, three).requirements] == [()]
    assert [row.via for row in union(three, one).requirements] == [()]


def test_one_incomplete_run_makes_the_union_incomplete() -> None:
    row = Incomplete("no-site", ("python", "-S"), 5)
    merged = union(manifest(), replace(manifest(), complete=False, incomplete=(row,)))
    assert (merged.complete, merged.incomplete) == (False, (row,))
    assert not union(manifest(), replace(manifest(), complete=False)).complete


def test_sys_path_adds_up_and_another_order_is_warned_about() -> None:
    paths = [("/root", "/root/a"), ("/root", "/root/b"), ("/root/a", "/root")]
    one, two, three = (replace(manifest(), sys_path=path) for path in paths)
    assert union(one, two).sys_path == ("/root", "/root/a", "/root/b")
    assert [row.code for row in union(one, two).warnings] == []
    assert [row.code for row in union(one, three).warnings] == ["sys-path-order"]


def test_a_union_can_be_read_again() -> None:
    merged = union(full(), replace(other_branch(), complete=False))
    assert loads(dumps(merged), "x") == merged


CHOICES = st.lists(st.sampled_from(["a", "b", "c", "d"]), unique=True, max_size=4)


def run_of(names: list[str]) -> Manifest:
    """A run that loaded these modules, each a mount of its own, in this order."""
    return replace(
        manifest(),
        mounts=tuple(mount(f"PythonModule:{name}", f"/p/{name}.py", f"/root/{name}.py") for name in names),
        files=tuple(file(f"/root/{name}.py", name, mounts=[place]) for place, name in enumerate(names)),
        modules=tuple(
            module(name, f"/p/{name}.py", mount=place, origin=Origin.LOCAL)
            for place, name in enumerate(names)
        ),
    )


@settings(max_examples=40, deadline=None)
@given(st.lists(CHOICES, min_size=1, max_size=4))
def test_every_file_and_module_of_the_union_is_carried_by_its_own_mount(runs: list[list[str]]) -> None:
    merged = union(*map(run_of, runs))
    assert {row.remote for row in merged.files} == {f"/root/{name}.py" for run in runs for name in run}
    for row in merged.files:
        assert [merged.mounts[index].remote for index in row.mounts] == [row.remote]
    for held in merged.modules:
        assert held.mount is not None
        assert merged.mounts[held.mount].name == held.name
