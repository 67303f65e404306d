"""Every example project runs plain and recorded, and both runs look the same. A witness
(witness/sitecustomize.py) in each process writes down argv, `__main__`, sys.path, sys.modules with their
specs, environment, warnings, hooks and open files when the process ends.
"""

from __future__ import annotations

from collections.abc import Callable

from example_projects import Case, Project, every_case


@every_case(when=lambda case: case.plain)
def test_plain_and_recorded_are_the_same(case: Case, project: Callable[[Case], Project]) -> None:
    prepared = project(case)
    plain, seen_plain = prepared.witnessed(recorded=False)
    recorded, seen_recorded = prepared.witnessed(recorded=True)
    assert recorded == plain
    if not case.loose:
        assert [text.splitlines() for text in seen_recorded] == [text.splitlines() for text in seen_plain]
