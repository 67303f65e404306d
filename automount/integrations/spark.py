"""Gives Spark's executors the code of a manifest: `send = ship(spark, "automount.json")`, `map(send(f))`."""

from __future__ import annotations

import os
import pickle
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from automount.bundling import Bundle, bundle
from automount.integrations.engine_import import engine
from automount.integrations.worker_side import by_value, like, load

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from automount import Manifest, Recording


class _Call:
    """Unpickling it gives the result of `function(*args)`."""

    def __init__(self, function: Callable[..., Any], *args: Any) -> None:
        self.call = (function, args)

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        return self.call


class _Sent:
    """A function of the driver that is pickled together with its code; a call of it calls the function."""

    def __init__(self, function: Callable[..., Any], settings: tuple[Any, ...]) -> None:
        like(self, function)
        self._function = function
        self._settings = settings

    def __call__(self, *args: Any, **keywords: Any) -> Any:
        return self._function(*args, **keywords)

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        # The code must be in place before the function is unpickled: so it is pickled on its own, first.
        cloudpickle = engine("pyspark.cloudpickle", "0", "pyspark")
        call = _Call(load, cloudpickle.dumps(self._function), *self._settings)
        return pickle.loads, (by_value(cloudpickle, call),)


def ship(
    spark: SparkSession, manifest: str | os.PathLike[str] | Manifest | Recording | Bundle = "automount.json"
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Sends the bundle and returns `send`: `send(f)` runs on executors with the manifest's code.

    After an edit, call `ship` again and use the new `send`. Raises as `automount.bundle` does, and
    `AutomountError` where Spark is missing or too old.
    """
    engine("pyspark", "3.5", "pyspark")
    made = bundle(manifest)
    # Named by its content: under an existing name, workers would keep the old modules in memory.
    name = f"automount-{made.digest.removeprefix('sha256:')}"
    archive = f"{made.zip_path}#{name}"
    if hasattr(spark, "addArtifacts") and "connect" in type(spark).__module__:
        spark.addArtifacts(archive, archive=True)
    else:
        spark.sparkContext.addArchive(archive)
    settings = (name, made.python_path, made.working_directory)
    return lambda function: _Sent(function, settings)
