"""Walking mounts: what is shipped, what is left out and why, over unusual trees."""

from __future__ import annotations

import hashlib
import os
import socket
import string
from pathlib import Path

import pytest
from secret_values import MadeValues
from walking import EXCLUDE, package, remotes, single, skips, walked, warnings, write

from automount.model import MountKind, Pattern


@pytest.fixture
def root(tmp_path: Path) -> Path:
    pkg = tmp_path / "pkg"
    write(pkg / "__init__.py", "x = 1\n")
    return pkg


def test_a_package_is_carried_whole_with_sizes_and_digests(root: Path) -> None:
    write(root / "data" / "table.csv", "a,b\n")
    os.chmod(write(root / "run.sh", "#!/bin/sh\n"), 0o755)
    contents = walked(package(root))
    assert [(row.remote, row.local, row.size, row.executable, row.mounts) for row in contents.files] == [
        ("/root/pkg/__init__.py", f"{root}/__init__.py", 6, False, (0,)),
        ("/root/pkg/data/table.csv", f"{root}/data/table.csv", 4, False, (0,)),
        ("/root/pkg/run.sh", f"{root}/run.sh", 10, True, (0,)),
    ]
    assert [row.sha256 for row in contents.files] == [
        hashlib.sha256(text).hexdigest() for text in (b"x = 1\n", b"a,b\n", b"#!/bin/sh\n")
    ]
    assert contents.skipped == ()
    assert contents.warnings == ()


def test_what_policy_leaves_out_has_a_row_each(root: Path) -> None:
    write(root / "__pycache__" / "a.cpython-311.pyc")
    write(root / "a.py")
    write(root / "a.pyc")
    write(root / "a.pyo")
    write(root / "only.pyc")
    write(root / ".hidden")
    write(root / ".git" / "config")
    write(root / "venv" / "pyvenv.cfg")
    write(root / "venv" / "lib" / "x.py")
    write(root / "cache" / "CACHEDIR.TAG", "Signature: 8a477f597d28d172789f06886806bc55")
    write(root / "cache" / "deep" / "x.bin")
    contents = walked(package(root))
    assert remotes(contents) == ["/root/pkg/__init__.py", "/root/pkg/a.py", "/root/pkg/only.pyc"]
    assert skips(contents, root) == {
        "__pycache__": "pycache",
        "a.pyc": "pyc-with-source",
        "a.pyo": "pyc-with-source",
        ".hidden": "dot-name",
        ".git": "dot-name",
        "venv": "nested-venv",
        "cache": "cachedir-tag",
    }


def test_the_mount_root_itself_may_have_any_name_and_mark(tmp_path: Path) -> None:
    hidden = tmp_path / ".pkg"
    write(hidden / "__init__.py")
    write(hidden / "CACHEDIR.TAG")
    assert remotes(walked(package(hidden))) == ["/root/.pkg/CACHEDIR.TAG", "/root/.pkg/__init__.py"]


def test_an_environment_made_inside_the_project_is_left_out_of_it(tmp_path: Path) -> None:
    project = tmp_path / "project"
    write(project / "app.py")
    write(project / "pyvenv.cfg")
    write(project / "bin" / "python3")
    write(project / "lib" / "python3.11" / "site-packages" / "other.py")
    write(project / "share" / "mine.txt")
    contents = walked(package(project, kind=MountKind.DIRECTORY))
    assert remotes(contents) == ["/root/project/app.py", "/root/project/share/mine.txt"]
    assert skips(contents, project) == {
        "pyvenv.cfg": "nested-venv",
        "bin": "nested-venv",
        "lib": "nested-venv",
    }


def test_special_files_are_named_and_never_opened(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    os.mkfifo(root / "pipe")
    with socket.socket(socket.AF_UNIX) as server:
        monkeypatch.chdir(root)  # a socket's address is short
        server.bind("sock")
        (root / "gone").symlink_to("nowhere")
        (root / "self").symlink_to("self")
        (root / "null").symlink_to("/dev/null")
        (root / "to_pipe").symlink_to("pipe")
        contents = walked(package(root))
    assert remotes(contents) == ["/root/pkg/__init__.py"]
    assert skips(contents, root) == {
        "pipe": "fifo",
        "sock": "socket",
        "gone": "broken-link",
        "self": "link-loop",
        "null": "device",
        "to_pipe": "fifo",
    }


def test_what_was_loaded_is_carried_though_its_neighbours_are_not(root: Path) -> None:
    for name in (".plugins/used.py", ".plugins/idle.py", "cache/CACHEDIR.TAG", "cache/gen.so", "cache/big"):
        write(root / name)
    write(root / "__pycache__" / "ext.so")
    loaded = frozenset(
        f"{root}/{name}" for name in (".plugins/used.py", "cache/gen.so", "__pycache__/ext.so")
    )
    contents = walked(package(root), touched=loaded)
    assert remotes(contents) == [
        "/root/pkg/.plugins/used.py",
        "/root/pkg/__init__.py",
        "/root/pkg/__pycache__/ext.so",
        "/root/pkg/cache/gen.so",
    ]
    assert skips(contents, root) == {
        ".plugins": "dot-name: all but what was loaded or read",
        "__pycache__": "pycache: all but what was loaded or read",
        "cache": "cachedir-tag: all but what was loaded or read",
    }


def test_what_was_read_is_carried_though_its_name_has_a_dot(root: Path) -> None:
    for name in (".conf", ".idle", ".d/used.txt", ".d/idle.txt", "cache/CACHEDIR.TAG", "cache/x", "cache/y"):
        write(root / name)
    read = frozenset(f"{root}/{name}" for name in (".conf", ".d/used.txt", "cache/x"))
    contents = walked(package(root), touched=read, read=read)
    assert remotes(contents) == [
        "/root/pkg/.conf",
        "/root/pkg/.d/used.txt",
        "/root/pkg/__init__.py",
        "/root/pkg/cache/x",
    ]
    assert skips(contents, root) == {
        ".d": "dot-name: all but what was loaded or read",
        ".idle": "dot-name",
        "cache": "cachedir-tag: all but what was loaded or read",
    }


def test_a_secret_that_was_read_is_carried_with_a_warning(root: Path) -> None:
    key = MadeValues(7).some(16, string.ascii_uppercase + "234567")
    write(root / ".env", f"AWS_ACCESS_KEY_ID=AKIA{key}\n")
    contents = walked(package(root), read=frozenset({f"{root}/.env"}))
    assert "/root/pkg/.env" in remotes(contents)
    assert warnings(contents) == ["secret-suspected"]


def test_scope_source_leaves_out_what_was_only_read(root: Path) -> None:
    write(root / "table.csv")
    contents = walked(package(root, suffixes=(".py",)), read=frozenset({f"{root}/table.csv"}))
    assert remotes(contents) == ["/root/pkg/__init__.py"]


def test_a_nested_environment_stays_out_whatever_was_loaded_from_it(root: Path) -> None:
    write(root / "venv" / "pyvenv.cfg")
    write(root / "venv" / "lib" / "x.py")
    contents = walked(package(root), touched=frozenset({f"{root}/venv/lib/x.py"}))
    assert skips(contents, root) == {"venv": "nested-venv"}


def test_a_compiled_file_that_was_loaded_is_carried_beside_its_source(root: Path) -> None:
    write(root / "a.py")
    write(root / "a.pyc")
    contents = walked(package(root), touched=frozenset({f"{root}/a.pyc"}))
    assert remotes(contents) == ["/root/pkg/__init__.py", "/root/pkg/a.py", "/root/pkg/a.pyc"]


def test_patterns_exclude_with_their_place_and_prune(root: Path) -> None:
    write(root / "data" / "a.csv")
    write(root / "data" / "b.txt")
    write(root / "tests" / "test_a.py")
    patterns = (
        Pattern("*.csv", False, EXCLUDE, rank=2),
        Pattern("tests/", False, "setup.cfg [automount]"),
        Pattern("tests/test_a.py", True, "--include", rank=2),
    )
    contents = walked(package(root), patterns=patterns)
    assert remotes(contents) == ["/root/pkg/__init__.py", "/root/pkg/data/b.txt"]
    assert skips(contents, root) == {
        "data/a.csv": "excluded: *.csv (--exclude)",
        "tests": "excluded: tests/ (setup.cfg [automount])",
    }


def test_include_brings_back_what_policy_leaves_out_but_not_what_cannot_be_carried(root: Path) -> None:
    write(root / ".config" / "a.toml")
    write(root / ".config" / ".secret")
    write(root / "venv" / "pyvenv.cfg")
    os.mkfifo(root / "pipe")
    patterns = tuple(Pattern(text, True, "--include") for text in (".config", "venv", "pipe"))
    contents = walked(package(root), patterns=patterns)
    assert remotes(contents) == [
        "/root/pkg/.config/a.toml",
        "/root/pkg/__init__.py",
        "/root/pkg/venv/pyvenv.cfg",
    ]
    assert skips(contents, root) == {".config/.secret": "dot-name", "pipe": "fifo"}


def test_ignore_files_count_where_they_stand_and_up_to_the_project(tmp_path: Path) -> None:
    write(tmp_path / ".automountignore", "*.txt\n")
    project = tmp_path / "project"
    write(project / "pyproject.toml")
    write(project / ".automountignore", "*.log\n")
    write(project / "pkg" / "a.txt")
    write(project / "pkg" / "a.log")
    write(project / "pkg" / "sub" / ".automountignore", "# here\n!a.log\n/x\n")
    write(project / "pkg" / "sub" / "a.log")
    write(project / "pkg" / "sub" / "x")
    write(project / "pkg" / "x")
    contents = walked(package(project / "pkg"))
    assert remotes(contents) == ["/root/pkg/a.txt", "/root/pkg/sub/a.log", "/root/pkg/x"]
    assert skips(contents, project) == {
        "pkg/a.log": f"excluded: *.log ({project}/.automountignore:1)",
        "pkg/sub/.automountignore": "dot-name",
        "pkg/sub/x": f"excluded: /x ({project}/pkg/sub/.automountignore:3)",
    }


def test_a_mount_whose_root_is_excluded_is_one_row(root: Path, tmp_path: Path) -> None:
    contents = walked(
        package(root),
        single(write(tmp_path / "deps.py")),
        patterns=[Pattern("/pkg", False, EXCLUDE), Pattern("deps.*", False, EXCLUDE)],
    )
    assert contents.files == ()
    assert skips(contents, tmp_path) == {
        "pkg": "excluded: /pkg (--exclude)",
        "deps.py": "excluded: deps.* (--exclude)",
    }


def test_what_was_named_by_hand_is_not_asked_about_by_patterns(tmp_path: Path) -> None:
    data = write(tmp_path / "data" / "a.csv")
    write(tmp_path / "data" / "b.csv")
    mounts = (
        single(data, kind=MountKind.FILE, remote="/root/a.csv", by_hand=True),
        single(data, kind=MountKind.FILE, remote="/root/copy.csv"),
        package(tmp_path / "data", kind=MountKind.DIRECTORY, by_hand=True),
    )
    patterns = [Pattern("*.csv", False, EXCLUDE), Pattern("data", False, EXCLUDE)]
    contents = walked(*mounts, patterns=patterns)
    assert remotes(contents) == ["/root/a.csv"]
    assert skips(contents, tmp_path) == {"data/b.csv": "excluded: *.csv (--exclude)"}


def test_scope_source_counts_what_it_leaves_out(root: Path) -> None:
    write(root / "a.so")
    write(root / "data" / "x.csv")
    write(root / "data" / "y.csv")
    write(root / "readme.txt")
    contents = walked(package(root, suffixes=(".py", ".so")))
    assert remotes(contents) == ["/root/pkg/__init__.py", "/root/pkg/a.so"]
    assert skips(contents, root) == {
        ".": "out-of-scope: 1 file of other kinds",
        "data": "out-of-scope: 2 files of other kinds",
    }


def test_scope_loaded_carries_the_named_files_and_nothing_else(root: Path, tmp_path: Path) -> None:
    write(root / "used" / "m.py")
    write(root / "idle.py")
    write(root / "cut.py")
    (tmp_path / "alias").symlink_to(root)
    only = frozenset(
        {f"{root}/__init__.py", f"{tmp_path}/alias/used/m.py", f"{root}/cut.py", "/elsewhere/x.py"}
    )
    contents = walked(package(root, only=only), patterns=[Pattern("cut.py", False, EXCLUDE)])
    assert remotes(contents) == ["/root/pkg/__init__.py", "/root/pkg/used/m.py"]
    assert {row.code for row in contents.skipped} == {
        "out-of-scope",
        "outside-mount",
        "excluded",
    }


def test_one_remote_path_goes_to_the_lower_priority_then_to_the_first(tmp_path: Path) -> None:
    first = write(tmp_path / "one" / "m.py", "one")
    second = write(tmp_path / "two" / "m.py", "two")
    contents = walked(single(first, priority=2), single(second, priority=1))
    assert [(row.local, row.mounts) for row in contents.files] == [(str(second), (1,))]
    assert [(row.code, row.path) for row in contents.warnings] == [("remote-collision", str(first))]
    assert str(second) in contents.warnings[0].message
    assert skips(contents, tmp_path) == {"one/m.py": f"remote-collision: {second} is at /root/m.py"}
    contents = walked(single(first), single(second))
    assert [row.local for row in contents.files] == [str(first)]


def test_the_same_content_is_not_a_collision_and_belongs_to_both_mounts(root: Path, tmp_path: Path) -> None:
    copy = write(tmp_path / "copy" / "__init__.py", "x = 1\n")
    contents = walked(
        package(root),
        single(copy, remote="/root/pkg/__init__.py"),
        single(root / "__init__.py", remote="/root/pkg/__init__.py"),
    )
    assert [(row.local, row.mounts) for row in contents.files] == [(f"{root}/__init__.py", (0, 1, 2))]
    assert contents.warnings == ()


def test_a_file_where_another_needs_a_directory_wins_with_a_warning(root: Path, tmp_path: Path) -> None:
    file = write(tmp_path / "pkg_file", "x")
    contents = walked(single(file, remote="/root/pkg"), package(root))
    assert remotes(contents) == ["/root/pkg"]
    assert warnings(contents) == ["remote-collision"]


def test_names_that_differ_by_case_alone(root: Path) -> None:
    write(root / "Data.csv")
    write(root / "data.csv")
    contents = walked(package(root))
    assert len(contents.files) == 3
    assert warnings(contents) == ["case-collision"]


def test_a_file_carried_by_one_mount_is_not_skipped_by_another(root: Path) -> None:
    env = write(root / ".settings", "X=1")
    contents = walked(package(root), single(env, kind=MountKind.FILE, remote="/root/pkg/.settings"))
    assert remotes(contents) == ["/root/pkg/.settings", "/root/pkg/__init__.py"]
    assert contents.skipped == ()


def test_suspected_secrets_are_named_by_name_and_by_line(root: Path, tmp_path: Path) -> None:
    token = "gh" + "p_a8Kd93mZpQ7vR2xT5bN1cW6yH4jL0sFgU9eV"
    write(root / "conf.py", f"\nTOKEN = '{token}'\n")
    env = write(tmp_path / ".env", "TOKEN=abc")
    contents = walked(package(root), single(env, kind=MountKind.FILE))
    assert [(row.code, row.message) for row in contents.warnings] == [
        ("secret-suspected", f"{env}: looks like an environment file"),
        ("secret-suspected", f"{root}/conf.py: line 2 looks like a GitHub token"),
    ]
    assert token not in repr(contents)
