"""The scanner on the texts of `benchmarks/secret_texts`: 1,521 kinds with a secret and 1,417 without one.

The bounds are those that the project promises: 95 % of the secrets are reported, and 98 % of what is
reported is one.
"""

from __future__ import annotations

import pytest

from benchmarks.secret_recall import SETS, reported
from benchmarks.secret_texts import templates
from benchmarks.secret_texts.values import Values

EACH = 5


@pytest.mark.parametrize("label", sorted(SETS))
def test_recall_is_at_least_95_percent_at_a_precision_of_98_percent(label: str) -> None:
    having, lacking = SETS[label]
    found, wrong = reported(having, EACH), reported(lacking, EACH)
    assert found.total() >= 0.95 * EACH * len(having), {
        name: found[name] for name in having if found[name] < EACH
    }
    assert found.total() >= 0.98 * (found.total() + wrong.total()), dict(wrong)


def test_a_set_in_a_text_file_gives_the_same_texts_each_time() -> None:
    kinds = templates.kinds("fourth_with.txt")
    assert all(make(Values(name)) == make(Values(name)) for name, make in kinds.items())
    assert not any("⟦" in str(make(Values(name))) for name, make in kinds.items())
    assert kinds["ops/wide.config"](Values("x")).startswith(b"\xff\xfe")


def test_each_set_has_many_kinds_of_both() -> None:
    assert all(len(having) >= 38 and len(lacking) >= 40 for having, lacking in SETS.values())
