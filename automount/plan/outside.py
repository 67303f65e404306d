"""Decides where a path outside of everything that is shipped has to be for the program to find it."""

from __future__ import annotations

from collections.abc import Sequence

from automount.paths import parts, relative, shared_directory
from automount.plan.run import PlanRun


def outside_place(run: PlanRun, path: str) -> str | None:
    """The remote place of a local path outside the workspace; None where no place can work.

    A path that some text of the program names can only be found at that same path. One that the program
    computed is at the same distance from the workspace on both machines, unless that leads above `/`.
    """
    common = shared_directory(run.workspace, path)
    if run.facts.named_in_texts.get(path) is not False or common is None or common == run.facts.home:
        return path
    climbs = len(parts(run.workspace)) - len(parts(common))
    return climbed_from(run.root, [*[".."] * climbs, *parts(relative(path, common) or "")])


def climbed_from(start: str, steps: Sequence[str]) -> str | None:
    """The remote path that the steps lead to; None where they climb above `/`, which is outside any stage."""
    reached = list(parts(start))
    for step in steps:
        if step == "..":
            if not reached:
                return None
            reached.pop()
        elif step and step != ".":
            reached.append(step)
    return "/" + "/".join(reached)
