"""Every example project is proved: enough where it is, not enough where a row had said so."""

from __future__ import annotations

from collections.abc import Callable

import needs
import pytest
from example_projects import Case, Project, every_case, load_expected
from measured import automount_command

# Strong for all; the other two share most of the way, and are held against what is peculiar to them.
OTHERS = (
    "data_report",
    "editable_mapped",
    "own_sitecustomize",
    "package_data",
    "pool_workers",
    "probed_not_loaded",
    "project_inside_venv",
    "subprocess_child",
    "venv_inside_project",
    "zip_on_path",
)


@every_case(when=lambda case: not case.ship)
def test_the_verdict(case: Case, project: Callable[[Case], Project]) -> None:
    needs.tool("bwrap")
    judge(case, project(case), "bwrap")


@every_case(when=lambda case: case.name in OTHERS)
@pytest.mark.parametrize("sandbox", ["landlock", "audit"])
def test_the_same_verdict_elsewhere(case: Case, sandbox: str, project: Callable[[Case], Project]) -> None:
    judge(case, project(case), sandbox)


def judge(case: Case, prepared: Project, sandbox: str) -> None:
    """Whether the verdict is right: not enough is only what `shipped` says ends otherwise, or what
    `verdict` says cannot be proven."""
    expected = load_expected(case)
    recorded = prepared.recorded()
    command = [*automount_command(), "verify", "--sandbox", sandbox, str(prepared.manifest_path)]
    outcome = prepared.execute(command, prepared.environment())
    if "verdict" in expected:
        assert (outcome.status, expected["verdict"]) == (1, "not-proven"), outcome.stdout
        assert "? Not proven" in outcome.stdout
        return
    enough = expected.get("shipped", expected)["exit_status"] == recorded.status
    assert outcome.status == (0 if enough else 1), outcome.stdout + outcome.stderr
