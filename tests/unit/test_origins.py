"""The origin rules, one table row for each case that a rule must distinguish, from literal facts."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import pytest

from automount.model import (
    Distribution,
    Environment,
    Journal,
    Located,
    ModuleRecord,
    Origin,
    Process,
    RecordKind,
    Status,
)
from automount.origins import (
    RULES,
    OwnedAs,
    Ownership,
    Root,
    RootKind,
    classify,
    classify_path,
)
from automount.paths import is_below

SITE = "/venv/lib/python3.11/site-packages"
STDLIB = "/opt/python/lib/python3.11"
REQUESTS = Distribution("requests", "2.31.0", f"{SITE}/requests-2.31.0.dist-info")
SHOP = Distribution("shop", "1.0", f"{SITE}/shop-1.0.dist-info", editable=True, project_root="/home/u/shop")
ENVIRONMENT = Environment(
    python="3.11.7",
    implementation="cpython",
    executable="/venv/bin/python",
    platform="linux",
    prefix="/venv",
    base_prefix="/opt/python",
    exec_prefix="/venv",
    base_exec_prefix="/opt/python",
    stdlib=(STDLIB,),
    site_dirs=(SITE,),
    user_site=None,
    path=("/home/u/app", STDLIB, SITE),
    cwd="/home/u/app",
)
OLD = Environment(**{**ENVIRONMENT.__dict__, "python": "3.10.13"})


@dataclass
class Facts:
    """An `Installed` from literals: path -> who owns it."""

    owners: dict[str, Ownership] = field(default_factory=dict)
    directories: dict[str, Ownership] = field(default_factory=dict)
    nearby: dict[str, Ownership] = field(default_factory=dict)
    named: dict[str, Distribution] = field(default_factory=dict)
    editable: tuple[Root, ...] = ()
    environment: Environment = ENVIRONMENT
    more_roots: tuple[Root, ...] = ()

    def owner(self, path: str, /) -> Ownership | None:
        return self.owners.get(path)

    def directory_owner(self, path: str, /) -> Ownership | None:
        return self.directories.get(path)

    def owner_nearby(self, path: str, /) -> Ownership | None:
        return self.nearby.get(path)

    def named_for(self, path: str, /) -> Distribution | None:
        return self.named.get(path)

    def directory_roots(self) -> tuple[Root, ...]:
        return (
            Root(SITE, RootKind.SITE, "a site directory of /venv/bin/python"),
            Root(STDLIB, RootKind.STDLIB, "the standard library of /venv/bin/python"),
            *self.more_roots,
        )

    def editable_roots(self) -> tuple[Root, ...]:
        return self.editable


@dataclass
class Disk:
    """A `Locate` from literals: everything below `/gone` is missing, `links` and `archives` are as given."""

    links: dict[str, str] = field(default_factory=dict)
    held: dict[str, str] = field(default_factory=dict)
    archives: tuple[str, ...] = ()
    directories: tuple[str, ...] = ()
    absent: tuple[str, ...] = ("/gone",)

    def __call__(self, path: str, /) -> Located:
        for archive in self.archives:
            if is_below(path, archive, strictly=True):
                return Located(path, path, exists=False, archive=archive, held=path)
        exists = path.startswith("/") and not any(is_below(path, one) for one in self.absent)
        held = self.held.get(path, path)
        return Located(path, self.links.get(path, held), exists, path in self.directories, held=held)


def owned(
    distribution: Distribution,
    entry: str,
    *,
    base: str = SITE,
    in_site: bool = True,
    owned_as: OwnedAs = OwnedAs.FILE,
) -> Ownership:
    return Ownership(distribution, base, entry, in_site, owned_as)


EDITABLE_SHOP = Facts(
    editable=(
        Root(
            "/home/u/shop",
            RootKind.EDITABLE,
            "the project of the editable shop 1.0 by its direct_url.json",
            SHOP,
        ),
    )
)


def judge(
    file: str | None,
    facts: Facts | None = None,
    disk: Disk | None = None,
    *,
    name: str = "thing",
    locations: tuple[str, ...] | None = None,
    more: tuple[ModuleRecord, ...] = (),
) -> tuple[Origin, str, str | None, str | None]:
    """Origin, rule, shipped file and distribution of one record in a journal."""
    record = ModuleRecord(name, 0, Status.EXECUTED, file, locations)
    journal = Journal((Process(0, 1, 0, None, ("python",), ENVIRONMENT),), (*more, record))
    found = classify(journal, {0: facts or Facts()}, disk or Disk())[-1]
    assert found.record == record
    assert found.reason
    return found.origin, found.rule, found.file, found.distribution.name if found.distribution else None


def test_the_table_has_unique_codes_and_one_line_meanings() -> None:
    codes = [rule.code for rule in RULES]
    assert codes == [
        "builtin",
        "frozen-stdlib",
        "frozen",
        "namespace",
        "written",
        "recorder",
        "generated",
        "archive",
        "missing",
        "record-helper",
        "record-linked",
        "record-artifact",
        "record-installed",
        "record-vendored",
        "stdlib-directory",
        "site-directory",
        "editable-build",
        "editable-root",
        "record-nearby",
        "local",
    ]
    for rule in RULES:
        assert rule.meaning
        assert "\n" not in rule.meaning
        assert len(rule.meaning) < 90


@pytest.mark.parametrize(
    ("file", "name", "facts", "expected"),
    [
        ("built-in", "sys", Facts(), (Origin.BUILTIN, "builtin", None, None)),
        (None, "builtins", Facts(environment=OLD), (Origin.BUILTIN, "builtin", None, None)),
        ("frozen", "os", Facts(), (Origin.STDLIB, "frozen-stdlib", f"{STDLIB}/os.py", None)),
        ("frozen", "os.path", Facts(), (Origin.STDLIB, "frozen-stdlib", f"{STDLIB}/posixpath.py", None)),
        ("<frozen os>", "os", Facts(), (Origin.STDLIB, "frozen-stdlib", f"{STDLIB}/os.py", None)),
        ("frozen", "zipimport", Facts(environment=OLD), (Origin.FROZEN, "frozen", None, None)),
        (None, "six.moves", Facts(), (Origin.GENERATED, "generated", None, None)),
        ("<string>", "made", Facts(), (Origin.GENERATED, "generated", None, None)),
        ("/home/u/app/<made>", "made", Facts(), (Origin.LOCAL, "local", "/home/u/app/<made>", None)),
        ("/gone/<made>", "made", Facts(), (Origin.GENERATED, "generated", None, None)),
        ("/gone/mod.py", "mod", Facts(), (Origin.MISSING, "missing", "/gone/mod.py", None)),
    ],
)
def test_what_has_no_file_of_its_own(
    file: str | None, name: str, facts: Facts, expected: tuple[object, ...]
) -> None:
    assert judge(file, facts, name=name) == expected


def test_a_frozen_module_that_the_standard_library_lacks_is_frozen() -> None:
    disk = Disk(absent=(STDLIB,))
    assert judge("frozen", disk=disk, name="_frozen_importlib")[:2] == (Origin.FROZEN, "frozen")


@pytest.mark.parametrize(
    ("archive", "facts", "expected"),
    [
        ("/home/u/libs.zip", Facts(), (Origin.ZIP, "archive")),
        (f"{SITE}/dep-1.0-py3.11.egg", Facts(), (Origin.INSTALLED, "archive")),
        ("/opt/python/lib/python311.zip", Facts(), (Origin.ZIP, "archive")),
        (f"{STDLIB}/bundled/pip.whl", Facts(), (Origin.STDLIB, "archive")),
        ("/home/u/shop/libs.zip", EDITABLE_SHOP, (Origin.ZIP, "archive")),
    ],
)
def test_a_module_in_an_archive_is_judged_as_the_archive(
    archive: str, facts: Facts, expected: tuple[object, ...]
) -> None:
    origin, rule, file, _ = judge(f"{archive}/pkg/__init__.py", facts, Disk(archives=(archive,)))
    assert (origin, rule, file) == (*expected, archive)


HELPER = OwnedAs.HELPER
FINDER = f"{SITE}/__editable___shop_1_0_finder.py"
CORE = f"{SITE}/shop/_core.so"


@pytest.mark.parametrize(
    ("file", "ownership", "disk", "expected"),
    [
        # An ordinary file of an ordinary distribution.
        (
            f"{SITE}/requests/api.py",
            owned(REQUESTS, "requests/api.py"),
            Disk(),
            (Origin.INSTALLED, "record-installed", "requests"),
        ),
        # uv --link-mode symlink: the file links into a cache that is not a site directory.
        (
            f"{SITE}/requests/api.py",
            owned(REQUESTS, "requests/api.py"),
            Disk(links={f"{SITE}/requests/api.py": "/home/u/.cache/uv/archive/x/requests/api.py"}),
            (Origin.INSTALLED, "record-installed", "requests"),
        ),
        # A console script of the distribution.
        (
            "/venv/bin/requests",
            owned(REQUESTS, "../../../bin/requests"),
            Disk(),
            (Origin.INSTALLED, "record-installed", "requests"),
        ),
        # The finder of an editable distribution, its extension module, its linked module.
        (
            FINDER,
            owned(SHOP, "__editable___shop_1_0_finder.py", owned_as=HELPER),
            Disk(),
            (Origin.EDITABLE_SHIM, "record-helper", "shop"),
        ),
        (CORE, owned(SHOP, "shop/_core.so"), Disk(), (Origin.EDITABLE_ARTIFACT, "record-artifact", "shop")),
        (
            f"{SITE}/shop.py",
            owned(SHOP, "shop.py"),
            Disk(links={f"{SITE}/shop.py": "/home/u/shop/shop.py"}),
            (Origin.EDITABLE, "record-linked", "shop"),
        ),
        # flit --symlink lists only the linked directory.
        (
            f"{SITE}/shop/api.py",
            owned(SHOP, "shop", owned_as=OwnedAs.LINKED_DIRECTORY),
            Disk(held={f"{SITE}/shop/api.py": "/home/u/shop/shop/api.py"}),
            (Origin.EDITABLE, "record-linked", "shop"),
        ),
        (
            f"{SITE}/requests/api.py",
            owned(REQUESTS, "requests", owned_as=OwnedAs.LINKED_DIRECTORY),
            Disk(),
            (Origin.INSTALLED, "record-linked", "requests"),
        ),
        # pip install --target: in the project, and in a directory that is called like a site directory.
        (
            "/home/u/app/vendor/requests/api.py",
            owned(REQUESTS, "requests/api.py", base="/home/u/app/vendor", in_site=False),
            Disk(),
            (Origin.VENDORED, "record-vendored", "requests"),
        ),
        (
            "/other/lib/python3.11/site-packages/requests/api.py",
            owned(REQUESTS, "requests/api.py", base="/other/lib/python3.11/site-packages", in_site=False),
            Disk(),
            (Origin.INSTALLED, "record-installed", "requests"),
        ),
        (
            "/home/u/site-packages/app/vendor/requests/api.py",
            owned(REQUESTS, "requests/api.py", base="/home/u/site-packages/app/vendor", in_site=False),
            Disk(),
            (Origin.VENDORED, "record-vendored", "requests"),
        ),
        (
            "/other/site-packages/requests-2.egg/requests/api.py",
            owned(REQUESTS, "requests/api.py", base="/other/site-packages/requests-2.egg", in_site=False),
            Disk(),
            (Origin.INSTALLED, "record-installed", "requests"),
        ),
    ],
)
def test_what_a_list_of_files_says(
    file: str, ownership: Ownership, disk: Disk, expected: tuple[Origin, str, str]
) -> None:
    origin, rule, shipped, distribution = judge(file, Facts(owners={file: ownership}), disk)
    assert (origin, rule, distribution) == expected
    assert shipped == file


def test_a_helper_of_a_distribution_that_is_not_editable_is_installed() -> None:
    file = f"{SITE}/_hook.py"
    facts = Facts(owners={file: owned(REQUESTS, "_hook.py", owned_as=HELPER)})
    assert judge(file, facts)[:2] == (Origin.INSTALLED, "record-installed")


def test_ownership_holds_where_the_directories_are_links() -> None:
    written, held = "/link/requests/api.py", f"{SITE}/requests/api.py"
    facts = Facts(owners={held: owned(REQUESTS, "requests/api.py")})
    disk = Disk(held={written: held})
    assert judge(written, facts, disk, name="requests.api")[:2] == (Origin.INSTALLED, "record-installed")
    assert judge(written, facts, disk, name="calls.api")[:2] == (Origin.LOCAL, "local")


DEBIAN = "/usr/lib/python3/dist-packages"


@pytest.mark.parametrize(
    ("file", "facts", "disk", "expected"),
    [
        (f"{STDLIB}/json/__init__.py", Facts(), Disk(), (Origin.STDLIB, "stdlib-directory", None)),
        (f"{SITE}/stray.py", Facts(), Disk(), (Origin.INSTALLED, "site-directory", None)),
        (
            f"{DEBIAN}/requests/api.py",
            Facts(
                more_roots=(Root(DEBIAN, RootKind.SITE, "a site directory"),),
                named={f"{DEBIAN}/requests/api.py": REQUESTS},
            ),
            Disk(),
            (Origin.INSTALLED, "site-directory", "requests"),
        ),
        # A link in a project that leads into the library: under the library's name, and another one.
        (
            "/home/u/app/thing.py",
            Facts(),
            Disk(links={"/home/u/app/thing.py": f"{STDLIB}/thing.py"}),
            (Origin.STDLIB, "stdlib-directory", None),
        ),
        (
            "/home/u/app/thing.py",
            Facts(),
            Disk(links={"/home/u/app/thing.py": f"{STDLIB}/json/tool.py"}),
            (Origin.LOCAL, "local", None),
        ),
        ("/home/u/shop/shop/api.py", EDITABLE_SHOP, Disk(), (Origin.EDITABLE, "editable-root", "shop")),
        # Reached by a link, or named like the project with something more.
        (
            "/srv/shop/api.py",
            EDITABLE_SHOP,
            Disk(held={"/srv/shop/api.py": "/home/u/shop/api.py"}),
            (Origin.EDITABLE, "editable-root", "shop"),
        ),
        ("/home/u/shop-tools/api.py", EDITABLE_SHOP, Disk(), (Origin.LOCAL, "local", None)),
        # A project that holds its virtual environment, and an environment that holds a project.
        (
            "/home/u/shop/.venv/lib/python3.11/site-packages/dep.py",
            Facts(
                editable=EDITABLE_SHOP.editable,
                more_roots=(
                    Root(
                        "/home/u/shop/.venv/lib/python3.11/site-packages", RootKind.SITE, "a site directory"
                    ),
                ),
            ),
            Disk(),
            (Origin.INSTALLED, "site-directory", None),
        ),
        ("/venv/app/main.py", Facts(), Disk(), (Origin.LOCAL, "local", None)),
        (
            f"{SITE}/src/shop/api.py",
            Facts(editable=(Root(f"{SITE}/src/shop", RootKind.EDITABLE, "the project", SHOP),)),
            Disk(),
            (Origin.EDITABLE, "editable-root", "shop"),
        ),
        # Names prove nothing, nor do prefixes.
        ("/venv-project/main.py", Facts(), Disk(), (Origin.LOCAL, "local", None)),
        ("/home/u/site-packages/main.py", Facts(), Disk(), (Origin.LOCAL, "local", None)),
        ("/usr/src/app/main.py", Facts(), Disk(), (Origin.LOCAL, "local", None)),
        ("/opt/python/work/main.py", Facts(), Disk(), (Origin.LOCAL, "local", None)),
    ],
)
def test_what_a_place_says(
    file: str, facts: Facts, disk: Disk, expected: tuple[Origin, str, str | None]
) -> None:
    origin, rule, _, distribution = judge(file, facts, disk)
    assert (origin, rule, distribution) == expected


def test_metadata_beside_a_parent_directory_is_the_last_word_before_local() -> None:
    file = "/home/u/plugins/requests/api.py"
    near = owned(REQUESTS, "requests/api.py", base="/home/u/plugins", in_site=False)
    assert judge(file, Facts(nearby={file: near})) == (Origin.VENDORED, "record-nearby", file, "requests")


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
        (Disk(held={"/home/u/hosts": "/run/hosts"}), (None, "system-tree")),
    ],
)
def test_a_link_to_a_system_file_is_the_users_and_one_below_a_linked_directory_is_not(
    disk: Disk, expected: tuple[Origin | None, str]
) -> None:
    assert classify_path("/home/u/hosts", Facts(), disk, projects=("/home/u/app",)) == expected
