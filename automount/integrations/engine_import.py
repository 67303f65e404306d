"""Imports an engine when it is used; raises a one-line error if it is missing or too old."""

from __future__ import annotations

import importlib
from types import ModuleType

from packaging.version import Version

from automount.errors import AutomountError


def engine(module_name: str, minimum: str, requirement: str) -> ModuleType:
    """The imported module of an engine. Raises `AutomountError` where it is missing or older than `minimum`.

    `requirement` is what to install, as an argument of pip.
    """
    hint = f"pip install {requirement}"
    try:
        module = importlib.import_module(module_name)
    except ImportError as error:
        raise AutomountError(
            f"{module_name} cannot be imported ({error})", hint=hint, code="engine"
        ) from error
    version = str(getattr(module, "__version__", minimum))
    if Version(version) < Version(minimum):
        raise AutomountError(
            f"{module_name} {version} is not supported: {minimum} or newer is needed",
            hint=hint,
            code="engine",
        )
    return module
