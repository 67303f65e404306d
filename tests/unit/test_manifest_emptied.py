"""Mounts of which every file was excluded are not mounts; the others keep their place."""

from __future__ import annotations

from dataclasses import replace

from manifest_world import file, manifest, module, mount

from automount.manifest import Manifest, Skipped, without_excluded_mounts


def recorded(*reasons: tuple[str, str]) -> Manifest:
    """Three mounts, the middle one without files; `reasons` are the skipped rows."""
    return manifest(
        mounts=(
            mount("PythonModule:deps", "/p/deps.py", "/root/deps.py"),
            mount("PythonPackage:pkg", "/p/pkg", "/root/pkg"),
            mount("/p/app.py", "/p/app.py", "/root/app.py"),
        ),
        files=(file("/root/app.py", "a", mounts=(2,)), file("/root/deps.py", "d", mounts=(0,))),
        modules=(
            module("__main__", "/p/app.py", mount=2),
            module("deps", "/p/deps.py", mount=0),
            module("pkg", "/p/pkg/__init__.py", mount=1),
            module("os", "/usr/lib/os.py", mount=None),
        ),
        skipped=tuple(Skipped(local, *reason.split(": ")) for local, reason in reasons),
    )


def test_an_excluded_mount_goes_and_the_indexes_follow() -> None:
    for place in ("/p/pkg", "/p/pkg/__init__.py", "/p"):
        found = without_excluded_mounts(recorded((place, "excluded: pkg/ (--exclude)")))
        assert [row.label for row in found.mounts] == ["PythonModule:deps", "/p/app.py"]
        assert {row.remote: row.mounts for row in found.files} == {
            "/root/app.py": (1,),
            "/root/deps.py": (0,),
        }
        assert {row.name: row.mount for row in found.modules} == {
            "__main__": 1,
            "deps": 0,
            "pkg": None,
            "os": None,
        }


def test_one_that_is_empty_for_another_reason_stays() -> None:
    for reasons in (
        (),
        (("/p/pkg/__init__.py", "remote-collision: /q is at /root/pkg"),),
        (("/p/other", "excluded: other (--exclude)"),),
    ):
        before = recorded(*reasons)
        assert without_excluded_mounts(before) == before


def test_what_carries_a_file_stays() -> None:
    before = replace(
        recorded(("/p/pkg/x.py", "excluded: x.py (--exclude)")),
        files=(file("/root/pkg/y.py", mounts=(1, 2)),),
    )
    assert without_excluded_mounts(before).mounts[0].label == "PythonModule:deps"
    assert "PythonPackage:pkg" in [row.label for row in without_excluded_mounts(before).mounts]
