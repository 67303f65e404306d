"""The code that a Ray worker runs first; the Ray integration ships this text as `_automount_ray.py`.

Standard library only: workers need no automount.
"""

from __future__ import annotations

import importlib
import os
import sys
from typing import Any

_SETTINGS: dict[str, Any] = {}


def setup() -> None:
    """Makes the code importable, for child processes too, and changes to the program's working directory."""
    root = os.path.dirname(os.path.abspath(__file__))
    python_path = _SETTINGS["python_path"]
    entries = [os.path.normpath(os.path.join(root, entry)) for entry in python_path]
    # Ray puts the archive's root first, where the program never had it: `tests` would be importable.
    ours = {root, *entries}
    sys.path[:] = entries + [entry for entry in sys.path if os.path.abspath(entry) not in ours]
    rest = [entry for entry in os.environ.get("PYTHONPATH", "").split(os.pathsep) if entry]
    rest = [entry for entry in rest if os.path.normpath(os.path.join(root, entry)) not in ours]
    os.environ["PYTHONPATH"] = os.pathsep.join(entries + rest)
    place = os.path.join(root, _SETTINGS["working_directory"])
    os.makedirs(place, exist_ok=True)
    os.chdir(place)
    importlib.invalidate_caches()
    after = os.environ.pop("AUTOMOUNT_RAY_NEXT_HOOK", None)
    if after:
        module, _, function = after.rpartition(".")
        getattr(importlib.import_module(module), function)()
