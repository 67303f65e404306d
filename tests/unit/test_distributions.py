"""Installed distributions, read from directories that contain only the metadata of each layout."""

from __future__ import annotations

from pathlib import Path

import pytest
from machines import Machine, owner_row

from automount.distributions import (
    Catalog,
    index_for,
    indexes_for,
)
from automount.model import Process
from automount.origins import OwnedAs


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


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
