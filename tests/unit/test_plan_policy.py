"""The user's policy: added mounts, no automatic ones, skipped editable projects; requirements."""

from __future__ import annotations

from dataclasses import replace

from plan_world import (
    APP,
    APP_ROW,
    EDITABLE,
    PROJECT,
    SITE,
    distribution,
    facts,
    main_module,
    module,
    namespace,
    plan,
    rows,
)

from automount.model import (
    Disposition,
    Distribution,
    EditablePolicy,
    Layout,
    ManualMount,
    ModuleEntrypoint,
    Origin,
    Policy,
    Status,
)
from automount.plan import Importable, make_plan


def test_by_hand() -> None:
    policy = Policy(
        add_packages=(("extra", None), ("deep.inner", None), ("one", "/opt/one"), ("nowhere", None)),
        add_dirs=(ManualMount("conf"), ManualMount("/p/assets", "/srv/assets"), ManualMount("/p/x", "lib/x")),
        add_files=(ManualMount("a.txt"), ManualMount("/p/b.txt", "data/"), ManualMount("/p/c.txt", "/etc/c")),
    )
    made = make_plan(
        facts(
            APP,
            policy=policy,
            importables={
                "extra": Importable("extra", "/p/extra/__init__.py", ("/p/extra",)),
                "deep": Importable("deep", "/p/deep/__init__.py", ("/p/deep",)),
                "deep.inner": Importable("deep.inner", None, ("/p/deep/inner",)),
                "one": Importable("one", "/p/one.py"),
            },
            files=["/p/extra/__init__.py", "/p/deep/inner/x.py"],
        )
    )
    assert rows(made) == [
        APP_ROW,
        ("/p/a.txt", "/p/a.txt", "/root/a.txt"),
        ("/p/assets", "/p/assets/", "/srv/assets"),
        ("/p/b.txt", "/p/b.txt", "/root/data/b.txt"),
        ("/p/c.txt", "/p/c.txt", "/etc/c"),
        ("/p/conf", "/p/conf/", "/root/conf"),
        ("/p/x", "/p/x/", "/root/lib/x"),
        ("PythonModule:one", "/p/one.py", "/opt/one"),
        ("PythonPackage:deep", "/p/deep/__init__.py", "/root/deep/__init__.py"),
        ("PythonPackage:deep.inner", "/p/deep/inner/", "/root/deep/inner"),
        ("PythonPackage:extra", "/p/extra/", "/root/extra"),
    ]
    assert [(warning.code, warning.message) for warning in made.warnings] == [
        (
            "package-not-found",
            "--add-package nowhere: no package or module with that name is on the program's sys.path, so "
            "nothing was mounted for it: check the name, or add its directory with --add-dir",
        )
    ]
    entry = made.mounts[0].priority
    assert all(mount.priority < entry for mount in made.mounts[1:])
    assert made.mounts[5].because == ("requested by --add-dir",)


def test_of_two_by_hand_the_later_wins() -> None:
    made = plan(APP, policy=Policy(add_files=(ManualMount("/p/a", "x"), ManualMount("/p/b", "x"))))
    first, second = made.mounts[1:]
    assert (first.local, second.local) == ("/p/a", "/p/b")
    assert second.priority < first.priority


def test_by_hand_in_the_tree_keeps_its_place() -> None:
    policy = Policy(layout=Layout.TREE, add_files=(ManualMount("/p/data/a.txt"), ManualMount("/q/b.txt")))
    assert rows(plan(APP, policy=policy))[1:] == [
        ("/p/data/a.txt", "/p/data/a.txt", "/root/data/a.txt"),
        ("/q/b.txt", "/q/b.txt", "/root/b.txt"),
    ]


def test_no_automount_leaves_the_entrypoint_its_packages_own_files_and_what_is_by_hand() -> None:
    loaded = [
        main_module("a.b.run", "/p/a/b/run.py"),
        module("a", "/p/a/__init__.py"),
        module("a.b", "/p/a/b/__init__.py"),
        module("deps", "/p/deps.py"),
        module("hand", "/p/hand/m.py"),
    ]
    policy = Policy(layout=Layout.FLAT, automount=False, add_dirs=(ManualMount("/p/hand"),))
    made = plan(*loaded, entry=ModuleEntrypoint("a.b.run"), policy=policy)
    assert rows(made) == [
        ("PythonPackage:a", "/p/a/__init__.py", "/root/a/__init__.py"),
        ("PythonPackage:a.b", "/p/a/b/__init__.py", "/root/a/b/__init__.py"),
        ("PythonPackage:a.b.run", "/p/a/b/run.py", "/root/a/b/run.py"),
        ("/p/hand", "/p/hand/", "/root/hand"),
    ]
    assert made.entry_remote == "/root/a/b/run.py"
    assert made.module_mounts == {(0, "a"): 0, (0, "a.b"): 1, (0, "a.b.run"): 2, (0, "hand"): 3}
    assert rows(plan(APP, *loaded[3:], policy=Policy(layout=Layout.FLAT, automount=False))) == [APP_ROW]


def test_editable_skip_makes_requirements_of_editable_projects() -> None:
    made = plan(
        APP,
        module("pkg", "/e/proj/pkg/__init__.py", **EDITABLE),
        module("pkg._c", f"{SITE}/pkg/_c.so", origin=Origin.EDITABLE_ARTIFACT, distribution=PROJECT),
        namespace("ns", ("/e/proj/ns", Origin.EDITABLE)),
        policy=Policy(editable=EditablePolicy.SKIP),
    )
    assert rows(made) == [APP_ROW]
    (row,) = made.requirements
    assert (row.name, row.version, row.editable_project) == ("proj", "1.0", "/e/proj")
    assert row.direct_url == {"url": "file:///e/proj"}
    assert [(skip.local, skip.reason) for skip in made.skipped] == [
        ("/e/proj", "editable: proj 1.0 is left out by --editable skip")
    ]


def test_a_portion_of_which_no_module_was_loaded_is_a_requirement() -> None:
    parts = namespace("parts", ("/e/proj/parts", Origin.EDITABLE))
    portion = replace(parts.portions[0], distribution=PROJECT)
    made = plan(APP, replace(parts, portions=(portion,)), policy=Policy(editable=EditablePolicy.SKIP))
    assert [(row.name, row.via, row.editable_project) for row in made.requirements] == [
        ("proj", (), "/e/proj")
    ]


def test_requirements_are_the_distributions_really_used() -> None:
    used = {"origin": Origin.INSTALLED}
    made = plan(
        APP,
        module("yaml", f"{SITE}/yaml/__init__.py", distribution=distribution("PyYAML", "6.0"), **used),
        module("yaml.nodes", f"{SITE}/yaml/nodes.py", distribution=distribution("PyYAML", "6.0"), **used),
        module("probed", f"{SITE}/probed.py", status=Status.FOUND, present=False, **used),
        module("_distutils_hack", f"{SITE}/x.py", distribution=distribution("setuptools"), **used),
        module("debian", f"{SITE}/debian.py", **used),
        module("vend", "/p/vend.py", origin=Origin.VENDORED, distribution=distribution("vend")),
        module("mine", "/e/proj/mine.py", **EDITABLE),
    )
    assert [(row.name, row.version, row.editable_project) for row in made.requirements] == [
        ("pyyaml", "6.0", None)
    ]


def test_a_requirement_names_the_distribution_that_imported_it() -> None:
    """`web` uses `yaml` if it happens to be installed, and the program itself uses `click`, as `web` does."""
    web, yaml, click = distribution("web"), distribution("PyYAML"), distribution("click")

    def installed(name: str, of: Distribution, by: str) -> Disposition:
        file = f"{SITE}/{name}.py"
        return module(name, file, origin=Origin.INSTALLED, distribution=of, by=by)

    made = plan(
        APP,
        installed("web", web, "__main__"),
        installed("web_parts", web, "web"),
        installed("yaml", yaml, "web_parts"),
        installed("click", click, "web"),
        installed("click_core", click, "__main__"),
    )
    assert [(row.name, row.via) for row in made.requirements] == [
        ("click", ()),
        ("pyyaml", ("web",)),
        ("web", ()),
    ]
