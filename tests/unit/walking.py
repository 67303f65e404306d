"""Mounts to walk, and what a walk found, in short forms."""

from __future__ import annotations

import os
from pathlib import Path

from automount.contents.digests import DigestIndex
from automount.contents.expand import Contents, expand
from automount.model import Mount, MountKind

EXCLUDE = "--exclude"


def package(path: Path, **more: object) -> Mount:
    fields: dict[str, object] = {
        "label": f"PythonPackage:{path.name}",
        "kind": MountKind.PACKAGE,
        "name": path.name,
        "local": str(path),
        "remote": f"/root/{path.name}",
        "tree": True,
    }
    return Mount(**{**fields, **more})  # type: ignore[arg-type]


def single(path: Path, remote: str | None = None, **more: object) -> Mount:
    fields: dict[str, object] = {
        "label": path.name,
        "kind": MountKind.MODULE,
        "name": path.name,
        "local": str(path),
        "remote": remote or f"/root/{path.name}",
    }
    return Mount(**{**fields, **more})  # type: ignore[arg-type]


def write(path: Path, content: str | bytes = "") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def walked(*mounts: Mount, **options: object) -> Contents:
    return expand(mounts, **{"patterns": (), "touched": frozenset(), "index": DigestIndex(), **options})  # type: ignore[arg-type]


def remotes(contents: Contents) -> list[str]:
    return [row.remote for row in contents.files]


def skips(contents: Contents, root: Path) -> dict[str, str]:
    return {os.path.relpath(row.local, root): row.reason for row in contents.skipped}


def warnings(contents: Contents) -> list[str]:
    return [row.code for row in contents.warnings]
