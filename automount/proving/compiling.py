"""Compiles the staged modules before the program runs again, on all processors.

The recorded run found the byte code of its modules beside them; the copies have none. A program of 300
modules of real size would take four times as long as a plain run, most of it to compile them one by one. The
byte code that is already on this machine is not used: it may not match the shipped source.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator

from automount import paths
from automount.manifest import Manifest

# The start of a Python takes as long as compiling about this many bytes.
_FEW_BYTES = 200_000
_SECONDS = 60
# It is only compiled: nothing in the files is run. A file that cannot be compiled is left to the program.
_COMPILE = """
import py_compile, sys
for path in sys.stdin.buffer.read().decode("utf-8", "surrogateescape").split("\\0"):
    try:
        mode = py_compile.PycInvalidationMode.TIMESTAMP
        py_compile.compile(path, doraise=True, invalidation_mode=mode)
    except Exception:
        pass
"""


class Compiling:
    """Compiles, from its creation until `wait` returns, the modules that had byte code when recorded.

    `python` is the interpreter of the run; `staged` returns the absolute path of the copy of a remote path.
    """

    def __init__(self, manifest: Manifest, python: str, staged: Callable[[str], str]) -> None:
        self._processes: list[subprocess.Popen[bytes]] = []
        shipped = {row.local: row for row in manifest.files}
        rows = [shipped[local] for local in _compiled_modules(manifest) if local in shipped]
        if sum(row.size for row in rows) < _FEW_BYTES:
            return
        count = len(os.sched_getaffinity(0))
        environ = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
        for number in range(count):
            # -I and -S: no code of the user's or of the environment's runs.
            process = subprocess.Popen(
                [python, "-I", "-S", "-c", _COMPILE],
                env=environ,
                cwd="/",
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            self._processes.append(process)
            places = [os.fsencode(staged(row.remote)) for row in rows[number::count]]
            assert process.stdin is not None
            try:
                process.stdin.write(b"\0".join(places))
                process.stdin.close()
            except BrokenPipeError:
                continue

    def wait(self) -> None:
        """Returns when all is compiled, or after a minute."""
        for process in self._processes:
            try:
                process.wait(_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _compiled_modules(manifest: Manifest) -> Iterator[str]:
    """The local files of the modules that have byte code beside them, each once."""
    listed: dict[str, frozenset[str]] = {}
    for local in dict.fromkeys(row.file for row in manifest.modules):
        if local is None or not local.endswith(".py"):
            continue
        directory = paths.parent(local)
        if directory not in listed:
            try:
                names = os.listdir(f"{directory}/__pycache__")
            except OSError:
                names = []
            # `name.cpython-311.opt-1.pyc`
            listed[directory] = frozenset(name.partition(".")[0] for name in names)
        if paths.name(local)[:-3] in listed[directory]:
            yield local
