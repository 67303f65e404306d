"""Turns dispositions and a policy into mounts: what is shipped, where it is remotely, and why (pure).

`make_plan` decides before any file is opened; `data_rows`, `moved_by_layout` and `excluded_but_loaded` are
called after the walk, when the files of the mounts are known.
"""

from __future__ import annotations

from automount.plan.data_files import INSTALLATION_FILES, LARGE_DATA, VERSION_FILES
from automount.plan.data_places import with_reachable_data
from automount.plan.data_rows import data_rows
from automount.plan.launched import SHELLS, launched_files
from automount.plan.moved import collision_advice, moved_by_layout
from automount.plan.plan_input import DataFact, Importable, Plan, PlanInput
from automount.plan.planning import make_plan
from automount.plan.warnings import excluded_but_loaded
from automount.plan.workspace import workspace_root

__all__ = [
    "INSTALLATION_FILES",
    "LARGE_DATA",
    "SHELLS",
    "VERSION_FILES",
    "DataFact",
    "Importable",
    "Plan",
    "PlanInput",
    "collision_advice",
    "data_rows",
    "excluded_but_loaded",
    "launched_files",
    "make_plan",
    "moved_by_layout",
    "with_reachable_data",
    "workspace_root",
]
