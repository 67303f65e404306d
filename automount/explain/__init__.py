"""Questions about manifests: why, why not, what differs, what several runs need (pure)."""

from __future__ import annotations

from automount.explain.answering import Answer, WhyOutcome, why
from automount.explain.chains import Chain, Chains, Step
from automount.explain.comparing import Change, Difference, MountChange, difference
from automount.explain.merging import MergeConflict, merge

__all__ = [
    "Answer",
    "Chain",
    "Chains",
    "Change",
    "Difference",
    "MergeConflict",
    "MountChange",
    "Step",
    "WhyOutcome",
    "difference",
    "merge",
    "why",
]
