"""The shape of a row in the tables of what looks like a secret."""

from __future__ import annotations

from automount.values import dataclass


@dataclass(frozen=True)
class SecretRule:
    """One row of the table. `code` is stable; `meaning` completes the sentence "looks like …".

    `where` is "name" (the expression is matched against the last parts of the path, lower case), "word"
    (where a long word begins), "start" (of the text), "lone" (the name of a file with one random string),
    "armour" (searched in texts with long words that hold one of `hints`), "text" (searched in texts that hold
    one of `hints`, lower case) or "value" (decided by code). `check` is the test, by its name in
    `randomness.CHECKS`, that a found `value` must pass besides. `near` says that a hint is part of what the
    expression matches, so that only the lines with a hint are searched.
    """

    code: str
    meaning: str
    where: str
    expression: str
    hints: tuple[bytes, ...] = ()
    check: str = "varied"
    near: bool = False
