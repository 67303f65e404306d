"""Decides what a manifest would disclose by itself: secrets in arguments and URLs, local paths (pure).

Every bundle contains the arguments of the program, the addresses of its requirements, and remote paths.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from automount.model import Mount, Requirement, Warning_
from automount.paths import is_below, parent
from automount.system_directories import SYSTEM_DIRECTORIES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from automount.contents import secrets

# These names disclose nothing about a user or a machine.
_SHARED = (*SYSTEM_DIRECTORIES, "/opt", "/srv", "/tmp", "/var")


def disclosed_secrets(
    args: Sequence[str], code: str | None, requirements: Iterable[Requirement]
) -> Iterator[Warning_]:
    """A warning `secret-suspected` for each argument, the code of `-c`, and each address that looks secret.

    The message names the place and never the value.
    """
    for position, argument in enumerate(args):
        option = args[position - 1] if position else ""
        # `--token VALUE` and `--token=VALUE` read like assignments in a program.
        named = f'{option.lstrip("-")} = "{argument}"' if option.startswith("-") else argument
        equals = argument.partition("=")
        texts = (argument, named, f'{equals[0].lstrip("-")} = "{equals[2]}"')
        found = _first(texts)
        if found is not None:
            place = f" (after {option})" if option.startswith("-") and "=" not in argument else ""
            yield _warning(f"argument {position + 1} of the program{place}", found)
    if code is not None and (found := _first([code])) is not None:
        yield _warning("the code of -c", found)
    for row in requirements:
        url = str((row.direct_url or {}).get("url", ""))
        if url and (found := _first([url])) is not None:
            yield _warning(f"the URL of the requirement {row.name}", found)


def disclosed_paths(args: Sequence[str], is_directory: Callable[[str], bool]) -> Iterator[Warning_]:
    """A warning `local-path-in-arguments` for each argument that is an absolute path of this machine."""
    for argument in args:
        path = argument.partition("=")[2] if argument.startswith("-") else argument
        if not path.startswith("/") or "\n" in path:
            continue
        holder = parent(path)
        if holder == "/" or holder in _SHARED or not is_directory(holder):
            continue
        if any(is_below(path, place) for place in _SHARED if place != "/tmp" and place != "/var"):
            continue
        yield Warning_(
            "local-path-in-arguments",
            f"the argument {path} is a path on this machine, and every bundle contains the arguments",
            path,
        )


def disclosed_places(mounts: Iterable[Mount], home: str, remote_root: str) -> Iterator[Warning_]:
    """A warning `local-path-shipped` for each mount at its own local path that names a user of this machine.

    Only `--add-file P:P` and `--data mount` place a file there, where the program names it by that path.
    """
    for mount in mounts:
        private = is_below(mount.local, home) or any(
            is_below(mount.local, homes) for homes in ("/home", "/Users")
        )
        if mount.remote == mount.local and private and not is_below(mount.remote, remote_root):
            yield Warning_(
                "local-path-shipped",
                f"{mount.local} is shipped at its own path, so every bundle reveals that path on this "
                f"machine: let the program use a relative path to avoid it",
                mount.local,
            )


def _first(texts: Iterable[str]) -> secrets.SecretFinding | None:
    for text in texts:
        from automount.contents import secrets  # only here: most programs have no arguments

        for finding in secrets.scan("", text.encode("utf-8", "surrogateescape")):
            return finding
    return None


def _warning(place: str, finding: secrets.SecretFinding) -> Warning_:
    from automount.contents import secrets

    return Warning_(
        "secret-suspected",
        f"{place} looks like {secrets.meaning(finding.code)}, and every bundle contains it",
        None,
    )
