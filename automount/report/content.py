"""What the page shows, as JSON values: short rows, because a page can hold 20,000 files.

Local paths of files are None where they follow from their mount: the page puts them together again.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from typing import Any

from automount.explain import Chains, Difference
from automount.manifest import FileEntry, Manifest, ModuleRow, MountRow
from automount.model import MOUNTED_ORIGINS, Origin
from automount.report.advice import INCOMPLETE, OTHER_INCOMPLETE, OTHER_WARNING, WARNINGS

OWN_ORIGINS = MOUNTED_ORIGINS | {Origin.NAMESPACE}


def manifest_content(manifest: Manifest, *, title: str, verdict: Mapping[str, Any] | None) -> dict[str, Any]:
    """The content of the page about one manifest."""
    return {
        "kind": "manifest",
        "title": title,
        "digest": manifest.digest,
        "complete": manifest.complete,
        "verdict": None if verdict is None else dict(verdict),
        "created": manifest.provenance.created,
        "python": manifest.provenance.python,
        "platform": manifest.provenance.platform,
        "exit_code": manifest.provenance.exit_code,
        "root": manifest.remote_root,
        "cwd": manifest.entrypoint.remote_cwd,
        "sys_path": list(manifest.sys_path),
        "mounts": [[row.label, row.local, row.remote, list(row.because)] for row in manifest.mounts],
        "files": [_file(row, manifest.mounts) for row in manifest.files],
        "modules": list(_modules(manifest)),
        "incomplete": [
            [shlex.join(row.command) or "a process", row.pid, INCOMPLETE.get(row.reason, OTHER_INCOMPLETE)]
            for row in manifest.incomplete
        ],
        "warnings": [
            [row.code, row.message, row.path, WARNINGS.get(row.code, OTHER_WARNING)]
            for row in manifest.warnings
        ],
        "requirements": [
            [row.name, row.version, row.direct_url.get("url") if row.direct_url else row.editable_project]
            for row in manifest.requirements
        ],
        "data": [[row.local, row.read_by, row.mounted] for row in manifest.data],
        "skipped": [[row.local, row.code, row.detail] for row in manifest.skipped],
        "processes": [
            [row.process, _parent(row.parent, row.process), row.pid, shlex.join(row.argv), row.python]
            for row in manifest.provenance.processes
        ],
    }


def difference_content(before: Manifest, after: Manifest, found: Difference, *, title: str) -> dict[str, Any]:
    """The content of the page about a difference. Sizes are None where the file does not exist."""
    files: dict[str, list[Any]] = {}
    for change in found.mounts:
        files |= {row.remote: [row.remote, None, row.size] for row in change.came}
        files |= {row.remote: [row.remote, row.size, None] for row in change.went}
        files |= {old.remote: [old.remote, old.size, new.size] for old, new in change.changed}
    return {
        "kind": "difference",
        "title": title,
        "differ": bool(found),
        "before": _totals(before),
        "after": _totals(after),
        "program": [[row.what, row.before, row.after] for row in found.program],
        "mounts": [
            [row.mount.label, row.mount.remote, "added" if row.before is None else "removed"]
            for row in found.mounts
            if row.mount is not None and (row.before is None or row.after is None)
        ],
        "files": [files[remote] for remote in sorted(files)],
        "requirements": [[row.what, row.before, row.after] for row in found.requirements],
    }


def _totals(manifest: Manifest) -> list[Any]:
    return [manifest.digest, len(manifest.files), sum(row.size for row in manifest.files), manifest.complete]


def _file(row: FileEntry, mounts: tuple[MountRow, ...]) -> list[Any]:
    """Remote path, size, mounts; then the local path where it does not follow from the first mount."""
    short: list[Any] = [row.remote, row.size, list(row.mounts)]
    if row.mounts:
        mount = mounts[row.mounts[0]]
        if row.remote.startswith(mount.remote) and row.local == mount.local + row.remote[len(mount.remote) :]:
            return short
    return [*short, row.local]


def _modules(manifest: Manifest) -> Iterator[list[Any]]:
    """The user's own modules, each name and file once: name, file, index of the requester, line, process.

    The index is -1 where the requester is not a module of the user's: the program itself, or an installed
    package.
    """
    chains = Chains(manifest)
    kept: dict[tuple[str, str | None], tuple[int, ModuleRow]] = {}
    for row in sorted(manifest.modules, key=lambda row: row.process):
        if row.origin in OWN_ORIGINS and (row.name, row.file) not in kept:
            kept[row.name, row.file] = (len(kept), row)
    for _, row in kept.values():
        requester = _own_requester(chains, row)
        found = kept.get((requester.name, requester.file)) if requester is not None else None
        by = found[0] if found else -1
        status = row.status.value
        yield [row.name, row.file, by, row.line, row.process, row.requested_by, status, row.mount]


def _own_requester(chains: Chains, row: ModuleRow) -> ModuleRow | None:
    """The nearest of the user's own modules that led to `row`, past installed ones between them."""
    seen = {id(row)}
    requester = chains.requester(row)
    while requester is not None and requester.origin not in OWN_ORIGINS and id(requester) not in seen:
        seen.add(id(requester))
        requester = chains.requester(requester)
    return requester if requester is not None and requester.origin in OWN_ORIGINS else None


def _parent(parent: int | None, process: int) -> int | None:
    """A process is listed below its parent only where that comes first, so that the tree has no loop."""
    return parent if parent is not None and parent < process else None
