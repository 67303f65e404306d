"""The JSON Schema of a manifest, made from the table of keys. A test compares the shipped file with it.

`python -m automount.manifest.json_schema` writes the shipped file again.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from automount.manifest.keys import MANIFEST
from automount.manifest.kinds import PATH_SCHEMAS
from automount.manifest.rows import SCHEMA


def json_schema() -> dict[str, Any]:
    """The schema as values."""
    top = MANIFEST.schema()
    tables = MANIFEST.nested()
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:automount:v1",
        "title": "automount manifest, v1",
        **top,
        "required": sorted([*top["required"], "schema"]),
        "properties": {"schema": {"const": SCHEMA}, **top["properties"]},
        "if": {"properties": {"complete": {"const": True}}},
        "then": {"properties": {"incomplete": {"maxItems": 0}}},
        "$defs": {**PATH_SCHEMAS, **{name: table.schema() for name, table in tables.items()}},
    }


def schema_text() -> str:
    """The schema as the shipped file has it."""
    return json.dumps(json_schema(), indent=2) + "\n"


if __name__ == "__main__":
    shipped = Path(__file__).parent.parent / "schema" / "automount-v1.json"
    shipped.write_text(schema_text(), "utf-8")
