"""`automount why NAME_OR_PATH`: why something is in the manifest, or why it was left out."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator

from automount.cli.loading import read_manifest
from automount.cli.options import add_no_color_option
from automount.cli.parsers import Parser
from automount.cli.ship_options import add_manifest_option
from automount.cli.text import encodable
from automount.cli.tree import colours, fitted, signs_of
from automount.cli.why_text import HANG, answer_lines
from automount.errors import EXIT_NO, UsageError
from automount.explain import WhyOutcome, why
from automount.paths import join

HELP = "Explain why a module or file is or is not in the manifest."
EPILOG = """\
NAME_OR_PATH is a module (package.module), a local path, a remote path (/root/app.py), a directory,
or an installed distribution. The exit status is 0 if it is mounted and 1 if it is not.

examples:
  automount why package.module          # the imports that lead to it from the entrypoint
  automount why package/data.txt        # the mount that contains a file, and its reason
  automount why --all package           # every process that loaded it, not only the first
  automount why --rules                 # the rules that distinguish local from installed files
"""


def configure(parser: Parser) -> None:
    """Declares the options."""
    parser.epilog = EPILOG
    parser.add_argument("question", nargs="?", metavar="NAME_OR_PATH", help="a module name or a path")
    parser.add_argument("--all", action="store_true", help="print every reason, not only the first")
    parser.add_argument("--rules", action="store_true", help="print the table of origin rules")
    add_no_color_option(parser)
    add_manifest_option(parser)


def run(args: argparse.Namespace) -> int:
    """Prints the answer; returns 0 if the thing is mounted, 1 if it is not."""
    if args.rules:
        for line in _rule_lines():
            print(line)
        if args.question is None:
            return 0
        print()
    if not args.question:
        raise UsageError("no module or path is given", hint="for example: automount why package.module")
    manifest = read_manifest(args.manifest)
    answer = why(manifest, args.question, tuple(_meanings(args.question, manifest.provenance.cwd)))
    bold, off = ("\x1b[1m", "\x1b[0m") if colours(sys.stdout, no_color=args.no_color) else ("", "")
    signs = signs_of(sys.stdout)
    from automount.origins import RULES

    meanings = {rule.code: rule.meaning for rule in RULES}
    lines = answer_lines(answer, manifest, meanings, everything=args.all, signs=signs)
    for place, line in enumerate(lines):
        text = fitted(encodable(line, sys.stdout), sys.stdout, HANG)
        print(f"{bold}{text}{off}" if place == 0 else text)
    return 0 if answer.outcome is WhyOutcome.MOUNTED else EXIT_NO


def _meanings(question: str, recorded_cwd: str) -> Iterator[str]:
    """The absolute paths that a question may mean: here, where the program ran, and remotely."""
    if not question or "\0" in question:
        return
    if question.startswith("/"):
        yield question
    else:
        yield os.path.abspath(os.path.expanduser(question))
        yield join(recorded_cwd, question)
    yield os.path.realpath(os.path.expanduser(question))


def _rule_lines() -> Iterator[str]:
    from automount.origins import RULES

    width = max(len(rule.code) for rule in RULES)
    for number, rule in enumerate(RULES, 1):
        yield f"{number:2}. {rule.code:<{width}}  {rule.meaning}"
