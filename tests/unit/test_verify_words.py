"""What `automount verify` says about each kind of end."""

from __future__ import annotations

from dataclasses import replace

import pytest
from manifest_world import manifest

from automount.cli.verify import lines, other_runs
from automount.manifest.rows import RunRow
from automount.model import Incomplete
from automount.proving.findings import Finding, FindingRow
from automount.proving.verifying import Verdict

PLAIN = Verdict("bwrap", "bubblewrap", "strong", 0, 0, False, ())
SERVER = replace(PLAIN, status=143, expected=143, timed_out=True, stopped_when_recorded=True)
UNSHIPPED = FindingRow(
    Finding.NOT_SHIPPED, "data", None, "/p/conf.ini", "app", "--add-file conf.ini, or --data mount"
)
OTHER = FindingRow(Finding.OTHER_FILE, "module", "shade", "/p/shade.py", None, None, "/usr/lib/shade.py")
UNUSED = FindingRow(Finding.NOT_EXERCISED, "module", "late", "/p/late.py", "app", None)


@pytest.mark.parametrize(
    ("verdict", "printed"),
    [
        (PLAIN, ["✓ Sufficient: the program ended with status 0 (recorded 0)"]),
        (SERVER, ["✓ Sufficient: the program was still running when its time was up (as recorded)"]),
        (
            replace(SERVER, status=1, timed_out=False),
            [
                "✗ Not sufficient: the program ended with status 1 "
                "(recorded: still running when its time was up)",
                "  No missing file was detected. See the program's output above.",
            ],
        ),
        (
            replace(PLAIN, status=2, findings=(UNSHIPPED, UNUSED)),
            [
                "✗ Not sufficient: the program ended with status 2 (recorded 0)",
                "  not shipped: data /p/conf.ini; used by app",
                "    hint: add --add-file conf.ini, or --data mount",
                "  shipped, but not used in this run: 1 more file (see --json)",
            ],
        ),
        (
            replace(PLAIN, status=2, findings=(UNUSED,)),
            [
                "✗ Not sufficient: the program ended with status 2 (recorded 0)",
                "  shipped, but not used in this run: module late (/p/late.py); used by app",
            ],
        ),
        (
            replace(PLAIN, status=1, beyond=("/srv/x", "/tmp/y")),
            [
                "✗ Not sufficient: the program ended with status 1 (recorded 0)",
                "  not possible in this sandbox: /srv/x",
                "  not possible in this sandbox: /tmp/y",
                "    hint: use --sandbox bwrap, where the program has these paths to itself",
            ],
        ),
        (replace(PLAIN, beyond=("/tmp/y",)), ["✓ Sufficient: the program ended with status 0 (recorded 0)"]),
        (
            replace(PLAIN, incomplete=(Incomplete("isolated", ("python", "-I", "c.py"), 7),)),
            [
                "? Not proven: the program ended with status 0 (recorded 0)",
                "  not recorded, so not compared: python -I c.py (pid 7): "
                "it ran with -I or -E and ignored PYTHONPATH (see automount env --install-pth) [isolated]",
            ],
        ),
        (
            replace(PLAIN, status=1, left_to_requirements=("tool",)),
            [
                "✗ Not sufficient: the program ended with status 1 (recorded 0)",
                "  not in the sandbox: tool, left to the requirements by --editable skip",
                "    hint: record with --editable mount, or install without -e",
            ],
        ),
        (
            replace(PLAIN, findings=(UNSHIPPED, OTHER, UNUSED)),
            [
                "? Not proven: the program ended with status 0 (recorded 0)",
                "  not shipped: data /p/conf.ini; used by app",
                "    hint: add --add-file conf.ini, or --data mount",
                "  shipped, but another file was used: module shade (/p/shade.py)",
                "    /usr/lib/shade.py was used instead",
                "  shipped, but not used in this run: module late (/p/late.py); used by app",
            ],
        ),
        (
            replace(PLAIN, left_to_requirements=("tool",)),
            ["✓ Sufficient: the program ended with status 0 (recorded 0)"],
        ),
    ],
)
def test_the_words(verdict: Verdict, printed: list[str]) -> None:
    assert lines(verdict) == ["Sandbox: bubblewrap (strong)", *printed]


def test_what_an_added_directory_ships_has_no_hint_of_its_own() -> None:
    def missing(path: str, option: str) -> FindingRow:
        return FindingRow(Finding.NOT_SHIPPED, "data", None, f"/p/{path}", None, option)

    found = (
        missing("data", "--add-dir data:/root/data"),
        missing("data/.hidden", "--add-file data/.hidden:/root/data/.hidden"),
        missing("data/a.csv", "--add-file data/a.csv:/root/data/a.csv"),
        missing("data.csv", "--add-file data.csv:/root/data.csv"),
    )
    assert lines(replace(PLAIN, findings=found))[2:] == [
        "  not shipped: data /p/data",
        "    hint: add --add-dir data:/root/data",
        "  not shipped: data /p/data/.hidden",
        "    hint: add --add-file data/.hidden:/root/data/.hidden",
        "  not shipped: data /p/data/a.csv",
        "  not shipped: data /p/data.csv",
        "    hint: add --add-file data.csv:/root/data.csv",
    ]


def test_a_variable_that_holds_the_path_of_this_machine_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    row = FindingRow(Finding.NOT_EXERCISED, "data", None, "/p/conf.ini", "app", None)
    verdict = replace(PLAIN, status=1, findings=(row,))
    assert len(lines(verdict)) == 3
    monkeypatch.setenv("CONFIGURATION", "/p/conf.ini")
    hint = "the variable CONFIGURATION holds its path on this machine: set it to the remote path instead"
    assert lines(verdict)[3:] == [f"    hint: {hint}"]
    module = replace(row, kind="module", name="conf", local="/p/conf.ini")
    assert lines(replace(verdict, findings=(module,)))[3:] == [f"    hint: {hint}"]


def test_a_command_that_path_leads_to_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    row = FindingRow(Finding.NOT_EXERCISED, "data", None, "/p/bin/tool", "app", None)
    verdict = replace(PLAIN, status=1, findings=(row,))
    monkeypatch.setenv("PATH", "/usr/bin:/p/bin")
    assert lines(verdict)[3:] == [
        "    hint: PATH leads to it on this machine: add its remote directory to PATH where the program runs"
    ]
    monkeypatch.setenv("PATH", "/usr/bin:/p")
    assert len(lines(verdict)) == 3


def test_an_unknown_status_alone_is_not_the_answer_no() -> None:
    unknown = replace(PLAIN, status=3, expected=None)
    assert (unknown.word, unknown.only_unexercised) == ("not-proven", False)
    assert lines(unknown)[1:] == [
        "? Not proven: the program ended with status 3 (the recorded run's status is unknown)"
    ]
    missing = FindingRow(Finding.NOT_SHIPPED, "data", None, "/p/x", None, None)
    assert replace(unknown, findings=(missing,)).word == "not-sufficient"
    assert replace(unknown, status=0).word == "sufficient"


def test_a_failure_that_was_recorded_is_named() -> None:
    assert lines(replace(PLAIN, status=1, expected=1))[1:] == [
        "✓ Sufficient: the program ended with status 1 (recorded 1)",
        "  The recorded run itself ended with status 1.",
    ]


def test_a_merged_manifest_names_the_run_that_was_repeated() -> None:
    unused = FindingRow(Finding.NOT_EXERCISED, "module", "serve", "/p/serve.py", None, None)
    verdict = replace(PLAIN, findings=(unused,))
    run = RunRow("2026-01-01T00:00:00+00:00", "3.11.7", "Linux", ("train.py", "a b"), "/p", 0, "1.0")
    merged = replace(manifest(), provenance=replace(manifest().provenance, runs=(run, run)))
    assert list(other_runs(merged, verdict)) == [
        "  Of 2 merged runs, only the first one was repeated: train.py 'a b'",
        "    hint: verify the manifest of each run, or use --accept-unexercised",
    ]
    assert list(other_runs(manifest(), verdict)) == []
    assert list(other_runs(merged, PLAIN)) == []
