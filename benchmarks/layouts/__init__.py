"""Returns the thirty layouts of the ship-and-run table, in order; each is a deterministic generator.

Twenty are what everyday projects look like, ten are harder. None needs a network.
"""

from __future__ import annotations

from layouts import everyday, harder, packaging
from layouts.model import Layout, Place

LAYOUTS: tuple[Layout, ...] = (*everyday.LAYOUTS, *packaging.LAYOUTS, *harder.LAYOUTS)

__all__ = ["LAYOUTS", "Layout", "Place"]
