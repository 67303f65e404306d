"""Recording the process that automount is called from: a `with` block, a decorator, a pytest plugin.

The names are imported when first used: pytest loads the plugin, and with it this package, in every run.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from automount.harness.current import CurrentRecording, recording
    from automount.harness.decorator import recorded

_HOMES = {"CurrentRecording": "current", "recorded": "decorator", "recording": "current"}

__all__ = ["CurrentRecording", "recorded", "recording"]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'automount.harness' has no attribute {name!r}")
    import importlib

    return getattr(importlib.import_module(f"automount.harness.{_HOMES[name]}"), name)
