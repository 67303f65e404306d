"""A coverage plugin that makes the agent visible: in ordinary runs the agent hides from tracers.

Python does not trace what runs in an audit hook unless the hook has a true `__cantrace__` (PEP 578); the
agent has none, or a debugger in the program would stop in our code. And the agent's code goes by the
import system's file name, which coverage leaves out.
"""

from __future__ import annotations

import sys
from types import CodeType
from typing import Any


def coverage_init(_registry: Any, _options: Any) -> None:
    import_system = sys.modules["_imp"]
    add_hook, rename = sys.addaudithook, import_system._fix_co_filename

    def add_traced_hook(hook: Any) -> None:
        hook.__cantrace__ = True
        add_hook(hook)

    def rename_others(code: CodeType, file: str) -> None:
        if "/automount/agent/" not in code.co_filename:
            rename(code, file)

    sys.addaudithook = add_traced_hook
    import_system._fix_co_filename = rename_others  # type: ignore[attr-defined]
