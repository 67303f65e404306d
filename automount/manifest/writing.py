"""Manifest -> bytes, always the same ones, and the digest of its content.

The standard encoder is slow as soon as it indents (its C half is left out then), so the layout is
written here: two spaces, sorted keys, `": "`, exactly as `json.dumps(indent=2, sort_keys=True)` does.
A byte of a file name that is not UTF-8 is a lone surrogate in text; JSON has an escape for it, and
`backslashreplace` happens to write just that.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from json.encoder import encode_basestring
from typing import Any

from automount.manifest.rows import (
    SCHEMA,
    EntrypointKind,
    EntrypointRow,
    FileEntry,
    Manifest,
    ModuleRow,
    MountRow,
    ProcessRow,
    Provenance,
)


def dumps(manifest: Manifest) -> bytes:
    """The manifest as JSON in UTF-8: keys and rows sorted, two spaces, a newline at the end."""
    return (_laid_out(as_json(in_order(manifest)), "\n") + "\n").encode("utf-8", "backslashreplace")


def content_digest(entrypoint: EntrypointRow, sys_path: Sequence[str], files: Iterable[FileEntry]) -> str:
    """`sha256:` and the digest of what is run, and of what stands where; no local path goes in.

    A script's `target` is how this user named it, so its remote path stands for it; the other kinds are
    run by their target. Rows are hashed as one JSON text: no field can run into the next.
    """
    by_target = entrypoint.kind is not EntrypointKind.SCRIPT
    content = {
        "entrypoint": {
            "kind": entrypoint.kind.value,
            "target": entrypoint.target if by_target else None,
            "form": entrypoint.form,
            "args": entrypoint.args,
            "remote": entrypoint.remote,
            "remote_cwd": entrypoint.remote_cwd,
            "import_only": entrypoint.import_only,
        },
        "sys_path": tuple(sys_path),
        "files": sorted((row.remote, row.size, row.sha256, row.executable) for row in files),
    }
    text = json.dumps(content, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return "sha256:" + hashlib.sha256(text.encode("ascii")).hexdigest()


def with_digest(manifest: Manifest) -> Manifest:
    """The manifest with the digest that its content has."""
    return replace(manifest, digest=content_digest(manifest.entrypoint, manifest.sys_path, manifest.files))


def in_order(manifest: Manifest) -> Manifest:
    """The manifest with its rows sorted; the mounts and `sys_path` keep their order, which counts."""
    return replace(
        manifest,
        files=tuple(sorted(manifest.files, key=lambda row: row.remote)),
        modules=tuple(sorted(manifest.modules, key=_module_order)),
        incomplete=tuple(sorted(manifest.incomplete, key=lambda row: (row.reason, row.command, row.pid))),
        requirements=tuple(sorted(manifest.requirements, key=lambda row: (row.name, row.version))),
        data=tuple(sorted(manifest.data, key=lambda row: (row.local, row.read_by or ""))),
        skipped=tuple(sorted(manifest.skipped, key=lambda row: (row.local, row.reason))),
        warnings=tuple(sorted(manifest.warnings, key=lambda row: (row.code, row.path or "", row.message))),
        provenance=replace(
            manifest.provenance,
            processes=tuple(sorted(manifest.provenance.processes, key=lambda row: row.process)),
        ),
    )


def _module_order(row: ModuleRow) -> tuple[int | str, ...]:
    # A name may be there twice in one process: two files were run as its `__main__`.
    return (row.process, row.name, row.file or "", row.status.value, row.requested_by or "", row.line or 0)


def as_json(manifest: Manifest) -> dict[str, Any]:
    """The manifest as the values that JSON knows, rows in their present order."""
    return {
        **manifest.extra,
        "schema": SCHEMA,
        "digest": manifest.digest,
        "complete": manifest.complete,
        "incomplete": [
            {**row.extra, "reason": row.reason, "command": row.command, "pid": row.pid}
            for row in manifest.incomplete
        ],
        "entrypoint": _entrypoint(manifest.entrypoint),
        "remote_root": manifest.remote_root,
        "sys_path": manifest.sys_path,
        "mounts": [_mount(row) for row in manifest.mounts],
        "files": [_file(row) for row in manifest.files],
        "modules": [_module(row) for row in manifest.modules],
        "requirements": [
            {
                **row.extra,
                "name": row.name,
                "version": row.version,
                "direct_url": row.direct_url,
                **({} if row.editable_project is None else {"editable_project": row.editable_project}),
            }
            for row in manifest.requirements
        ],
        "data": [
            {**row.extra, "local": row.local, "read_by": row.read_by, "mounted": row.mounted is not None}
            for row in manifest.data
        ],
        "skipped": [{**row.extra, "local": row.local, "reason": row.reason} for row in manifest.skipped],
        "warnings": [
            {**row.extra, "code": row.code, "message": row.message, "path": row.path}
            for row in manifest.warnings
        ],
        "provenance": _provenance(manifest.provenance),
    }


def _entrypoint(row: EntrypointRow) -> dict[str, Any]:
    known: dict[str, Any] = {
        **row.extra,
        "kind": row.kind.value,
        "target": row.target,
        "args": row.args,
        "remote": row.remote,
        "remote_cwd": row.remote_cwd,
    }
    if row.form is not None:
        known["form"] = row.form
    if row.import_only:
        known["import_only"] = True
    return known


def _mount(row: MountRow) -> dict[str, Any]:
    owner = row.distribution
    return {
        **row.extra,
        "label": row.label,
        "kind": row.kind.value,
        "name": row.name,
        "local": row.local,
        "remote": row.remote,
        "because": row.because,
        "distribution": None
        if owner is None
        else {
            **owner.extra,
            "name": owner.name,
            "version": owner.version,
            "project_root": owner.project_root,
        },
    }


def _file(row: FileEntry) -> dict[str, Any]:
    return {
        **row.extra,
        "remote": row.remote,
        "local": row.local,
        "size": row.size,
        "sha256": row.sha256,
        "executable": row.executable,
        "mounts": row.mounts,
    }


def _module(row: ModuleRow) -> dict[str, Any]:
    return {
        **row.extra,
        "name": row.name,
        "origin": row.origin.value,
        "file": row.file,
        "status": row.status.value,
        "requested_by": row.requested_by,
        "process": row.process,
        "mount": row.mount,
        "distribution": row.distribution,
        "line": row.line,
        "rule": row.rule,
    }


def _provenance(row: Provenance) -> dict[str, Any]:
    return {
        **row.extra,
        "created": row.created,
        "python": row.python,
        "platform": row.platform,
        "argv": row.argv,
        "cwd": row.cwd,
        "exit_code": row.exit_code,
        "processes": [_process(process) for process in row.processes],
        "automount": row.automount,
    }


def _process(row: ProcessRow) -> dict[str, Any]:
    known: dict[str, Any] = {
        **row.extra,
        "process": row.process,
        "pid": row.pid,
        "ppid": row.ppid,
        "argv": row.argv,
        "python": row.python,
    }
    if row.parent is not None:
        known["parent"] = row.parent
    if row.executable is not None:
        known["executable"] = row.executable
    return known


def _laid_out(value: Any, line: str) -> str:
    """One JSON value as text; `line` is the newline and the indent that the value stands at."""
    if isinstance(value, str):
        return encode_basestring(value)
    if value is None:
        return "null"
    if value is True:
        return "true"
    if value is False:
        return "false"
    inner = line + "  "
    if isinstance(value, Mapping):
        if not value:
            return "{}"
        fields = [f"{encode_basestring(key)}: {_laid_out(value[key], inner)}" for key in sorted(value)]
        return "{" + inner + ("," + inner).join(fields) + line + "}"
    if isinstance(value, list | tuple):
        if not value:
            return "[]"
        return "[" + inner + ("," + inner).join([_laid_out(item, inner) for item in value]) + line + "]"
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError(f"JSON has no {value}")
    return repr(value)
