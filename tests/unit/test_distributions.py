"""Installed distributions, read from directories that contain only the metadata of each layout."""

from __future__ import annotations

import json
import os
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from automount.distributions import (
    Catalog,
    InstalledIndex,
    Locator,
    console_function,
    find_package,
    index_for,
    indexes_for,
    installed_under,
)
from automount.model import Environment, Process
from automount.origins import OwnedAs, RootKind

PKG_INFO = "Metadata-Version: 2.1\nName: {}\nVersion: {}\n"


class Machine:
    """A virtual environment below a temporary directory, with nothing in it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.prefix = root / "venv"
        self.site = self.prefix / "lib" / "python3.11" / "site-packages"
        self.app = root / "app"
        self.stdlib = root / "python" / "lib" / "python3.11"
        for directory in (self.site, self.app, self.stdlib):
            directory.mkdir(parents=True)

    def environment(self, *path: Path, user_site: Path | None = None) -> Environment:
        return Environment(
            python="3.11.7",
            implementation="cpython",
            executable=f"{self.prefix}/bin/python",
            platform="linux",
            prefix=str(self.prefix),
            base_prefix=f"{self.root}/python",
            exec_prefix=str(self.prefix),
            base_exec_prefix=f"{self.root}/python",
            stdlib=(str(self.stdlib),),
            site_dirs=(str(self.site),),
            user_site=str(user_site) if user_site else None,
            path=("app", *map(str, path), str(self.stdlib), str(self.site)),
            cwd=str(self.root),
        )

    def index(self, *path: Path, user_site: Path | None = None) -> InstalledIndex:
        return index_for(self.environment(*path, user_site=user_site))

    def write(self, files: Mapping[str, str], base: Path | None = None) -> None:
        for name, text in files.items():
            path = (base or self.root) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")

    def install(
        self,
        name: str,
        version: str,
        files: Mapping[str, str],
        *,
        base: Path | None = None,
        listed: tuple[str, ...] = (),
        direct_url: Mapping[str, object] | None = None,
        record: bool = True,
    ) -> Path:
        """A distribution as a wheel's installer leaves it; `listed` adds lines to its RECORD."""
        base = base or self.site
        metadata = f"{name}-{version}.dist-info"
        self.write(files, base)
        self.write(
            {f"{metadata}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"}, base
        )
        if direct_url is not None:
            self.write({f"{metadata}/direct_url.json": json.dumps(direct_url)}, base)
        if record:
            lines = [f"{file},sha256=abc,1" for file in files]
            lines += [f"{metadata}/METADATA,,", f"{metadata}/RECORD,,", *listed]
            self.write({f"{metadata}/RECORD": "\n".join(lines) + "\n"}, base)
        return base / metadata

    def install_editable(
        self, name: str, project: Path, files: Mapping[str, str], listed: tuple[str, ...] = ()
    ) -> Path:
        direct_url = {"url": project.as_uri(), "dir_info": {"editable": True}}
        return self.install(name, "1.0", files, listed=listed, direct_url=direct_url)


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def owner_row(index: InstalledIndex, path: Path | str) -> tuple[str, str, OwnedAs] | None:
    found = index.owner(str(path))
    return (found.distribution.name, found.entry, found.owned_as) if found else None


class TestOwner:
    def test_is_who_lists_the_file(self, machine: Machine) -> None:
        machine.install("requests", "2.31.0", {"requests/api.py": ""})
        found = machine.index().owner(f"{machine.site}/requests/api.py")
        assert found is not None
        assert (found.distribution.name, found.distribution.version) == ("requests", "2.31.0")
        assert (found.base, found.entry, found.in_site) == (str(machine.site), "requests/api.py", True)
        assert (found.owned_as, found.listing) == (OwnedAs.FILE, "RECORD")

    def test_is_not_found_for_an_unlisted_file(self, machine: Machine) -> None:
        machine.install("requests", "2.31.0", {"requests/api.py": ""})
        index = machine.index()
        assert index.owner(f"{machine.site}/requests/cache.py") is None
        assert index.owner(f"{machine.app}/requests/api.py") is None

    @pytest.mark.parametrize(
        ("line", "file"),
        [
            ('"odd, name/mod.py",sha256=abc,1', "odd, name/mod.py"),
            ('"a ""quoted"" name.py",,', 'a "quoted" name.py'),
            ('"plain.py",sha256=abc,1', "plain.py"),
            ("plain.py,,", "plain.py"),
            ("ünï.py,,", "ünï.py"),
        ],
    )
    def test_is_found_however_the_list_is_quoted(self, machine: Machine, line: str, file: str) -> None:
        machine.install("odd", "1", {}, listed=(line,))
        index = machine.index()
        assert owner_row(index, machine.site / file) == ("odd", file, OwnedAs.FILE)
        assert owner_row(index, machine.site / file) == ("odd", file, OwnedAs.FILE)

    def test_is_not_confused_by_longer_and_shorter_names(self, machine: Machine) -> None:
        machine.install("six", "1", {"six.py": ""})
        index = machine.index()
        assert index.owner(f"{machine.site}/six.pyc") is None
        assert index.owner(f"{machine.site}/ix.py") is None

    def test_can_list_scripts_beside_its_directory(self, machine: Machine) -> None:
        machine.install("flask", "3.0", {"flask/app.py": ""}, listed=("../../../bin/flask,,",))
        index = machine.index()
        assert owner_row(index, machine.prefix / "bin" / "flask") == (
            "flask",
            "../../../bin/flask",
            OwnedAs.FILE,
        )
        assert index.owner(f"{machine.prefix}/bin/other") is None

    def test_is_known_by_any_name_of_the_directory(self, machine: Machine) -> None:
        machine.install("six", "1", {"six.py": ""})
        (machine.root / "link").symlink_to(machine.prefix)
        linked = machine.root / "link" / "lib" / "python3.11" / "site-packages"
        index = machine.index(linked)
        assert owner_row(index, linked / "six.py") == ("six", "six.py", OwnedAs.FILE)
        assert owner_row(index, machine.site / "six.py") == ("six", "six.py", OwnedAs.FILE)

    def test_of_an_old_egg_info_is_its_installed_files(self, machine: Machine) -> None:
        machine.write(
            {
                "old-1.0-py3.11.egg-info/PKG-INFO": "Metadata-Version: 1.2\nName: old\nVersion: 1.0\n",
                "old-1.0-py3.11.egg-info/installed-files.txt": "../old/__init__.py\nPKG-INFO\n",
                "old/__init__.py": "",
            },
            machine.site,
        )
        found = machine.index().owner(f"{machine.site}/old/__init__.py")
        assert found is not None
        assert (found.distribution.name, found.listing) == ("old", "installed-files.txt")

    def test_is_not_found_in_the_sources_of_an_egg_info(self, machine: Machine) -> None:
        machine.write(
            {
                "app/own.egg-info/PKG-INFO": "Metadata-Version: 1.2\nName: own\nVersion: 1.0\n",
                "app/own.egg-info/SOURCES.txt": "own.py\n",
                "app/own.py": "",
            }
        )
        assert machine.index().owner(f"{machine.app}/own.py") is None

    def test_in_a_target_directory_is_not_in_a_site(self, machine: Machine) -> None:
        vendor = machine.app / "vendor"
        machine.install("dep", "2.0", {"dep/__init__.py": ""}, base=vendor)
        found = machine.index(vendor).owner(f"{vendor}/dep/__init__.py")
        assert found is not None
        assert (found.in_site, found.base) == (False, str(vendor))
        assert machine.index().owner(f"{vendor}/dep/__init__.py") is None
        near = machine.index().owner_nearby(f"{vendor}/dep/__init__.py")
        assert near is not None
        assert (near.in_site, near.distribution.name) == (False, "dep")

    def test_of_a_damaged_distribution_goes_by_its_metadatas_name(self, machine: Machine) -> None:
        metadata = machine.install("broken", "0.3", {"broken.py": ""})
        (metadata / "METADATA").unlink()
        found = machine.index().owner(f"{machine.site}/broken.py")
        assert found is not None
        assert (found.distribution.name, found.distribution.version) == ("broken", "0.3")

    def test_is_not_found_in_a_list_that_is_not_text(self, machine: Machine) -> None:
        metadata = machine.install("binary", "1", {"binary.py": ""})
        (metadata / "RECORD").write_bytes(b"binary.py,\xff\xfe,\n")
        assert machine.index().owner(f"{machine.site}/binary.py") is None

    def test_is_never_what_an_interrupted_pip_left(self, machine: Machine) -> None:
        metadata = machine.install("dep", "1", {"dep.py": ""})
        metadata.rename(machine.site / "~ep-1.dist-info")
        assert machine.index().owner(f"{machine.site}/dep.py") is None


class TestDirectoryOwner:
    def test_prefers_one_that_is_not_editable(self, machine: Machine) -> None:
        project = machine.root / "shop"
        machine.install_editable("a-shop", project, {"acme/_core.so": ""})
        machine.install("z-dep", "1", {"acme/parts.py": ""})
        found = machine.index().directory_owner(f"{machine.site}/acme")
        assert found is not None
        assert (found.distribution.name, found.owned_as) == ("z-dep", OwnedAs.DIRECTORY_CONTENT)

    def test_is_not_found_for_a_directory_with_nothing_listed(self, machine: Machine) -> None:
        machine.install("dep", "1", {"acme/parts.py": ""})
        index = machine.index()
        assert index.directory_owner(f"{machine.site}/acm") is None
        assert index.directory_owner(str(machine.site)) is None

    def test_below_the_environment_beside_the_site_directory(self, machine: Machine) -> None:
        """Wheels install kernels of Jupyter into `share/jupyter/kernels` of the environment."""
        metadata = machine.install("kernel", "1", {"kernel.py": ""})
        depth = len(machine.site.relative_to(machine.index().environment.prefix).parts)
        (metadata / "RECORD").write_text(
            "kernel.py,,\n" + "../" * depth + "share/jupyter/kernels/a/kernel.json,,\n"
        )
        index = machine.index()
        shared = f"{index.environment.prefix}/share"
        for directory in ("jupyter", "jupyter/kernels"):
            found = index.directory_owner(f"{shared}/{directory}")
            assert found is not None
            assert found.distribution.name == "kernel"
        assert index.directory_owner(f"{shared}/team") is None
        assert index.directory_owner(index.environment.prefix) is None


class TestEditable:
    def test_helpers_are_what_the_own_pth_file_imports(self, machine: Machine) -> None:
        project = machine.root / "shop"
        machine.install_editable(
            "shop",
            project,
            {
                "__editable__.shop-1.0.pth": "import __editable___shop_1_0_finder as f; f.install()",
                "__editable___shop_1_0_finder.py": "MAPPING: dict[str, str] = {}\n",
                "shop/_core.so": "",
                "shop_top.so": "",
            },
            listed=("../../../bin/shop,,",),
        )
        index = machine.index()
        kinds = {
            name: index.owner(str(machine.site / name)).owned_as  # type: ignore[union-attr]
            for name in (
                "__editable__.shop-1.0.pth",
                "__editable___shop_1_0_finder.py",
                "shop-1.0.dist-info/METADATA",
                "shop/_core.so",
                "shop_top.so",
            )
        }
        assert list(kinds.values()) == [OwnedAs.HELPER] * 3 + [OwnedAs.FILE] * 2
        assert index.owner(f"{machine.prefix}/bin/shop").owned_as is OwnedAs.HELPER  # type: ignore[union-attr]

    def test_roots_are_the_project_and_the_sources_outside_it(self, machine: Machine) -> None:
        project, outside, mapped = machine.root / "shop", machine.root / "src", machine.root / "goods"
        for directory in (project, outside, mapped):
            directory.mkdir()
        machine.install_editable(
            "shop",
            project,
            {
                "shop.pth": f"{project}/src\n{outside}\n../../../../loose\n\n# note\nimport shop_finder\n",
                "shop_finder.py": f"MAPPING = {{'goods': {str(mapped)!r}}}\n",
            },
        )
        roots = {root.path: root.evidence for root in machine.index().editable_roots()}
        title = "the editable shop 1.0"
        assert roots == {
            str(project): f"the project of {title} by its direct_url.json",
            str(outside): f"a source directory of {title} by shop.pth",
            str(machine.root / "loose"): f"a source directory of {title} by shop.pth",
            str(mapped): f"a source directory of {title} by shop_finder.py",
        }

    def test_a_link_that_the_list_names_owns_what_is_below_it(self, machine: Machine) -> None:
        machine.write({"shop/shop/api/__init__.py": ""})
        machine.install_editable("shop", machine.root / "shop", {}, listed=("shop,,",))
        (machine.site / "shop").symlink_to(machine.root / "shop" / "shop")
        index = machine.index()
        row = ("shop", "shop", OwnedAs.LINKED_DIRECTORY)
        assert owner_row(index, machine.site / "shop" / "api" / "__init__.py") == row
        found = index.directory_owner(f"{machine.site}/shop/api")
        assert found is not None
        assert found.owned_as is OwnedAs.LINKED_DIRECTORY

    def test_an_egg_link_names_source_and_project(self, machine: Machine) -> None:
        machine.write(
            {
                "shop/src/shop_dist.egg-info/PKG-INFO": PKG_INFO.format("shop-dist", "1.5"),
                "shop/src/shop/__init__.py": "",
            }
        )
        link = machine.site / "shop-dist.egg-link"
        link.write_text(f"{machine.root}/shop/src\n../", encoding="utf-8")
        (machine.site / "easy-install.pth").write_text(f"{machine.root}/shop/src\n", encoding="utf-8")
        index = machine.index(machine.root / "shop" / "src")
        (first, second) = index.editable_roots()
        assert (first.path, second.path) == (f"{machine.root}/shop", f"{machine.root}/shop/src")
        distribution = second.distribution
        assert distribution is not None
        assert (distribution.name, distribution.version) == ("shop-dist", "1.5")
        assert (distribution.editable, distribution.project_root) == (True, f"{machine.root}/shop")
        assert distribution.metadata_path == str(link)
        assert distribution.described_in == f"{machine.root}/shop/src/shop_dist.egg-info"
        found = index.owner(str(link))
        assert found is not None
        assert found.owned_as is OwnedAs.HELPER

    def test_the_commands_of_an_egg_link_are_its_helpers(self, machine: Machine) -> None:
        launcher = "#!/venv/bin/python\n# EASY-INSTALL-{}-SCRIPT: {}\n"
        machine.write(
            {
                "shop/shop_dist.egg-info/PKG-INFO": PKG_INFO.format("shop-dist", "1.5"),
                "shop/shop_dist.egg-info/entry_points.txt": "[console_scripts]\nshop-cli = shop.cli:main\n",
                "venv/bin/shop-cli": launcher.format("ENTRY", "'shop-dist','console_scripts','shop-cli'"),
                "venv/bin/shop-tool": launcher.format("DEV", "'Shop_Dist==1.5','shop-tool'"),
                "venv/bin/other": launcher.format("DEV", "'other==1.5','other'"),
                "venv/bin/own": "#!/venv/bin/python\nprint(1)\n",
                "venv/share/shop-tool": launcher.format("DEV", "'shop-dist==1.5','shop-tool'"),
            }
        )
        (machine.site / "shop-dist.egg-link").write_text(f"{machine.root}/shop\n.\n", encoding="utf-8")
        index = machine.index(machine.root / "shop")
        helpers = {
            file.name
            for file in (machine.prefix / "bin").iterdir()
            if owner_row(index, file) == ("shop-dist", f"../../../bin/{file.name}", OwnedAs.HELPER)
        }
        assert helpers == {"shop-cli", "shop-tool"}
        assert console_function("shop-cli", index) == "shop.cli:main"

    @pytest.mark.parametrize("text", ["", "/nowhere\n.\n"])
    def test_an_egg_link_to_nothing_is_ignored(self, machine: Machine, text: str) -> None:
        (machine.site / "shop.egg-link").write_text(text, encoding="utf-8")
        assert machine.index().editable_roots() == ()

    def test_an_egg_link_whose_source_lost_its_metadata_goes_by_its_name(self, machine: Machine) -> None:
        (machine.root / "shop").mkdir()
        (machine.site / "shop.egg-link").write_text(f"{machine.root}/shop\n.\n", encoding="utf-8")
        (root,) = machine.index().editable_roots()
        assert root.distribution is not None
        assert (root.distribution.name, root.distribution.version) == ("shop", "")

    @pytest.mark.parametrize(
        "direct_url",
        [
            {"url": "file:///p", "dir_info": {}},
            {"url": "file:///p", "dir_info": {"editable": False}},
            {"url": "file:///p", "archive_info": {}},
            {"url": "https://example.org/p", "dir_info": {"editable": True}},
            {"dir_info": {"editable": True}},
        ],
    )
    def test_other_direct_urls_are_not_editable(
        self, machine: Machine, direct_url: Mapping[str, object]
    ) -> None:
        machine.install("dep", "1", {"dep.pth": "/p\n"}, direct_url=direct_url)
        index = machine.index()
        assert index.editable_roots() == ()
        owner = index.owner(str(machine.site / "dep.pth"))
        assert owner is not None
        found = owner.distribution
        assert (found.editable, found.project_root, found.direct_url) == (False, None, direct_url)

    def test_a_damaged_direct_url_is_ignored(self, machine: Machine) -> None:
        metadata = machine.install("dep", "1", {"dep.pth": "/p\n"})
        (metadata / "direct_url.json").write_text("[", encoding="utf-8")
        owner = machine.index().owner(str(machine.site / "dep.pth"))
        assert owner is not None
        assert owner.distribution.direct_url is None

    def test_a_project_path_is_unquoted(self, machine: Machine) -> None:
        project = machine.root / "my shop ü"
        project.mkdir()
        machine.install_editable("shop", project, {"shop.pth": f"{project}\n"})
        (root,) = machine.index().editable_roots()
        assert root.path == str(project)


class TestDirectoryRoots:
    def test_are_the_sites_and_the_library_in_every_form(self, machine: Machine) -> None:
        user = machine.root / "user" / "lib" / "python3.11" / "site-packages"
        user.mkdir(parents=True)
        real = machine.root / "packages"
        machine.site.rename(real)
        machine.site.symlink_to(real)
        roots = machine.index(user_site=user).directory_roots()
        assert {(root.path, root.kind) for root in roots} == {
            (str(machine.site), RootKind.SITE),
            (str(real), RootKind.SITE),
            (str(user), RootKind.SITE),
            (f"{machine.stdlib}/site-packages", RootKind.SITE),
            (f"{machine.stdlib}/dist-packages", RootKind.SITE),
            (str(machine.stdlib), RootKind.STDLIB),
            (f"{machine.root}/python/lib/python311.zip", RootKind.STDLIB),
        }

    @pytest.mark.parametrize(
        ("place", "files", "is_site"),
        [
            ("other/lib/python3.9/site-packages", ("dep-1.dist-info/METADATA",), True),
            ("other/lib/python3/dist-packages", ("dep-1.egg-info/PKG-INFO",), True),
            ("other/lib64/python3.9/site-packages", ("../../../pyvenv.cfg",), True),
            ("other/lib/python3.9/site-packages", (), False),
            ("other/site-packages", ("dep-1.dist-info/METADATA",), False),
            ("other/lib/python3.9/packages", ("dep-1.dist-info/METADATA",), False),
        ],
    )
    def test_another_environment_is_known_by_its_layout_and_metadata(
        self, machine: Machine, place: str, files: tuple[str, ...], is_site: bool
    ) -> None:
        base = machine.root / place
        base.mkdir(parents=True)
        machine.write(dict.fromkeys(files, ""), base)
        found = {root.path for root in machine.index(base).directory_roots()}
        assert (str(base) in found) is is_site


class TestNamedFor:
    def test_is_who_claims_the_top_level_name_and_lists_nothing(self, machine: Machine) -> None:
        machine.install("PyYAML", "6.0", {"yaml/__init__.py": ""}, record=False)
        machine.write({"PyYAML-6.0.dist-info/top_level.txt": "_yaml\nyaml\n"}, machine.site)
        machine.install("blinker", "1.5", {"blinker/__init__.py": ""}, record=False)
        machine.install("listed", "1", {"other/__init__.py": ""})
        machine.write(
            {"distro-1.8.0.egg-info": "Metadata-Version: 1.0\nName: distro\nVersion: 1.8.0\n"}, machine.site
        )
        index = machine.index()
        names = {
            top: (found.name if found else None)
            for top in ("yaml", "blinker", "listed", "distro", "nothing")
            for found in [index.named_for(f"{machine.site}/{top}/__init__.py")]
        }
        assert names == {
            "yaml": "PyYAML",
            "blinker": "blinker",
            "listed": None,
            "distro": "distro",
            "nothing": None,
        }
        assert index.named_for(f"{machine.app}/yaml/__init__.py") is None
        assert index.named_for(str(machine.site)) is None

    def test_is_the_egg_that_holds_the_file(self, machine: Machine) -> None:
        directory, archive = machine.site / "dep-2.0-py3.11.egg", machine.site / "zipped-3.0.egg"
        pkg_info = "Metadata-Version: 1.2\nName: {}\nVersion: 2.0\n"
        machine.write({"EGG-INFO/PKG-INFO": pkg_info.format("dep"), "dep/__init__.py": ""}, directory)
        with zipfile.ZipFile(archive, "w") as egg:
            egg.writestr("EGG-INFO/PKG-INFO", pkg_info.format("zipped"))
            egg.writestr("zipped/__init__.py", "")
        index = machine.index(directory, archive)
        found = [index.named_for(str(path)) for path in (directory / "dep" / "__init__.py", archive)]
        assert [one.name if one else None for one in found] == ["dep", "zipped"]

    def test_is_not_found_in_a_damaged_archive(self, machine: Machine) -> None:
        archive = machine.site / "broken.egg"
        archive.write_bytes(b"no archive")
        assert machine.index(archive).named_for(str(archive)) is None


def test_the_dist_info_describes_a_source_with_an_egg_info(machine: Machine) -> None:
    source = machine.root / "shop" / "src"
    machine.write(
        {"Shop_Dist.egg-info/PKG-INFO": "Metadata-Version: 2.1\nName: Shop_Dist\nVersion: 0.9\n"}, source
    )
    metadata = machine.install_editable("shop-dist", machine.root / "shop", {"shop.pth": f"{source}\n"})
    found = machine.index(source).root_of(f"{source}/shop.py")
    assert found is not None
    assert (found.metadata_path, found.version, found.editable) == (str(metadata), "1.0", True)


class TestLaziness:
    def test_a_path_touches_only_who_can_own_it(self, machine: Machine) -> None:
        for number in range(50):
            machine.install(f"dep{chr(97 + number % 26)}x{number}", "1", {f"mod{number}/__init__.py": ""})
        machine.install("requests", "2.31.0", {"requests/api.py": ""})
        catalog = Catalog()
        index = index_for(machine.environment(), catalog)
        assert owner_row(index, machine.site / "requests" / "api.py") == (
            "requests",
            "requests/api.py",
            OwnedAs.FILE,
        )
        assert index.owner(f"{machine.app}/main.py") is None
        assert index.editable_roots() == ()
        assert touched(catalog, machine.site) == {"requests"}

    def test_a_listed_directory_is_listed_once_for_all_processes(self, machine: Machine) -> None:
        facts = machine.environment()
        other = machine.environment(machine.root / "more")
        processes = tuple(
            Process(number, number, 0, None, (), environment)
            for number, environment in enumerate((facts, facts, other))
        )
        catalog = Catalog()
        indexes = indexes_for(processes, catalog)
        assert indexes[0] is indexes[1]
        assert indexes[2] is not indexes[0]
        machine.install("requests", "2.31.0", {"requests/api.py": ""})
        for index in indexes.values():
            assert owner_row(index, machine.site / "requests" / "api.py") is not None
        assert list(indexes) == [0, 1, 2]


def touched(catalog: Catalog, site: Path) -> set[str]:
    """The distributions of which anything was read."""
    read = {"listing", "entries", "direct_url", "described"}
    return {one.stem for one in catalog.directory(str(site)).metadata if read & set(vars(one))}


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
        assert found.held == f"{tmp_path}/real/link.py"
        assert found.real == f"{tmp_path}/real/file.py"
        assert (found.exists, found.is_dir, found.archive) == (True, False, None)
        assert found.forms() == (found.written, found.held)
        assert found.all_forms() == (found.written, found.held, found.real)

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
