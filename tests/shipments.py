"""Creates small projects and their manifests without recording, for tests of verbs that take a manifest."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Mapping
from pathlib import Path

from automount.manifest import (
    EntrypointKind,
    EntrypointRow,
    InterpreterRow,
    Manifest,
    Provenance,
    Warning_,
    with_digest,
)
from automount.model import FileEntry

APP = "import sys\nimport pkg.core\nprint(pkg.core.NAME, sys.argv[1:], __name__)\n"
FILES: Mapping[str, str] = {"app.py": APP, "pkg/__init__.py": "", "pkg/core.py": "NAME = 'core'\n"}


def write_project(directory: Path, files: Mapping[str, str | bytes] = FILES) -> Path:
    """Writes the files below `directory` and gives it back."""
    for name, text in files.items():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode() if isinstance(text, str) else text)
    return directory


def file_row(local: Path, remote: str) -> FileEntry:
    """The row of a file as it is now."""
    content = local.read_bytes()
    executable = bool(local.stat().st_mode & 0o100)
    return FileEntry(remote, str(local), len(content), hashlib.sha256(content).hexdigest(), executable, ())


def script(remote: str = "/root/app.py", args: tuple[str, ...] = (), cwd: str = "/root") -> EntrypointRow:
    """The row of a script entrypoint."""
    return EntrypointRow(EntrypointKind.SCRIPT, "app.py", args, remote, cwd)


def manifest_of(
    directory: Path,
    files: Mapping[str, str] | None = None,
    *,
    entrypoint: EntrypointRow | None = None,
    sys_path: tuple[str, ...] = ("/root",),
    root: str = "/root",
    exit_code: int | None = 0,
    warnings: tuple[Warning_, ...] = (),
) -> Manifest:
    """A manifest of files below `directory`: remote path by relative name; None: all, below the root."""
    if files is None:
        found = sorted(p for p in directory.rglob("*") if p.is_file() and "__pycache__" not in p.parts)
        files = {str(p.relative_to(directory)): f"{root}/{p.relative_to(directory)}" for p in found}
    version = ".".join(map(str, sys.version_info[:3]))
    return with_digest(
        Manifest(
            digest="",
            complete=True,
            entrypoint=entrypoint or script(),
            remote_root=root,
            sys_path=sys_path,
            mounts=(),
            files=tuple(file_row(directory / name, remote) for name, remote in sorted(files.items())),
            modules=(),
            provenance=Provenance(
                created="2024-05-01T10:00:00+00:00",
                python=version,
                platform="Linux-x86_64",
                argv=("app.py",),
                cwd=str(directory),
                exit_code=exit_code,
                processes=(),
                automount="0",
                environment=environment(),
            ),
            warnings=warnings,
        )
    )


def environment() -> InterpreterRow:
    """The interpreter's facts as a manifest contains them."""
    return InterpreterRow(sys.executable, sys.prefix, sys.base_prefix)


def names_below(directory: Path) -> list[str]:
    """The files below `directory`, relative, sorted, those of automount's own left out."""
    found = (p.relative_to(directory) for p in directory.rglob("*") if not p.is_dir() or p.is_symlink())
    return sorted(str(p) for p in found if p.parts[0] != ".automount")
