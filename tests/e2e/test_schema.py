"""Every example project's manifest is valid by the JSON Schema that ships in the package."""

from __future__ import annotations

import json
from collections.abc import Callable
from importlib.resources import files

import jsonschema
import pytest
from example_projects import Case, Project, every_case


@pytest.fixture(scope="session")
def validator() -> jsonschema.Draft202012Validator:
    found = [
        entry for entry in files("automount").joinpath("schema").iterdir() if entry.name.endswith(".json")
    ]
    assert len(found) == 1
    schema = json.loads(found[0].read_text("utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


@every_case()
def test_manifest_is_valid(
    case: Case, project: Callable[[Case], Project], validator: jsonschema.Draft202012Validator
) -> None:
    problems = [
        f"{error.json_path}: {error.message}" for error in validator.iter_errors(project(case).manifest())
    ]
    assert problems == []
