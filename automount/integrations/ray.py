"""Gives Ray's workers the code of a manifest: `ray.init(runtime_env=runtime_env("automount.json"))`."""

from __future__ import annotations

import os
import posixpath
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from automount.bundling import Bundle, bundle
from automount.errors import UsageError
from automount.integrations.engine_import import engine
from automount.whole_file import whole_file

if TYPE_CHECKING:
    from automount import Manifest, Recording

_HOOK_MODULE = "_automount_ray"
_HOOK = "worker_process_setup_hook"
_NEXT_HOOK = "AUTOMOUNT_RAY_NEXT_HOOK"


def runtime_env(
    manifest: str | os.PathLike[str] | Manifest | Recording | Bundle = "automount.json",
    runtime_env: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """A new runtime environment for `ray.init` or a submitted job: the given one, and the manifest's code.

    It is plain JSON, unless the given one has a callable as its worker hook. Raises as `automount.bundle`
    does, `UsageError` where `working_dir` is given too, and `AutomountError` where Ray is missing or too old.
    """
    engine("ray", "2.40", "ray")
    merged = dict(runtime_env or {})
    if "working_dir" in merged:
        raise UsageError(
            "the runtime_env has a working_dir already, and Ray takes only one",
            hint="leave it out; add what it holds with automount --add-dir",
        )
    made = bundle(manifest)
    # Ray changes to the archive's directory before it starts Python: relative entries become absolute there.
    # The entry command of a job has nothing but these.
    variables = dict(merged.get("env_vars") or {})
    given = [variables["PYTHONPATH"]] if variables.get("PYTHONPATH") else []
    variables["PYTHONPATH"] = ":".join([*made.python_path, *given])
    merged["env_vars"] = variables
    merged["working_dir"] = _with_hook(made)
    after = merged.get(_HOOK)
    if callable(after):
        merged[_HOOK] = _both(after)
    else:
        merged[_HOOK] = f"{_HOOK_MODULE}.setup"
        variables.update(dict.fromkeys(_hook_variables(), f"{_HOOK_MODULE}.setup"))
        if after:
            variables[_NEXT_HOOK] = after
    return merged


def _hook_variables() -> tuple[str, ...]:
    """The environment variable that a worker reads its hook from, where it may be given beside the hook.

    `ray.init` sets it, but `ray.init("ray://...")` does not: without it no hook runs there. Older versions
    refuse an environment that has it.
    """
    try:
        from ray._private.ray_constants import WORKER_PROCESS_SETUP_HOOK_ENV_VAR
        from ray._private.runtime_env.setup_hook import _check_setup_hook_consistency
    except ImportError:
        return ()
    return (WORKER_PROCESS_SETUP_HOOK_ENV_VAR,) if callable(_check_setup_hook_consistency) else ()


def _both(after: Callable[[], Any]) -> Callable[[], None]:
    def setup() -> None:
        # Pickled by value, so that workers need no automount.
        import importlib

        importlib.import_module("_automount_ray").setup()
        after()

    return setup


def _with_hook(made: Bundle) -> str:
    """The absolute path of a copy of the bundle's archive that has the worker hook at its top."""
    settings = {"python_path": made.python_path, "working_directory": made.working_directory}
    source = Path(__file__).with_name("ray_hook.py").read_text("utf-8")
    hook = f"{source}\n\n_SETTINGS.update({settings!a})\n".encode()
    path = posixpath.join(posixpath.dirname(made.zip_path), f"ray-{posixpath.basename(made.zip_path)}")
    archive = Path(made.zip_path).read_bytes()
    with whole_file(path) as file:
        file.write(archive)
        with zipfile.ZipFile(file, "a", zipfile.ZIP_DEFLATED) as packed:
            row = zipfile.ZipInfo(f"{_HOOK_MODULE}.py", (1980, 1, 1, 0, 0, 0))
            row.external_attr = 0o100644 << 16
            packed.writestr(row, hook)
    return path
