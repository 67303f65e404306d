"""The libraries that an ELF file needs, read from files that a compiler made and from damaged ones."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from needs import tool

from automount.linked_libraries import needed_libraries, with_linked_libraries
from automount.model import DataAccess, Journal, ModuleRecord, Status


def compiled(library: Path, *needs: Path, run_path: str = "$ORIGIN", flags: tuple[str, ...] = ()) -> Path:
    """A shared library that needs others."""
    library.parent.mkdir(parents=True, exist_ok=True)
    code = f"int {library.stem}(void) {{ return 1; }}"
    links = [
        "-Wl,--no-as-needed",
        *(f"-L{one.parent}" for one in needs),
        *(f"-l:{one.name}" for one in needs),
    ]
    command = [tool("gcc"), "-x", "c", "-", "-shared", "-fPIC", "-o", str(library), *links, *flags]
    subprocess.run([*command, f"-Wl,-rpath,{run_path}"], input=code, text=True, check=True)
    return library


@pytest.mark.parametrize(
    ("run_path", "place"),
    [
        ("$ORIGIN", "b.so"),
        ("/none:${ORIGIN}/../libs", "../libs/b.so"),
        ("$ORIGIN/none", None),
        ("relative", None),
    ],
)
@pytest.mark.parametrize("flags", [(), ("-Wl,--disable-new-dtags",)], ids=["RUNPATH", "RPATH"])
def test_a_run_path_leads_to_a_library(
    tmp_path: Path, run_path: str, place: str | None, flags: tuple[str, ...]
) -> None:
    first = tmp_path / "own/a.so"
    second = compiled((first.parent / (place or "b.so")).resolve())
    compiled(first, second, run_path=run_path, flags=flags)
    assert list(needed_libraries(str(first))) == ([str(second)] if place else [])


def test_what_cannot_be_read_needs_nothing(tmp_path: Path) -> None:
    second = compiled(tmp_path / "b.so")
    whole = compiled(tmp_path / "a.so", second).read_bytes()
    assert list(needed_libraries(str(tmp_path / "none.so"))) == []
    damaged = tmp_path / "damaged.so"
    for length in (0, 3, 4, 5, 20, 63, 64, 70, 200, 600):
        damaged.write_bytes(whole[:length])
        assert list(needed_libraries(str(damaged))) == []
    for place in range(4, 64):
        damaged.write_bytes(whole[:place] + b"\xff" + whole[place + 1 :])
        assert set(needed_libraries(str(damaged))) <= {str(second)}


def test_the_program_s_own_libraries_are_followed(tmp_path: Path) -> None:
    last = compiled(tmp_path / "c.so")
    middle = compiled(tmp_path / "b.so", last)
    first = compiled(tmp_path / "a.so", middle)
    installed = compiled(tmp_path / "site-packages/d.so", last, run_path="$ORIGIN/..")
    modules = (
        ModuleRecord("pkg.a", 0, Status.EXECUTED, str(first)),
        ModuleRecord("d", 0, Status.EXECUTED, str(installed)),
    )
    journal = Journal((), modules)
    read = [DataAccess(str(one), "read", 0, str(one), "pkg.a") for one in (middle, last)]
    assert with_linked_libraries(journal).data == tuple(read)
    opened = DataAccess(str(middle), "read", 0, "b.so", "app")
    assert with_linked_libraries(Journal((), (), (opened,))).data == (
        opened,
        DataAccess(str(last), "read", 0, str(last), "app"),
    )
    moved = Journal((), (ModuleRecord("a", 0, Status.EXECUTED, "/root/a.so"),))
    found = with_linked_libraries(moved, lambda path: path.replace("/root", str(tmp_path)))
    assert [row.path for row in found.data] == ["/root/b.so", "/root/c.so"]
    assert with_linked_libraries(Journal((), modules[1:])).data == ()
