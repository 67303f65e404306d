"""Gives a Dask cluster the code of a manifest: `automount.integrations.dask.install(client)`."""

from __future__ import annotations

import os
import pickle
import secrets
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from automount.bundling import Bundle, bundle
from automount.errors import UsageError
from automount.integrations.engine_import import engine
from automount.integrations.worker_side import by_value

if TYPE_CHECKING:
    from distributed import Client, Scheduler, Worker

    from automount import Manifest, Recording

# One name for all bundles, so that the next one replaces it, for workers that join later too.
_NAME = "automount"


def install(
    client: Client, manifest: str | os.PathLike[str] | Manifest | Recording | Bundle = "automount.json"
) -> None:
    """Unpacks the bundle on the scheduler, on all workers, and on those that join later.

    Tasks run in the mapped working directory. Called again after an edit, it replaces the older version
    everywhere. Raises as `automount.bundle` does, and `AutomountError` where Dask is missing or too old.
    """
    distributed = engine("distributed", "2023.9.2", "distributed")
    if client.asynchronous:
        raise UsageError("install needs a synchronous client", hint="use Client(..., asynchronous=False)")
    made = bundle(manifest)
    archive = Path(made.zip_path).read_bytes()
    python_path, working_directory = made.python_path, made.working_directory
    name = f"automount-{made.digest.removeprefix('sha256:')}"
    core = by_value(engine("cloudpickle", "2.0", "cloudpickle"))
    # In a cluster of threads the workers are this process, which has the code already.
    driver = secrets.token_hex(16)
    sys.__dict__.setdefault("_automount_drivers", set()).add(driver)

    def use(base: str | None) -> str | None:
        """The directory that this process now imports from, None in the driver itself."""
        if driver in sys.__dict__.get("_automount_drivers", ()):
            return None
        code = pickle.loads(core)
        directory: str = code.unpack(archive, base or code.private_directory(), name)
        code.activate(directory, python_path)
        return directory

    class OnScheduler(distributed.SchedulerPlugin):  # type: ignore[misc, name-defined]
        idempotent = False

        async def start(self, scheduler: Scheduler) -> None:
            # Dask warns of a plugin that is replaced.
            scheduler.plugins.pop(_NAME, None)
            use(None)

    class OnWorker(distributed.WorkerPlugin):  # type: ignore[misc, name-defined]
        idempotent = False

        def setup(self, worker: Worker) -> None:
            directory = use(worker.local_directory)
            if directory is not None:
                place = os.path.join(directory, working_directory)
                os.makedirs(place, exist_ok=True)
                os.chdir(place)

    # The scheduler first: it unpickles the graphs of tasks.
    client.register_plugin(OnScheduler(), name=_NAME)
    client.register_plugin(OnWorker(), name=_NAME)
