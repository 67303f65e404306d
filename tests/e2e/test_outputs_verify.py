"""Every example project is verified in every sandbox, and all sandboxes come to the same verdict."""

from __future__ import annotations

from collections.abc import Callable

import needs
from example_projects import Case, Project, every_case, load_expected, repeated_lines
from measured import automount_command

SANDBOXES = ("bwrap", "landlock", "audit")


@every_case(when=lambda case: not case.ship)
def test_all_sandboxes_agree(case: Case, project: Callable[[Case], Project]) -> None:
    needs.tool("bwrap")
    prepared = project(case)
    recorded = prepared.recorded()
    for sandbox in SANDBOXES:
        judge(case, prepared, recorded.status, sandbox)


def judge(case: Case, prepared: Project, recorded: int, sandbox: str) -> None:
    """Whether the verdict is right: not enough is only what `shipped` says ends otherwise, or what
    `verdict` says cannot be proven."""
    expected = load_expected(case)
    command = [*automount_command(), "verify", "--sandbox", sandbox, str(prepared.manifest_path)]
    outcome = prepared.execute(command, prepared.environment())
    assert repeated_lines(outcome.stdout) == []
    if "verdict" in expected:
        assert (outcome.status, expected["verdict"]) == (1, "not-proven"), (sandbox, outcome)
        assert "? Not proven" in outcome.stdout, sandbox
        return
    enough = expected.get("shipped", expected)["exit_status"] == recorded
    assert outcome.status == (0 if enough else 1), (sandbox, outcome.stdout + outcome.stderr)
