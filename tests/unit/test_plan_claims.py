"""What becomes of claims: a mount of their own, a part of another's, or nothing."""

from __future__ import annotations

from itertools import permutations

import pytest

from automount.model import MountKind
from automount.plan.claims import ENTRY, Claim, Mounts, Precedence, Reason, Tier
from automount.values import replace

IMPORTED = Precedence(Tier.IMPORT, position=1)
MANUAL = Precedence(Tier.MANUAL, process=-1)


def package(local: str, remote: str, *, joins: bool = True) -> Claim:
    name = remote.rpartition("/")[2]
    claim = Claim.at(
        IMPORTED, MountKind.PACKAGE, local, remote, Reason(f"import {name}"), label=f"PythonPackage:{name}"
    )
    return replace(claim, joins=joins)


def file(local: str, remote: str, why: str, precedence: Precedence = IMPORTED) -> Claim:
    claim = Claim.at(precedence, MountKind.SCRIPT, local, remote, Reason(why))
    return replace(claim, joins=True)


def places(mounts: Mounts) -> list[tuple[str, str]]:
    return [(mount.local, mount.remote) for mount in mounts.all()]


def test_the_order_of_claims_does_not_matter() -> None:
    claims = [
        package("/p/pkg", "/root/pkg"),
        package("/p/pkg/sub", "/root/pkg/sub"),
        file("/p/pkg/sub/a.py", "/root/pkg/sub/a.py", "import pkg.sub.a"),
        file("/p/pkg/b.py", "/root/elsewhere/b.py", "import other.b"),
    ]
    for order in permutations(claims):
        mounts = Mounts(order)
        assert places(mounts) == [
            ("/p/pkg/b.py", "/root/elsewhere/b.py"),
            ("/p/pkg", "/root/pkg"),
        ]
        sentences = {reason.sentence for reason in mounts.reasons(mounts.of(claims[0].key))}
        assert sentences == {"import pkg", "import sub", "import pkg.sub.a"}


def test_claims_for_the_same_paths_are_one_mount_with_the_lowest_precedence() -> None:
    first, again = (file("/p/a.py", "/root/a.py", why) for why in ("import a", "run as a script"))
    mounts = Mounts([first, replace(again, precedence=ENTRY, label="again")])
    (mount,) = mounts.all()
    assert (mount.label, mount.precedence) == ("/p/a.py", ENTRY)
    assert [reason.sentence for reason in mounts.reasons(mount)] == ["import a", "run as a script"]


@pytest.mark.parametrize("other", [None, frozenset({"/p/app/b.py"})], ids=["whole", "limited"])
def test_a_limited_tree_carries_only_what_its_claims_name(other: frozenset[str] | None) -> None:
    tree = Claim.at(ENTRY, MountKind.SCRIPT, "/p/app", "/root/app", tree=True)
    main = frozenset({"/p/app/__main__.py"})
    inside = file("/p/app/c.py", "/root/app/c.py", "import c")
    mounts = Mounts([replace(tree, only=main), replace(tree, precedence=MANUAL, only=other), inside])
    expected = None if other is None else main | other
    assert [mount.only for mount in mounts.all() if mount.tree] == [expected]
    # A whole tree contains the file as well, a limited one does not.
    assert (("/p/app/c.py", "/root/app/c.py") in places(mounts)) is (other is not None)


def test_without_imports_a_claim_gives_its_row_of_sys_path_and_no_mount() -> None:
    row = (0, 1, "/root")
    mounts = Mounts([replace(package("/p/pkg", "/root/pkg"), row=row)], imports=False)
    assert (mounts.all(), mounts.rows) == ((), {row})
    assert mounts.carrier("/p/pkg/a.py") is None
