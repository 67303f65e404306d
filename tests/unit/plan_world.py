"""Short constructors for the facts of a run: the plan's tests are tables over these."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from typing import Any

from automount.model import (
    DataAccess,
    Disposition,
    Distribution,
    Entrypoint,
    Environment,
    Journal,
    Launch,
    Layout,
    Located,
    ModuleRecord,
    Origin,
    Policy,
    Portion,
    Process,
    RecordKind,
    ScriptEntrypoint,
    Status,
)
from automount.paths import ancestors, normal
from automount.plan import DataFact, Plan, PlanInput, make_plan

SITE = "/venv/lib/python3.11/site-packages"
STDLIB = "/usr/lib/python3.11"


class Disk:
    """A file system from literals: files, the directories above them, links from a path to another."""

    def __init__(self, files: Iterable[str], links: Mapping[str, str]) -> None:
        self.files = set(files)
        self.links = dict(links)
        self.directories = {held for file in self.files for held in ancestors(file)}

    def __call__(self, path: str, /) -> Located:
        real = normal(path)
        for held in (real, *ancestors(real)):
            if held in self.links:
                return self(self.links[held] + real[len(held) :])
        exists = real in self.files or real in self.directories
        return Located(path, real, exists, real in self.directories)


def environment(path: Iterable[str] = ("/p",), cwd: str = "/p") -> Environment:
    return Environment(
        python="3.11.7",
        implementation="cpython",
        executable="/venv/bin/python",
        platform="linux",
        prefix="/venv",
        base_prefix="/usr",
        exec_prefix="/venv",
        base_exec_prefix="/usr",
        stdlib=(STDLIB,),
        site_dirs=(SITE,),
        user_site=None,
        path=(*path, STDLIB, SITE),
        cwd=cwd,
    )


def process(
    index: int = 0,
    path: Iterable[str] = ("/p",),
    parent: int | None = None,
    argv: tuple[str, ...] = (),
    *,
    entry: str = "start",
    flags: Mapping[str, int] | None = None,
) -> Process:
    held = dataclasses.replace(environment(path), flags=flags or {})
    return Process(index, 100 + index, 1, parent, argv, held, entry=entry)


def module(name: str, file: str | None, **changes: Any) -> Disposition:
    """A loaded module. A file named `__init__` makes it a package; `locations` can say otherwise."""
    origin = changes.pop("origin", Origin.LOCAL)
    distribution = changes.pop("distribution", None)
    shipped = changes.pop("archive", file)
    if file is not None and file.rpartition("/")[2].startswith("__init__."):
        changes.setdefault("locations", (file.rpartition("/")[0],))
    record = ModuleRecord(
        name=name,
        process=changes.pop("process", 0),
        status=changes.pop("status", Status.EXECUTED),
        file=file,
        requested_by=changes.pop("by", "__main__"),
        requested_line=changes.pop("line", 1),
        **changes,
    )
    return Disposition(record, origin, "test", "", shipped, distribution)


def script(file: str, name: str = "__main__", **changes: Any) -> Disposition:
    changes.setdefault("by", None)
    changes.setdefault("line", None)
    return module(name, file, kind=RecordKind.SCRIPT, **changes)


def main_module(name: str, file: str, **changes: Any) -> Disposition:
    changes.setdefault("by", None)
    changes.setdefault("line", None)
    return module(name, file, kind=RecordKind.MAIN_MODULE, **changes)


def namespace(name: str, *portions: tuple[str, Origin], **changes: Any) -> Disposition:
    plain = module(
        name, None, origin=Origin.NAMESPACE, locations=tuple(path for path, _ in portions), **changes
    )
    rows = tuple(Portion(path, origin, "test") for path, origin in portions)
    return dataclasses.replace(plain, portions=rows)


def facts(
    *dispositions: Disposition,
    entry: Entrypoint | None = None,
    policy: Policy | None = None,
    processes: Iterable[Process] | None = None,
    files: Iterable[str] = (),
    links: Mapping[str, str] | None = None,
    data: Mapping[DataAccess, DataFact] | None = None,
    launches: Iterable[Launch] = (),
    **changes: Any,
) -> PlanInput:
    held = {file for row in dispositions for file in (row.record.file, row.file) if file}
    held |= {f"{portion.path}/x" for row in dispositions for portion in row.portions}
    data = data or {}
    held |= {access.path for access in data}
    entry = entry or ScriptEntrypoint("app.py", "/p/app.py")
    if isinstance(entry, ScriptEntrypoint):
        held.add(entry.local)
    archives = {row.file for row in dispositions if row.origin is Origin.ZIP and row.file}
    held = {file for file in held if not any(file.startswith(f"{archive}/") for archive in archives)}
    journal = Journal(
        processes=tuple(processes) if processes is not None else (process(),),
        modules=tuple(row.record for row in dispositions),
        data=tuple(data),
        launches=tuple(launches),
    )
    return PlanInput(
        entrypoint=entry,
        journal=journal,
        dispositions=dispositions,
        policy=policy or Policy(layout=Layout.FLAT),
        cwd=changes.pop("cwd", "/p"),
        locate=Disk({*held, *files}, links or {}),
        data={access.path: fact for access, fact in data.items()},
        **changes,
    )


def plan(*dispositions: Disposition, **changes: Any) -> Plan:
    return make_plan(facts(*dispositions, **changes))


def rows(made: Plan) -> list[tuple[str, str, str]]:
    """Each mount as (label, local, remote); a tree's local ends with a slash."""
    return [(mount.label, mount.local + ("/" if mount.tree else ""), mount.remote) for mount in made.mounts]


def distribution(name: str, version: str = "1.0", **changes: Any) -> Distribution:
    held = changes.pop("metadata_path", f"{SITE}/{name}-{version}.dist-info")
    return Distribution(name, version, held, **changes)


# The script of most runs, a package, a project that is installed editable.
APP = script("/p/app.py")
APP_ROW = ("/p/app.py", "/p/app.py", "/root/app.py")
PKG = module("pkg", "/p/pkg/__init__.py")
PKG_ROW = ("PythonPackage:pkg", "/p/pkg/", "/root/pkg")
PROJECT = distribution("proj", editable=True, project_root="/e/proj", direct_url={"url": "file:///e/proj"})
EDITABLE = {"origin": Origin.EDITABLE, "distribution": PROJECT}
ARTIFACT = {"origin": Origin.EDITABLE_ARTIFACT, "distribution": PROJECT}
LOCAL, INSTALLED = Origin.LOCAL, Origin.INSTALLED
