"""Finding packages by their import name, looking up paths, and damaged metadata."""

from __future__ import annotations

import json
import os
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest
from machines import PKG_INFO, Machine, owner_row

from automount.distributions import (
    Catalog,
    Locator,
    find_package,
    index_for,
    installed_under,
)


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


class TestFindPackage:
    def test_follows_the_path_as_python_does(self, machine: Machine) -> None:
        machine.write(
            {
                "app/pkg/__init__.py": "",
                "app/pkg/part.py": "",
                "app/ns/one.py": "",
                "venv/lib/python3.11/site-packages/ns/two.py": "",
                "app/fast.py": "",
                "app/fast.cpython-311-x86_64-linux-gnu.so": "",
                "app/only.abi3.so": "",
                "app/stale.pyc": "",
                "app/both.py": "",
                "app/both/__init__.py": "",
            }
        )
        environment, app = machine.environment(), machine.app
        cases: dict[str, tuple[str | None, tuple[str, ...]] | None] = {
            "pkg": (f"{app}/pkg/__init__.py", (f"{app}/pkg",)),
            "pkg.part": (f"{app}/pkg/part.py", ()),
            "ns": (None, (f"{app}/ns", f"{machine.site}/ns")),
            "ns.two": (f"{machine.site}/ns/two.py", ()),
            "fast": (f"{app}/fast.cpython-311-x86_64-linux-gnu.so", ()),
            "only": (f"{app}/only.abi3.so", ()),
            "stale": (f"{app}/stale.pyc", ()),
            "both": (f"{app}/both/__init__.py", (f"{app}/both",)),
            "pkg.absent": None,
            "absent": None,
            "absent.part": None,
            "not-a-name": None,
            "": None,
        }
        for name, expected in cases.items():
            found = find_package(name, environment)
            assert (found and (found.file, found.locations)) == expected, name

    def test_finds_modules_in_archives(self, machine: Machine) -> None:
        archive = machine.root / "libs.zip"
        with zipfile.ZipFile(archive, "w") as opened:
            opened.writestr("pkg/__init__.py", "")
            opened.writestr("single.py", "")
        (machine.root / "broken.zip").write_bytes(b"no archive")
        environment = machine.environment(machine.root / "broken.zip", archive)
        found = [find_package(name, environment) for name in ("pkg", "single", "absent")]
        assert [one and one.file for one in found] == [
            f"{archive}/pkg/__init__.py",
            f"{archive}/single.py",
            None,
        ]

    @pytest.mark.parametrize(
        ("helper", "name", "file"),
        [
            ("MAPPING: dict[str, str] = {'shop': '{p}/goods'}\n", "shop", "goods/__init__.py"),
            ("MAPPING = {'till': '{p}/till'}\n", "till", "till.py"),
            ("F.map_module('shop', '{p}/goods/__init__.py')\n", "shop", "goods/__init__.py"),
            (
                "install({'shop': '{p}/goods/__init__.py'}, {'shop._core': 'shop/_core.so'})\n",
                "shop",
                "goods/__init__.py",
            ),
            (
                "install({'shop': '{p}/goods/__init__.py'}, {'shop._core': 'shop/_core.so'})\n",
                "shop._core",
                "{s}/shop/_core.so",
            ),
            ("Finder('shop', {'shop'}, '{p}/build', [])\n", "shop", "goods/__init__.py"),
            ("MAPPING = make()\n", "shop", None),
            ("this is no Python\n", "shop", None),
        ],
    )
    def test_reads_the_maps_of_editable_helpers(
        self, machine: Machine, helper: str, name: str, file: str | None
    ) -> None:
        project = machine.root / "shop"
        plan = {"python": {f"{project}/goods/__init__.py": {"destination": "{py_purelib}/shop/__init__.py"}}}
        machine.write(
            {
                "goods/__init__.py": "",
                "till.py": "",
                "build/meson-info/intro-install_plan.json": json.dumps(plan),
            },
            project,
        )
        machine.install_editable(
            "shop",
            project,
            {
                "shop.pth": "import _shop_editable\n",
                "_shop_editable.py": helper.replace("{p}", str(project)),
                "shop/_core.so": "",
            },
        )
        found = find_package(name, machine.environment())
        if file is None:
            assert found is None or found.file is None
        else:
            assert found is not None
            wanted = file.replace("{s}", str(machine.site))
            assert found.file == (wanted if wanted.startswith("/") else f"{project}/{wanted}")
            assert found.distribution is not None
            assert found.distribution.name == "shop"

    def test_takes_the_existing_portions_of_a_mapped_namespace(self, machine: Machine) -> None:
        project = machine.root / "shop"
        machine.write({"acme/shop/__init__.py": ""}, project)
        portions = [f"{project}/acme", f"{project}/gone"]
        machine.install_editable(
            "shop",
            project,
            {"shop.pth": "import _finder\n", "_finder.py": f"NAMESPACES = {{'acme': {portions!r}}}\n"},
        )
        found = find_package("acme.shop", machine.environment())
        assert found is not None
        assert found.file == f"{project}/acme/shop/__init__.py"

    def test_names_the_distribution_and_none_for_the_users_own(self, machine: Machine) -> None:
        machine.install("dep-dist", "1", {"dep/__init__.py": "", "ns/dep.py": ""})
        machine.install("PyYAML", "6.0", {"yaml/__init__.py": ""}, record=False)
        machine.write({"PyYAML-6.0.dist-info/top_level.txt": "yaml\n"}, machine.site)
        machine.write({"app/own.py": "", "python/lib/python3.11/json.py": ""})
        environment = machine.environment()
        names = {}
        for name in ("dep", "ns", "ns.dep", "yaml", "own", "json"):
            found = find_package(name, environment)
            assert found is not None
            names[name] = found.distribution.name if found.distribution else None
        assert names == {
            "dep": "dep-dist",
            "ns": "dep-dist",
            "ns.dep": "dep-dist",
            "yaml": "PyYAML",
            "own": None,
            "json": None,
        }


def test_installed_under_is_who_else_provides_the_name(machine: Machine) -> None:
    machine.install("dep-dist", "1", {"dep/__init__.py": "", "ns/dep.py": ""})
    machine.install_editable("shop", machine.root / "shop", {"core.so": "", "shop.pth": "/x\n"})
    machine.write({"app/dep.py": "", "venv/lib/python3.11/site-packages/stray.py": ""})
    index = machine.index()
    names = {}
    for name in ("dep", "ns", "core", "stray", "absent"):
        found = installed_under(name, index)
        names[name] = found.name if found else None
    assert names == {"dep": "dep-dist", "ns": None, "core": None, "stray": None, "absent": None}


class TestLocate:
    def test_tells_a_path_in_each_form(self, tmp_path: Path) -> None:
        (tmp_path / "real").mkdir()
        (tmp_path / "real" / "file.py").touch()
        (tmp_path / "directory").symlink_to("real")
        (tmp_path / "real" / "link.py").symlink_to("file.py")
        found = Locator()(f"{tmp_path}/directory/link.py")
        assert found.written == f"{tmp_path}/directory/link.py"
        assert found.entry_path == f"{tmp_path}/real/link.py"
        assert found.real == f"{tmp_path}/real/file.py"
        assert (found.exists, found.is_dir, found.archive) == (True, False, None)
        assert found.forms() == (found.written, found.entry_path)
        assert found.all_forms() == (found.written, found.entry_path, found.real)

    def test_folds_dots_only_where_that_is_the_same_place(self, tmp_path: Path) -> None:
        (tmp_path / "a" / "b").mkdir(parents=True)
        (tmp_path / "a" / "file.py").touch()
        (tmp_path / "link").symlink_to("a/b")
        assert Locator()(f"{tmp_path}/a/b/../file.py").written == f"{tmp_path}/a/file.py"
        assert Locator()(f"{tmp_path}/link/../file.py").written == f"{tmp_path}/a/file.py"
        assert Locator()(f"{tmp_path}//a/./file.py").written == f"{tmp_path}/a/file.py"

    def test_what_is_missing(self, tmp_path: Path) -> None:
        (tmp_path / "libs.zip").touch()
        (tmp_path / "broken").symlink_to("nowhere")
        inside = Locator()(f"{tmp_path}/libs.zip/pkg/mod.py")
        assert (inside.exists, inside.archive) == (False, f"{tmp_path}/libs.zip")
        gone = Locator()(f"{tmp_path}/gone/mod.py")
        assert (gone.exists, gone.archive) == (False, None)
        broken = Locator()(f"{tmp_path}/broken")
        assert (broken.exists, broken.real) == (False, f"{tmp_path}/nowhere")
        for text in ("relative.py", "", "/with\0zero"):
            assert Locator()(text).exists is False

    def test_a_path_that_may_not_be_looked_at_exists(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def refuse(path: str) -> os.stat_result:
            raise PermissionError(13, "Permission denied", path)

        monkeypatch.setattr(os, "lstat", refuse)
        assert Locator()(f"{tmp_path}/secret.py").exists is True

    def test_a_locator_asks_once(self, tmp_path: Path) -> None:
        (tmp_path / "file.py").touch()
        known = Locator()
        first = known(f"{tmp_path}/file.py")
        (tmp_path / "file.py").unlink()
        assert known(f"{tmp_path}/file.py") is first


def damaged(machine: Machine, made: Mapping[str, object]) -> dict[str, str]:
    """The messages about a distribution `zz` of which some files are damaged, by file name."""
    info = machine.site / "zz-1.0.dist-info"
    info.mkdir()
    (machine.site / "zz.py").write_text("")
    files = {"METADATA": PKG_INFO.format("zz", "1.0"), "RECORD": "zz.py,,\n", **made}
    for name, content in files.items():
        path = machine.site / name if name.endswith(".egg-link") else info / name
        if content is os.mkfifo:
            os.mkfifo(path)
        else:
            path.write_bytes(content if isinstance(content, bytes) else str(content).encode())
    catalog = Catalog()
    index = index_for(machine.environment(), catalog)
    owner = index.owner(str(machine.site / "zz.py"))
    if "RECORD" not in made:
        assert owner is not None
        assert (owner.distribution.name, owner.distribution.version) == ("zz", "1.0")
    index.editable_roots()
    return {os.path.basename(path): problem for path, problem in catalog.damage().items()}


@pytest.mark.parametrize(
    ("name", "content", "problem"),
    [
        ("direct_url.json", '{"url": "http://h/x", "archive_info": {}, "x": NaN}', "is not JSON"),
        ("direct_url.json", "[" * 100_000 + "]" * 100_000, "is not JSON"),
        ("direct_url.json", '{"url": ' + "9" * 5000 + "}", "is not JSON"),
        ("direct_url.json", "[]", "is not a JSON object"),
        ("direct_url.json", b"\xff", "is not UTF-8 text"),
        ("direct_url.json", '{"url": "http://[x", "dir_info": {"editable": true}}', "has an invalid URL"),
        ("direct_url.json", os.mkfifo, "cannot be read (it is not a regular file)"),
        ("RECORD", os.mkfifo, "cannot be read (it is not a regular file)"),
        ("METADATA", os.mkfifo, "cannot be read (it is not a regular file)"),
        ("q.egg-link", os.mkfifo, "cannot be read (it is not a regular file)"),
    ],
)
def test_damaged_metadata_is_noted_and_the_rest_is_still_used(
    machine: Machine, name: str, content: object, problem: str
) -> None:
    assert damaged(machine, {name: content}) == {name: problem}


def test_a_sound_distribution_has_no_damage(machine: Machine) -> None:
    assert damaged(machine, {"direct_url.json": '{"url": "file:///x", "dir_info": {}}'}) == {}


@pytest.mark.parametrize("row", ['"zz.py', '"' + "x" * 200_000 + '",,', "\0,,", '"\0",,'])
def test_a_damaged_line_of_a_record_is_passed_over(machine: Machine, row: str) -> None:
    machine.install("ok", "1.0", {"ok.py": ""})
    record = machine.site / "ok-1.0.dist-info" / "RECORD"
    record.write_text(row + "\n" + record.read_text())
    assert owner_row(machine.index(), machine.site / "ok.py") is not None


def test_a_version_of_several_lines_is_its_first(machine: Machine) -> None:
    machine.install("zz", "1.0", {"zz.py": ""})
    metadata = machine.site / "zz-1.0.dist-info" / "METADATA"
    metadata.write_text("Name: zz\nVersion: 1.0\n  x\n  --extra-index-url http://evil.example\n")
    (one,) = Catalog().directory(str(machine.site)).metadata
    assert one.described.version == "1.0"


@pytest.mark.parametrize("path", ["/x/\ud800.py", "/x/a\0b.py"])
def test_a_path_that_no_file_can_have_does_not_exist(path: str) -> None:
    assert not Locator()(path).exists
