"""Which local file a program asked for in vain, and the option that would have brought it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from shipments import manifest_of, write_project

from automount.manifest import Manifest, ModuleRow, MountRow
from automount.model import DataRow, MountKind, Origin, Skipped, Status
from automount.proving.missing import Asked, Look, Missing, missing_files


@pytest.fixture
def manifest(tmp_path: Path) -> Manifest:
    base = manifest_of(write_project(tmp_path))
    moved = tuple(replace(row, local="/home/u/p" + row.remote.removeprefix("/root")) for row in base.files)
    return replace(
        base,
        files=moved,
        mounts=(MountRow("PythonPackage:pkg", MountKind.PACKAGE, "pkg", "/home/u/p/pkg", "/root/pkg"),),
        provenance=replace(base.provenance, cwd="/home/u/p"),
    )


HERE = {
    "/home/u/p/config.json",
    "/home/u/p/config/x.json",
    "/home/u/p/data",
    "/home/u/p/lazy.py",
    "/home/u/p/lib/__init__.py",
    "/home/u/p/pkg/extra.py",
    "/home/u/p/pkg/table.csv",
    "/home/u/.netrc",
    "/data/big.bin",
    "/etc/hostname",
    "/usr/share/x",
    "/home/u/p/pkg/__pycache__/core.cpython-311.pyc",
}


def ask(manifest: Manifest, kind: str, name: str, *, shown: tuple[str, ...] = ("/usr",)) -> list[Missing]:
    found = missing_files(
        manifest,
        [Asked(kind, name, "app", 3)],
        remote_of=lambda path: path,
        shown=lambda local: local.startswith(shown),
        look=Look(HERE.__contains__, {"/home/u/p/data"}.__contains__),
    )
    return list(found)


@pytest.mark.parametrize(
    ("asked", "local", "option"),
    [
        ("/root/config.json", "/home/u/p/config.json", "--add-file config.json"),
        ("/root/config/x.json", "/home/u/p/config/x.json", "--add-file config/x.json:config/x.json"),
        ("/root/data", "/home/u/p/data", "--add-dir data"),
        ("/root/pkg/table.csv", "/home/u/p/pkg/table.csv", "--add-file pkg/table.csv:pkg/table.csv"),
        ("/data/big.bin", "/data/big.bin", "--add-file /data/big.bin:/data/big.bin"),
        ("/home/u/.netrc", "/home/u/.netrc", "--add-file /home/u/.netrc:/home/u/.netrc"),
    ],
)
def test_opened(asked: str, local: str, option: str, manifest: Manifest) -> None:
    assert ask(manifest, "open", asked) == [Missing(local, "app", 3, option)]


@pytest.mark.parametrize(
    "asked",
    ["/root/nowhere.json", "/etc/hostname", "/usr/share/x", "/root/pkg/__pycache__/core.cpython-311.pyc"],
)
def test_opened_but_of_no_interest(asked: str, manifest: Manifest) -> None:
    assert ask(manifest, "open", asked) == []


def test_the_system_counts_where_it_was_recorded_as_data(manifest: Manifest) -> None:
    recorded = replace(manifest, data=(DataRow("/etc/hostname", "app", None),))
    assert [row.local for row in ask(recorded, "open", "/etc/hostname")] == ["/etc/hostname"]


@pytest.mark.parametrize(
    ("module", "local"),
    [
        ("lazy", "/home/u/p/lazy.py"),
        ("lib", "/home/u/p/lib/__init__.py"),
        ("pkg.extra", "/home/u/p/pkg/extra.py"),
    ],
)
def test_imported(module: str, local: str, manifest: Manifest) -> None:
    assert ask(manifest, "import", module) == [Missing(local, "app", 3, f"--add-package {module}")]


def test_an_optional_module_that_is_nowhere(manifest: Manifest) -> None:
    assert ask(manifest, "import", "numpy_accelerated") == []


def test_an_excluded_module_is_taken_back_in(manifest: Manifest) -> None:
    left_out = replace(
        manifest, skipped=(Skipped("/home/u/p/pkg/extra.py", "excluded", "--exclude extra.py"),)
    )
    assert [row.option for row in ask(left_out, "import", "pkg.extra")] == ["--include extra.py"]


def test_a_recorded_module_is_found_where_it_was(manifest: Manifest) -> None:
    row = ModuleRow("mapped", Origin.EDITABLE, "/home/u/p/lazy.py", Status.EXECUTED, "app", 0, None)
    recorded = replace(manifest, modules=(row,))
    assert [found.local for found in ask(recorded, "import", "mapped")] == ["/home/u/p/lazy.py"]


def test_each_file_once_and_sorted(manifest: Manifest) -> None:
    asked = [
        Asked("open", f"/root/{name}", "app", line)
        for line, name in enumerate(["data", "config.json", "data"])
    ]
    found = missing_files(
        manifest,
        asked,
        remote_of=lambda path: path,
        shown=lambda local: False,
        look=Look(HERE.__contains__, lambda path: False),
    )
    assert [(row.local, row.line) for row in found] == [("/home/u/p/config.json", 1), ("/home/u/p/data", 0)]


def test_what_is_shipped_to_another_place_says_where(manifest: Manifest) -> None:
    entry = replace(manifest.files[0], local="/home/u/p/config/x.json", remote="/root/x.json")
    moved = replace(manifest, files=(*manifest.files, entry))
    option = "--add-file config/x.json:config/x.json"
    assert ask(moved, "open", "/root/config/x.json") == [
        Missing("/home/u/p/config/x.json", "app", 3, option, shipped_as="/root/x.json")
    ]
