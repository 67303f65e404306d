"""Adds files that every real project has and no run needs, so that the number of shipped bytes is realistic.

A git repository, tests, notebooks, a data set that is not read, documentation, and a `.env` that git
ignores. The same in every layout, the same bytes each time.
"""

from __future__ import annotations

import os
import random
import subprocess

from layouts.model import Place

IGNORED = ".env\nvenv/\nnode_modules/\n"
# No configuration of the user, fixed names and times: the same objects each time.
GIT_ENVIRONMENT = {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_SYSTEM": os.devnull,
    **{f"GIT_{role}_{what}": "layout" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")},
    **{f"GIT_{role}_DATE": "2020-01-01T00:00:00Z" for role in ("AUTHOR", "COMMITTER")},
}


def add(place: Place) -> None:
    """Write the clutter into the project directory."""
    project = place.project
    source = random.Random(30)
    (project / ".gitignore").write_text(IGNORED)
    (project / ".env").write_text("DATABASE_PASSWORD=not-a-real-one\n")
    for number in range(30):
        place.write(
            f"work/project/tests/test_{number:02}.py", f"def test_{number}():\n    assert {number} + 1\n" * 20
        )
    for number in range(20):
        place.write(f"work/project/docs/page_{number:02}.md", f"# Page {number}\n\n" + "Some words. " * 150)
    for folder, count, size in (("notebooks", 5, 80_000), ("data", 3, 1_000_000)):
        (project / folder).mkdir()
        for number in range(count):
            (project / folder / f"part_{number}.bin").write_bytes(source.randbytes(size))
    environment = {"PATH": os.environ["PATH"], "HOME": os.devnull, **GIT_ENVIRONMENT}
    for command in ("init -q -b main", "add -A", "-c commit.gpgsign=false commit -q -m Start"):
        subprocess.run(["git", *command.split()], cwd=project, env=environment, check=True)
