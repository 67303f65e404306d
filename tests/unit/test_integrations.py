"""Engines that are missing or too old: one clear line with the next step. Ray's environment, without Ray."""

from __future__ import annotations

import inspect
import json
import sys
import types
import zipfile
from pathlib import Path

import pytest
from shipments import manifest_of, script, write_project

from automount.bundling import Bundle, bundle
from automount.errors import AutomountError, UsageError
from automount.integrations import ray
from automount.integrations.engine_import import engine
from automount.integrations.worker_side import like


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bundle:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    project = write_project(tmp_path / "project", {"scripts/run.py": "", "src/pkg/__init__.py": ""})
    entry = script("/root/scripts/run.py")
    return bundle(manifest_of(project, entrypoint=entry, sys_path=("/root/scripts", "/root/src")))


@pytest.fixture
def with_ray(monkeypatch: pytest.MonkeyPatch) -> None:
    module = types.ModuleType("ray")
    module.__dict__["__version__"] = "2.60.0"
    monkeypatch.setitem(sys.modules, "ray", module)


def test_an_engine_that_is_not_installed() -> None:
    with pytest.raises(AutomountError) as caught:
        engine("no_such_engine", "1.0", "no-such-engine")
    assert caught.value.message.startswith("no_such_engine cannot be imported (")
    assert caught.value.hint == "pip install no-such-engine"


def test_an_engine_that_is_too_old(monkeypatch: pytest.MonkeyPatch) -> None:
    module = types.ModuleType("old_engine")
    module.__dict__["__version__"] = "1.9"
    monkeypatch.setitem(sys.modules, "old_engine", module)
    with pytest.raises(AutomountError, match=r"old_engine 1\.9 is not supported: 1\.10 or newer is needed"):
        engine("old_engine", "1.10", "old-engine")
    assert engine("old_engine", "1.9", "old-engine") is module


@pytest.mark.usefixtures("with_ray")
def test_rays_environment_is_plain_json_and_merged(made: Bundle) -> None:
    given = {"env_vars": {"PYTHONPATH": "/opt/x", "A": "1"}, "pip": ["x"], "worker_process_setup_hook": "m.f"}
    kept = json.dumps(given)
    merged = ray.runtime_env(made, given)
    assert json.dumps(given) == kept
    assert json.loads(json.dumps(merged)) == merged
    assert merged["env_vars"]["PYTHONPATH"] == "scripts:src:/opt/x"
    assert merged["env_vars"]["A"] == "1"
    assert merged["pip"] == ["x"]
    assert merged["worker_process_setup_hook"] == "_automount_ray.setup"
    with zipfile.ZipFile(merged["working_dir"]) as packed:
        names = {name for name in packed.namelist() if not name.endswith("/")}
    assert names == {
        "_automount_ray.py",
        "scripts/run.py",
        "src/pkg/__init__.py",
        ".automount/manifest.json",
    }


def add_rays_own_modules(monkeypatch: pytest.MonkeyPatch, *, checks: bool) -> None:
    constants, hooks = types.ModuleType("ray_constants"), types.ModuleType("setup_hook")
    constants.__dict__["WORKER_PROCESS_SETUP_HOOK_ENV_VAR"] = "HOOK"
    if checks:
        hooks.__dict__["_check_setup_hook_consistency"] = print
    for name in ("ray._private", "ray._private.runtime_env"):
        monkeypatch.setitem(sys.modules, name, types.ModuleType(name))
    monkeypatch.setitem(sys.modules, "ray._private.ray_constants", constants)
    monkeypatch.setitem(sys.modules, "ray._private.runtime_env.setup_hook", hooks)


@pytest.mark.usefixtures("with_ray")
@pytest.mark.parametrize(("checks", "variable"), [(True, "_automount_ray.setup"), (False, None)])
def test_rays_client_gets_the_hook_where_ray_accepts_it(
    made: Bundle, monkeypatch: pytest.MonkeyPatch, checks: bool, variable: str | None
) -> None:
    add_rays_own_modules(monkeypatch, checks=checks)
    merged = ray.runtime_env(made)
    assert merged["env_vars"].get("HOOK") == variable
    assert merged["worker_process_setup_hook"] == "_automount_ray.setup"


@pytest.mark.usefixtures("with_ray")
def test_a_callable_hook_is_not_given_by_variable(made: Bundle, monkeypatch: pytest.MonkeyPatch) -> None:
    add_rays_own_modules(monkeypatch, checks=True)
    merged = ray.runtime_env(made, {"worker_process_setup_hook": print})
    assert "HOOK" not in merged["env_vars"]
    assert callable(merged["worker_process_setup_hook"])


def test_a_function_for_spark_keeps_its_signature() -> None:
    def grouped(key: tuple[str, ...], frame: str) -> str:
        return frame + key[0]

    def run(*args: str) -> str:
        return grouped(("a",), *args)

    wrapped = like(run, grouped)
    assert inspect.getfullargspec(wrapped).args == ["key", "frame"]
    assert wrapped.__name__ == "grouped"
    assert like(run, dict) is run


@pytest.mark.usefixtures("with_ray")
def test_a_second_working_directory_is_refused(made: Bundle) -> None:
    with pytest.raises(UsageError, match="working_dir already"):
        ray.runtime_env(made, {"working_dir": "."})
