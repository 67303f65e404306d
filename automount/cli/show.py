"""`automount show`: prints a manifest as a tree, or one of its lists."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterable, Iterator

from automount.cli.loading import add_manifest_argument, named, read_manifest
from automount.cli.options import add_no_color_option
from automount.cli.parsers import Parser
from automount.cli.render import figures, mount_totals, print_notes
from automount.cli.text import counted, encodable, size, table
from automount.cli.tree import Branch, TextTree, columns, draw, fitted, signs_of
from automount.errors import UsageError
from automount.manifest import EntrypointKind, EntrypointRow, FileEntry, Manifest, ModuleRow, dumps
from automount.model import MOUNTED_ORIGINS, Origin

HELP = "Show what a manifest contains: mounts, sizes, modules and warnings."
EPILOG = """\
examples:
  automount show                      # the mounts, each with its largest files
  automount show --files              # every file: size, remote path, local path
  automount show --modules --all      # all modules, installed and standard ones too
  automount show --skipped            # what was left out, with the reason
  automount show --config             # the settings in force here, and where each comes from
"""
_HEAVIEST = 3
_YOUR_OWN = MOUNTED_ORIGINS | {Origin.MISSING}


def configure(parser: Parser) -> None:
    """Declares the options."""
    parser.epilog = EPILOG
    add_manifest_argument(parser)
    lists = parser.exclusive()
    lists.add_argument("--files", action="store_true", help="list every file")
    lists.add_argument("--modules", action="store_true", help="list the modules that are shipped")
    lists.add_argument(
        "--requirements", action="store_true", help="list the installed distributions that were used"
    )
    lists.add_argument("--skipped", action="store_true", help="list what was left out, with the reason")
    lists.add_argument(
        "--gaps", action="store_true", help="list imports of local modules that this run did not load"
    )
    lists.add_argument(
        "--config",
        action="store_true",
        help="print the settings in force in this directory; reads no manifest",
    )
    parser.add_argument("--json", action="store_true", help="print the whole manifest (or the gaps) as JSON")
    parser.add_argument(
        "--all", action="store_true", help="with --modules: list installed and standard modules too"
    )
    add_no_color_option(parser)


def run(args: argparse.Namespace) -> int:
    """Prints the tree or the list that was asked for."""
    if args.json and (args.files or args.modules or args.requirements or args.skipped or args.config):
        raise UsageError(
            "of the lists, only --gaps can be combined with --json",
            hint="automount show --json prints all lists",
        )
    if args.config:
        _say(_aligned(_settings()))
        return 0
    manifest = read_manifest(args.manifest)
    if args.gaps:
        # Only here: no other list parses sources.
        from automount.cli.gaps_text import find_gaps, gap_lines, gaps_as_json

        found = find_gaps(manifest)
        _say([json.dumps(gaps_as_json(found), indent=2, sort_keys=True)] if args.json else gap_lines(found))
    elif args.json:
        sys.stdout.flush()
        sys.stdout.buffer.write(dumps(manifest))
    elif args.files:
        _say(_aligned((size(row.size), row.remote, row.local) for row in manifest.files))
    elif args.modules:
        rows = [row for row in manifest.modules if args.all or _is_your_own(row)]
        _say(_aligned(_modules(manifest, rows)))
        left = len(manifest.modules) - len(rows)
        if left and sys.stdout.isatty():
            sys.stderr.write(f"{counted(left, 'other module')}: add --all to list them\n")
    elif args.requirements:
        _say(_aligned(_requirements(manifest)))
    elif args.skipped:
        _say(_aligned((row.local, row.reason) for row in manifest.skipped))
    else:
        draw(manifest_tree(manifest, named(args.manifest)), sys.stdout, no_color=args.no_color)
        print_notes(manifest, sys.stdout, no_color=args.no_color)
    return 0


def _is_your_own(row: ModuleRow) -> bool:
    """Whether the module is shipped, or should have been. Libraries make modules without a file, too."""
    return row.mount is not None or row.origin in _YOUR_OWN


def manifest_tree(manifest: Manifest, source: str) -> TextTree:
    """The tree: each mount with its largest files, then what else the remote machine needs."""
    totals = mount_totals(manifest)
    by_mount: list[list[FileEntry]] = [[] for _ in manifest.mounts]
    for row in manifest.files:
        for index in row.mounts:
            by_mount[index].append(row)
    modules = [0] * len(manifest.mounts)
    for module in manifest.modules:
        if module.mount is not None:
            modules[module.mount] += 1
    arrow = "→" if signs_of(sys.stdout).tick == "✓" else "->"
    branches = [
        Branch(
            f"{mount.label} {arrow} {mount.remote}",
            figures(*totals[index]) + (f", {counted(modules[index], 'module')}" if modules[index] else ""),
            tuple(_heaviest(by_mount[index], mount.remote)),
            style="bold",
        )
        for index, mount in enumerate(manifest.mounts)
    ]
    branches.append(Branch(", ".join(manifest.sys_path) or "nothing", lead="sys.path: ", aside=True))
    if manifest.requirements:
        pins = ", ".join(f"{row.name} {row.version}" for row in manifest.requirements)
        lead = f"{counted(len(manifest.requirements), 'requirement')}: "
        branches.append(Branch(pins, lead=lead, aside=True))
    others = dict.fromkeys(program(run.entrypoint) for run in manifest.provenance.runs if run.entrypoint)
    branches += [
        Branch(words, lead="merged with the run of ", aside=True)
        for words in others
        if words != program(manifest.entrypoint)
    ]
    branches.append(Branch(_summary(manifest), aside=True))
    branches.append(Branch(manifest.digest, lead="digest ", aside=True))
    return TextTree(f"{source}: {program(manifest.entrypoint)}", tuple(branches))


def program(row: EntrypointRow) -> str:
    """The program as it would be given on a command line."""
    if row.kind is EntrypointKind.COMMAND:
        target = f"-c {row.target!r}" if row.form == "string" else f"-- {row.target}"
    else:
        target = f"-m {row.target}" if row.kind is EntrypointKind.MODULE else row.target
    return " ".join(["--import-only"] * row.import_only + [target, *row.args])


def _heaviest(files: list[FileEntry], remote: str) -> Iterator[Branch]:
    """The largest files of a tree, and the total of the others; empty where the mount is a single file."""
    if [row.remote for row in files] == [remote]:
        return
    order = sorted(files, key=lambda row: (-row.size, row.remote))
    if len(order) == _HEAVIEST + 1:
        shown, rest = order, []
    else:
        shown, rest = order[:_HEAVIEST], order[_HEAVIEST:]
    for row in shown:
        yield Branch(row.remote.removeprefix(remote).lstrip("/"), size(row.size))
    if rest:
        total = size(sum(row.size for row in rest))
        yield Branch(f"and {counted(len(rest), 'smaller file')} (--files lists them)", total, style="dim")


def _summary(manifest: Manifest) -> str:
    processes = len(manifest.provenance.processes)
    words = [
        counted(len(manifest.mounts), "mount"),
        figures(len(manifest.files), sum(row.size for row in manifest.files)),
        f"{counted(len(manifest.modules), 'module')} in {counted(processes, 'process', 'processes')}",
    ]
    if manifest.data:
        words.append(counted(len(manifest.data), "data file"))
    if manifest.skipped:
        words.append(f"{len(manifest.skipped)} left out (--skipped)")
    words.append("complete" if manifest.complete else "INCOMPLETE")
    return ", ".join(words)


def _modules(manifest: Manifest, rows: Iterable[ModuleRow]) -> Iterator[tuple[str, ...]]:
    for row in rows:
        place = "-" if row.mount is None else manifest.mounts[row.mount].label
        asked = f"by {row.requested_by}" + (f":{row.line}" if row.line else "") if row.requested_by else "-"
        origin = f"{row.origin.value} ({row.distribution})" if row.distribution else row.origin.value
        yield (row.name, origin, row.status.value, f"process {row.process}", place, asked)


def _requirements(manifest: Manifest) -> Iterator[tuple[str, ...]]:
    for row in manifest.requirements:
        source = row.direct_url.get("url") if row.direct_url else None
        via = f"via {', '.join(row.via)}" if row.via else ""
        shown = str(source or row.editable_project or "")
        if row.local_source is not None:
            shown += " (only on this machine)"
        yield (row.name, row.version, shown, via)


def _settings() -> Iterator[tuple[str, ...]]:
    from automount import settings

    loaded = settings.load(os.getcwd())
    for row in loaded.rows:
        yield (row.name, row.value, f"({row.source})")


def _aligned(rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    return table(rows, columns(sys.stdout) if sys.stdout.isatty() else None)


def _say(lines: Iterable[str]) -> None:
    for line in lines:
        hang = len(line) - len(line.lstrip()) + 2
        sys.stdout.write(fitted(encodable(line, sys.stdout), sys.stdout, hang) + "\n")
