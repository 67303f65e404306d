"""Dispositions and a policy -> mounts: what is shipped, where it stands remotely, and why (pure).

`make_plan` decides before any file is opened; `data_rows`, `large_mounts`, `case_collisions` and
`excluded_but_loaded` speak once the walk has told what the mounts carry.
"""

from __future__ import annotations

from automount.plan.data import data_rows
from automount.plan.facts import DataFact, Importable, Locate, Located, Plan, PlanInput
from automount.plan.making import make_plan
from automount.plan.warnings import case_collisions, excluded_but_loaded, large_mounts

__all__ = [
    "DataFact",
    "Importable",
    "Locate",
    "Located",
    "Plan",
    "PlanInput",
    "case_collisions",
    "data_rows",
    "excluded_but_loaded",
    "large_mounts",
    "make_plan",
]
