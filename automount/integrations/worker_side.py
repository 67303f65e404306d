"""The code that an engine's workers run to import from a bundle.

It is sent to them by value: they need no automount.

Standard library only. A process remembers the directories it was given in `sys`, as functions that are sent
by value have no module of their own to remember anything in.
"""

from __future__ import annotations

import atexit
import contextlib
import functools
import importlib
import inspect
import io
import os
import pickle
import shutil
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from types import ModuleType
from typing import Any


def by_value(cloudpickle: ModuleType, subject: Any = None) -> bytes:
    """`subject` (default: this module), pickled with all of this module that it needs.

    `pickle.loads` gives it where automount is not installed. `cloudpickle` is the engine's own; its list of
    modules is left as it was.
    """
    module = sys.modules[__name__]
    before = __name__ in cloudpickle.list_registry_pickle_by_value()
    cloudpickle.register_pickle_by_value(module)
    try:
        pickled: bytes = cloudpickle.dumps(module if subject is None else subject)
        return pickled
    finally:
        if not before:
            cloudpickle.unregister_pickle_by_value(module)


def unpack(archive: bytes, base: str, name: str) -> str:
    """The directory `name` in `base` with the files of a zip; it appears only when it is whole."""
    target = os.path.join(os.path.abspath(base), name)
    if os.path.isdir(target):
        return target
    os.makedirs(base, exist_ok=True)
    incoming = tempfile.mkdtemp(prefix=".automount-", dir=base)
    try:
        with zipfile.ZipFile(io.BytesIO(archive)) as packed:
            for row in packed.infolist():
                os.chmod(packed.extract(row, incoming), (row.external_attr >> 16) & 0o777 or 0o644)
        os.chmod(incoming, 0o755)
        try:
            os.rename(incoming, target)
        except OSError:
            # Another process was faster.
            if not os.path.isdir(target):
                raise
    finally:
        shutil.rmtree(incoming, ignore_errors=True)
    return target


def load(function: bytes, name: str, python_path: tuple[str, ...], working_directory: str) -> Any:
    """The function that Spark sent, once the code of the archive `name` can be imported.

    Spark reuses its Python workers, and other tasks rely on the working directory. So it is changed only
    while the function is unpickled or called, or while its iterator gives the next item.
    """
    from pyspark import SparkFiles

    # Relative to the executor's own working directory.
    directory = os.path.abspath(SparkFiles.get(name))
    activate(directory, python_path)
    place = os.path.join(directory, working_directory)
    with working_in(place):
        loaded = pickle.loads(function)

    def items(iterator: Iterator[Any]) -> Iterator[Any]:
        while True:
            with working_in(place):
                try:
                    item = next(iterator)
                except StopIteration:
                    return
            yield item

    def run(*args: Any, **keywords: Any) -> Any:
        with working_in(place):
            result = loaded(*args, **keywords)
        return items(result) if hasattr(result, "__next__") else result

    return like(run, loaded)


def like(wrapper: Any, function: Any) -> Any:
    """`wrapper`, with the names and the signature of `function`: Spark passes arguments by their number."""
    functools.update_wrapper(wrapper, function)
    with contextlib.suppress(TypeError, ValueError):
        wrapper.__signature__ = inspect.signature(function)
    return wrapper


def private_directory() -> str:
    """A directory of this process alone, removed when it ends; the same one each time."""
    found = sys.__dict__.get("_automount_private")
    if found is None:
        found = sys.__dict__["_automount_private"] = tempfile.mkdtemp(prefix="automount-")
        atexit.register(shutil.rmtree, found, ignore_errors=True)
    return str(found)


def activate(directory: str, python_path: tuple[str, ...]) -> None:
    """Lets this process and its children import from `directory`, and forgets what came from older ones."""
    known: set[str] = sys.__dict__.setdefault("_automount_directories", set())
    older = known - {directory}
    known.add(directory)

    def is_in(place: Any, directories: set[str]) -> bool:
        # The `__file__` of a module may be any object.
        return isinstance(place, str) and any(
            place == top or place.startswith(top + os.sep) for top in directories
        )

    entries = [os.path.normpath(os.path.join(directory, entry)) for entry in python_path]
    sys.path[:] = entries + [entry for entry in sys.path if not is_in(entry, known)]
    rest = [entry for entry in os.environ.get("PYTHONPATH", "").split(os.pathsep) if entry]
    os.environ["PYTHONPATH"] = os.pathsep.join(entries + [entry for entry in rest if not is_in(entry, known)])
    for name, module in list(sys.modules.items()):
        places = [getattr(module, "__file__", None)]
        with contextlib.suppress(Exception):
            places += list(getattr(module, "__path__", None) or ())
        if name != "__main__" and any(is_in(place, older) for place in places):
            sys.modules.pop(name, None)
    for place in list(sys.path_importer_cache):
        if is_in(place, older):
            sys.path_importer_cache.pop(place, None)
    importlib.invalidate_caches()


@contextlib.contextmanager
def working_in(directory: str) -> Iterator[None]:
    """Runs the block in `directory`, and goes back afterwards."""
    os.makedirs(directory, exist_ok=True)
    before = os.getcwd()
    os.chdir(directory)
    try:
        yield
    finally:
        os.chdir(before)
