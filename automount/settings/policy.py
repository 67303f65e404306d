"""Makes a `Policy` from the settings: each value is parsed once, here."""

from __future__ import annotations

import os
from collections.abc import Iterable
from enum import Enum

from automount import paths
from automount.model import DataPolicy, EditablePolicy, Layout, ManualMount, Pattern, Policy, Scope
from automount.patterns import RANK_CONFIG, is_anchored
from automount.settings.parsing import (
    CHOICES,
    COMMAND_LINE,
    ListItem,
    ParsedSettings,
    SettingSource,
    nearest,
)


def policy_of(parsed: ParsedSettings, ignored: Iterable[Pattern]) -> Policy:
    """The policy from `parsed` and the patterns of ignore files; mistakes are added to `parsed`."""
    chosen: dict[str, Enum] = {}
    for name, kind in CHOICES.items():
        if name in parsed.single:
            text, origin = parsed.single[name]
            try:
                chosen[name] = kind(text)
            except ValueError:
                values = [str(member.value) for member in kind]
                parsed.complain(f"{name} has the unknown value {text!r}", nearest(text, values), origin)
    root = _remote_root(parsed)
    manual: dict[str, list[ManualMount]] = {"add-dir": [], "add-file": []}
    packages: list[tuple[str, str | None]] = []
    patterns: list[Pattern] = []
    for item in parsed.listed:
        if item.name in ("exclude", "include"):
            patterns.extend(_patterns(item))
        elif item.name == "add-package":
            package = _package(parsed, item, root)
            packages.extend([package] if package else [])
        else:
            mount = _manual(parsed, item, root)
            manual[item.name].extend([mount] if mount else [])
    defaults = Policy()
    return Policy(
        remote_root=root,
        root=_workspace_root(parsed),
        scope=Scope(chosen.get("scope", defaults.scope)),
        layout=Layout(chosen.get("layout", defaults.layout)),
        data=DataPolicy(chosen.get("data", defaults.data)),
        editable=EditablePolicy(chosen.get("editable", defaults.editable)),
        automount=parsed.single.get("no-automount", ("false",))[0] == "false",
        add_packages=tuple(dict.fromkeys(packages)),
        add_dirs=tuple(dict.fromkeys(manual["add-dir"])),
        add_files=tuple(dict.fromkeys(manual["add-file"])),
        patterns=(
            *(pattern for pattern in patterns if pattern.rank == RANK_CONFIG),
            *ignored,
            *(pattern for pattern in patterns if pattern.rank != RANK_CONFIG),
        ),
    )


def _remote_root(parsed: ParsedSettings) -> str:
    if "remote-root" not in parsed.single:
        return Policy().remote_root
    text, origin = parsed.single["remote-root"]
    if not text.startswith("/") or ".." in paths.parts(text):
        parsed.complain(f"remote-root = {text!r} is not an absolute path", "for example /root", origin)
        return Policy().remote_root
    return paths.normal(text)


def _workspace_root(parsed: ParsedSettings) -> str | None:
    if "root" not in parsed.single:
        return None
    text, origin = parsed.single["root"]
    place = paths.normal(os.path.join(origin.directory, text))
    if not os.path.isdir(place):
        parsed.complain(f"root = {text!r} is not a directory", "for example root = .", origin)
        return None
    return place


def _patterns(item: ListItem) -> Iterable[Pattern]:
    """The pattern as the walk needs it; one with a slash is also tried below where it was written."""
    include, origin = item.name == "include", item.origin
    source = f"--{item.name}" if origin.label == COMMAND_LINE else origin.label
    if is_anchored(item.text):
        yield Pattern(item.text, include, source, origin.directory, origin.rank)
    yield Pattern(item.text, include, source, None, origin.rank)


def _package(parsed: ParsedSettings, item: ListItem, root: str) -> tuple[str, str | None] | None:
    name, colon, remote = item.text.partition(":")
    if not all(part.isidentifier() for part in name.split(".")):
        problem = f"add-package {item.text!r}: {name!r} is not an import name"
        parsed.complain(problem, "for example add-package pkg", item.origin)
        return None
    return name, _remote(parsed, item, remote, root) if colon else None


def _manual(parsed: ParsedSettings, item: ListItem, root: str) -> ManualMount | None:
    """LOCAL or LOCAL:REMOTE. A colon that belongs to a file's name is left alone where that file exists."""
    text, origin = item.text, item.origin
    cuts = [at for at, char in enumerate(text) if char == ":" and at][::-1]
    known = next((at for at in cuts if _exists(origin, text[:at])), cuts[0] if cuts else None)
    cut = None if _exists(origin, text) else known
    local, colon, remote = (text, "", "") if cut is None else (text[:cut], ":", text[cut + 1 :])
    if not local.strip("/") and not local.startswith("/"):
        problem = f"{item.name} {text!r} does not name a path"
        parsed.complain(problem, f"for example {item.name} data", origin)
        return None
    place = paths.normal(os.path.join(origin.directory, local))
    return ManualMount(place, _remote(parsed, item, remote, root) if colon else None)


def _exists(origin: SettingSource, local: str) -> bool:
    return os.path.lexists(os.path.join(origin.directory, local))


def _remote(parsed: ParsedSettings, item: ListItem, remote: str, root: str) -> str | None:
    """`remote` as an absolute remote path; a relative one is below the remote root."""
    if not remote or ".." in paths.parts(remote):
        problem = f"{item.name} {item.text!r}: {remote!r} is not a remote path"
        parsed.complain(problem, f"for example {item.name} x:/opt/x", item.origin)
        return None
    return paths.normal(remote) if remote.startswith("/") else paths.join(root, paths.normal("/" + remote))
