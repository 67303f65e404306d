"""`automount verify`: proves in a sandbox that the manifest is enough."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator

from automount.cli.loading import add_manifest_argument, read_manifest
from automount.cli.options import seconds
from automount.cli.render import incomplete_line
from automount.cli.ship_options import naming_stale
from automount.cli.text import counted
from automount.cli.tree import ASCII, fitted, signs_of
from automount.manifest import EntrypointKind, Manifest
from automount.option_words import COMMAND_REMEDY, INSTALLATION_REMEDY, quoted
from automount.paths import name, parent, parts, relative
from automount.plan import INSTALLATION_FILES, SHELLS
from automount.progress import Progress
from automount.proving.findings import Finding, FindingRow
from automount.proving.verifying import NAMES, Verdict, verify

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

    from automount.cli.parsers import Parser
    from automount.cli.plain_options import PlainOptions

HELP = "Run the program again with only the shipped files, and compare the two recordings."
EPILOG = """\
The exit status is 0 if the shipped files are sufficient and 1 if they are not, or if this was not proven.

examples:
  automount verify
  automount verify --accept-unexercised       # do not require every shipped file to be used again
  automount verify --sandbox audit --json > verdict.json
"""


def configure(parser: Parser | PlainOptions) -> None:
    """Declares the options."""
    parser.epilog = EPILOG
    add_manifest_argument(parser)
    parser.add_argument(
        "--sandbox",
        choices=NAMES,
        help="the sandbox to use (default: the strongest that works on this machine)",
    )
    parser.add_argument(
        "--at",
        choices=["remote", "original"],
        default="remote",
        help="the paths of the files in the sandbox: the remote ones (default), or the original ones",
    )
    parser.add_argument(
        "--timeout",
        type=seconds,
        metavar="SECONDS",
        help="end the program after this time (default: as recorded)",
    )
    parser.add_argument("--python", metavar="EXE", help="run the program with this interpreter")
    parser.add_argument(
        "--trust",
        action="store_true",
        help="use the interpreter that the manifest names, even if this machine does not know it",
    )
    parser.add_argument(
        "--accept-unexercised",
        action="store_true",
        help="return 0 even if shipped files were not used again",
    )
    parser.add_argument("--json", action="store_true", help="print the verdict as JSON")


def run(args: argparse.Namespace) -> int:
    """Prints the verdict; returns 0 if the manifest is sufficient, 1 if not. The program prints to stderr."""
    manifest = read_manifest(args.manifest)
    with naming_stale(), Progress("staging", sum(row.size for row in manifest.files)) as progress:
        verdict = verify(
            manifest,
            sandbox=args.sandbox,
            original=args.at == "original",
            timeout=args.timeout,
            python=args.python,
            trust=args.trust,
            on_bytes=progress.add,
        )
    if args.json:
        from dataclasses import asdict

        verdict_row = {**asdict(verdict), "verdict": verdict.word, "digest": manifest.digest}
        verdict_row["sufficient"] = verdict.word == "sufficient"
        import json

        print(json.dumps(verdict_row, sort_keys=True))
    else:
        for line in (*lines(verdict), *_untraced(manifest, verdict), *other_runs(manifest, verdict)):
            text = line.encode("utf-8", "backslashreplace").decode()
            if signs_of(sys.stdout) is ASCII and text[0] in _ASCII_SIGNS:
                text = _ASCII_SIGNS[text[0]] + text[1:]
            print(fitted(text, sys.stdout, len(text) - len(text.lstrip()) + 2))
    accepted = args.accept_unexercised and verdict.only_unexercised
    return 0 if accepted or verdict.word == "sufficient" else 1


def other_runs(manifest: Manifest, verdict: Verdict) -> Iterator[str]:
    """What explains unused files of a merged manifest: only the program of the first run is run again."""
    unused = any(row.finding is Finding.NOT_EXERCISED for row in verdict.findings)
    if unused and verdict.word == "not-proven" and len(manifest.provenance.runs) > 1:
        command = " ".join(map(quoted, manifest.provenance.runs[0].argv))
        yield f"  Of {len(manifest.provenance.runs)} merged runs, only the first one was repeated: {command}"
        yield "    hint: verify the manifest of each run, or use --accept-unexercised"


def _untraced(manifest: Manifest, verdict: Verdict) -> Iterator[str]:
    """A hint where nothing is known to be missing, but what is not Python may have read files."""
    entry = manifest.entrypoint
    traced = manifest.provenance.tracer is not None or "--trace" in manifest.provenance.argv
    unexplained = verdict.word == "not-sufficient" and not verdict.findings and not verdict.beyond
    opening = _OPENS_FILES & {row.name for row in manifest.modules}
    if opening and not traced and (unexplained or verdict.word == "sufficient"):
        yield from _unrecorded(sorted({library.partition(".")[0] for library in opening}), verdict)
    elif unexplained and entry.kind is not EntrypointKind.COMMAND and not traced:
        yield "    hint: record with --trace strace, which shows what C libraries and other programs open"
    if verdict.word == "not-proven" or entry.kind is not EntrypointKind.COMMAND or entry.form == "string":
        return
    command = name(entry.target)
    missing = [row.kind for row in verdict.findings if row.finding is Finding.NOT_SHIPPED]
    # A shell's own text is recorded; what other programs read, as make its rules, is not.
    if missing and (command in SHELLS or set(missing) != {"command"}):
        return
    argv = manifest.provenance.processes[0].argv if manifest.provenance.processes else ()
    is_python = any(name(word) == command for word in argv)
    if manifest.incomplete and not argv:
        yield "    hint: run automount env --install-pth, and record again"
    elif not is_python and not traced:
        yield from _unrecorded([command], verdict)


def _unrecorded(readers: Iterable[str], verdict: Verdict) -> Iterator[str]:
    unknown = "" if verdict.word == "not-sufficient" else ", so they were not compared"
    for reader in readers:
        yield f"  The files that {reader} itself reads were not recorded{unknown}."
    yield "    hint: record with --trace strace"


# Modules that give the names of files to C libraries, which open them without an audit event.
_OPENS_FILES = frozenset(
    {
        "cv2",
        "duckdb",
        "faiss",
        "fiona",
        "h5py",
        "lxml.etree",
        "netCDF4",
        "onnxruntime",
        "polars",
        "pyarrow.dataset",
        "pyarrow.parquet",
        "pyogrio",
        "rasterio",
        "safetensors",
        "sentencepiece",
        "soundfile",
        "tables",
        "tokenizers",
        "xgboost",
    }
)


def lines(verdict: Verdict) -> list[str]:
    """The verdict for display."""
    found = [f"Sandbox: {verdict.title} ({verdict.strength})"]
    found += [f"  not used: {reason}" for reason in verdict.passed_over]
    recorded = (
        "the recorded run's status is unknown" if verdict.expected is None else f"recorded {verdict.expected}"
    )
    if verdict.stopped_when_recorded:
        recorded = "as recorded" if verdict.timed_out else "recorded: still running when its time was up"
    end = (
        "was still running when its time was up"
        if verdict.timed_out
        else f"ended with status {verdict.status}"
    )
    found.append(f"{_WORDS[verdict.word]}: the program {end} ({recorded})")
    if verdict.word == "sufficient" and verdict.expected and not verdict.stopped_when_recorded:
        found.append(f"  The recorded run itself ended with status {verdict.expected}.")
    shown, rest = verdict.findings, 0
    if verdict.word == "not-sufficient" and any(row.finding is Finding.NOT_SHIPPED for row in shown):
        # A program that ends early leaves most of the rest unused.
        shown = tuple(row for row in shown if row.finding is not Finding.NOT_EXERCISED)
        rest = len(verdict.findings) - len(shown)
    for place, row in enumerate(shown):
        found += _finding(row)
        # What helps with several files is named once, below the last of them.
        remedy = _remedy(row)
        if remedy in map(_remedy, shown[place + 1 :]) or _is_shipped_with_another(row, shown):
            continue
        if remedy is not None:
            found.append(f"    hint: {remedy}")
    if rest:
        more = counted(rest, "more file")
        found.append(f"  shipped, but not used in this run: {more} (see --json)")
    if verdict.not_traced and verdict.word != "sufficient":
        found.append(f"  files that only a trace shows could not be compared: {verdict.not_traced}")
    for command in verdict.incomplete:
        found.append(f"  not recorded, so not compared: {incomplete_line(command)}")
    if verdict.word != "sufficient" and verdict.beyond:
        found += [f"  not possible in this sandbox: {path}" for path in verdict.beyond[:_SHOWN]]
        found.append("    hint: use --sandbox bwrap, where the program has these paths to itself")
    if verdict.word != "sufficient" and verdict.left_to_requirements:
        names = ", ".join(verdict.left_to_requirements)
        found.append(f"  not in the sandbox: {names}, left to the requirements by --editable skip")
        found.append("    hint: record with --editable mount, or install without -e")
    elif verdict.word == "not-sufficient" and not verdict.findings and not verdict.beyond:
        found.append("  No missing file was detected. See the program's output above.")
    return found


_WORDS = {"sufficient": "✓ Sufficient", "not-proven": "? Not proven", "not-sufficient": "✗ Not sufficient"}
_ASCII_SIGNS = {"✓": ASCII.tick, "✗": "x"}
_SHOWN = 5
_FOUND = {
    Finding.NOT_SHIPPED: "not shipped",
    Finding.NOT_EXERCISED: "shipped, but not used in this run",
    Finding.OTHER_FILE: "shipped, but another file was used",
    Finding.MISPLACED: "shipped to where the program does not look for it",
}


def _is_shipped_with_another(row: FindingRow, shown: Iterable[FindingRow]) -> bool:
    """Whether the option for a directory above ships this file too. Hidden names below it are left out."""
    if row.option is None or not row.option.startswith(("--add-file ", "--add-dir ")):
        return False
    above = (other.local for other in shown if (other.option or "").startswith("--add-dir "))
    below = (relative(row.local, directory) or "" for directory in above if directory != row.local)
    return any(inside and not any(part[0] == "." for part in parts(inside)) for inside in below)


def _remedy(row: FindingRow) -> str | None:
    if row.option is not None:
        return f"{'record with' if row.option.startswith('--layout') else 'add'} {row.option}"
    if row.kind == "link":
        return "shipped files are never links: use os.path.realpath instead of os.readlink"
    if row.kind == "command":
        return COMMAND_REMEDY
    if row.kind == "metadata" and row.local.endswith(INSTALLATION_FILES):
        return INSTALLATION_REMEDY
    if row.kind == "metadata":
        return "add its package with --add-package, or install the distribution where the program runs"
    variable = next((name for name, value in os.environ.items() if value == row.local), None)
    if variable is not None:
        return f"the variable {variable} holds its path on this machine: set it to the remote path instead"
    if row.finding is Finding.NOT_EXERCISED and parent(row.local) in os.environ.get("PATH", "").split(":"):
        return "PATH leads to it on this machine: add its remote directory to PATH where the program runs"
    if row.kind == "data" and row.finding is Finding.NOT_SHIPPED:
        return "the recorded run removed it: create it where the program runs, before it starts"
    return None


def _finding(row: FindingRow) -> list[str]:
    """The lines for one module or data file, without what helps."""
    what = f"module {row.name} ({row.local})" if row.kind == "module" else f"{row.kind} {row.local}"
    if row.kind == "command":
        what = f"{name(row.local)}, a command of the editable install {row.name}"
    by = f"; used by {row.used_by}" if row.used_by else ""
    lines = [f"  {_FOUND[row.finding]}: {what}{by}"]
    if row.instead is not None:
        lines.append(f"    {row.instead} was used instead")
    return lines
