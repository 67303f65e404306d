"""The import statements of one source text, each with where it is (pure: parses, never runs)."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from enum import StrEnum

from automount.values import dataclass

# Functions whose first argument is the name of a module.
DYNAMIC = frozenset(
    {"import_module", "__import__", "run_module", "resolve_name", "import_string", "load_object"}
)
# What names a module in a table of plugins: `package.module`, `package.module.Class`, `module:function`.
_IN_TABLE = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*(?::[A-Za-z_][\w.]*)?")
_LISTS_OF_PACKAGES = frozenset({"INSTALLED_APPS"})


class Where(StrEnum):
    """Where an import statement is: what has to happen for it to be executed."""

    TOP = "top-level"
    BRANCH = "branch"
    FUNCTION = "function"
    LAZY = "lazy"
    TABLE = "table"
    ENTRY_POINT = "entry-point"


@dataclass(frozen=True)
class ImportStatement:
    """One import of one name. `module_name` is absolute.

    `attribute` is the name after `import` in `from module_name import attribute`, which may be a submodule.
    It is "*" where the name of exactly this module is known. `function` is the dotted name of the enclosing
    function or class, "" at the top level.
    """

    module_name: str
    attribute: str | None
    line: int
    where: Where
    function: str


def import_statements(source: bytes, *, module_name: str, is_package: bool) -> list[ImportStatement]:
    """The imports in `source`, the code of `module_name`; those behind `TYPE_CHECKING` are left out.

    Raises ValueError, SyntaxError, RecursionError or MemoryError where the source cannot be parsed.
    """
    package = module_name if is_package else module_name.rpartition(".")[0]
    found = _Finder(package)
    found.block(ast.parse(source).body, Where.TOP, "")
    return sorted(found.found, key=lambda row: (row.line, row.module_name, row.attribute or ""))


class _Finder:
    def __init__(self, package: str) -> None:
        self._package = package
        self.found: list[ImportStatement] = []

    def block(self, nodes: list[ast.stmt], where: Where, function: str) -> None:
        for node in nodes:
            self._node(node, where, function)

    def _node(self, node: ast.AST, where: Where, function: str) -> None:
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            self._statement(node, Where.LAZY if getattr(node, "is_lazy", 0) else where, function)
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
            name = (
                f"{function}.{node.name}"
                if function and hasattr(node, "name")
                else getattr(node, "name", function)
            )
            for field, value in ast.iter_fields(node):
                inner = Where.FUNCTION if field == "body" else where
                for child in value if isinstance(value, list) else [value]:
                    if isinstance(child, ast.AST):
                        self._node(child, inner, name if field == "body" else function)
        elif isinstance(node, ast.ClassDef):
            name = f"{function}.{node.name}" if function else node.name
            self._children(node, where, name)
        elif isinstance(node, ast.If) and _is_type_checking(node.test):
            self.block(node.orelse, where, function)
        elif isinstance(
            node, (ast.If, ast.For, ast.AsyncFor, ast.While, ast.Try, ast.Match, ast.With, ast.TryStar)
        ):
            self._children(node, Where.BRANCH if where is Where.TOP else where, function)
        else:
            if isinstance(node, ast.Call):
                self._call(node, where, function)
            elif isinstance(node, (ast.List, ast.Tuple, ast.Set)):
                self._table(node.elts, function)
            elif isinstance(node, ast.Dict):
                self._table([inner for value in node.values for inner in _constructed(value)], function)
            elif isinstance(node, (ast.Assign, ast.AugAssign)):
                self._list_of_packages(node, function)
            self._children(node, where, function)

    def _children(self, node: ast.AST, where: Where, function: str) -> None:
        for child in ast.iter_child_nodes(node):
            self._node(child, where, function)

    def _statement(self, node: ast.Import | ast.ImportFrom, where: Where, function: str) -> None:
        for alias in node.names:
            if isinstance(node, ast.Import):
                self._add(alias.name, None, node.lineno, where, function)
                continue
            module_name = _absolute(node.module or "", node.level, self._package)
            if module_name:
                self._add(module_name, alias.name, node.lineno, where, function)

    def _call(self, node: ast.Call, where: Where, function: str) -> None:
        called = node.func
        name = (
            called.attr
            if isinstance(called, ast.Attribute)
            else called.id
            if isinstance(called, ast.Name)
            else ""
        )
        if name not in DYNAMIC or not node.args:
            return
        text = _constant(node.args[0]) or _package_of(node.args[0])
        if not text:
            return
        level = len(text) - len(text.lstrip("."))
        package = self._package
        if level and name == "import_module":
            given = [word.value for word in node.keywords if word.arg == "package"] + node.args[1:2]
            package = (_constant(given[0]) or self._package) if given else ""
        elif level:
            return
        module_name = _absolute(text[level:].partition(":")[0], level, package)
        if module_name:
            self._add(module_name, None, node.lineno, where, function)

    def _table(self, values: list[ast.expr], function: str) -> None:
        for value in values:
            text = _constant(value)
            if text and len(text) < 200 and ("." in text or ":" in text) and _IN_TABLE.fullmatch(text):
                name, colon, _ = text.partition(":")
                self._add(name, "*" if colon else None, value.lineno, Where.TABLE, function)

    def _list_of_packages(self, node: ast.Assign | ast.AugAssign, function: str) -> None:
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        names = {target.id for target in targets if isinstance(target, ast.Name)}
        if names & _LISTS_OF_PACKAGES and isinstance(node.value, (ast.List, ast.Tuple)):
            for value in node.value.elts:
                text = _constant(value)
                if text and text.isidentifier():
                    self._add(text, "*", value.lineno, Where.TABLE, function)

    def _add(self, module_name: str, attribute: str | None, line: int, where: Where, function: str) -> None:
        self.found.append(ImportStatement(module_name, attribute, line, where, function))


def _absolute(name: str, level: int, package: str) -> str:
    """The absolute name of a relative import, "" where it leaves the package."""
    if not level:
        return name
    parts = package.split(".") if package else []
    if level > len(parts):
        return ""
    return ".".join([*parts[: len(parts) - level + 1], *([name] if name else [])])


def _constant(node: ast.expr) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def _package_of(node: ast.expr) -> str:
    """The package in which a composed name names a module: `a.b` in `f"a.b.{name}"`, else ""."""
    if isinstance(node, ast.JoinedStr) and node.values:
        begin = _constant(node.values[0])
    elif isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Add, ast.Mod)):
        begin = _constant(node.left)
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "format":
        begin = _constant(node.func.value)
    else:
        return ""
    return re.split("[%{]", begin or "")[0].rpartition(".")[0]


def _constructed(value: ast.expr) -> list[ast.expr]:
    """The value of a table's entry, or the arguments of the call that makes the entry."""
    return [*value.args, *(word.value for word in value.keywords)] if isinstance(value, ast.Call) else [value]


def _is_type_checking(test: ast.expr) -> bool:
    name = test.attr if isinstance(test, ast.Attribute) else test.id if isinstance(test, ast.Name) else ""
    return name == "TYPE_CHECKING"


def names_of(statement: ImportStatement) -> Iterator[str]:
    """The modules that `from a.b import c` can load, packages first: `a`, `a.b`, `a.b.c`."""
    parts = statement.module_name.split(".")
    if statement.attribute not in (None, "*"):
        parts.append(str(statement.attribute))
    for count in range(1, len(parts) + 1):
        yield ".".join(parts[:count])
