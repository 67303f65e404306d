"""Every example project in fixtures/, recorded by the real command, gives what its expected.json says."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from example_projects import Case, Project, every_case, load_expected, repeated_lines
from measured import is_measured

REQUIRED = {"exit_status", "stdout", "entrypoint", "sys_path", "mounts", "files", "skipped", "warnings"}


@every_case()
def test_example_project(case: Case, project: Callable[[Case], Project]) -> None:
    prepared = project(case)
    expected = load_expected(case)
    outcome = prepared.recorded()
    assert prepared.manifest_path.exists(), f"no manifest; automount printed:\n{outcome.stderr}"
    observed = observe(prepared, expected)
    wanted = {key: value for key, value in expected.items() if key not in ("shipped", "verdict")}
    assert set(wanted) >= REQUIRED
    assert observed == wanted, f"it printed:\n{outcome.stderr}"
    # What automount prints begins with this line; what is above is the program's own.
    own = outcome.stderr[outcome.stderr.rindex("✓ Created mounts.") :]
    assert repeated_lines(own) == []
    if is_measured():
        prepared.measure_agent()


def observe(prepared: Project, expected: dict[str, Any]) -> dict[str, Any]:
    """The result in the form of expected.json, limited to its keys."""
    outcome = prepared.recorded()
    manifest = prepared.manifest()
    short = prepared.shorten
    found: dict[str, Any] = {
        "exit_status": outcome.status,
        "stdout": short(outcome.stdout),
        "entrypoint": {key: manifest["entrypoint"].get(key) for key in expected["entrypoint"]},
        "sys_path": manifest["sys_path"],
        "mounts": sorted([short(row["label"]), row["kind"], row["remote"]] for row in manifest["mounts"]),
        "files": sorted(row["remote"] for row in manifest["files"]),
        "skipped": sorted([short(row["local"]), short(reason(row["reason"]))] for row in manifest["skipped"]),
        "warnings": sorted([row["code"], row["path"] and short(row["path"])] for row in manifest["warnings"]),
        "modules": {name: module_row(manifest, name) for name in expected.get("modules", ())},
        "requirements": sorted([row["name"], row["version"]] for row in manifest["requirements"]),
        "data": sorted([short(row["local"]), row["mounted"] is not None] for row in manifest["data"]),
        "complete": manifest["complete"],
        "incomplete": sorted(row["reason"] for row in manifest["incomplete"]),
        "tree": created(short(outcome.stderr)),
    }
    return {key: value for key, value in found.items() if key in expected}


def module_row(manifest: dict[str, Any], name: str) -> list[str] | None:
    """Origin and status of the module, which must be the same in all processes; None if it was never
    recorded."""
    rows = {(row["origin"], row["status"]) for row in manifest["modules"] if row["name"] == name}
    assert len(rows) <= 1, f"{name} differs between processes: {sorted(rows)}"
    return list(rows.pop()) if rows else None


def reason(value: dict[str, str]) -> str:
    """The reason of a skipped row as the expectations write it."""
    return f"{value['code']}: {value['detail']}" if value["detail"] else value["code"]


def created(printed: str) -> list[str]:
    """The printed tree's mount lines, without branches and figures."""
    lines = [line.lstrip("├└─│ ") for line in printed.splitlines()]
    return [line.split("  ")[0].rstrip() for line in lines if line.startswith("Created mount ")]
