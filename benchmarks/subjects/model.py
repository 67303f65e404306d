"""The data type of the ground-truth table's rows."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Subject:
    """One program. `distribution` is what is fetched as source and installed editable; `argv` follows the
    interpreter. It runs in a directory made from INPUTS, or, with `inside`, in its own source tree. `answer`
    is a text that it prints on success; `needs` are installed as wheels beside it.
    """

    name: str
    words: str
    distribution: str
    argv: tuple[str, ...]
    inside: bool = False
    answer: str = ""
    needs: tuple[str, ...] = ()


# What the subjects need beside themselves; installed as wheels, so that only the subjects are local.
COMPANIONS = ("attrs", "hypothesis", "pytest-xdist")
