"""What differs between two manifests, and what does not count as a difference."""

from __future__ import annotations

from dataclasses import replace

from manifest_world import SCRIPT, file, manifest, mount, process, provenance

from automount.explain import Change, difference
from automount.explain.comparing import file_change
from automount.manifest import EntrypointKind, Manifest, Requirement, Skipped, Warning_


def moved() -> Manifest:
    """The same content in another checkout, at another time."""
    plain = manifest()
    return replace(
        plain,
        entrypoint=replace(SCRIPT, target="../q/app.py"),
        mounts=tuple(
            replace(row, local="/q" + row.local[2:], label=row.label.replace("/p/", "/q/"))
            for row in plain.mounts
        ),
        files=tuple(replace(row, local="/q" + row.local[2:]) for row in plain.files),
        provenance=provenance(cwd="/q", created="2026", processes=(process(pid=4),)),
        warnings=(Warning_("x", "y"),),
        skipped=(Skipped("/q/x", "pycache"),),
    )


def test_another_checkout_is_not_a_difference() -> None:
    assert not difference(manifest(), moved())


def test_files_are_listed_below_their_mount() -> None:
    plain = manifest()
    changed = replace(
        plain,
        files=(
            *plain.files[:2],
            file("/root/pkg/a.py", "import sys", mounts=[1]),
            file("/root/pkg/c.py", "c", mounts=[1]),
            replace(plain.files[4], executable=True),
        ),
    )
    (found,) = difference(plain, changed).mounts
    assert found.mount is not None
    assert found.mount.label == "PythonPackage:pkg"
    assert [row.remote for row in found.came] == ["/root/pkg/c.py"]
    assert [row.remote for row in found.went] == ["/root/pkg/b.py"]
    assert [(old.remote, file_change(old, new)) for old, new in found.changed] == [
        ("/root/pkg/a.py", "content"),
        ("/root/pkg/data.txt", "now executable"),
    ]
    back = difference(changed, plain).mounts[0].changed
    assert [file_change(old, new) for old, new in back] == ["content", "no longer executable"]


def test_mounts_come_and_go_with_their_files() -> None:
    plain = manifest()
    more = replace(
        plain,
        mounts=(*plain.mounts, mount("PythonModule:deps", "/p/deps.py", "/root/deps.py")),
        files=(*plain.files, file("/root/deps.py", mounts=[2])),
    )
    (came,) = difference(plain, more).mounts
    assert (came.before, came.after, [row.remote for row in came.came]) == (
        None,
        more.mounts[2],
        ["/root/deps.py"],
    )
    (went,) = difference(more, plain).mounts
    assert (went.before, went.after, [row.remote for row in went.went]) == (
        more.mounts[2],
        None,
        ["/root/deps.py"],
    )


def test_a_file_of_two_mounts_is_reported_once_and_a_changed_mount_index_is_ignored() -> None:
    plain = manifest()
    twice = replace(plain, files=tuple(replace(row, mounts=(0, 1)) for row in plain.files))
    assert not difference(plain, twice)
    changed = replace(twice, files=(*twice.files[:4], file("/root/pkg/data.txt", "new", mounts=[0, 1])))
    assert sum(len(row.changed) for row in difference(twice, changed).mounts) == 1


def test_files_without_a_mount_are_not_forgotten() -> None:
    plain = manifest()
    alone = replace(plain, files=(*plain.files, file("/root/x", mounts=[])))
    (found,) = difference(plain, alone).mounts
    assert (found.mount, [row.remote for row in found.came]) == (None, ["/root/x"])


def test_the_program_and_what_it_runs_in() -> None:
    other = replace(
        manifest(),
        complete=False,
        entrypoint=replace(SCRIPT, kind=EntrypointKind.MODULE, target="m", args=("x",), import_only=True),
        sys_path=("/root", "/root/src"),
        remote_root="/app",
    )
    assert difference(manifest(), other).program == (
        Change("entrypoint", "script", "module m, imported only"),
        Change("args", "none", "x"),
        Change("remote root", "/root", "/app"),
        Change("sys.path", "/root", "/root, /root/src"),
        Change("complete", "yes", "no"),
    )


def test_requirements_by_version_and_source() -> None:
    before = replace(
        manifest(), requirements=(Requirement("a", "1"), Requirement("b", "1"), Requirement("d", "1"))
    )
    after = replace(
        manifest(),
        requirements=(
            Requirement("a", "2"),
            Requirement("c", "1"),
            Requirement("d", "1", {"url": "https://x.test/d"}),
        ),
    )
    assert difference(before, after).requirements == (
        Change("a", "1", "2"),
        Change("b", "1", None),
        Change("c", None, "1"),
        Change("d", "1", "1 from https://x.test/d"),
    )
