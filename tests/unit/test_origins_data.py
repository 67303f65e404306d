"""The origins of namespace portions, of automount itself, of scripts, and of data files."""

from __future__ import annotations

from dataclasses import replace

import pytest
from origin_world import EDITABLE_SHOP, ENVIRONMENT, REQUESTS, SHOP, SITE, STDLIB, Disk, Facts, judge, owned

from automount.model import (
    Distribution,
    Journal,
    ModuleRecord,
    Origin,
    Process,
    RecordKind,
    Status,
)
from automount.origins import (
    OwnedAs,
    classify,
    classify_path,
)


class TestBuiltOutsideThePackage:
    PACKAGE = ModuleRecord(
        "shop", 0, Status.EXECUTED, "/home/u/shop/src/shop/__init__.py", ("/home/u/shop/src/shop",)
    )

    @pytest.mark.parametrize(
        ("name", "file", "expected"),
        [
            ("shop._core", "/home/u/shop/build/cp311/_core.so", (Origin.EDITABLE_ARTIFACT, "editable-build")),
            (
                "shop._version",
                "/home/u/shop/build/cp311/_version.py",
                (Origin.EDITABLE_ARTIFACT, "editable-build"),
            ),
            ("shop._core", "/home/u/shop/src/shop/_core.so", (Origin.EDITABLE, "editable-root")),
            ("tool", "/home/u/shop/build/tool.so", (Origin.EDITABLE, "editable-root")),
            ("shop._core", "/home/u/else/_core.so", (Origin.LOCAL, "local")),
        ],
    )
    def test_goes_by_its_package(self, name: str, file: str, expected: tuple[Origin, str]) -> None:
        assert judge(file, EDITABLE_SHOP, name=name, more=(self.PACKAGE,))[:2] == expected

    def test_a_mapped_package_keeps_its_directory(self) -> None:
        file = "/home/u/shop/drawer/__init__.py"
        found = judge(
            file, EDITABLE_SHOP, name="shop.till", locations=("/home/u/shop/drawer",), more=(self.PACKAGE,)
        )
        assert found[:2] == (Origin.EDITABLE, "editable-root")


def test_each_existing_portion_of_a_namespace_is_judged_by_itself() -> None:
    installed, local, vendored = f"{SITE}/acme", "/home/u/app/acme", "/home/u/app/vendor/acme"
    artifact = "/other/acme"
    content = OwnedAs.DIRECTORY_CONTENT
    facts = Facts(
        directories={
            installed: owned(REQUESTS, "acme", owned_as=content),
            vendored: owned(REQUESTS, "acme", base="/home/u/app/vendor", in_site=False, owned_as=content),
            artifact: owned(SHOP, "acme", owned_as=content),
        }
    )
    locations = (
        "__editable__.shop.finder.__path_hook__",
        installed,
        local,
        "/gone/acme",
        vendored,
        local,
        artifact,
    )
    record = ModuleRecord("acme", 0, Status.EXECUTED, None, locations)
    journal = Journal((Process(0, 1, 0, None, (), ENVIRONMENT),), (record,))
    disk = Disk(directories=(installed, local, vendored, artifact))
    (found,) = classify(journal, {0: facts}, disk)
    assert (found.origin, found.rule, found.file) == (Origin.NAMESPACE, "namespace", None)
    rows = [(p.path, p.origin, p.rule, p.distribution and p.distribution.name) for p in found.portions]
    assert rows == [
        (installed, Origin.INSTALLED, "record-installed", None),
        (local, Origin.LOCAL, "local", None),
        (vendored, Origin.VENDORED, "record-vendored", "requests"),
        (artifact, Origin.EDITABLE_ARTIFACT, "record-artifact", "shop"),
    ]


OUR_HOME = "/home/u/automount/automount"
OURS = ModuleRecord(
    "automount", 0, Status.EXECUTED, f"{OUR_HOME}/__init__.py", requested_by="importlib.metadata"
)
OUR_PLUGIN = ModuleRecord(
    "automount.plugin", 0, Status.EXECUTED, f"{OUR_HOME}/plugin.py", requested_by="automount"
)
SCRIPT = ModuleRecord("__main__", 0, Status.EXECUTED, "/home/u/app/app.py", kind=RecordKind.SCRIPT)


@pytest.mark.parametrize(
    ("more", "asker", "expected"),
    [
        ((SCRIPT,), "importlib.metadata", (Origin.INSTALLED, "recorder")),
        ((SCRIPT,), None, (Origin.INSTALLED, "recorder")),
        ((SCRIPT,), "__main__", (Origin.LOCAL, "local")),
        ((), "__main__", (Origin.LOCAL, "local")),
        (
            (ModuleRecord("helper", 0, Status.EXECUTED, "/home/u/app/helper.py"),),
            "helper",
            (Origin.LOCAL, "local"),
        ),
        (
            (ModuleRecord("__main__", 0, Status.EXECUTED, f"{SITE}/pytest.py", kind=RecordKind.MAIN_MODULE),),
            "__main__",
            (Origin.INSTALLED, "recorder"),
        ),
        (
            (
                ModuleRecord(
                    "__main__", 0, Status.EXECUTED, f"{OUR_HOME}/__main__.py", kind=RecordKind.MAIN_MODULE
                ),
            ),
            "importlib.metadata",
            (Origin.LOCAL, "local"),
        ),
    ],
    ids=[
        "by a tool",
        "by nobody",
        "by the script",
        "by -c",
        "by a module",
        "by an installed main",
        "as a program",
    ],
)
def test_automount_itself_is_mounted_only_where_the_program_imports_it(
    more: tuple[ModuleRecord, ...], asker: str | None, expected: tuple[Origin, str]
) -> None:
    records = (*more, replace(OURS, requested_by=asker), OUR_PLUGIN)
    journal = Journal((Process(0, 1, 0, None, ("python",), ENVIRONMENT),), records)
    found = classify(journal, {0: Facts()}, Disk(), recorder=OUR_HOME)
    assert {(row.origin, row.rule) for row in found[-2:]} == {expected}
    assert {row.rule for row in found[:-2]} <= {"local", "site-directory"}


def test_an_automount_of_the_environment_is_no_part_of_the_program() -> None:
    home = f"{SITE}/automount"
    owner = Distribution("automount", "1", f"{SITE}/automount-1.dist-info")
    files = ("__init__.py", "plugin.py")
    facts = Facts(owners={f"{home}/{name}": owned(owner, f"automount/{name}") for name in files})
    ours = replace(OURS, file=f"{home}/__init__.py")
    plugin = replace(OUR_PLUGIN, file=f"{home}/plugin.py")
    for asker, rules in (("importlib.metadata", {"recorder"}), ("__main__", {"record-installed"})):
        records = (SCRIPT, replace(ours, requested_by=asker), plugin)
        journal = Journal((Process(0, 1, 0, None, ("python",), ENVIRONMENT),), records)
        found = classify(journal, {0: facts}, Disk(), recorder=OUR_HOME)[1:]
        assert {row.rule for row in found} == rules
        assert {row.distribution is None for row in found} == {asker != "__main__"}


def test_scripts_and_main_modules_are_judged_like_any_file() -> None:
    records = (
        ModuleRecord("__main__", 0, Status.EXECUTED, "/home/u/app/app.py", kind=RecordKind.SCRIPT),
        ModuleRecord("__main__", 1, Status.EXECUTED, "/home/u/shop/cli.py", kind=RecordKind.MAIN_MODULE),
    )
    processes = tuple(Process(index, index, 0, None, (), ENVIRONMENT) for index in (0, 1))
    found = classify(Journal(processes, records), {0: Facts(), 1: EDITABLE_SHOP}, Disk())
    assert [one.origin for one in found] == [Origin.LOCAL, Origin.EDITABLE]


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/home/u/app/data.csv", (Origin.LOCAL, "local")),
        ("/home/u/data.csv", (Origin.LOCAL, "local")),
        ("/data/big.bin", (Origin.LOCAL, "local")),
        ("/tmp/input.txt", (Origin.LOCAL, "local")),
        ("/tmp", (None, "system-tree")),
        ("/gone/data.csv", (Origin.MISSING, "missing")),
        ("/etc/hosts", (None, "system-tree")),
        ("/proc/self/maps", (None, "system-tree")),
        ("/dev/null", (None, "system-tree")),
        ("/usr/share/zoneinfo/UTC", (None, "system-tree")),
        ("/lib/x86_64-linux-gnu/libc.so.6", (None, "system-tree")),
        ("/library/x.txt", (Origin.LOCAL, "local")),
        ("/usr/src/app/data.csv", (Origin.LOCAL, "local")),
        ("/usr/src/application/data.csv", (None, "system-tree")),
        (f"{STDLIB}/lib2to3/Grammar.txt", (Origin.STDLIB, "stdlib-directory")),
        ("/opt/python/include/python3.11/pyconfig.h", (Origin.INSTALLED, "interpreter-tree")),
        ("/opt/python/work/data.csv", (Origin.LOCAL, "local")),
        ("/opt/python/share/team/data.csv", (Origin.LOCAL, "local")),
        ("/venv/pyvenv.cfg", (Origin.INSTALLED, "interpreter-tree")),
        ("/venv/bin", (Origin.INSTALLED, "interpreter-tree")),
        ("/venv/share/data.csv", (Origin.LOCAL, "local")),
        (f"{SITE}/requests/cacert.pem", (Origin.INSTALLED, "record-installed")),
        (f"{SITE}/stray.txt", (Origin.INSTALLED, "site-directory")),
        ("/home/u/shop/rates.txt", (Origin.EDITABLE, "editable-root")),
    ],
)
def test_whose_a_data_file_is(path: str, expected: tuple[Origin | None, str]) -> None:
    facts = Facts(
        owners={f"{SITE}/requests/cacert.pem": owned(REQUESTS, "requests/cacert.pem")},
        editable=EDITABLE_SHOP.editable,
    )
    projects = ("/", "/home/u/app", "/usr/src/app", "/opt/python/share/team")
    assert classify_path(path, facts, Disk(), projects=projects) == expected


def test_a_project_may_be_the_directory_of_temporary_files() -> None:
    assert classify_path("/tmp", Facts(), Disk(), projects=("/tmp",)) == (Origin.LOCAL, "local")


@pytest.mark.parametrize(
    ("disk", "expected"),
    [
        (Disk(links={"/home/u/hosts": "/etc/hosts"}), (Origin.LOCAL, "local")),
        (Disk(entry_paths={"/home/u/hosts": "/run/hosts"}), (None, "system-tree")),
    ],
)
def test_a_link_to_a_system_file_is_the_users_and_one_below_a_linked_directory_is_not(
    disk: Disk, expected: tuple[Origin | None, str]
) -> None:
    assert classify_path("/home/u/hosts", Facts(), disk, projects=("/home/u/app",)) == expected
