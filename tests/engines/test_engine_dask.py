"""Dask: the scheduler and workers in another environment, with the project hidden from them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from engine_project import EngineProject

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("dask")]

DRIVER = """\
import json, os, sys
from distributed import Client
import automount.integrations.dask
from pkg.work import task

def mine(number):
    from pkg import work
    return work.task(number)

def sees(path):
    import importlib.util
    return [os.path.exists(path), importlib.util.find_spec("pkg") is not None, "automount" in sys.modules]

address, workers, refresh = sys.argv[1:]
with Client(address) as client:
    client.wait_for_workers(int(workers))
    if refresh == "first":
        for row in client.run(sees, os.getcwd()).values():
            print(json.dumps(row))
    bundle = automount.bundle(refresh=refresh == "refresh")
    automount.integrations.dask.install(client, bundle)
    for function in (task, mine):
        for address in client.scheduler_info(n_workers=-1)["workers"]:
            print(json.dumps(client.submit(function, 7, workers=[address], pure=False).result()))
"""

ONE_CLIENT = """\
import json, os, subprocess, sys
from distributed import Client
import automount.integrations.dask
from pkg.work import task

address, write = sys.argv[1:]
before = list(sys.path), dict(os.environ), os.getcwd()

def show():
    for worker in client.scheduler_info(n_workers=-1)["workers"]:
        print(json.dumps(client.submit(task, 7, workers=[worker], pure=False).result()))

with Client(address) as client:
    for version in (4, 5, 4):
        subprocess.run([sys.executable, write, str(version)], check=True)
        automount.integrations.dask.install(client, automount.bundle(refresh=True))
        show()
    client.restart()
    show()
    plugins = client.run_on_scheduler(lambda dask_scheduler: list(dask_scheduler.plugins))
    print(json.dumps([plugins.count("automount")]))
assert before == (list(sys.path), dict(os.environ), os.getcwd())
"""


def test_dask(
    project: EngineProject,
    installed: Callable[..., object],
    start_hidden: Callable[..., object],
    free_port: Callable[[], int],
    write: Path,
    tmp_path: Path,
) -> None:
    dask = installed("dask")
    port, ran = free_port(), tmp_path / "ran"
    address = f"tcp://127.0.0.1:{port}"
    command = [f"{dask.bin}/dask"]
    env = {"ENTRY_RAN": str(ran)}
    start_hidden(
        [*command, "scheduler", "--host", "127.0.0.1", "--port", str(port), "--no-dashboard"],
        "Scheduler at:",
        env,
    )

    def worker(name: str) -> None:
        place = tmp_path / name
        words = ["worker", address, "--nthreads", "1", "--no-dashboard", "--local-directory", str(place)]
        start_hidden([*command, *words], "Registered to", env)

    def drive(workers: int, refresh: str) -> list[object]:
        return project.drive(DRIVER, address, str(workers), refresh, site=dask.site)

    worker("one")
    assert drive(1, "first") == [[False, False, False], *[project.expected(7)] * 2]
    worker("two")
    project.write(2)
    project.record()
    assert drive(2, "again") == [project.expected(7)] * 4
    project.write(3)
    assert drive(2, "refresh") == [project.expected(7)] * 4
    # One client, an edit taken back, and workers that were started again.
    rows = project.drive(ONE_CLIENT, address, str(write), site=dask.site)
    for version in (4, 5, 4, 4):
        project.version = version
        assert rows[:2] == [project.expected(7)] * 2
        del rows[:2]
    assert rows == [[1]]
    assert not ran.exists()
