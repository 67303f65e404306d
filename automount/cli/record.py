"""`automount app.py`: records a program, writes its manifest, ends as the program ended."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time
from collections.abc import Sequence

from automount.cli.options import add_output_options, add_policy_options, policy_overrides, seconds
from automount.errors import UsageError
from automount.model import CodeEntrypoint, Entrypoint, ModuleEntrypoint, ProgramEntrypoint
from automount.recorder.targets import script_entrypoint
from automount.shipping.manifest_file import check_manifest_output, local_path

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

    from automount.assembling import Recording
    from automount.cli.parsers import Parser
    from automount.cli.plain_options import PlainOptions

HELP = "Record a program and write its mount manifest."
EPILOG = """\
examples:
  automount app.py --port 80                  # what follows the script belongs to the script
  automount -m package.module
  automount --timeout 10 -- python app.py     # record any command, ten seconds of it
  automount --data mount --exclude 'notes/' -o small.json app.py
"""


def configure(parser: Parser | PlainOptions) -> None:
    """Declares the options; the program's own arguments are split off before."""
    parser.epilog = EPILOG
    parser.usage = "%(prog)s [OPTIONS] (app.py | -m MODULE | -c CODE | -- COMMAND) [ARGS...]"
    group = parser.group("recording")
    group.add_argument(
        "--python", metavar="EXE", help="run the program with another interpreter (CPython 3.8 or newer)"
    )
    group.add_argument(
        "--import-only",
        action="store_true",
        help="import the target under its own name instead of running it",
    )
    group.add_argument(
        "--timeout",
        type=seconds,
        metavar="SECONDS",
        help="end the program, and all that it has started, after this time",
    )
    group.add_argument(
        "--trace", choices=["strace"], help="also record the files that C libraries and other programs open"
    )
    add_policy_options(parser)
    add_output_options(parser)


def run(args: argparse.Namespace) -> int:
    """Raises `UsageError`: with a program, `automount.cli.main` calls `run_program` instead."""
    raise UsageError("no program to record", hint="try: automount record app.py")


def parse_target(words: Sequence[str], *, import_only: bool) -> Entrypoint:
    """The entrypoint that the program's words name. Raises where it cannot be run at all."""
    first, rest = words[0], tuple(words[1:])
    if first == "--":
        if not rest:
            raise UsageError("no command after --", hint="for example: automount -- pytest -q")
        if import_only:
            raise UsageError("--import-only needs a script or a module", hint="leave out -- or --import-only")
        return ProgramEntrypoint(rest[0], rest[1:])
    if first[:2] in ("-m", "-c"):
        value, rest = (first[2:], rest) if len(first) > 2 else (rest[0] if rest else "", rest[1:])
        if not value:
            example = "-m package.module" if first[1] == "m" else "-c 'import app'"
            raise UsageError(f"{first} needs a value", hint=f"for example: automount {example}")
        if first[1] == "m":
            return ModuleEntrypoint(value, rest, as_main=not import_only)
        if import_only:
            raise UsageError("--import-only needs a script or a module", hint="leave it out with -c")
        return CodeEntrypoint(value, rest)
    if first == "-":
        raise UsageError("a program read from stdin cannot be shipped", hint="save it in a file")
    return script_entrypoint(first, rest, as_main=not import_only)


def run_program(args: argparse.Namespace, words: Sequence[str]) -> int:
    """Records the program named by `words`; returns its exit status, or ends by its signal."""
    entrypoint = parse_target(words, import_only=args.import_only)
    check_manifest_output(args.output)
    from automount.recorder.start_watch import StartWatch

    # Its process gets ready while this one imports the rest.
    watch = StartWatch(own_process=True)
    from automount import pipeline

    settings = pipeline.load_settings(os.getcwd(), policy_overrides(args))
    recording = pipeline.record_entrypoint(
        entrypoint,
        settings.policy,
        python=args.python,
        timeout=args.timeout,
        trace=args.trace,
        argv=tuple(sys.argv[1:]),
        own_signals=True,
        output=local_path(args.output),
        watch=watch,
        early=lambda: _import_output(args),
    )
    from automount.cli.output import write_manifest

    stopped_after = recording.manifest.provenance.stopped_after
    if stopped_after is not None and not args.quiet and not args.json:
        print(f"The program was ended after {stopped_after:g} s (--timeout).", file=sys.stderr)
    write_manifest(recording.manifest, args)
    if not args.quiet and not args.json:
        for option in misplaced_options(words):
            print(f"note: the program was given {option}; options of automount go before it", file=sys.stderr)
    if args.json and not args.quiet:
        import json

        print(json.dumps(summary(recording, args.output), sort_keys=True), file=sys.stderr)
    status = recording.exit_status or 0
    if status < 0:
        end_by_signal(-status)
    return status


def _import_output(args: argparse.Namespace) -> None:
    """Imports what writes and prints the manifest, while the program runs."""
    import automount.cli.output

    if not args.quiet and not args.json:
        import automount.cli.missing_line
        import automount.cli.render  # noqa: F401


# Options that few programs have, and options with values that few programs' options have.
_OWN_OPTIONS = (
    "--add-file",
    "--add-dir",
    "--add-package",
    "--no-automount",
    "--remote-root",
    "--import-only",
)
_OWN_VALUES = {
    "--data": ("report", "mount", "ignore"),
    "--layout": ("tree", "flat"),
    "--scope": ("package", "source", "loaded"),
    "--editable": ("mount", "full", "skip"),
    "--trace": ("strace",),
}


def misplaced_options(words: Sequence[str]) -> list[str]:
    """The options among the program's words that were most likely meant for automount, as they were given."""
    found = []
    for word, following in zip(words, (*words[1:], ""), strict=True):
        option, equals, value = word.partition("=")
        if option in _OWN_OPTIONS:
            found.append(option)
        elif (value if equals else following) in _OWN_VALUES.get(option, ()):
            found.append(f"{option} {value if equals else following}")
    return found


def summary(recording: Recording, output: str) -> dict[str, object]:
    """What `--json` prints: counts, the manifest's path, and automount's own time after the program's end."""
    manifest = recording.manifest
    return {
        "manifest": output,
        "digest": manifest.digest,
        "complete": manifest.complete,
        "exit_code": recording.exit_status,
        "mounts": len(manifest.mounts),
        "files": len(manifest.files),
        "bytes": sum(row.size for row in manifest.files),
        "modules": len(manifest.modules),
        "processes": len(recording.journal.processes),
        "warnings": [row.code for row in manifest.warnings],
        "seconds_run": round(recording.seconds, 6),
        "seconds_after": round(time.monotonic() - recording.ended_at, 6),
    }


def end_by_signal(number: int) -> None:
    """Ends this process by the signal that ended the program, so that a shell sees the same status."""
    import resource

    with contextlib.suppress(OSError, ValueError):
        # The program has left its core; a second one, of automount, would be noise.
        resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
    sys.stdout.flush()
    sys.stderr.flush()
    if number not in (signal.SIGKILL, signal.SIGSTOP):
        signal.signal(number, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [number])
    os.kill(os.getpid(), number)
