"""Where each loaded file comes from: an ordered rule table over facts that others read (pure).

`classify` turns a journal into dispositions, `classify_path` judges one data file. The table is
`RULES`; the facts come through `Installed` and `automount.model.Locate`.
"""

from __future__ import annotations

from automount.origins.classify import classify
from automount.origins.data_origins import classify_path
from automount.origins.protocols import Installed, OwnedAs, Ownership, Root, RootKind
from automount.origins.rules import RULES, OriginRule

__all__ = [
    "RULES",
    "Installed",
    "OriginRule",
    "OwnedAs",
    "Ownership",
    "Root",
    "RootKind",
    "classify",
    "classify_path",
]
