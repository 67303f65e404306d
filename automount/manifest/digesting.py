"""The digest of a manifest's content: what runs, and what is where."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

from automount.manifest.rows import EntrypointKind, EntrypointRow, Manifest
from automount.model import FileEntry, Requirement
from automount.sha256 import sha256
from automount.values import replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def content_digest(manifest: Manifest, files: Iterable[FileEntry] | None = None) -> str:
    """`sha256:` and the digest of the content, with `files` instead of the manifest's own where given.

    It covers the entrypoint, `remote_root`, `sys_path`, `requirements`, `complete`, `directories` where there
    are any, and of each file the remote path, size, sha256 and executable bit. It does not depend on local
    paths. The content is hashed as one JSON text, so that no field can run into the next.
    """
    rows = manifest.files if files is None else files
    content = {
        "entrypoint": _entrypoint(manifest.entrypoint),
        "remote_root": manifest.remote_root,
        "sys_path": manifest.sys_path,
        "complete": manifest.complete,
        "requirements": sorted(
            (row.name, row.version, json.dumps(portable_url(row), sort_keys=True))
            for row in manifest.requirements
        ),
        "files": sorted((row.remote, row.size, row.sha256, row.executable) for row in rows),
    }
    if manifest.directories:
        content["directories"] = sorted(manifest.directories)
    text = json.dumps(content, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return "sha256:" + sha256(text.encode("ascii")).hexdigest()


def with_digest(manifest: Manifest) -> Manifest:
    """The manifest with the digest that its content has."""
    return replace(manifest, digest=content_digest(manifest))


def portable_url(row: Requirement) -> Mapping[str, Any] | None:
    """The requirement's `direct_url`, None where it leads to a local directory or file."""
    url = row.direct_url
    local = url is not None and str(url.get("url", "")).lower().startswith("file:")
    return None if local else url


def _entrypoint(row: EntrypointRow) -> dict[str, Any]:
    # A script's `target` is how this user wrote its path, so its remote path counts instead.
    by_target = row.kind is not EntrypointKind.SCRIPT or row.remote is None
    return {
        "kind": row.kind.value,
        "target": row.target if by_target else None,
        "form": row.form,
        "args": row.args,
        "remote": row.remote,
        "remote_cwd": row.remote_cwd,
        "import_only": row.import_only,
        "function": row.function,
    }
