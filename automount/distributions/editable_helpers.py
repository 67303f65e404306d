"""Reads the import names that an editable distribution's helper module holds as literals; runs none of it."""

from __future__ import annotations

import ast

from automount.distributions.editable_sources import EditableSources
from automount.paths import join, name, parent
from automount.untrusted import json_value, regular_bytes


def read_helper(path: str) -> EditableSources:
    """The import names that the helper module at `path` maps; none where it cannot be parsed."""
    try:
        tree = ast.parse(regular_bytes(path), path)
    except (OSError, SyntaxError, ValueError, RecursionError, MemoryError):
        return EditableSources(name(path))
    found = EditableSources(name(path))
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign | ast.AnnAssign):
            _read_assignment(node, found)
        elif isinstance(node, ast.Call):
            _read_call(node, found, parent(path))
    return found


def _read_assignment(node: ast.Assign | ast.AnnAssign, found: EditableSources) -> None:
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    names = {target.id for target in targets if isinstance(target, ast.Name)}
    value = _literal(node.value)
    if not isinstance(value, dict):
        return
    if "MAPPING" in names:
        found.modules.update(_texts(value))
    if "NAMESPACES" in names:
        for key, portions in value.items():
            if isinstance(portions, list):
                found.namespaces[str(key)] = tuple(str(portion) for portion in portions)


def _read_call(node: ast.Call, found: EditableSources, base: str) -> None:
    called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    arguments = [_literal(argument) for argument in node.args]
    if called == "map_module" and len(arguments) == 2 and all(isinstance(one, str) for one in arguments):
        found.modules[str(arguments[0])] = str(arguments[1])
    elif called == "install" and arguments and isinstance(arguments[0], dict):
        # scikit-build-core: sources by absolute path, then what it built, relative to the helper.
        found.modules.update(_texts(arguments[0]))
        built = arguments[1] if len(arguments) > 1 and isinstance(arguments[1], dict) else {}
        found.modules.update({key: join(base, path) for key, path in _texts(built).items()})
    elif len(arguments) > 2 and isinstance(arguments[1], set) and isinstance(arguments[2], str):
        # meson-python: the project's name, its top-level names, its build directory.
        found.modules.update(_meson_plan(arguments[2]))


def _meson_plan(build: str) -> dict[str, str]:
    """A map from import name to source file, read from the plan in meson's build directory."""
    try:
        plan = json_value(regular_bytes(join(build, "meson-info", "intro-install_plan.json")))
    except (OSError, ValueError):
        return {}
    found: dict[str, str] = {}
    for section in plan.values() if isinstance(plan, dict) else ():
        for source, target in section.items() if isinstance(section, dict) else ():
            place = str(target.get("destination", "")) if isinstance(target, dict) else ""
            head, _, rest = place.partition("/")
            if head in ("{py_purelib}", "{py_platlib}") and rest.endswith((".py", ".so")):
                stem = rest.removesuffix("/__init__.py").partition(".")[0]
                found[stem.replace("/", ".")] = source
    return found


def _literal(node: ast.expr | None) -> object:
    try:
        return ast.literal_eval(node) if node is not None else None
    except (ValueError, TypeError, MemoryError, RecursionError):
        return None


def _texts(value: dict[object, object]) -> dict[str, str]:
    return {str(key): str(path) for key, path in value.items() if isinstance(path, str)}
