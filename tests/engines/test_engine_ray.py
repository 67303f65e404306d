"""Ray: a node in another environment, with the project hidden from it; hooks of the user's own."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from engine_project import EngineProject

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("ray")]

DRIVER = """\
import json, os, sys
import ray
import automount.integrations.ray
from pkg.work import task

def mine(number):
    from pkg import work
    return work.task(number)

def sees(path):
    import importlib.util
    return [os.path.exists(path), importlib.util.find_spec("pkg") is not None, "automount" in sys.modules]

def places(_):
    import scratch
    return [os.path.basename(os.getcwd()), os.environ["MINE"], scratch.__name__]

address, version = sys.argv[1:]
if version == "1":
    # Ray sends the driver's sys.path; nothing is there.
    ray.init(address=address, log_to_driver=False)
    print(json.dumps(ray.get(ray.remote(sees).remote(os.getcwd()))))
    ray.shutdown()
given = {"env_vars": {"MINE": "kept"}}
if version == "2":
    given["worker_process_setup_hook"] = "pkg.hook.named"
if version == "3":
    def hook():
        import types
        sys.modules["scratch"] = types.ModuleType("scratch")
    given["worker_process_setup_hook"] = hook
before = repr(given)
environment = automount.integrations.ray.runtime_env(
    automount.bundle(refresh=version == "3"), given
)
assert repr(given) == before
if version != "3":
    json.dumps(environment)
ray.init(address=address, runtime_env=environment, log_to_driver=False)
for function in (task, mine):
    print(json.dumps(ray.get(ray.remote(function).remote(7))))
if version != "1":
    print(json.dumps(ray.get(ray.remote(places).remote(0))))
ray.shutdown()
"""


@pytest.fixture
def short() -> Iterator[Path]:
    # Names of sockets end at 107 bytes.
    place = tempfile.mkdtemp(prefix="r", dir="/tmp")
    yield Path(place)
    shutil.rmtree(place, ignore_errors=True)


def test_ray(
    project: EngineProject,
    installed: Callable[..., object],
    start_hidden: Callable[..., object],
    free_port: Callable[[], int],
    tmp_path: Path,
    short: Path,
) -> None:
    ray = installed("ray")
    port, ran = free_port(), tmp_path / "ran"
    env = {
        "RAY_TMPDIR": str(short),
        "RAY_AUTH_MODE": "token",
        "RAY_AUTH_TOKEN": "an-arbitrary-token-of-this-test-0123456789",
        "ENTRY_RAN": str(ran),
    }
    words = {
        "--node-ip-address": "127.0.0.1",
        "--port": port,
        "--min-worker-port": 30000,
        "--max-worker-port": 30999,
        "--num-cpus": 2,
        "--include-dashboard": "false",
        "--object-store-memory": 100000000,
        "--temp-dir": short,
    }
    options = [f"{name}={value}" for name, value in words.items()]
    start_hidden(
        [f"{ray.bin}/ray", "start", "--head", "--block", "--disable-usage-stats", *options],
        "Ray runtime started",
        {**env, "PATH": f"{ray.bin}:/usr/bin:/bin"},
    )
    address = f"127.0.0.1:{port}"

    def drive(version: int) -> list[object]:
        return project.drive(DRIVER, address, str(version), site=ray.site, **env)

    assert drive(1) == [[False, False, False], *[project.expected(7)] * 2]
    hook = "import sys, types\ndef named():\n    sys.modules['scratch'] = types.ModuleType('scratch')\n"
    project.write(2)
    (project.root / "src" / "pkg" / "hook.py").write_text(hook)
    project.record()
    place = project.cwd.name
    assert drive(2) == [*[project.expected(7)] * 2, [place, "kept", "scratch"]]
    project.write(3)
    assert drive(3) == [*[project.expected(7)] * 2, [place, "kept", "scratch"]]
    assert not ran.exists()
