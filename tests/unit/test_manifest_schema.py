"""The committed JSON Schema: it is the one that the table gives, and names every key."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any

import jsonschema
from manifest_world import full, manifest

from automount.manifest import SCHEMA, dumps
from automount.manifest.json_schema import json_schema, schema_text

SHIPPED = json.loads(files("automount").joinpath("schema/automount-v1.json").read_text("utf-8"))


def test_the_shipped_schema_takes_what_is_written() -> None:
    jsonschema.Draft202012Validator.check_schema(SHIPPED)
    for made in (manifest(), full()):
        jsonschema.validate(json.loads(dumps(made)), SHIPPED, jsonschema.Draft202012Validator)


def test_the_shipped_schema_is_the_one_that_the_table_gives() -> None:
    shipped = files("automount").joinpath("schema/automount-v1.json").read_text("utf-8")
    assert shipped == schema_text(), "run: python -m automount.manifest.json_schema"


def written_keys(value: Any, definition: dict[str, Any], defs: dict[str, Any]) -> None:
    """Holds every key of `value` against a definition, and the rows within."""
    assert set(value) - {"later"} <= set(definition["properties"])
    for key, inner in definition["properties"].items():
        text = json.dumps(inner)
        if key in value and "#/$defs/" in text:
            name = text.partition("#/$defs/")[2].partition('"')[0]
            for each in value[key] if isinstance(value[key], list) else [value[key]]:
                if isinstance(each, dict):
                    written_keys(each, defs[name], defs)


def test_the_schema_names_every_key_that_is_written() -> None:
    schema = json_schema()
    written = json.loads(dumps(full()))
    assert set(schema["properties"]) == set(written) - {"later"}
    assert schema["properties"]["schema"]["const"] == SCHEMA
    written_keys(written, schema, schema["$defs"])


def test_a_row_of_every_table_has_every_key_in_the_full_manifest() -> None:
    """So that the round trip of `full()` proves something about each key."""
    defs = json_schema()["$defs"]
    written = json.loads(dumps(full()))
    provenance = written["provenance"]
    met = {
        "provenance": [provenance],
        "environment": [provenance["environment"]],
        "pattern": provenance["patterns"],
        "run": provenance["runs"],
        "process": provenance["processes"],
        "entrypoint": [{**written["entrypoint"], "form": None, "import_only": False}],
        "mount": written["mounts"],
        "file": written["files"],
        "module": written["modules"],
        "requirement": written["requirements"],
        "data": written["data"],
        "skipped": written["skipped"],
        "reason": [row["reason"] for row in written["skipped"]],
        "warning": written["warnings"],
        "incomplete": written["incomplete"],
    }
    for name, rows in met.items():
        assert {key for row in rows for key in row} - {"later"} == set(defs[name]["properties"]), name
