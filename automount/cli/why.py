"""`automount why NAME_OR_PATH`: what brought it into the manifest, or what left it out."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator

from automount.cli.loading import read_manifest
from automount.cli.parsers import Parser
from automount.cli.ship_options import add_manifest_option
from automount.cli.text import carried
from automount.cli.tree import colours, signs_of
from automount.cli.why_text import answer_lines
from automount.errors import EXIT_NO, UsageError
from automount.explain import WhyOutcome, why
from automount.paths import join

HELP = "Tell why a module or a file is in the manifest, or why it is not."
EPILOG = """\
NAME_OR_PATH is a module (package.module), a local path, a remote path (/root/app.py), a directory,
or an installed distribution. The exit status is 0 where it is mounted, 1 where it is not.

examples:
  automount why package.module          the imports that led to it, from the entrypoint on
  automount why data/model.bin          a file: which mount carries it, and why that is there
  automount why /root/package/data      the same, asked by its place on the other machine
  automount why numpy                   why it is not mounted, and who uses it
  automount why --all package           every process that loaded it, not only the first
  automount why --rules                 the rules that tell your files from installed ones
"""


def configure(parser: Parser) -> None:
    """Declares the options."""
    parser.epilog = EPILOG
    parser.add_argument("question", nargs="?", metavar="NAME_OR_PATH", help="a module name or a path")
    parser.add_argument("--all", action="store_true", help="every reason, not only the first")
    parser.add_argument("--rules", action="store_true", help="print the table of origin rules")
    parser.add_argument("--no-color", action="store_true", help="no colours (NO_COLOR is respected too)")
    add_manifest_option(parser)


def run(args: argparse.Namespace) -> int:
    """Prints the answer; 0 where the thing is mounted, 1 where it is not."""
    if args.rules:
        for line in _rule_lines():
            print(line)
        if args.question is None:
            return 0
        print()
    if not args.question:
        raise UsageError("why what?", hint="name a module or a path: automount why package.module")
    manifest = read_manifest(args.manifest)
    answer = why(manifest, args.question, tuple(_meanings(args.question, manifest.provenance.cwd)))
    bold, off = ("\x1b[1m", "\x1b[0m") if colours(sys.stdout, no_color=args.no_color) else ("", "")
    signs = signs_of(sys.stdout)
    from automount.origins import RULES

    meanings = {rule.code: rule.meaning for rule in RULES}
    lines = answer_lines(answer, manifest, meanings, everything=args.all, signs=signs)
    for place, line in enumerate(lines):
        text = carried(line, sys.stdout)
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
