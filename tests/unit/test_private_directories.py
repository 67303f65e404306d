"""Which directories are private, and where the caches are, with real modes and owners."""

from __future__ import annotations

import os
import pwd
import stat
from pathlib import Path

import pytest

from automount.errors import Refused
from automount.private_directories import cache_directory, make_private


def refusal(directory: Path) -> str:
    with pytest.raises(Refused) as caught:
        make_private(str(directory))
    assert caught.value.exit_status == 125
    return caught.value.message


def test_what_is_made_is_the_users_alone(tmp_path: Path) -> None:
    made = Path(make_private(str(tmp_path / "a/b")))
    assert stat.S_IMODE(made.stat().st_mode) == 0o700
    assert make_private(str(made)) == str(made)


def test_a_directory_that_others_can_write_to_is_refused(tmp_path: Path) -> None:
    (tmp_path / "open").mkdir()
    (tmp_path / "open").chmod(0o1777)
    assert refusal(tmp_path / "open") == f"{tmp_path}/open is not private: other users can write to it"


@pytest.mark.parametrize("level", ["a", "a/b"])
def test_a_level_above_that_others_can_write_to_is_refused(level: str, tmp_path: Path) -> None:
    (tmp_path / "a/b/c").mkdir(parents=True)
    (tmp_path / level).chmod(0o777)
    assert refusal(tmp_path / "a/b/c").endswith(f"other users can write to {tmp_path / level}")
    assert refusal(tmp_path / "a/b/new/er").endswith(f"other users can write to {tmp_path / level}")
    assert not (tmp_path / "a/b/new").exists()


def test_a_sticky_level_above_is_good(tmp_path: Path) -> None:
    (tmp_path / "tmp").mkdir()
    (tmp_path / "tmp").chmod(0o1777)
    assert make_private(str(tmp_path / "tmp/own")) == str(tmp_path / "tmp/own")


def test_the_directory_that_holds_a_link_counts(tmp_path: Path) -> None:
    (tmp_path / "open").mkdir()
    (tmp_path / "good").mkdir(mode=0o700)
    (tmp_path / "open/link").symlink_to(tmp_path / "good")
    (tmp_path / "way").symlink_to("open/link")
    (tmp_path / "open").chmod(0o777)
    assert "can write to" in refusal(tmp_path / "way/cache")
    assert make_private(str(tmp_path / "good/cache"))


def test_links_that_loop(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to("loop")
    assert refusal(tmp_path / "loop/cache").endswith("its links loop")


def test_a_directory_of_another_user_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "theirs").mkdir(mode=0o700)
    owner = os.geteuid()
    monkeypatch.setattr(os, "geteuid", lambda: owner + 4321)
    assert "belongs to" in refusal(tmp_path / "theirs")


def test_the_cache_follows_xdg_then_home_then_the_user_database(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = {"XDG_CACHE_HOME": "relative", "HOME": str(tmp_path / "home")}
    assert cache_directory({**home, "XDG_CACHE_HOME": str(tmp_path / "x")}) == str(tmp_path / "x/automount")
    assert cache_directory(home) == str(tmp_path / "home/.cache/automount")
    row = list(pwd.getpwuid(os.geteuid()))
    row[5] = str(tmp_path / "database")
    monkeypatch.setattr(pwd, "getpwuid", lambda _number: pwd.struct_passwd(row))
    assert cache_directory({"HOME": "relative"}) == str(tmp_path / "database/.cache/automount")


def test_without_a_home_the_cache_is_a_private_directory_among_temporary_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unknown(number: int) -> pwd.struct_passwd:
        raise KeyError(number)

    monkeypatch.setattr(pwd, "getpwuid", unknown)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    place = tmp_path / f"automount-{os.geteuid()}"
    assert cache_directory({}) == str(place)
    place.chmod(0o777)
    with pytest.raises(Refused, match="no private directory") as caught:
        cache_directory({})
    assert "XDG_CACHE_HOME" in caught.value.hint


def test_a_home_that_others_can_change_is_passed_over_unless_it_was_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path / "tmp"))
    (tmp_path / "tmp").mkdir()
    (tmp_path / "home").mkdir()
    (tmp_path / "home").chmod(0o777)
    fallback = tmp_path / f"tmp/automount-{os.geteuid()}"
    assert cache_directory({"HOME": str(tmp_path / "home")}) == str(fallback)
    with pytest.raises(Refused, match="other users can write to"):
        cache_directory({"XDG_CACHE_HOME": str(tmp_path / "home")})
