"""What `automount verify` says about each kind of end."""

from __future__ import annotations

from dataclasses import replace

import pytest

from automount.cli.verify import lines
from automount.proving.missing import Missing
from automount.proving.verifying import Verdict

PLAIN = Verdict("bwrap", "bubblewrap", "strong", 0, 0, False, (), ())
SERVER = replace(PLAIN, status=143, expected=143, timed_out=True, stopped_when_recorded=True)
MISSING = Missing("/p/config/x.json", "app", 3, "--add-file config/x.json:config/x.json", "/root/x.json")


@pytest.mark.parametrize(
    ("verdict", "said"),
    [
        (PLAIN, ["✓ Sufficient: the program ended with status 0 (recorded 0)"]),
        (SERVER, ["✓ Sufficient: the program was still running when its time was up (as recorded)"]),
        (
            replace(SERVER, status=1, timed_out=False),
            [
                "✗ Not sufficient: the program ended with status 1 "
                "(recorded: still running when its time was up)",
                "  it asked for no local file in vain; what it printed above may tell why",
            ],
        ),
        (
            replace(PLAIN, missing=(MISSING,)),
            [
                "✗ Not sufficient: the program ended with status 0 (recorded 0)",
                "  missing /p/config/x.json",
                "    shipped as /root/x.json, where the program does not look for it",
                "    asked for by app, line 3; add it with --add-file config/x.json:config/x.json",
            ],
        ),
        (
            replace(PLAIN, status=1, left_to_requirements=("tool",)),
            [
                "✗ Not sufficient: the program ended with status 1 (recorded 0)",
                "  not here: tool, left to the requirements by --editable skip; to prove the whole,",
                "    record with --editable mount, or install without -e",
            ],
        ),
        (
            replace(PLAIN, left_to_requirements=("tool",)),
            ["✓ Sufficient: the program ended with status 0 (recorded 0)"],
        ),
    ],
)
def test_the_words(verdict: Verdict, said: list[str]) -> None:
    assert lines(verdict) == ["Sandbox: bubblewrap (strong)", *said]
