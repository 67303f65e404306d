"""Patterns that are compiled late are all valid, and behave as compiled ones."""

from __future__ import annotations

import gc
import importlib
import re
from pathlib import Path

import pytest

import automount
from automount.late_patterns import _LatePattern, late_pattern

HOME = Path(automount.__path__[0])


def test_every_late_pattern_of_automount_is_valid() -> None:
    for file in sorted(HOME.rglob("*.py")):
        if "import late_pattern" in file.read_text(encoding="utf-8"):
            importlib.import_module(".".join(file.relative_to(HOME.parent).with_suffix("").parts))
    late = [one for one in gc.get_objects() if isinstance(one, _LatePattern)]
    assert len(late) > 80
    for one in late:
        assert re.compile(one._expression, one._flags).pattern == one._expression


def test_a_late_pattern_answers_as_a_compiled_one_each_time() -> None:
    late, compiled = late_pattern("(a+)b", re.IGNORECASE), re.compile("(a+)b", re.IGNORECASE)
    for _ in range(2):
        match = late.search("xAAbx")
        assert match is not None
        assert match.span(1) == (1, 3)
        assert late.sub("-", "aab ab") == compiled.sub("-", "aab ab") == "- -"
        assert late.flags == compiled.flags


def test_an_invalid_one_raises_when_it_is_used() -> None:
    late = late_pattern("(")
    with pytest.raises(re.error):
        late.search("")
