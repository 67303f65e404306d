"""Remote paths in manifests: which are possible, and which are refused."""

from __future__ import annotations

import pytest
from manifest_world import manifest

from automount.errors import ManifestError
from automount.manifest import directory_problem, dumps, loads, remote_problem


@pytest.mark.parametrize(
    ("path", "file_problem", "as_directory"),
    [
        ("/root/app.py", None, None),
        ("/root/caf\udce9", None, None),
        ("/root/..x", None, None),
        ("/", "it is the root directory", None),
        ("", "it is not absolute", "it is not absolute"),
        ("root", "it is not absolute", "it is not absolute"),
        ("/root/", "it has an empty or . part", "it has an empty or . part"),
        ("//root", "it has an empty or . part", "it has an empty or . part"),
        ("/root/./x", "it has an empty or . part", "it has an empty or . part"),
        ("/..", "it has a .. part", "it has a .. part"),
    ],
)
def test_remote_paths(path: str, file_problem: str | None, as_directory: str | None) -> None:
    assert (remote_problem(path), directory_problem(path)) == (file_problem, as_directory)


def test_an_unknown_key_is_kept_up_to_a_depth() -> None:
    for depth, sound in ((90, True), (600, False), (20_000, False)):
        raw = dumps(manifest()).rstrip()[:-1] + b', "zz": ' + b"[" * depth + b"]" * depth + b"}"
        if sound:
            assert b'"zz"' in dumps(loads(raw, "m.json"))
        else:
            with pytest.raises(ManifestError, match="nested too deeply"):
                loads(raw, "m.json")


@pytest.mark.parametrize(
    ("path", "problem"),
    [
        ("/root" + "/d" * 1500, "it is longer than 16,384 bytes or 255 parts"),
        ("/root" + "/a" * 60_000, "it is longer than 16,384 bytes or 255 parts"),
        ("/" + "/".join(["\u2603" * 80] * 100), "it is longer than 16,384 bytes or 255 parts"),
        ("/root/" + "\u2603" * 86, "a part of it is longer than 255 bytes"),
        ("/root/" + "x" * 256, "a part of it is longer than 255 bytes"),
    ],
)
def test_impossible_remote_paths(path: str, problem: str) -> None:
    assert remote_problem(path) == problem


def test_the_longest_remote_paths() -> None:
    assert remote_problem("/" + "/".join(["x" * 60] * 255)) is None
    assert remote_problem("/" + "\u2603" * 85) is None
