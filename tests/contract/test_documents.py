"""The reference lists the same rules, verbs, formats and codes as the program."""

from __future__ import annotations

import ast
import contextlib
import io
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from automount.cli.main import VERBS, main
from automount.shipping.packing import FORMATS

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs" / "reference"


def test_the_rules_are_those_that_why_prints() -> None:
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        assert main(["why", "--rules"]) == 0
    shown = re.search(
        r"<!-- rules -->\n```\n(.*?)```\n<!-- /rules -->", (DOCS / "origins.md").read_text(), re.DOTALL
    )
    assert shown is not None
    assert shown[1] == printed.getvalue()


def test_every_verb_has_its_row() -> None:
    rows = set(re.findall(r"^\| `([a-z]+)", (DOCS / "verbs.md").read_text(), re.MULTILINE))
    assert set(VERBS) - {"record"} <= rows


def test_every_bundle_format_is_named() -> None:
    row = re.search(r"^\| `pack FILE` .*$", (DOCS / "verbs.md").read_text(), re.MULTILINE)
    assert row is not None
    assert [form for form in FORMATS if f"`{form}`" not in row[0]] == []


def test_every_warning_has_its_row() -> None:
    section = (DOCS / "warnings.md").read_text().partition("## Warnings")[2].partition("\n## ")[0]
    explained = set(
        re.findall(r"`([a-z]+(?:-[a-z]+)*)`", "\n".join(re.findall(r"^\|([^|]*)\|", section, re.MULTILINE)))
    )
    package = ROOT / "automount"
    sources = "\n".join(path.read_text() for path in sorted(package.rglob("*.py")))
    given = set(re.findall(r'(?:Warning_\(|_warn\()\s*"([a-z-]+)"', sources))
    assert given
    assert given <= explained


def test_every_module_and_package_is_in_the_architecture() -> None:
    text = (DOCS.parent / "architecture.md").read_text()
    package = Path(__file__).parents[2] / "automount"
    modules = {path.name for path in package.glob("[!_]*.py")}
    packages = {f"{path.parent.name}/" for path in package.glob("*/__init__.py")}
    assert sorted(name for name in modules | packages if f"`{name}`" not in text) == []


def test_the_tables_of_benchmarks_are_those_of_the_results() -> None:
    text = (DOCS.parent / "benchmarks.md").read_text()
    tables = re.findall(r"<!-- ([a-z_]+\.md) -->\n(.*?)<!-- / -->", text, re.DOTALL)
    assert [name for name, _ in tables] == ["ship_and_run.md", "ground_truth.md", "large_programs.md"]
    results = ROOT / "benchmarks" / "results"
    assert [name for name, table in tables if table not in (results / name).read_text()] == []


def test_the_table_of_everyday_jobs_is_what_their_tests_do() -> None:
    """Each row has a test with its command, its options and its verdict, and each test has a row."""
    text = (DOCS.parent / "guide" / "everyday.md").read_text()
    rows = [line.split("|")[1:-1] for line in text.splitlines() if line.startswith("| ")][1:]
    jobs = _everyday_jobs()
    matched = set()
    for _, command, options, verdict, elsewhere in ([cell.strip() for cell in row] for row in rows):
        words = {*command.strip("`").split(), *options.strip("`").split()} - {"--", "…"}
        tests = {name for name, (arguments, found) in jobs.items() if words <= arguments and found == verdict}
        assert tests, command
        assert elsewhere == "yes"
        matched |= tests
    assert matched == set(jobs)


def _everyday_jobs() -> dict[str, tuple[set[str], str]]:
    """The words in each test of `tests/services`, and the verdict that it demands."""
    services = Path(__file__).parents[1] / "services"
    found = {}
    for path in services.glob("test_everyday_*.py"):
        for function in ast.parse(path.read_text()).body:
            if not isinstance(function, ast.FunctionDef) or not function.name.startswith("test_"):
                continue
            nodes = list(ast.walk(function))
            texts = [node.value for node in nodes if isinstance(node, ast.Constant)]
            words = {word for text in texts if isinstance(text, str) for word in text.split()}
            is_service = any(isinstance(node, ast.Name) and node.id == "answered" for node in nodes)
            if is_service:
                # `answered` records with these.
                words |= {"--data", "mount", "--timeout", "6"}
            else:
                assert any(isinstance(node, ast.Attribute) and node.attr == "verified" for node in nodes)
            found[function.name] = (words, "nothing missing" if is_service else "sufficient")
    return found


def test_readme_names_engines_as_they_can_be_used() -> None:
    section = (ROOT / "README.md").read_text().partition("## From a manifest to an engine")[2]
    names = re.findall(r"automount\.integrations\.(\w+)\.(\w+)\(", section.partition("\n## ")[0])
    assert {engine for engine, _ in names} == {"dask", "modal", "ray", "spark"}
    calls = "\n".join(
        f"assert callable(automount.integrations.{engine}.{function})" for engine, function in names
    )
    # A process of its own, since imports of other tests would make the names exist.
    subprocess.run([sys.executable, "-c", f"import automount\n{calls}"], check=True)


def test_the_manifest_page_names_every_key() -> None:
    schema = json.loads((ROOT / "automount" / "schema" / "automount-v1.json").read_text())
    keys = {key for table in objects(schema) for key in table["properties"]}
    page = (DOCS / "manifest.md").read_text()
    assert keys > {"digest", "remote_cwd", "patterns"}
    assert sorted(key for key in keys if f"`{key}`" not in page) == []


def objects(schema: object) -> Iterator[dict[str, Any]]:
    """All parts of a JSON Schema that describe an object with known keys."""
    if isinstance(schema, dict):
        if isinstance(schema.get("properties"), dict):
            yield schema
        for part in schema.values():
            yield from objects(part)
    elif isinstance(schema, list):
        for part in schema:
            yield from objects(part)
