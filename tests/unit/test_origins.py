"""The origin rules, one table row for each case that a rule must distinguish, from literal facts."""

from __future__ import annotations

import pytest
from origin_world import EDITABLE_SHOP, OLD, REQUESTS, SHOP, SITE, STDLIB, Disk, Facts, judge, owned

from automount.model import (
    Origin,
)
from automount.origins import (
    RULES,
    OwnedAs,
    Ownership,
    Root,
    RootKind,
)


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
            Disk(entry_paths={f"{SITE}/shop/api.py": "/home/u/shop/shop/api.py"}),
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
    written, entry_path = "/link/requests/api.py", f"{SITE}/requests/api.py"
    facts = Facts(owners={entry_path: owned(REQUESTS, "requests/api.py")})
    disk = Disk(entry_paths={written: entry_path})
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
            Disk(entry_paths={"/srv/shop/api.py": "/home/u/shop/api.py"}),
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
