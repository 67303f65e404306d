"""The normal form of a distribution's name is that of `packaging`."""

from __future__ import annotations

import pytest
from packaging.utils import canonicalize_name

from automount.distribution_names import canonical


@pytest.mark.parametrize(
    "name",
    [
        "six",
        "python-dateutil",
        "PyYAML",
        "oslo.concurrency",
        "typing_extensions",
        "a--b",
        "a-_.b",
        "",
        "É",
        "İx",
    ],
)
def test_it_is_the_same_as_packaging_gives(name: str) -> None:
    assert canonical(name) == canonicalize_name(name)
