"""Finds the local files that a Python program really needs, explains why, and proves it.

The public names; everything else may change. They are imported on first use, so that the pytest plugin and
small scripts import only what they use.
"""

from __future__ import annotations

__version__ = "0.1.0.dev0"

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from automount import integrations
    from automount.assembling import Recording
    from automount.bundling import Bundle, bundle
    from automount.errors import (
        AutomountError,
        ConfigError,
        JournalError,
        ManifestError,
        Refused,
        StaleManifest,
        TargetNotFound,
        TargetNotRunnable,
        UsageError,
    )
    from automount.harness import recorded, recording
    from automount.manifest import Manifest
    from automount.pipeline import record
    from automount.shipping.manifest_file import load_manifest, write_manifest

_HOMES = {
    "bundle": "automount.bundling",
    "Bundle": "automount.bundling",
    "record": "automount.pipeline",
    "recorded": "automount.harness",
    "recording": "automount.harness",
    "load_manifest": "automount.shipping.manifest_file",
    "write_manifest": "automount.shipping.manifest_file",
    "Manifest": "automount.manifest",
    "Recording": "automount.assembling",
    "AutomountError": "automount.errors",
    "ConfigError": "automount.errors",
    "JournalError": "automount.errors",
    "ManifestError": "automount.errors",
    "Refused": "automount.errors",
    "StaleManifest": "automount.errors",
    "TargetNotFound": "automount.errors",
    "TargetNotRunnable": "automount.errors",
    "UsageError": "automount.errors",
}

__all__ = [
    "AutomountError",
    "Bundle",
    "ConfigError",
    "JournalError",
    "Manifest",
    "ManifestError",
    "Recording",
    "Refused",
    "StaleManifest",
    "TargetNotFound",
    "TargetNotRunnable",
    "UsageError",
    "__version__",
    "bundle",
    "integrations",
    "load_manifest",
    "record",
    "recorded",
    "recording",
    "write_manifest",
]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'automount' has no attribute {name!r}")
    import importlib

    if name == "integrations":
        return importlib.import_module("automount.integrations")
    value = getattr(importlib.import_module(_HOMES[name]), name)
    globals()[name] = value
    return value
