"""`automount report`: one HTML page about a manifest, or about the difference of two."""

from __future__ import annotations

import argparse
import json
import os
import sys
from typing import Any

from automount.cli.loading import named, read_manifest
from automount.cli.output import check_writable, manifest_mode, write_bytes
from automount.cli.parsers import Parser
from automount.cli.ship_options import DEFAULT_MANIFEST
from automount.cli.show import program
from automount.errors import UsageError
from automount.explain import difference
from automount.manifest import Manifest
from automount.report import difference_page, manifest_page
from automount.shipping.replaceable import is_page, refuse_foreign

HELP = "Write one HTML page about a manifest, or about the differences of two."
EPILOG = """\
The page needs no network and no other file. It contains local paths: check it before you publish it.
Two manifests give a page about their differences.

examples:
  automount report
  automount report automount.json -o report.html
  automount verify --json > verdict.json; automount report --verdict verdict.json
  automount report before.json automount.json -o difference.html
"""
_NO_VERDICT = "create it with: automount verify --json > verdict.json"
_VERDICTS = ("sufficient", "not-proven", "not-sufficient")


def configure(parser: Parser) -> None:
    """Declares the manifests and where the page goes."""
    parser.epilog = EPILOG
    parser.add_argument(
        "manifests",
        nargs="*",
        metavar="MANIFEST",
        help=f"one manifest, or two to compare (default {DEFAULT_MANIFEST}; - is standard input)",
    )
    parser.add_argument(
        "-o",
        "--output",
        default="report.html",
        metavar="FILE",
        help="the page to write (default report.html; - is stdout)",
    )
    parser.add_argument(
        "--verdict", metavar="FILE", help="the output of automount verify --json, to be shown on the page"
    )


def run(args: argparse.Namespace) -> int:
    """Writes the page; prints where it is."""
    names: list[str] = args.manifests or [DEFAULT_MANIFEST]
    if len(names) > 2:
        raise UsageError("report takes one manifest, or two to compare", hint="see automount report --help")
    if len(names) == 2 and args.verdict:
        raise UsageError("--verdict needs exactly one manifest", hint="leave out --verdict to compare two")
    if names.count("-") > 1:
        raise UsageError("only one manifest can come from standard input", hint="name a file for the other")
    check_writable(args.output)
    if args.output != "-":
        refuse_foreign(args.output, is_page, kind="a report", option="-o FILE")
    manifests = [read_manifest(name) for name in names]
    if len(manifests) == 1:
        verdict = read_verdict(args.verdict, manifests[0]) if args.verdict else None
        page = manifest_page(manifests[0], title=program(manifests[0].entrypoint), verdict=verdict)
    else:
        before, after = manifests
        title = f"{named(names[0])} and {named(names[1])}"
        page = difference_page(before, after, difference(before, after), title=title)
    private = any(manifest_mode(row) != 0o666 for row in manifests)
    if args.output == "-":
        sys.stdout.write(page)
    else:
        write_bytes(args.output, page.encode(), 0o600 if private else 0o666)
        print(f"Wrote {os.path.abspath(args.output)}".encode("utf-8", "backslashreplace").decode())
    return 0


def read_verdict(path: str, manifest: Manifest) -> dict[str, Any]:
    """The verdict in the file `path`, with its known fields only.

    Raises `UsageError` if the file is not a verdict, or is the verdict on another manifest: the page must not
    present this manifest as verified because another one was.
    """
    try:
        with open(path, "rb") as file:
            found = json.loads(file.read(64_000_000))
    except OSError as error:
        raise UsageError(f"cannot read the verdict {path} ({error.strerror})", hint=_NO_VERDICT) from None
    except (ValueError, RecursionError):
        raise UsageError(f"{path} is not JSON", hint=_NO_VERDICT) from None
    if not isinstance(found, dict) or not isinstance(found.get("sufficient"), bool):
        raise UsageError(f"{path} is not a verdict of automount verify", hint=_NO_VERDICT)
    if found.get("digest") != manifest.digest:
        raise UsageError(f"the verdict {path} is about another manifest", hint=_NO_VERDICT)
    # A version without `verdict` knew two answers only.
    answer = found.get("verdict", "sufficient" if found["sufficient"] else "not-sufficient")
    if answer not in _VERDICTS or (answer == "sufficient") != found["sufficient"]:
        raise UsageError(f"the verdict {path} contradicts itself", hint=_NO_VERDICT)
    kept = {key: found[key] for key in ("title", "strength") if isinstance(found.get(key), str)}
    return {"verdict": answer, **kept}
