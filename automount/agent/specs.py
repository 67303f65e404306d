"""Reads the attributes of modules and their specs, without running any of their code."""

import posix
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any, Dict

_Module = type(sys)


def namespace_of(module):
    # type: (object) -> dict[str, Any]
    """The namespace of a module. Never getattr: a lazy module would load itself."""
    namespace = object.__getattribute__(module, "__dict__")  # type: Dict[str, Any]
    return namespace


def absolute(file):
    # type: (str) -> str
    """`file` as it was written, below the directory the program is in now."""
    if file[:1] == "/":
        return file
    while file[:2] == "./":
        file = file[2:]
    try:
        cwd = posix.getcwd()
    except OSError:
        cwd = ""
    if cwd == "/":
        cwd = ""
    return cwd + "/" + file if file not in ("", ".") else cwd or "/"


def module_line(status, name, file, requester, line, locations):
    # type: (str, str, str | None, str | None, int | str | None, list[str] | None) -> str
    """The journal line for the state of a module."""
    words = ["M", status, name, file or "", requester or "", str(line or "")]
    if locations is not None:
        words += locations or [""]
    return "\0".join(words)


def text(value):
    # type: (object) -> str | None
    """`value` as the text of a path or a name; None where it is neither.

    Any class may define `__fspath__`, but it is never called on a mock, which would record the call.
    """
    if type(value) is str:
        return value
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, bytes):
        return bytes(value).decode(sys.getfilesystemencoding(), "surrogateescape")
    for kind in type.mro(type(value)):
        method = type.__getattribute__(kind, "__dict__").get("__fspath__")
        if method is not None:
            if type(method) not in _METHODS:
                return None
            try:
                return text(method(value))
            except Exception:
                return None  # the program's method has failed
    return None


_METHODS = (type(text), type(str.join))


class PlainSpec:
    """What can be read of an object that is not a `ModuleSpec`; whatever cannot be read is None."""

    def __init__(self, spec):
        # type: (object) -> None
        for attribute in ("name", "origin", "submodule_search_locations", "has_location", "_initializing"):
            try:
                value = getattr(spec, attribute, None)
            except Exception:
                value = None
            self.__dict__[attribute] = value


_ModuleSpec = sys.modules["_frozen_importlib"].ModuleSpec


def spec_of(namespace):
    # type: (dict[str, Any]) -> Any
    """The `__spec__` of a module, safe to read; None where it has none."""
    spec = namespace.get("__spec__")
    return spec if type(spec) is _ModuleSpec or spec is None else PlainSpec(spec)


def locations(spec):
    # type: (Any) -> list[str] | None
    """The search locations of a package; None for a module."""
    places = getattr(spec, "submodule_search_locations", None)  # type: Iterable[object] | None
    if places is None:
        return None
    try:
        # A namespace's list searches anew when it is read; what it holds now is in an attribute.
        places = getattr(places, "_path", places)
        return [place for place in map(text, list(places)) if place]
    except Exception:
        return []


def is_loading(name):
    # type: (str) -> bool
    """Whether the import system is in the middle of loading the module."""
    module = sys.modules.get(name)
    try:
        spec = object.__getattribute__(module, "__dict__").get("__spec__")
        return getattr(spec, "_initializing", False) is True
    except Exception:
        return False


def holds(package, attribute, name):
    # type: (object, str, str) -> bool
    """Whether a package has the module `name` as an attribute."""
    if type(package) is not _Module:
        return False
    value = namespace_of(package).get(attribute)
    return type(value) is _Module and namespace_of(value).get("__name__") == name


def namespace_for(seen, file):
    # type: (dict[str, Any], str) -> dict[str, Any] | None
    """The namespace in which a loader or a runner of programs runs the file, found among its variables."""
    for value in list(seen.values()):
        if type(value) is dict:
            if value.get("__name__") == "__main__" and text(value.get("__file__")) == file:
                found = value  # type: dict[str, Any]
                return found
        elif isinstance(value, _Module):
            namespace = namespace_of(value)
            spec = spec_of(namespace)
            if text(getattr(spec, "origin", None)) == file or text(namespace.get("__file__")) == file:
                return namespace
    return None
