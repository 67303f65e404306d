"""Writes down which installed distributions a run needs: requirements.txt lines, or a lock file (pure).

What was installed from elsewhere than an index keeps its source, as `direct_url.json` (PEP 610) has it:
a commit of a repository, an archive with its hash, a directory. What came from an index is pinned by
name and version. PEP 751 would have the hashes of its wheels as well; no installation keeps those and
automount asks no index, so the lock file leaves them to the tool that completes it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from automount.model import Requirement

Table = list[tuple[str, str]]


def render_requirements(rows: Iterable[Requirement]) -> str:
    """Lines that `pip install -r` takes, sorted by name; editable projects by their directory.

    Where two interpreters of one run used two versions, the second is a comment: pip takes only one.
    """
    lines = []
    named: set[str] = set()
    for row in _sorted(rows):
        name = str(canonicalize_name(row.name))
        line = _requirement(row, name)
        lines.append(f"# also used, by another interpreter: {line}" if name in named else line)
        named.add(name)
    return "".join(f"{line}\n" for line in lines)


def _requirement(row: Requirement, name: str) -> str:
    source = row.direct_url or {}
    if row.editable_project is not None or _is_editable(source):
        return f"-e {source.get('url') or _file_url(row.editable_project or '')}"
    url = str(source.get("url") or "")
    if not url:
        return f"{name}{_pin(row.version)}"
    fragment = []
    vcs = source.get("vcs_info")
    if vcs:
        url = f"{vcs['vcs']}+{url}@{vcs['commit_id']}"
    hashes = _hashes(source)
    if hashes:
        algorithm = "sha256" if "sha256" in hashes else min(hashes)
        fragment.append(f"{algorithm}={hashes[algorithm]}")
    if source.get("subdirectory"):
        fragment.append(f"subdirectory={source['subdirectory']}")
    return f"{name} @ {url}" + ("#" + "&".join(fragment) if fragment else "")


def _pin(version: str) -> str:
    if not version:
        return ""
    # What is no PEP 440 version can only be asked for literally.
    return f"=={version}" if _is_version(version) else f"==={version}"


def render_pylock(rows: Iterable[Requirement]) -> str:
    """A `pylock.toml` (PEP 751, lock version 1.0), packages sorted by name and version."""
    text = [_table(None, [("lock-version", _text("1.0")), ("created-by", _text("automount"))])]
    for row in _sorted(rows):
        package: Table = [("name", _text(str(canonicalize_name(row.name))))]
        # A directory's version can change with its content: PEP 751 wants it left out.
        kind, source = _source(row)
        if _is_version(row.version) and kind != "directory":
            package.append(("version", _text(row.version)))
        text.append(_table("[[packages]]", package))
        if source:
            text.append(_table(f"[packages.{kind}]", source))
    return "\n".join(text)


def _source(row: Requirement) -> tuple[str, Table]:
    """The kind and the table of where the package came from; empty for an index."""
    source = row.direct_url or {}
    url = str(source.get("url") or "")
    subdirectory = source.get("subdirectory")
    tail: Table = [("subdirectory", _text(str(subdirectory)))] if subdirectory else []
    vcs = source.get("vcs_info")
    if vcs:
        head: Table = [("type", _text(str(vcs["vcs"]))), ("url", _text(url))]
        if vcs.get("requested_revision"):
            head.append(("requested-revision", _text(str(vcs["requested_revision"]))))
        return "vcs", [*head, ("commit-id", _text(str(vcs["commit_id"]))), *tail]
    hashes = _hashes(source)
    if hashes and url:
        listed = ", ".join(f"{_key(name)} = {_text(hashes[name])}" for name in sorted(hashes))
        where = ("path", _text(_path(url))) if url.startswith("file:") else ("url", _text(url))
        return "archive", [where, *tail, ("hashes", f"{{{listed}}}")]
    if row.editable_project is not None or "dir_info" in source:
        path = _path(url) if url else row.editable_project or ""
        table: Table = [("path", _text(path))]
        if row.editable_project is not None or _is_editable(source):
            table.append(("editable", "true"))
        return "directory", [*table, *tail]
    return "", []


def _is_editable(source: Mapping[str, Any]) -> bool:
    return bool((source.get("dir_info") or {}).get("editable"))


def _hashes(source: Mapping[str, Any]) -> dict[str, str]:
    """The archive's hashes by algorithm; `hash` is PEP 610's first spelling, `hashes` the later one."""
    archive = source.get("archive_info") or {}
    hashes = {str(name): str(value) for name, value in (archive.get("hashes") or {}).items()}
    algorithm, equals, value = str(archive.get("hash") or "").partition("=")
    if equals:
        hashes.setdefault(algorithm, value)
    return hashes


def _sorted(rows: Iterable[Requirement]) -> Sequence[Requirement]:
    return sorted(
        rows,
        key=lambda row: (
            str(canonicalize_name(row.name)),
            row.version,
            json.dumps(row.direct_url, sort_keys=True),
            row.editable_project or "",
        ),
    )


def _is_version(text: str) -> bool:
    try:
        Version(text)
    except InvalidVersion:
        return False
    return True


def _file_url(path: str) -> str:
    return "file://" + quote(path.encode("utf-8", "surrogateescape"))


def _path(url: str) -> str:
    return unquote(urlsplit(url).path) if url.startswith("file:") else url


def _table(header: str | None, rows: Table) -> str:
    lines = [header] if header else []
    return "".join(f"{line}\n" for line in [*lines, *(f"{key} = {value}" for key, value in rows)])


def _key(name: str) -> str:
    return name if name.replace("-", "").replace("_", "").isalnum() and name.isascii() else _text(name)


def _text(text: str) -> str:
    """A TOML basic string. TOML is Unicode: what is not has no spelling in it."""
    clean = text.encode("utf-8", "replace").decode("utf-8")
    return json.dumps(clean, ensure_ascii=False).replace("\x7f", "\\u007f")


FORMATS: Mapping[str, Callable[[Iterable[Requirement]], str]] = {
    "requirements": render_requirements,
    "pylock": render_pylock,
}
