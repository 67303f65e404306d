"""Every example project is verified in every sandbox, and all sandboxes come to the same verdict."""

from __future__ import annotations

from collections.abc import Callable

import needs
import pytest
from example_projects import Case, Project, every_case, load_expected
from measured import automount_command

SANDBOXES = ("bwrap", "landlock", "audit")


@every_case(when=lambda case: not case.ship)
@pytest.mark.parametrize("sandbox", SANDBOXES)
def test_all_sandboxes_agree(case: Case, sandbox: str, project: Callable[[Case], Project]) -> None:
    if sandbox == "bwrap":
        needs.tool("bwrap")
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
