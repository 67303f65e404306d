"""What the layouts' common check does not ask: requirement rows, options, and ways of starting."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import needs
import pytest
from compiled_layouts import COMPILED_CASES
from editable_layouts import APP, PURE_CASES, SETUPTOOLS_CASES
from installed_layouts import INSTALL_CASES, PLACE_CASES
from layout_checks import check, recorded, remote_files, shipped_output
from layouts import Built, LayoutCase, build, run
from mixed_layouts import MIXED_CASES

CASES = SETUPTOOLS_CASES + PURE_CASES + COMPILED_CASES + INSTALL_CASES + PLACE_CASES + MIXED_CASES
NAMED = {case.layout.name: case for case in CASES}


def manifest_of(case: LayoutCase, tmp_path: Path) -> tuple[Built, dict[str, Any]]:
    built = build(case.layout)
    return built, recorded(case, built, tmp_path, "flat")


@pytest.mark.parametrize("options", [("--layout", "tree"), ("--scope", "loaded")], ids=" ".join)
@pytest.mark.parametrize(
    "name",
    [
        "setuptools-package-dir",
        "setuptools-namespace",
        "setuptools-strict",
        "flit-symlink",
        "meson-python",
        "scikit-build-core",
        "egg-archive-elsewhere",
        "pth-directories",
    ],
)
def test_what_is_shipped_runs_in_every_layout_and_scope(
    name: str, options: tuple[str, ...], tmp_path: Path
) -> None:
    case = replace(NAMED[name], options=options)
    built, manifest = manifest_of(case, tmp_path)
    assert shipped_output(case, built, manifest, tmp_path / "stage") == case.output


def test_a_requirement_carries_where_it_was_installed_from(tmp_path: Path) -> None:
    built, manifest = manifest_of(NAMED["vcs"], tmp_path)
    (row,) = manifest["requirements"]
    commit = run(["git", "-C", "dep", "rev-parse", "HEAD"], built.root).strip()
    assert (row["name"], row["version"]) == ("dep-dist", "2.0")
    assert row["direct_url"] == {
        "url": f"file://{built.root}/dep",
        "vcs_info": {"vcs": "git", "commit_id": commit},
    }
    built, manifest = manifest_of(NAMED["archive"], tmp_path)
    (row,) = manifest["requirements"]
    assert row["direct_url"]["url"] == f"file://{built.root}/dep_dist-2.0.tar.gz"
    assert "archive_info" in row["direct_url"]


def test_a_skipped_editable_is_a_requirement_that_names_its_project(tmp_path: Path) -> None:
    built, manifest = manifest_of(NAMED["editable-skip"], tmp_path)
    rows = {row["name"]: row for row in manifest["requirements"]}
    assert rows["shop-dist"]["version"] == "1.0"
    assert rows["shop-dist"]["editable_project"] == str(built.root / "project")
    assert rows["shop-dist"]["direct_url"]["dir_info"] == {"editable": True}
    assert rows["dep-dist"].get("editable_project") is None
    skipped = {row["local"]: row["reason"]["code"] for row in manifest["skipped"]}
    assert skipped[str(built.root / "project")] == "editable"


def test_the_program_itself_is_shipped_though_its_project_is_skipped(tmp_path: Path) -> None:
    case = NAMED["setuptools-flat"]
    layout = replace(
        case.layout,
        name="script-in-project",
        files={**case.layout.files, "project/run.py": APP},
    )
    case = replace(case, layout=layout, cwd="project", words=("run.py",), options=("--editable", "skip"))
    _, manifest = manifest_of(case, tmp_path)
    assert remote_files(manifest) == ["/root/run.py"]


def test_a_module_of_an_editable_project_is_run_by_its_name(tmp_path: Path) -> None:
    case = NAMED["setuptools-package-dir"]
    layout = replace(
        case.layout,
        name="module-of-project",
        files={**case.layout.files, "project/drawer/__main__.py": "from .coins import COINS\nprint(COINS)\n"},
    )
    case = replace(
        case,
        layout=layout,
        words=("-m", "shop.till"),
        output="3\n",
        remote=(*case.remote[1:], "/root/shop/till/__main__.py"),
        labels=("PythonPackage:shop", "PythonPackage:shop.till", "PythonPackage:shop.till.__main__"),
    )
    _, manifest = manifest_of(case, tmp_path)
    assert remote_files(manifest) == sorted(case.remote)
    assert manifest["entrypoint"]["remote"] == "/root/shop/till/__main__.py"


def test_a_console_script_of_an_editable_project_ships_the_project_and_not_itself(tmp_path: Path) -> None:
    case = NAMED["flit"]
    files = {**case.layout.files}
    files["project/pyproject.toml"] += "[project.scripts]\nshop-run = 'shop.prices:show'\n"
    files["project/src/shop/prices.py"] += "\n\ndef show():\n    print(total())\n"
    case = replace(
        case,
        layout=replace(case.layout, name="console-script-of-project", files=files),
        words=("--", "{root}/venv/bin/shop-run"),
        output="42\n",
        remote=case.remote[1:],
        labels=("PythonPackage:shop",),
    )
    check(case, tmp_path)
    _, manifest = manifest_of(case, tmp_path)
    (main,) = [row for row in manifest["modules"] if row["name"] == "__main__"]
    assert (main["origin"], main["rule"], main["mount"]) == ("editable-shim", "record-helper", None)


@pytest.mark.parametrize(
    ("name", "package", "files"),
    [
        ("setuptools-package-dir", "shop", ("shop/__init__.py", "shop/prices.py", "shop/rates.txt")),
        (
            "setuptools-package-dir",
            "shop.till",
            ("shop/__init__.py", "shop/till/__init__.py", "shop/till/coins.py"),
        ),
        ("setuptools-py-modules", "till", ("till.py",)),
        ("pdm-editables", "shop", ("shop/__init__.py", "shop/prices.py", "shop/rates.txt")),
        ("meson-python", "shop", ("shop/__init__.py", "shop/prices.py", "shop/rates.txt")),
        ("flit-symlink", "shop", ("shop/__init__.py", "shop/prices.py", "shop/rates.txt")),
    ],
)
def test_a_package_is_added_by_hand_without_being_loaded(
    name: str, package: str, files: tuple[str, ...], tmp_path: Path
) -> None:
    (tmp_path / "app.py").write_text("print('nothing')\n", encoding="utf-8")
    options = ("--add-package", package)
    case = replace(NAMED[name], words=(f"{tmp_path}/app.py",), options=options, output="nothing\n")
    _, manifest = manifest_of(case, tmp_path)
    assert remote_files(manifest) == ["/root/app.py", *(f"/root/{file}" for file in files)]


def test_the_systems_packages_are_installed_though_nothing_lists_their_files(tmp_path: Path) -> None:
    """Debian removes RECORD from many of its packages, and `egg-info` never had one."""
    python, packages = Path("/usr/bin/python3"), Path("/usr/lib/python3/dist-packages")
    if not (python.exists() and packages.is_dir()):
        needs.missing("there is no system Python with dist-packages, as Debian has")
    listed = {
        line.partition("/")[0]
        for record in packages.glob("*.dist-info/RECORD")
        for line in record.read_text().split("\n")
    }
    found = sorted(path.parent.name for path in packages.glob("*/__init__.py"))
    unlisted = [
        name for name in found if name not in listed and name.isidentifier() and not name.startswith("_")
    ]
    if not unlisted:
        needs.missing("every package of the system Python is listed in some RECORD")
    (tmp_path / "app.py").write_text(f"import {unlisted[0]}\n", encoding="utf-8")
    case = replace(NAMED["wheel"], python=str(python), words=(f"{tmp_path}/app.py",), output="")
    _, manifest = manifest_of(case, tmp_path)
    (row,) = [row for row in manifest["modules"] if row["name"] == unlisted[0]]
    assert (row["origin"], row["rule"]) == ("installed", "site-directory")
    assert remote_files(manifest) == ["/root/app.py"]
