"""Walking mounts that have links: what is shipped under which name, and where a walk ends."""

from __future__ import annotations

from pathlib import Path

import pytest
from walking import package, remotes, skips, walked, warnings, write


@pytest.fixture
def root(tmp_path: Path) -> Path:
    pkg = tmp_path / "pkg"
    write(pkg / "__init__.py", "x = 1\n")
    return pkg


def test_a_linked_file_is_carried_by_content_under_its_own_name(root: Path, tmp_path: Path) -> None:
    outside = write(tmp_path / "elsewhere" / "real.txt", "real")
    (root / "link.txt").symlink_to(outside)
    contents = walked(package(root))
    assert [(row.remote, row.local, row.size) for row in contents.files][1:] == [
        ("/root/pkg/link.txt", f"{root}/link.txt", 4)
    ]


def test_a_linked_package_root_is_carried_under_the_links_name(root: Path, tmp_path: Path) -> None:
    (tmp_path / "alias").symlink_to(root)
    contents = walked(package(tmp_path / "alias"))
    assert [(row.remote, row.local) for row in contents.files] == [
        ("/root/alias/__init__.py", f"{tmp_path}/alias/__init__.py")
    ]


def test_a_linked_directory_is_followed_only_where_something_in_it_was_touched(
    root: Path, tmp_path: Path
) -> None:
    write(tmp_path / "shared" / "a.txt", "a")
    write(tmp_path / "shared" / "deep" / "b.txt", "b")
    (root / "data").symlink_to(tmp_path / "shared")
    idle = walked(package(root))
    assert remotes(idle) == ["/root/pkg/__init__.py"]
    assert skips(idle, root) == {"data": "symlinked-directory"}
    assert warnings(idle) == ["symlink-skipped"]
    busy = walked(package(root), touched=frozenset({f"{root}/data/deep/b.txt"}))
    assert remotes(busy) == ["/root/pkg/__init__.py", "/root/pkg/data/a.txt", "/root/pkg/data/deep/b.txt"]
    assert busy.skipped == ()
    assert busy.warnings == ()


def test_a_linked_directory_counts_as_touched_under_the_packages_real_path(
    root: Path, tmp_path: Path
) -> None:
    write(tmp_path / "shared" / "a.txt")
    (root / "data").symlink_to(tmp_path / "shared")
    (tmp_path / "alias").symlink_to(root)
    contents = walked(package(tmp_path / "alias"), touched=frozenset({f"{root}/data/a.txt"}))
    assert remotes(contents) == ["/root/alias/__init__.py", "/root/alias/data/a.txt"]


def test_links_that_lead_up_are_loops_even_when_something_below_was_touched(root: Path) -> None:
    (root / "again").symlink_to(".")
    (root / "up").symlink_to("..")
    write(root / "sub" / "m.py")
    (root / "sub" / "top").symlink_to("../../pkg")
    contents = walked(package(root), touched=frozenset({f"{root}/again/data.txt"}))
    assert remotes(contents) == ["/root/pkg/__init__.py", "/root/pkg/sub/m.py"]
    assert skips(contents, root) == {"again": "link-loop", "up": "link-loop", "sub/top": "link-loop"}


def test_two_links_that_lead_to_each_other_end(root: Path, tmp_path: Path) -> None:
    write(tmp_path / "one" / "a.txt")
    write(tmp_path / "two" / "b.txt")
    (tmp_path / "one" / "two").symlink_to(tmp_path / "two")
    (tmp_path / "two" / "one").symlink_to(tmp_path / "one")
    (root / "one").symlink_to(tmp_path / "one")
    touched = frozenset({f"{root}/one/two/one/two/b.txt"})
    contents = walked(package(root), touched=touched)
    assert remotes(contents) == ["/root/pkg/__init__.py", "/root/pkg/one/a.txt", "/root/pkg/one/two/b.txt"]
    assert skips(contents, root) == {"one/two/one": "link-loop"}
