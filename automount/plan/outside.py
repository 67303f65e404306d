"""Decides where a path outside of everything that is shipped has to be for the program to find it."""

from __future__ import annotations

from collections.abc import Sequence

from automount.paths import ancestors, is_below, parts, relative
from automount.plan.run import PlanRun

# A directory nearer to `/` than this is shared by everything on a machine, and is not a project.
_SHALLOWEST = 2


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
    held = list(parts(start))
    for step in steps:
        if step == "..":
            if not held:
                return None
            held.pop()
        elif step and step != ".":
            held.append(step)
    return "/" + "/".join(held)


def shared_directory(one: str, other: str) -> str | None:
    """The nearest directory that holds both, None where that is shared by everything on the machine."""
    found = next(held for held in (one, *ancestors(one)) if is_below(other, held))
    return found if len(parts(found)) >= _SHALLOWEST else None
