"""Finds what a name may refer to: the files of a module that was not loaded, or the nearest known names."""

from __future__ import annotations

import difflib

from automount.manifest import FileEntry, Manifest
from automount.paths import join, name

_NEAREST = 3
_SOURCES = (".py", ".pyc")
_EXTENSIONS = (".so", ".pyd")


def files_of_module(manifest: Manifest, module_name: str) -> tuple[FileEntry, ...]:
    """The shipped files that `import module_name` would find remotely; only `__init__` for a package."""
    words = module_name.split(".")
    if not all(word.isidentifier() for word in words):
        return ()
    bases = [join(root, *words) for root in manifest.sys_path]
    exact = {f"{base}{rest}{suffix}" for base in bases for rest in ("", "/__init__") for suffix in _SOURCES}
    starts = tuple(f"{base}." for base in bases)
    return tuple(
        row
        for row in manifest.files
        if row.remote in exact or (row.remote.startswith(starts) and row.remote.endswith(_EXTENSIONS))
    )


def _is_file_name(manifest: Manifest, question: str) -> bool:
    """Whether a name with a dot is one of a file: no recorded module has its first part for a name."""
    first, dot, _ = question.partition(".")
    known = {row.name.partition(".")[0] for row in manifest.modules}
    return bool(dot) and not difflib.get_close_matches(first, known, 1)


def nearest_names(manifest: Manifest, question: str) -> tuple[str, ...]:
    """The names of recorded modules, or of shipped files, that are most similar to `question`."""
    if "/" in question or question.endswith((".py", ".pyc", ".so")) or _is_file_name(manifest, question):
        last = name(question)
        remotes = [row.remote for row in manifest.files]
        found = [remote for remote in remotes if name(remote) == last]
        by_name = {name(remote): remote for remote in reversed(remotes)}
        found += [by_name[near] for near in difflib.get_close_matches(last, by_name, _NEAREST)]
    else:
        names = sorted({row.name for row in manifest.modules})
        last = question.rpartition(".")[2]
        found = [known for known in names if known.rpartition(".")[2] == last]
        found += difflib.get_close_matches(question, names, _NEAREST)
        # A name in another case, or the wrong package, is further away than difflib looks.
        lowered = {known.rpartition(".")[2].lower(): known for known in reversed(names)}
        found += [lowered[near] for near in difflib.get_close_matches(last.lower(), lowered, _NEAREST)]
    return tuple(dict.fromkeys(found))[:_NEAREST]
