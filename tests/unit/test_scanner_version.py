"""Each module that takes part in the scanner's findings is part of the key of the remembered digests."""

from __future__ import annotations

import ast
import hashlib
import io
import tokenize
from pathlib import Path

import automount
from automount.contents.scanner_version import SCANNER_VERSION

ROOT = Path(automount.__file__).parent.parent
# These do not decide anything: they make patterns and frozen classes.
FOUNDATIONS = {"automount.late_patterns", "automount.values"}
SPACE = {
    *(tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT),
    *(tokenize.ENCODING, tokenize.ENDMARKER),
}


def source_of(module: str) -> Path:
    return ROOT / (module.replace(".", "/") + ".py")


def modules_of_the_scanner() -> set[str]:
    """`automount.contents.secrets` and each module behind it, without the foundations."""
    found: set[str] = set()
    waiting = ["automount.contents.secrets"]
    while waiting:
        module = waiting.pop()
        if module in found or module in FOUNDATIONS or not source_of(module).exists():
            continue
        found.add(module)
        for node in ast.walk(ast.parse(source_of(module).read_bytes())):
            if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("automount"):
                waiting += [node.module, *(f"{node.module}.{name.name}" for name in node.names)]
            elif isinstance(node, ast.Import):
                waiting += [name.name for name in node.names if name.name.startswith("automount")]
    return found


def code_of(module: str) -> str:
    """The tokens of the module without comments and docstrings, the same under each Python version."""
    source = source_of(module).read_text(encoding="utf-8")
    begins_statement = True
    kept = []
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type in SPACE:
            begins_statement = begins_statement or token.type == tokenize.NEWLINE
            continue
        if not (begins_statement and token.type == tokenize.STRING):
            kept.append(token.string)
        begins_statement = False
    # Not separated: an f-string is one token before Python 3.12 and several since.
    return "".join(kept)


def version() -> str:
    code = [(module, code_of(module)) for module in sorted(modules_of_the_scanner())]
    return hashlib.sha256(repr(code).encode()).hexdigest()[:16]


def test_the_scanner_consists_of_the_modules_that_decide() -> None:
    expected = {
        "secrets",
        "secret_rules",
        "credential_rules",
        "token_rules",
        "assignments",
        "assignment_forms",
    }
    assert modules_of_the_scanner() >= {f"automount.contents.{name}" for name in expected}


def test_the_version_is_that_of_the_sources() -> None:
    assert version() == SCANNER_VERSION, f"set SCANNER_VERSION to {version()!r}"
