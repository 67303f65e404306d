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
if version in "23":
    print(json.dumps(ray.get(ray.remote(places).remote(0))))
ray.shutdown()
"""

JOB = """\
import json, shlex, sys, time
from ray.job_submission import JobSubmissionClient
import automount.integrations.ray

ENTRY = '''
import json, ray
import pkg.lazy
from pkg.work import task
ray.init(log_to_driver=False)
print("ROW", json.dumps([pkg.lazy.VERSION, ray.get(ray.remote(task).remote(7))]))
'''
client = JobSubmissionClient(sys.argv[1])
environment = automount.integrations.ray.runtime_env("automount.json", {"env_vars": {"MINE": "kept"}})
job = client.submit_job(entrypoint="python -c " + shlex.quote(ENTRY), runtime_env=environment)
while not (status := client.get_job_status(job)).is_terminal():
    time.sleep(0.1)
logs = client.get_job_logs(job)
assert status == "SUCCEEDED", logs
(row,) = [line for line in logs.splitlines() if line.startswith("ROW ")]
print(row[4:])
"""


@pytest.fixture
def short() -> Iterator[Path]:
    # Names of sockets end at 107 bytes.
    place = tempfile.mkdtemp(prefix="r", dir="/tmp")
    yield Path(place)
    shutil.rmtree(place, ignore_errors=True)


class Head:
    """A node whose dashboard, and so whose Jobs API, and whose client server are listening."""

    def __init__(self, site: str, env: dict[str, str], gcs: int, dashboard: int, client: int) -> None:
        self.site, self.env = site, env
        self.address = f"127.0.0.1:{gcs}"
        self.jobs = f"http://127.0.0.1:{dashboard}"
        self.client = f"ray://127.0.0.1:{client}"


@pytest.fixture
def head(
    installed: Callable[..., object],
    start_hidden: Callable[..., object],
    free_port: Callable[[], int],
    tmp_path: Path,
    short: Path,
) -> Head:
    ray = installed("ray")
    gcs, dashboard, client = free_port(), free_port(), free_port()
    env = {
        "RAY_TMPDIR": str(short),
        "RAY_AUTH_MODE": "token",
        "RAY_AUTH_TOKEN": "an-arbitrary-token-of-this-test-0123456789",
        "ENTRY_RAN": str(tmp_path / "ran"),
    }
    words = {
        "--node-ip-address": "127.0.0.1",
        "--port": gcs,
        "--min-worker-port": 30000,
        "--max-worker-port": 30999,
        "--num-cpus": 2,
        "--include-dashboard": "true",
        "--dashboard-host": "127.0.0.1",
        "--dashboard-port": dashboard,
        "--ray-client-server-port": client,
        "--object-store-memory": 100000000,
        "--temp-dir": short,
    }
    options = [f"{name}={value}" for name, value in words.items()]
    start_hidden(
        [f"{ray.bin}/ray", "start", "--head", "--block", "--disable-usage-stats", *options],
        "Ray runtime started",
        {**env, "PATH": f"{ray.bin}:/usr/bin:/bin"},
    )
    return Head(ray.site, env, gcs, dashboard, client)


def test_ray(project: EngineProject, head: Head, tmp_path: Path) -> None:
    def drive(version: int) -> list[object]:
        return project.drive(DRIVER, head.address, str(version), site=head.site, **head.env)

    assert drive(1) == [[False, False, False], *[project.expected(7)] * 2]
    hook = "import sys, types\ndef named():\n    sys.modules['scratch'] = types.ModuleType('scratch')\n"
    project.write(2)
    (project.root / "src" / "pkg" / "hook.py").write_text(hook)
    project.record()
    place = project.cwd.name
    assert drive(2) == [*[project.expected(7)] * 2, [place, "kept", "scratch"]]
    project.write(3)
    assert drive(3) == [*[project.expected(7)] * 2, [place, "kept", "scratch"]]
    assert not (tmp_path / "ran").exists()


def test_ray_jobs_and_client(project: EngineProject, head: Head, tmp_path: Path) -> None:
    """A job's entry command imports the code, and its tasks have all that is promised; so has `ray://`."""
    for version in (1, 2):
        project.write(version)
        project.record()
        (row,) = project.drive(JOB, head.jobs, site=head.site, **head.env)
        assert row == [version, project.expected(7)]
        rows = project.drive(DRIVER, head.client, "client", site=head.site, **head.env)
        assert rows == [project.expected(7)] * 2
    assert not (tmp_path / "ran").exists()
