"""The metadata of editable distributions: `--editable full`, and the warning without it."""

from __future__ import annotations

import pytest
from plan_world import APP, SITE, distribution, module, namespace, plan, process

from automount.model import (
    DataAccess,
    DataPolicy,
    Disposition,
    EditablePolicy,
    Layout,
    ManualMount,
    Origin,
    Policy,
    Portion,
)
from automount.plan import DataFact

TAX = distribution("shop_tax", editable=True, project_root="/e/tax")
INFO = f"{SITE}/shop_tax-1.0.dist-info"
PACKAGE = module("tax", "/e/tax/src/tax/__init__.py", origin=Origin.EDITABLE, distribution=TAX)
FULL = Policy(layout=Layout.FLAT, editable=EditablePolicy.FULL)


def metadata(
    *loaded: Disposition, files: list[str], policy: Policy = FULL, **changes: object
) -> list[tuple[str, str]]:
    made = plan(APP, *loaded, files=files, policy=policy, **changes)
    return [(mount.local, mount.remote) for mount in made.mounts if mount.label.startswith("Metadata:")]


def test_what_is_shipped() -> None:
    files = ["METADATA", "RECORD", "direct_url.json", "entry_points.txt", "top_level.txt", "INSTALLER"]
    assert metadata(PACKAGE, files=[f"{INFO}/{file}" for file in files]) == [
        (f"{INFO}/METADATA", "/root/shop_tax-1.0.dist-info/METADATA"),
        (f"{INFO}/entry_points.txt", "/root/shop_tax-1.0.dist-info/entry_points.txt"),
        (f"{INFO}/top_level.txt", "/root/shop_tax-1.0.dist-info/top_level.txt"),
    ]


def test_the_row() -> None:
    made = plan(APP, PACKAGE, files=[f"{INFO}/METADATA"], policy=FULL)
    (row,) = [mount for mount in made.mounts if mount.label == "Metadata:shop_tax"]
    assert (row.kind.value, row.name, row.distribution) == ("file", "shop_tax", TAX)
    assert row.because == ("the metadata of shop_tax, requested by --editable full",)


@pytest.mark.parametrize("policy", [EditablePolicy.MOUNT, EditablePolicy.SKIP])
def test_not_where_nothing_asked_for_it(policy: EditablePolicy) -> None:
    assert metadata(PACKAGE, files=[f"{INFO}/METADATA"], policy=Policy(editable=policy)) == []


def test_only_of_what_is_mounted() -> None:
    plain = distribution("plain")
    loaded = module("plain", f"{SITE}/plain/__init__.py", origin=Origin.INSTALLED, distribution=plain)
    assert metadata(loaded, files=[f"{SITE}/plain-1.0.dist-info/METADATA", f"{INFO}/METADATA"]) == []


def test_an_egg_link_is_described_in_the_source() -> None:
    old = distribution(
        "Shop-Tax",
        metadata_path=f"{SITE}/Shop-Tax.egg-link",
        editable=True,
        described_in="/e/tax/Shop_Tax.egg-info",
    )
    loaded = module("tax", "/e/tax/tax/__init__.py", origin=Origin.EDITABLE, distribution=old)
    held = "/e/tax/Shop_Tax.egg-info"
    files = [f"{held}/{file}" for file in ("PKG-INFO", "entry_points.txt", "SOURCES.txt", "requires.txt")]
    assert metadata(loaded, files=[*files, f"{SITE}/Shop-Tax.egg-link"]) == [
        (f"{held}/PKG-INFO", "/root/shop_tax-1.0.dist-info/METADATA"),
        (f"{held}/entry_points.txt", "/root/shop_tax-1.0.dist-info/entry_points.txt"),
    ]


def test_a_portion_of_a_namespace_brings_its_own() -> None:
    shared = namespace("ns", ("/e/tax/src/ns", Origin.EDITABLE))
    shared = Disposition(
        shared.record,
        shared.origin,
        "test",
        "",
        None,
        None,
        (Portion("/e/tax/src/ns", Origin.EDITABLE, "test", TAX),),
    )
    assert metadata(shared, files=[f"{INFO}/METADATA"]) == [
        (f"{INFO}/METADATA", "/root/shop_tax-1.0.dist-info/METADATA")
    ]


def test_a_mirrored_tree_has_it_where_its_modules_are_found() -> None:
    made = metadata(
        module("tax", "/p/src/tax/__init__.py", origin=Origin.EDITABLE, distribution=TAX),
        files=[f"{INFO}/METADATA"],
        policy=Policy(editable=EditablePolicy.FULL, layout=Layout.TREE),
        workspace="/p",
        processes=[process(path=("/p", "/p/src"))],
    )
    assert made == [(f"{INFO}/METADATA", "/root/src/shop_tax-1.0.dist-info/METADATA")]


def test_not_what_was_added_by_hand_alone() -> None:
    policy = Policy(editable=EditablePolicy.FULL, automount=False, add_files=(ManualMount("/p/x"),))
    assert metadata(PACKAGE, files=[f"{INFO}/METADATA", "/p/x"], policy=policy) == []


def read(path: str) -> dict[DataAccess, DataFact]:
    return {DataAccess(path, "read", 0, path, "importlib.metadata"): DataFact(None, 10)}


@pytest.mark.parametrize(
    ("path", "policy", "shipped"),
    [
        pytest.param(f"{INFO}/METADATA", EditablePolicy.MOUNT, True, id="its version"),
        pytest.param(f"{INFO}/entry_points.txt", EditablePolicy.MOUNT, True, id="entry points"),
        pytest.param(f"{INFO}/RECORD", EditablePolicy.MOUNT, True, id="a file that is never shipped"),
        pytest.param(f"{INFO}/METADATA", EditablePolicy.SKIP, False, id="installed there"),
        pytest.param(f"{SITE}/other-1.0.dist-info/METADATA", EditablePolicy.MOUNT, False, id="another's"),
    ],
)
def test_what_the_program_read_is_shipped(path: str, policy: EditablePolicy, shipped: bool) -> None:
    files = [f"{INFO}/METADATA", f"{INFO}/entry_points.txt", f"{INFO}/RECORD"]
    made = plan(APP, PACKAGE, data=read(path), files=files, policy=Policy(editable=policy))
    rows = [row for row in made.mounts if row.label == "Metadata:shop_tax"]
    assert [row.local for row in rows] == (
        [f"{INFO}/METADATA", f"{INFO}/entry_points.txt"] if shipped else []
    )
    assert {row.because for row in rows} <= {("the metadata of shop_tax, which the program read",)}
    is_skipped = policy is EditablePolicy.SKIP
    assert [row.code for row in made.warnings] == (["local-requirement"] if is_skipped else [])


def test_what_the_program_read_is_shipped_once() -> None:
    """`--data mount` adds no second copy at the place of the site directory."""
    version = DataAccess(f"{INFO}/METADATA", "read", 0, f"{INFO}/METADATA", "tax")
    shipped = metadata(
        PACKAGE,
        files=[f"{INFO}/METADATA"],
        policy=Policy(data=DataPolicy.MOUNT),
        data={version: DataFact(Origin.EDITABLE_SHIM, 10)},
    )
    assert len(shipped) == 1
    made = plan(
        APP,
        PACKAGE,
        files=[f"{INFO}/METADATA"],
        policy=Policy(data=DataPolicy.MOUNT),
        data={version: DataFact(Origin.EDITABLE_SHIM, 10)},
    )
    assert [mount.local for mount in made.mounts if mount.local.startswith(INFO)] == [f"{INFO}/METADATA"]
