"""Both formats of the requirements, from literal rows, read back with the parsers of the field."""

from __future__ import annotations

import tomllib

import pytest
from packaging.pylock import Pylock, PylockValidationError
from packaging.requirements import Requirement as Parsed

from automount.manifest.lock_file import render_pylock
from automount.manifest.requirement_files import render_requirements
from automount.model import Requirement

INDEX = Requirement("PyYAML", "6.0.1")
GIT = Requirement(
    "my.lib",
    "0.3",
    {
        "url": "https://git.example/my-lib.git",
        "vcs_info": {"vcs": "git", "requested_revision": "main", "commit_id": "c0ffee"},
        "subdirectory": "python",
    },
)
ARCHIVE = Requirement(
    "Packed",
    "2.0",
    {"url": "https://files.example/packed-2.0.tar.gz", "archive_info": {"hashes": {"sha256": "ab" * 32}}},
)
OLD_ARCHIVE = Requirement(
    "older",
    "1.0",
    {"url": "file:///srv/wheels/older%201.whl", "archive_info": {"hash": "sha256=" + "cd" * 32}},
)
DIRECTORY = Requirement("folder", "1.0", {"url": "file:///srv/a%20b/folder", "dir_info": {}})
EDITABLE = Requirement(
    "proj",
    "0.1",
    {"url": "file:///home/u/proj", "dir_info": {"editable": True}},
    editable_project="/home/u/proj",
)
DEVELOPED = Requirement("old-proj", "0.1", None, editable_project="/home/u/old proj")


@pytest.mark.parametrize(
    ("row", "line"),
    [
        (INDEX, "pyyaml==6.0.1"),
        (Requirement("torch", "2.1.0+cu118"), "torch==2.1.0+cu118"),
        (Requirement("odd", "2004d-broken"), "odd===2004d-broken"),
        (Requirement("nameless", ""), "nameless"),
        (GIT, "my-lib @ git+https://git.example/my-lib.git@c0ffee#subdirectory=python"),
        (ARCHIVE, "packed @ https://files.example/packed-2.0.tar.gz#sha256=" + "ab" * 32),
        (OLD_ARCHIVE, "older @ file:///srv/wheels/older%201.whl#sha256=" + "cd" * 32),
        (DIRECTORY, "folder @ file:///srv/a%20b/folder"),
        (EDITABLE, "-e file:///home/u/proj"),
        (DEVELOPED, "-e file:///home/u/old%20proj"),
    ],
)
def test_requirement_line(row: Requirement, line: str) -> None:
    *notes, written = render_requirements([row]).splitlines()
    assert written == line
    assert bool(notes) == ("file:" in line)
    if not line.startswith("-e"):
        assert Parsed(line).name == line.partition("=")[0].partition(" ")[0]


def test_a_comment_says_what_can_be_installed_on_this_machine_only() -> None:
    note = "# folder was installed from /srv/a b/folder on this machine, and can be only there:\n"
    assert render_requirements([DIRECTORY, INDEX]) == (
        note + "folder @ file:///srv/a%20b/folder\npyyaml==6.0.1\n"
    )
    assert note + "[[packages]]\n" in render_pylock([DIRECTORY, INDEX])


@pytest.mark.parametrize(
    "url",
    [
        "file:///home/conda/feedstock_root/build_artifacts/six_1/work",
        "file:///croot/six_1/work",
        "file:///home/u/.cache/pypoetry/artifacts/a/six-1.16-py2.py3-none-any.whl",
    ],
)
def test_a_path_of_a_package_manager_is_no_source_of_the_users(url: str) -> None:
    row = Requirement("six", "1.16", {"url": url, "dir_info": {}})
    assert row.local_source is None
    assert render_requirements([row]) == "six==1.16\n"
    assert tomllib.loads(render_pylock([row]))["packages"] == [{"name": "six", "version": "1.16"}]


def test_lines_are_sorted_and_a_second_version_is_a_comment() -> None:
    rows = [Requirement("b", "2"), Requirement("A_x", "1"), Requirement("b", "1")]
    expected = "a-x==1\nb==1\n# also used, by another interpreter: b==2\n"
    assert render_requirements(rows) == expected
    assert render_requirements(reversed(rows)) == expected


def test_nothing_used_gives_nothing() -> None:
    assert render_requirements([]) == ""
    assert tomllib.loads(render_pylock([])) == {
        "lock-version": "1.0",
        "created-by": "automount",
        "packages": [],
    }


def test_lock_file_of_what_has_a_source_is_valid() -> None:
    text = render_pylock([GIT, ARCHIVE, OLD_ARCHIVE, DIRECTORY, EDITABLE, DEVELOPED])
    data = tomllib.loads(text)
    lock = Pylock.from_dict(data)
    assert [package.name for package in lock.packages] == [
        "folder",
        "my-lib",
        "old-proj",
        "older",
        "packed",
        "proj",
    ]
    packages = {package["name"]: package for package in data["packages"]}
    assert packages["my-lib"] == {
        "name": "my-lib",
        "version": "0.3",
        "vcs": {
            "type": "git",
            "url": "https://git.example/my-lib.git",
            "requested-revision": "main",
            "commit-id": "c0ffee",
            "subdirectory": "python",
        },
    }
    assert packages["packed"]["archive"] == {
        "url": "https://files.example/packed-2.0.tar.gz",
        "hashes": {"sha256": "ab" * 32},
    }
    assert packages["older"]["archive"]["path"] == "/srv/wheels/older 1.whl"
    assert packages["folder"] == {"name": "folder", "directory": {"path": "/srv/a b/folder"}}
    assert packages["proj"]["directory"] == {"path": "/home/u/proj", "editable": True}
    assert packages["old-proj"]["directory"] == {"path": "/home/u/old proj", "editable": True}


def test_lock_file_pins_what_came_from_an_index_by_version_alone() -> None:
    data = tomllib.loads(render_pylock([INDEX, Requirement("odd", "not a version")]))
    assert data["packages"] == [{"name": "odd"}, {"name": "pyyaml", "version": "6.0.1"}]
    with pytest.raises(PylockValidationError, match="Exactly one of vcs, directory, archive"):
        Pylock.from_dict(data)


def test_lock_file_quotes_what_toml_cannot_hold() -> None:
    row = Requirement("x", "1", None, editable_project='/a "b"\\\n\x7f\udce9')
    data = tomllib.loads(render_pylock([row]))
    assert data["packages"][0]["directory"]["path"] == '/a "b"\\\n\x7f?'


def test_lock_file_is_the_same_for_every_order() -> None:
    rows = [EDITABLE, INDEX, GIT]
    assert render_pylock(rows) == render_pylock(reversed(rows))


SPLITTING = "\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029"
EVIL = "--index-url http://evil.example"


def hostile_rows(text: str) -> list[Requirement]:
    url = f"https://h.example/b.whl{text}"
    return [
        Requirement(f"x{text}", "1"),
        Requirement(text, "1"),
        Requirement("x", f"1{text}"),
        Requirement("x", text),
        Requirement("x", "1", {"url": url, "archive_info": {}}),
        Requirement("x", "1", {"url": text, "archive_info": {}}),
        Requirement("x", "1", {"url": url, "archive_info": {"hashes": {f"sha256{text}": text}}}),
        Requirement("x", "1", {"url": url, "archive_info": {"hash": f"sha256=aa{text}"}}),
        Requirement("x", "1", {"url": url, "vcs_info": {"vcs": "git", "commit_id": f"c0{text}"}}),
        Requirement("x", "1", {"url": url, "vcs_info": {"vcs": f"git{text}", "commit_id": "c0"}}),
        Requirement("x", "1", {"url": url, "subdirectory": f"a{text}"}),
        Requirement("x", "1", {"url": url, "dir_info": {"editable": True}}),
        Requirement("x", "1", None, editable_project=f"/p{text}"),
        Requirement("x", "1", None, editable_project=text),
    ]


@pytest.mark.parametrize("mark", [*SPLITTING, " ", "\t", "\\\n", "${HOME}", " # ", "\ud800"], ids=ascii)
def test_no_line_and_no_option_can_be_injected(mark: str) -> None:
    for row in hostile_rows(f"{mark}{EVIL}") + hostile_rows(f"{mark}\\"):
        *notes, line = render_requirements([row]).splitlines()
        assert len(notes) <= 1
        assert all(note.startswith("# x was installed from ") for note in notes)
        words = line.removeprefix("-e ").split()
        assert line.startswith("# cannot be written as a requirement: ") or not any(
            word.startswith("-") or "\\" in word or "$" in word for word in words
        )
        lock = tomllib.loads(render_pylock([row]))
        assert set(lock) == {"lock-version", "created-by", "packages"}
        (package,) = lock["packages"]
        assert set(package) <= {"name", "version", "vcs", "archive", "directory"}


def test_what_cannot_be_written_is_named_in_a_comment() -> None:
    rows = [Requirement("a", "1 --extra-index-url http://evil.example"), Requirement("b", "2")]
    assert render_requirements(rows) == (
        "# cannot be written as a requirement: 'a' '1 --extra-index-url http://evil.example'\nb==2\n"
    )
