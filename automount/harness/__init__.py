"""Recording the process that automount is called from: a `with` block, a decorator, a pytest plugin."""

from __future__ import annotations

from automount.harness.current import CurrentRecording, recording
from automount.harness.decorator import recorded

__all__ = ["CurrentRecording", "recorded", "recording"]
