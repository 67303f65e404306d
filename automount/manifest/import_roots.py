"""The directories from which a recorded run imported its own modules (pure)."""

from __future__ import annotations

from collections.abc import Iterator

from automount.manifest.rows import EntrypointKind, Manifest, ModuleRow
from automount.model import MOUNTED_ORIGINS, Origin


def import_roots(manifest: Manifest) -> Iterator[str]:
    """The local directories from which the run imported its own modules, then the script's directory."""
    seen = dict.fromkeys(root for row in manifest.modules for root in _root_of(row))
    if manifest.entrypoint.kind is EntrypointKind.SCRIPT:
        for file in manifest.files:
            if file.remote == manifest.entrypoint.remote:
                seen.setdefault(file.local.rpartition("/")[0])
    yield from seen


def _root_of(row: ModuleRow) -> Iterator[str]:
    """`/w` for the module `a.b` in `/w/a/b.py`: nothing if the file is not where its name suggests."""
    if row.origin not in MOUNTED_ORIGINS or row.origin is Origin.ZIP or not row.file:
        return
    inner = row.name.replace(".", "/")
    for tail in (f"/{inner}.py", f"/{inner}/__init__.py"):
        if row.file.endswith(tail):
            yield row.file[: -len(tail)]
