"""Returns the thirty layouts of the ship-and-run table, in order; each is a deterministic generator.

Twenty are what everyday projects look like, ten are harder. None needs a network.
"""

from __future__ import annotations

from layouts import everyday, harder_installs, harder_running, packaging
from layouts.model import Layout, Place

LAYOUTS: tuple[Layout, ...] = (
    *everyday.LAYOUTS,
    *packaging.LAYOUTS,
    *harder_running.LAYOUTS,
    *harder_installs.LAYOUTS,
)

__all__ = ["LAYOUTS", "Layout", "Place"]
