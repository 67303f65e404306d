"""Editable installs: what their metadata names, and which directories are theirs."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest
from machines import PKG_INFO, Machine, owner_row

from automount.distributions import (
    console_function,
)
from automount.origins import OwnedAs, RootKind


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


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
