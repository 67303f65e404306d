"""The caches: what is shown, what is removed, and what is kept because a program runs from it."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from shipments import manifest_of, write_project

from automount import kept
from automount.shipping.packing import pack
from automount.shipping.unpack import Unpacked, unpacked

DAY = 86400


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache/automount"


def tree(tmp_path: Path, name: str, *, in_use: bool = False) -> Unpacked:
    """A bundle of its own content, unpacked."""
    project = write_project(tmp_path / "project")
    (project / "app.py").write_text(f"print({name!r})\n")
    pack(manifest_of(project), str(tmp_path / f"{name}.tar"))
    made = unpacked(str(tmp_path / f"{name}.tar"))
    if not in_use:
        os.close(made.lock or -1)
    return made


def age(made: Unpacked, days: float) -> None:
    then = time.time() - days * DAY
    os.utime(f"{made.root}.lock", (then, then))


def command(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "automount", *words], capture_output=True, text=True)


def test_a_bundle_that_was_not_run_for_30_days_is_removed_by_a_later_run(tmp_path: Path) -> None:
    old, young = tree(tmp_path, "old"), tree(tmp_path, "young")
    age(old, 31)
    age(young, 29)
    tree(tmp_path, "later")
    assert not os.path.exists(old.root)
    assert not os.path.exists(f"{old.root}.lock")
    assert os.path.exists(young.root)


def test_a_bundle_that_is_run_again_counts_as_used(tmp_path: Path) -> None:
    first = tree(tmp_path, "app")
    age(first, 29)
    os.close(unpacked(str(tmp_path / "app.tar")).lock or -1)
    assert time.time() - os.stat(f"{first.root}.lock").st_mtime < DAY


def test_a_tree_in_use_is_not_removed(tmp_path: Path) -> None:
    used = tree(tmp_path, "used", in_use=True)
    age(used, 400)
    assert kept.shrink(largest=0) == ()
    assert os.path.exists(used.root)
    os.close(used.lock or -1)
    assert [row.path for row in kept.shrink(largest=0)] == [used.root]


def test_the_longest_unused_go_until_the_rest_is_small_enough(tmp_path: Path) -> None:
    made = [tree(tmp_path, name) for name in ("aa", "bb", "cc")]
    for number, one in enumerate(made):
        age(one, 9 - number)
    sizes = {row.path: row.size for row in kept.kept()}
    removed = kept.shrink(largest=sizes[made[2].root] + sizes[made[1].root])
    assert [row.path for row in removed] == [made[0].root]


def test_above_8_gb_the_longest_unused_go_when_the_next_bundle_is_run(tmp_path: Path) -> None:
    made = [tree(tmp_path, name) for name in ("aa", "bb", "cc")]
    for number, one in enumerate(made):
        with open(f"{one.root}/large", "wb") as large:
            large.truncate(3 * 10**9)  # sparse: it takes no space on the disk
        age(one, 9 - number)
    pack(manifest_of(write_project(tmp_path / "project")), str(tmp_path / "next.tar"))
    done = command("exec", str(tmp_path / "next.tar"))
    assert (done.returncode, done.stderr) == (0, "")
    assert [os.path.exists(one.root) for one in made] == [False, True, True]
    assert command("cache").stdout.splitlines()[1].split()[:5] == ["bundles", "3", "entries", "6.0", "GB"]


def test_the_lock_of_a_killed_run_is_removed_after_a_day_unless_it_is_held(
    tmp_path: Path, cache: Path
) -> None:
    made = tree(tmp_path, "app", in_use=True)
    locks = [cache / "bundles" / f"{digit * 64}-0.lock" for digit in "012"]
    for lock in locks:
        lock.touch()
    for lock in locks[:2]:
        os.utime(lock, (0, 0))
    age(made, 2)
    held = os.open(locks[1], os.O_RDWR)
    fcntl.flock(held, fcntl.LOCK_SH)
    kept.remove_leftovers(str(cache))
    os.close(held)
    assert [lock.exists() for lock in locks] == [False, True, True]
    assert os.path.exists(f"{made.root}.lock")
    os.close(made.lock or -1)


def test_half_made_trees_of_killed_runs_are_removed(tmp_path: Path, cache: Path) -> None:
    made = tree(tmp_path, "app", in_use=True)
    same = Path(f"{made.root}.abcdef.new")
    other = cache / "bundles" / f"{'0' * 64}-0.abcdef.new"
    for left in (same, other):
        (left / "root").mkdir(parents=True)
    kept.remove_leftovers(str(cache))
    # Whoever holds the lock may be making it.
    assert same.exists()
    assert not other.exists()
    os.close(made.lock or -1)
    kept.remove_leftovers(str(cache))
    assert not same.exists()


def test_archives_and_trees_of_self_running_bundles_count_too(cache: Path) -> None:
    (cache / "programs" / f"{'1' * 64}-0").mkdir(parents=True)
    (cache / "engines").mkdir()
    archive = cache / "engines" / f"{'2' * 64}.zip"
    archive.write_bytes(b"x" * 100)
    (cache / "engines/notes.txt").write_text("not of automount")
    assert sorted(row.kind for row in kept.kept()) == ["engines", "programs"]
    assert len(kept.shrink(unused_seconds=-1)) == 2
    assert kept.kept() == ()
    assert (cache / "engines/notes.txt").exists()


def test_the_verb_shows_and_removes(tmp_path: Path, cache: Path) -> None:
    tree(tmp_path, "app")
    shown = command("cache")
    assert (shown.returncode, shown.stderr) == (0, "")
    assert shown.stdout.splitlines()[0] == str(cache)
    assert shown.stdout.splitlines()[1].split()[:3] == ["bundles", "1", "entry"]
    assert command("cache", "--shrink").stdout.startswith("Removed 0 entries, 0 B\n")
    assert command("cache", "--shrink", "--largest", "1").stdout.startswith("Removed 1 entry, ")
    assert command("cache", "--clear").stdout == f"Removed 0 entries, 0 B\n{cache}\n"


def test_clear_removes_the_digests_too_and_shrink_keeps_them(tmp_path: Path, cache: Path) -> None:
    tree(tmp_path, "app")
    (cache / "digests").mkdir(exist_ok=True)
    (cache / "digests" / f"{'a' * 20}.digests").write_bytes(b"x" * 50)
    assert "Removed 1 entry" in command("cache", "--shrink", "--largest", "0").stdout
    assert [row.kind for row in kept.kept()] == ["digests"]
    assert command("cache", "--clear").stdout == f"Removed 1 entry, 50 B\n{cache}\n"
    assert kept.kept() == ()
    assert os.listdir(cache / "digests") == []


@pytest.mark.parametrize(
    "words",
    [
        ("--largest", "1"),
        ("--shrink", "--largest", "-1"),
        ("--shrink", "--largest", "9" * 5000),
        ("--shrink", "--unused-for", "x"),
        ("--shrink", "--clear"),
    ],
)
def test_what_the_verb_does_not_understand(words: tuple[str, ...], tmp_path: Path) -> None:
    done = command("cache", *words)
    assert done.returncode == 125
    assert "Traceback" not in done.stderr
