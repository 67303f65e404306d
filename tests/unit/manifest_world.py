"""Short constructors for manifests: the tests of manifest, explain and the verbs are tables over these."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from automount.manifest import (
    DataRow,
    EntrypointKind,
    EntrypointRow,
    FileEntry,
    Incomplete,
    InterpreterRow,
    Manifest,
    ModuleRow,
    MountDistribution,
    MountRow,
    ProcessRow,
    Provenance,
    Requirement,
    RunRow,
    Skipped,
    Warning_,
    in_order,
    with_digest,
)
from automount.model import MountKind, Origin, Pattern, Status

ODD = "/p/caf\udce9 \n\x1b[31m☃\u2028.py"
SCRIPT = EntrypointRow(EntrypointKind.SCRIPT, "app.py", (), "/root/app.py", "/root")


def mount(label: str, local: str, remote: str, *because: str, **changes: Any) -> MountRow:
    """A mount; its kind and name follow from a label such as `PythonPackage:pkg`."""
    head, _, name = label.partition(":")
    kind = {"PythonPackage": MountKind.PACKAGE, "PythonModule": MountKind.MODULE}.get(head, MountKind.SCRIPT)
    row = MountRow(label, kind, name or label.rpartition("/")[2], local, remote, because)
    return replace(row, **changes)


def file(remote: str, content: str = "", *, mounts: Iterable[int] = (0,), **changes: Any) -> FileEntry:
    """A file with that content; locally it is at `/p` instead of `/root`."""
    data = content.encode()
    local = "/p" + remote.removeprefix("/root")
    row = FileEntry(remote, local, len(data), hashlib.sha256(data).hexdigest(), False, tuple(mounts))
    return replace(row, **changes)


def module(name: str, file: str | None = None, **changes: Any) -> ModuleRow:
    """A local module that ran, carried by mount 0."""
    row = ModuleRow(name, Origin.LOCAL, file, Status.EXECUTED, "__main__", 0, 0, None, 1, "local")
    return replace(row, **changes)


def process(index: int = 0, argv: tuple[str, ...] = ("python", "app.py"), **changes: Any) -> ProcessRow:
    return replace(ProcessRow(index, 100 + index, 99 + index, argv, "3.11.7"), **changes)


def provenance(**changes: Any) -> Provenance:
    row = Provenance(
        created="2025-01-02T03:04:05+00:00",
        python="3.11.7",
        platform="Linux",
        argv=("app.py",),
        cwd="/p",
        exit_code=0,
        processes=(process(),),
        automount="0.1",
    )
    return replace(row, **changes)


def manifest(**changes: Any) -> Manifest:
    """A script and a package: `app.py` imports `pkg.a`, that imports `pkg.b`; `pkg/data.txt` is data."""
    row = Manifest(
        digest="",
        complete=True,
        entrypoint=SCRIPT,
        remote_root="/root",
        sys_path=("/root",),
        mounts=(
            mount("/p/app.py", "/p/app.py", "/root/app.py", "the script that was run"),
            mount("PythonPackage:pkg", "/p/pkg", "/root/pkg", "import pkg.a by __main__ (app.py:3)"),
        ),
        files=(
            file("/root/app.py", "import pkg.a"),
            file("/root/pkg/__init__.py", mounts=[1]),
            file("/root/pkg/a.py", "import pkg.b", mounts=[1]),
            file("/root/pkg/b.py", "b = 1", mounts=[1]),
            file("/root/pkg/data.txt", "text", mounts=[1]),
        ),
        modules=(
            module("__main__", "/p/app.py", requested_by=None, line=None),
            module("pkg", "/p/pkg/__init__.py", mount=1, line=3),
            module("pkg.a", "/p/pkg/a.py", mount=1, line=3),
            module("pkg.b", "/p/pkg/b.py", mount=1, requested_by="pkg.a"),
            module(
                "json",
                "/usr/lib/python3.11/json/__init__.py",
                origin=Origin.STDLIB,
                mount=None,
                rule="stdlib",
            ),
        ),
        provenance=provenance(),
    )
    return in_order(with_digest(replace(row, **changes)))


def full() -> Manifest:
    """A manifest with a row of every kind, unknown keys at every level, and names that are not UTF-8."""
    more = {"later": [1, 2.5, None, {"deep": "\udcff"}]}
    plain = manifest()
    distribution = MountDistribution("pkg", "1.0", "/p", more)
    return in_order(
        replace(
            plain,
            complete=False,
            directories=("/root/empty",),
            entrypoint=replace(SCRIPT, args=("--x", "\udce9"), function="pkg.cli:main", extra=more),
            mounts=(
                plain.mounts[0],
                replace(
                    plain.mounts[1],
                    distribution=distribution,
                    by_hand=True,
                    limited=True,
                    suffixes=(".py",),
                    extra=more,
                ),
            ),
            files=(*plain.files, file("/root/o\udcffdd.py", local=ODD, executable=True, extra=more)),
            modules=(*plain.modules, module("odd", ODD, extra=more)),
            requirements=(
                Requirement("a", "1", {"url": "https://x.test/a", "vcs_info": {}}, None, (), more),
                Requirement("b", "2", None, "/src/b", ("a",)),
            ),
            data=(
                DataRow("/p/in.txt", None, None, "--add-file in.txt", more),
                DataRow(ODD, "pkg", "/root/o\udcffdd.py"),
            ),
            skipped=(Skipped(ODD + "x", "dot-name", "", more, more),),
            warnings=(Warning_("large-mount", "☃", ODD, more), Warning_("x", "y")),
            incomplete=(Incomplete("no-site", ("python", "-S", "\udce9"), 7, more),),
            provenance=provenance(
                extra=more,
                written=("/p/out.txt", ODD),
                environment=InterpreterRow("/usr/bin/python", "/usr", stdlib=("/usr/lib",), extra=more),
                patterns=(
                    Pattern("*.pyc", False, "--exclude", extra=more),
                    Pattern("x", True, "f:1", "/p", 1),
                ),
                stopped_after=1.5,
                tracer="strace",
                layout="flat",
                runs=tuple(
                    RunRow(day, "3.11.7", "Linux", ("a",), "/p", 0, "0.1", SCRIPT, more) for day in ("1", "2")
                ),
                processes=(process(executable="/usr/bin/python"), process(1, parent=0, extra=more)),
            ),
            extra=more,
        )
    )
