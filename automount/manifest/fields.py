"""The fields of each kind of row: what must be there and what it may hold, and what else is known (`MORE`).

Kept in step with `schema/automount-v1.json` by a test.
"""

from __future__ import annotations

from collections.abc import Mapping

from automount.manifest import checks
from automount.manifest.checks import Check, among, array, maybe, one_of
from automount.manifest.rows import EntrypointKind
from automount.model import MountKind, Origin, Status

Fields = Mapping[str, Check]

TOP: Fields = {
    "digest": checks.digest,
    "complete": checks.truth,
    "incomplete": array(checks.mapping),
    "entrypoint": checks.mapping,
    "remote_root": checks.directory,
    "sys_path": array(checks.directory),
    "mounts": array(checks.mapping),
    "files": array(checks.mapping),
    "modules": array(checks.mapping),
    "requirements": array(checks.mapping),
    "data": array(checks.mapping),
    "skipped": array(checks.mapping),
    "warnings": array(checks.mapping),
    "provenance": checks.mapping,
}
INCOMPLETE: Fields = {"reason": checks.name, "command": array(checks.text), "pid": checks.count}
ENTRYPOINT: Fields = {
    "kind": one_of(EntrypointKind),
    "target": checks.text,
    "args": array(checks.text),
    "remote": maybe(checks.remote),
    "remote_cwd": checks.directory,
}
ENTRYPOINT_MORE: Fields = {"form": maybe(among("string", "argv")), "import_only": checks.truth}
MOUNT: Fields = {
    "label": checks.name,
    "kind": one_of(MountKind),
    "name": checks.text,
    "local": checks.local,
    "remote": checks.directory,
    "because": array(checks.text),
    "distribution": maybe(checks.mapping),
}
DISTRIBUTION: Fields = {
    "name": checks.name,
    "version": checks.text,
    "project_root": maybe(checks.local),
}
FILE: Fields = {
    "remote": checks.remote,
    "local": checks.local,
    "size": checks.count,
    "sha256": checks.sha256,
    "executable": checks.truth,
    "mounts": array(checks.count),
}
MODULE: Fields = {
    "name": checks.text,
    "origin": one_of(Origin),
    "file": maybe(checks.text),
    "status": one_of(Status),
    "requested_by": maybe(checks.text),
    "process": checks.count,
    "mount": maybe(checks.count),
    "distribution": maybe(checks.text),
}
MODULE_MORE: Fields = {"line": maybe(checks.count), "rule": maybe(checks.text)}
REQUIREMENT: Fields = {
    "name": checks.name,
    "version": checks.text,
    "direct_url": maybe(checks.mapping),
}
REQUIREMENT_MORE: Fields = {"editable_project": maybe(checks.text)}
DATA: Fields = {"local": checks.local, "read_by": maybe(checks.text), "mounted": checks.truth}
SKIPPED: Fields = {"local": checks.local, "reason": checks.name}
WARNING: Fields = {"code": checks.name, "message": checks.text, "path": maybe(checks.text)}
PROVENANCE: Fields = {
    "created": checks.text,
    "python": checks.text,
    "platform": checks.text,
    "argv": array(checks.text),
    "cwd": checks.local,
    "exit_code": maybe(checks.integer),
    "processes": array(checks.mapping),
    "automount": checks.text,
}
PROCESS: Fields = {
    "process": checks.count,
    "pid": checks.count,
    "ppid": checks.count,
    "argv": array(checks.text),
    "python": checks.text,
}
PROCESS_MORE: Fields = {"parent": maybe(checks.count), "executable": maybe(checks.text)}
