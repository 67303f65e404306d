"""The HTML page about a manifest, or about the difference of two: one file that needs nothing else (pure)."""

from __future__ import annotations

from automount.report.page import difference_page, manifest_page

__all__ = ["difference_page", "manifest_page"]
