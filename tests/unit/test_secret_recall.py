"""The scanner on the texts of `benchmarks/secret_texts`: 140 kinds with a secret and 125 without one.

The bounds are those that the project promises: 95 % of the secrets are reported, and 98 % of what is
reported is one.
"""

from __future__ import annotations

import pytest

from benchmarks.secret_recall import SETS, reported

EACH = 5


@pytest.mark.parametrize("label", sorted(SETS))
def test_recall_is_at_least_95_percent_at_a_precision_of_98_percent(label: str) -> None:
    having, lacking = SETS[label]
    found, wrong = reported(having, EACH), reported(lacking, EACH)
    assert found.total() >= 0.95 * EACH * len(having), {
        name: found[name] for name in having if found[name] < EACH
    }
    assert found.total() >= 0.98 * (found.total() + wrong.total()), dict(wrong)


def test_there_are_forty_kinds_of_each() -> None:
    assert all(len(having) >= 40 and len(lacking) >= 40 for having, lacking in SETS.values())
