"""Bytes of a manifest: the layout, the round trip, and what the digest covers."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from manifest_world import SCRIPT, file, full, manifest, module, process

from automount.manifest import (
    DataRow,
    EntrypointKind,
    EntrypointRow,
    FileEntry,
    MountDistribution,
    Requirement,
    Warning_,
    content_digest,
    dumps,
    entrypoint_row,
    loads,
    module_row,
    mount_row,
    process_row,
    with_digest,
)
from automount.model import (
    CodeEntrypoint,
    Disposition,
    Distribution,
    Environment,
    ModuleEntrypoint,
    ModuleRecord,
    Mount,
    MountKind,
    Origin,
    Process,
    ProgramEntrypoint,
    ScriptEntrypoint,
    Status,
)


def test_everything_comes_back_as_it_was() -> None:
    assert loads(dumps(full()), "x") == full()


def test_the_layout_is_that_of_the_standard_library() -> None:
    values = json.loads(dumps(full()))
    text = json.dumps(values, indent=2, sort_keys=True, ensure_ascii=False)
    assert dumps(full()) == (text + "\n").encode("utf-8", "backslashreplace")


def test_bytes_that_are_not_utf8_stand_as_escapes_and_the_rest_as_itself() -> None:
    written = dumps(full())
    assert b"caf\\udce9" in written
    assert "☃".encode() in written


def test_rows_are_sorted_whatever_order_they_came_in() -> None:
    backwards = replace(
        full(),
        files=full().files[::-1],
        modules=full().modules[::-1],
        requirements=full().requirements[::-1],
        data=full().data[::-1],
        warnings=full().warnings[::-1],
    )
    assert dumps(backwards) == dumps(full())


def test_data_is_written_and_read_with_its_place() -> None:
    rows = json.loads(dumps(full()))["data"]
    assert [row["mounted"] for row in rows] == ["/root/o\udcffdd.py", None]
    assert [row.mounted for row in loads(dumps(full()), "x").data] == ["/root/o\udcffdd.py", None]


def test_mounted_data_without_a_file_row_stays_mounted() -> None:
    alone = replace(manifest(), data=(DataRow("/p/gone.txt", None, "/root/gone.txt"),))
    read = loads(dumps(alone), "x")
    assert read.data[0].mounted == "/root/gone.txt"
    assert dumps(read) == dumps(alone)


def test_optional_keys_are_left_out_where_they_say_nothing() -> None:
    values = json.loads(dumps(manifest()))
    assert set(values["entrypoint"]) == {"args", "kind", "remote", "remote_cwd", "target"}
    assert set(values["provenance"]["processes"][0]) == {"argv", "pid", "ppid", "process", "python"}


def test_a_number_that_json_does_not_have_is_not_written() -> None:
    with pytest.raises(ValueError, match="JSON does not allow nan"):
        dumps(replace(manifest(), extra={"x": float("nan")}))


def digest_of(*, entrypoint: EntrypointRow = SCRIPT, row: dict[str, object] = {}, **top: object) -> str:  # noqa: B006
    entry = replace(file("/root/app.py", "x"), **row)  # type: ignore[arg-type]
    return content_digest(manifest(entrypoint=entrypoint, files=(entry,), **top))


A_REQUIREMENT = Requirement("a", "1", {"url": "https://x.test/a"})


@pytest.mark.parametrize(
    "changed",
    [
        digest_of(entrypoint=replace(SCRIPT, remote="/root/b.py")),
        digest_of(entrypoint=replace(SCRIPT, remote_cwd="/root/x")),
        digest_of(entrypoint=replace(SCRIPT, args=("x",))),
        digest_of(entrypoint=replace(SCRIPT, kind=EntrypointKind.MODULE)),
        digest_of(entrypoint=replace(SCRIPT, import_only=True)),
        digest_of(entrypoint=replace(SCRIPT, function="a:main")),
        digest_of(entrypoint=replace(SCRIPT, remote=None)),
        digest_of(sys_path=("/root", "/root/x")),
        digest_of(remote_root="/srv"),
        digest_of(complete=False),
        digest_of(requirements=(A_REQUIREMENT,)),
        digest_of(row={"remote": "/root/app2.py"}),
        digest_of(row={"size": 9}),
        digest_of(row={"sha256": "0" * 64}),
        digest_of(row={"executable": True}),
    ],
)
def test_the_digest_changes_with_the_content(changed: str) -> None:
    assert changed != digest_of()


@pytest.mark.parametrize(
    "same",
    [
        digest_of(row={"local": "/elsewhere/app.py"}),
        digest_of(row={"mounts": (0, 1)}),
        digest_of(row={"extra": {"x": 1}}),
        digest_of(warnings=(Warning_("x", "y"),)),
        digest_of(entrypoint=replace(SCRIPT, target="../p/app.py")),
    ],
)
def test_the_digest_knows_no_checkout(same: str) -> None:
    assert same == digest_of()


def test_requirements_count_in_the_digest_by_all_that_another_machine_needs() -> None:
    changed = [
        replace(A_REQUIREMENT, name="b"),
        replace(A_REQUIREMENT, version="2"),
        replace(A_REQUIREMENT, direct_url={"url": "https://x.test/b"}),
    ]
    digests = {digest_of(requirements=(row,)) for row in (A_REQUIREMENT, *changed)}
    assert len(digests) == 4
    here, there = ({"url": f"file:///{place}/a", "dir_info": {}} for place in ("home", "srv"))
    local = replace(A_REQUIREMENT, direct_url=here)
    assert digest_of(requirements=(local,)) == digest_of(requirements=(replace(local, direct_url=there),))


def test_fields_do_not_run_into_each_other() -> None:
    one = digest_of(entrypoint=replace(SCRIPT, args=("a", "b")))
    other = digest_of(entrypoint=replace(SCRIPT, args=("a b",)))
    assert one != other


def test_the_digest_does_not_depend_on_the_order_of_files() -> None:
    made = manifest()
    assert content_digest(made, made.files[::-1]) == content_digest(made)


def test_a_digest_is_known() -> None:
    """Fixed once: manifests on disk contain it."""
    assert content_digest(manifest(files=())) == (
        "sha256:9cce7a9246dd850494f181261405562a1c77576838513f89359e3ebacbeb74b0"
    )
    assert with_digest(manifest()) == manifest()


@pytest.mark.parametrize(
    ("entrypoint", "row"),
    [
        (
            ScriptEntrypoint("app.py", "/p/app.py", ("x",)),
            EntrypointRow(EntrypointKind.SCRIPT, "app.py", ("x",), "/root/e", "/root"),
        ),
        (
            ModuleEntrypoint("pkg.e", as_main=False),
            EntrypointRow(EntrypointKind.MODULE, "pkg.e", (), "/root/e", "/root", import_only=True),
        ),
        (
            CodeEntrypoint("import x"),
            EntrypointRow(EntrypointKind.COMMAND, "import x", (), None, "/root", form="string"),
        ),
        (
            ProgramEntrypoint("make", ("all",)),
            EntrypointRow(EntrypointKind.COMMAND, "make", ("all",), None, "/root", form="argv"),
        ),
    ],
)
def test_the_row_of_an_entrypoint(entrypoint: object, row: EntrypointRow) -> None:
    assert entrypoint_row(entrypoint, remote="/root/e", remote_cwd="/root") == row  # type: ignore[arg-type]


def test_the_rows_of_a_mount_a_module_and_a_process() -> None:
    owner = Distribution("dist", "1.0", "/m", True, "/p")
    mounted = mount_row(Mount("l", MountKind.PACKAGE, "n", "/p/n", "/root/n", ("why",), owner, tree=True))
    assert (mounted.because, mounted.distribution) == (("why",), MountDistribution("dist", "1.0", "/p"))
    record = ModuleRecord("n", 2, Status.FAILED, "/p/n.py", None, "m", 5)
    row = module_row(Disposition(record, Origin.EDITABLE, "editable-root", "…", None, owner), 4)
    assert row == module(
        "n",
        "/p/n.py",
        origin=Origin.EDITABLE,
        status=Status.FAILED,
        requested_by="m",
        process=2,
        mount=4,
        distribution="dist",
        line=5,
        rule="editable-root",
    )
    facts = Environment("3.9.1", "cpython", "/b/python", "linux", *"abcd", (), (), None, (), "/")
    made = process_row(Process(1, 10, 9, 0, ("python", "w.py"), facts))
    assert made == process(
        1, ("python", "w.py"), pid=10, ppid=9, python="3.9.1", parent=0, executable="/b/python"
    )


TEXT = st.text(st.characters(codec="utf-8") | st.sampled_from("\udc80\udcff\n\x00/"), max_size=8)
LOCAL = st.text(st.characters(codec="utf-8", exclude_characters="\0") | st.just("\udc80"), max_size=8)
PART = st.text(
    st.characters(codec="utf-8", exclude_characters="/\0") | st.just("\udcff"), min_size=1, max_size=6
).filter(lambda part: part not in (".", ".."))
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)
EXTRA = st.dictionaries(TEXT.map(lambda key: "x-" + key), JSON, max_size=2)
FILE = st.builds(
    FileEntry,
    remote=st.lists(PART, min_size=1, max_size=3).map(lambda names: "/" + "/".join(names)),
    local=LOCAL.map(lambda text: "/" + text),
    size=st.integers(0, 2**63 - 1),
    sha256=st.binary(min_size=32, max_size=32).map(bytes.hex),
    executable=st.booleans(),
    mounts=st.sampled_from([(), (0,), (0, 1)]),
    extra=EXTRA,
)


@settings(max_examples=60, deadline=None)
@given(st.lists(FILE, max_size=5, unique_by=lambda row: row.remote), st.lists(LOCAL, max_size=3), EXTRA)
def test_any_rows_come_back_as_they_were(
    rows: list[FileEntry], args: list[str], extra: dict[str, object]
) -> None:
    made = manifest(
        files=tuple(rows), entrypoint=replace(SCRIPT, args=tuple(args), extra=extra), extra=extra, modules=()
    )
    written = dumps(made)
    assert loads(written, "x") == made
    assert dumps(loads(written, "x")) == written
