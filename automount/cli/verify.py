"""`automount verify`: proves in a sandbox that the manifest is enough."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict

from automount.cli.loading import add_manifest_argument, read_manifest
from automount.cli.options import seconds
from automount.cli.ship_options import naming_stale
from automount.proving.verifying import NAMES, Verdict, verify
from automount.shipping.progress import Progress

HELP = "Run the program again where only the staged files exist: is the manifest enough?"


def configure(parser: argparse.ArgumentParser) -> None:
    """Declares the options."""
    add_manifest_argument(parser)
    parser.add_argument(
        "--sandbox", choices=NAMES, help="use this sandbox; default: the strongest that works here"
    )
    parser.add_argument(
        "--at", choices=["remote", "original"], default="remote", help="where the files stand in the sandbox"
    )
    parser.add_argument(
        "--timeout",
        type=seconds,
        metavar="SECONDS",
        help="end the program after that time (default: what was recorded)",
    )
    parser.add_argument("--json", action="store_true", help="print the verdict as JSON")


def run(args: argparse.Namespace) -> int:
    """Prints the verdict; 0 where the manifest is sufficient, 1 where not. The program prints to stderr."""
    manifest = read_manifest(args.manifest)
    with naming_stale(), Progress("staging", sum(row.size for row in manifest.files)) as progress:
        verdict = verify(
            manifest,
            sandbox=args.sandbox,
            original=args.at == "original",
            timeout=args.timeout,
            on_bytes=progress.add,
        )
    if args.json:
        print(
            json.dumps(
                {**asdict(verdict), "sufficient": verdict.sufficient, "digest": manifest.digest},
                sort_keys=True,
            )
        )
    else:
        for line in lines(verdict):
            print(line.encode("utf-8", "backslashreplace").decode())
    return 0 if verdict.sufficient else 1


def lines(verdict: Verdict) -> list[str]:
    """The verdict for people."""
    found = [f"Sandbox: {verdict.title} ({verdict.strength})"]
    found += [f"  not used: {reason}" for reason in verdict.passed_over]
    recorded = "not recorded" if verdict.expected is None else f"recorded {verdict.expected}"
    if verdict.stopped_when_recorded:
        recorded = "as recorded" if verdict.timed_out else "recorded: still running when its time was up"
    end = (
        "was still running when its time was up"
        if verdict.timed_out
        else f"ended with status {verdict.status}"
    )
    word = "✓ Sufficient" if verdict.sufficient else "✗ Not sufficient"
    found.append(f"{word}: the program {end} ({recorded})")
    for row in verdict.missing:
        found.append(f"  missing {row.local}")
        if row.shipped_as is not None:
            found.append(f"    shipped as {row.shipped_as}, where the program does not look for it")
        found.append(f"    asked for by {row.asked_by}, line {row.line}; add it with {row.option}")
    if not verdict.sufficient and verdict.left_to_requirements:
        names = ", ".join(verdict.left_to_requirements)
        found.append(f"  not here: {names}, left to the requirements by --editable skip; to prove the whole,")
        found.append("    record with --editable mount, or install without -e")
    elif not verdict.sufficient and not verdict.missing:
        found.append("  it asked for no local file in vain; what it printed above may tell why")
    return found
