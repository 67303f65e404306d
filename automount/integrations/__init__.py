"""Hands a manifest to an engine: one module for each, and the engine is imported only when it is used."""

from __future__ import annotations

import importlib

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType

    from automount.integrations import dask, modal, ray, spark

__all__ = ["dask", "modal", "ray", "spark"]


def __getattr__(name: str) -> ModuleType:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return importlib.import_module(f"{__name__}.{name}")
