"""The command line: distinguishes verbs from programs, and turns errors into one line and an exit status.

The first word that is not an option is either a verb or the program to record. Everything after a program
belongs to the program, options included. So the words are split here, and argparse only gets automount's own.
"""

from __future__ import annotations

import gc
import io
import os
import sys
from collections.abc import Sequence
from functools import cache

from automount.cli.plain_options import PlainOptions
from automount.cli.verbs import VERBS, WITHOUT_ARGPARSE, load_verb
from automount.errors import EXIT_CANNOT, AutomountError, UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from typing import Any, NoReturn

    from automount.cli.parsers import Parser

# Options that start the program: the rest of the line belongs to it.
PROGRAM_OPTIONS = ("-m", "-c")

OVERVIEW = """\
Record a program and write its mount manifest, or work with a manifest.

  automount app.py --port 80              record a script
  automount -m package.module             record a module
  automount -- pytest -q tests            record any command
  automount verify                        prove that the manifest is sufficient

verbs:
{verbs}

Run `automount VERB --help` for the options of a verb. To record a script named like a verb, write ./show
"""

_LONGEST_LINE = 480  # characters of an error message


def overview() -> str:
    """The text of `automount --help`: how to record, every verb, then the options of recording."""
    record = _record_parser()
    lines = [f"  {name:<13} {load_verb(name).HELP}" for name in VERBS]
    record.description = OVERVIEW.format(verbs="\n".join(lines))
    return record.format_help()


def command() -> NoReturn:
    """Runs the command line of this process, and ends the process."""
    if sys.getfilesystemencoding() != "utf-8" and sys.executable:
        # In a locale such as en_US.ISO-8859-1, and in C where PYTHONUTF8=0, Python cannot express every file
        # name, or reads other characters from its bytes than the next machine does. Only automount itself
        # changes its mode: the program starts with the same environment.
        os.execv(sys.executable, [sys.executable, "-X", "utf8", *sys.orig_argv[1:]])
    status = main()
    # Python searches all objects for cycles before it ends, several times. That takes 8 to 10 ms after a
    # short recording, and is not needed: the system frees the memory.
    gc.freeze()
    sys.exit(status)


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command line (default `sys.argv[1:]`); returns the exit status."""
    words = list(sys.argv[1:] if argv is None else argv)
    # The rows of a large manifest are 150,000 objects without cycles. Python looks for cycles at every 700
    # new objects, which takes a fifth of the time of reading a manifest.
    gc.set_threshold(200_000)
    _open_streams()
    try:
        status = _dispatch(words)
        sys.stdout.flush()
        return status
    except AutomountError as error:
        print(f"automount: {_one_line(error.message)}", file=sys.stderr)
        if error.hint:
            print(f"hint: {_one_line(error.hint)}", file=sys.stderr)
        return error.exit_status
    except BrokenPipeError:
        # The program that reads our output has ended (`| head`). Python would report this once more when it
        # closes stdout.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return EXIT_CANNOT
    except KeyboardInterrupt:
        print("automount: interrupted", file=sys.stderr)
        return 130
    except MemoryError:
        print(
            "automount: not enough memory\n"
            "hint: allow the process more memory (ulimit -v, or the limit of the container)",
            file=sys.stderr,
        )
        return EXIT_CANNOT
    except OSError as error:
        place = f" {error.filename}" if error.filename else ""
        trouble = f"{error.strerror or error}{place}"
        if not error.filename and _is_nowhere():
            trouble = "the current directory no longer exists"
        print(f"automount: {_one_line(trouble)}", file=sys.stderr)
        if _is_nowhere():
            print("hint: change to a directory that exists", file=sys.stderr)
        return EXIT_CANNOT


def _is_nowhere() -> bool:
    try:
        os.getcwd()
    except OSError:
        return True
    return False


def _open_streams() -> None:
    """Replaces stdout or stderr by /dev/null where automount was started with it closed (`>&-`).

    Python sets such a stream to None. The descriptor is not inherited: the program still finds it closed.
    Characters that a stream's encoding does not have are escaped; Python would end with an error.
    """
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115
        elif isinstance(stream, io.TextIOWrapper) and (
            stream.errors == "strict" or stream.encoding != "utf-8"
        ):
            stream.reconfigure(errors="backslashreplace")


def _dispatch(words: list[str]) -> int:
    place = _first_word(words)
    if place is None:
        if "--version" in words:
            return _print_version()
        if not words or words[0] in ("-h", "--help"):
            print(overview(), end="")
            return 0 if words else EXIT_CANNOT
        _record_parser("automount record").parse_args(words)
        raise UsageError("no program to record", hint="try: automount app.py, or automount --help")
    word = words[place]
    if word in VERBS:
        options, rest = words[:place], words[place + 1 :]
        if word != "record":
            return load_verb(word).run(_verb_args(word, options + rest))
        inner = _first_word(rest)
        if inner is None:
            _record_parser("automount record").parse_args(options + rest)
            raise UsageError("no program to record", hint="try: automount record app.py")
        return _record(_record_args(options + rest[:inner]), rest[inner:])
    if any(option in ("-h", "--help") for option in words[:place]):
        print(overview(), end="")
        return 0
    args = _record_args(words[:place])
    try:
        return _record(args, words[place:])
    except AutomountError as error:
        if error.code == "not-found" and not os.path.exists(word):
            import difflib

            near = difflib.get_close_matches(word, VERBS, 1)
            if near:
                error.hint = f"did you mean the verb {near[0]}? {error.hint}"
        raise


def _verb_args(name: str, words: Sequence[str]) -> argparse.Namespace:
    args: Any = None
    if name in WITHOUT_ARGPARSE:
        plain = PlainOptions()
        load_verb(name).configure(plain)
        args = plain.parse(words)
    if args is None:
        from automount.cli.parsers import make_parser

        args = make_parser(name).parse_args(words)
    return args  # type: ignore[no-any-return]


def _record(args: argparse.Namespace, words: Sequence[str]) -> int:
    # Imported here: recording needs the most imports, and no other verb needs them.
    from automount.cli.record import run_program

    return run_program(args, words)


def _record_parser(program_name: str = "automount") -> Parser:
    from automount.cli.parsers import make_parser

    parser = make_parser("record")
    parser.prog = program_name
    return parser


@cache
def _plain_options() -> PlainOptions:
    """The options of a recording: declared once, to find the first word and to be parsed."""
    options = PlainOptions()
    # Not by `load_verb`: its verbs declare their options to a `Parser`.
    from automount.cli import record

    record.configure(options)
    return options


def _record_args(words: Sequence[str]) -> argparse.Namespace:
    args: Any = _plain_options().parse(words) or _record_parser().parse_args(words)
    return args  # type: ignore[no-any-return]


def _first_word(words: Sequence[str]) -> int | None:
    """The index of the program or verb; None if all words are options."""
    place = 0
    while place < len(words):
        word = words[place]
        if word == "--" or word[:2] in PROGRAM_OPTIONS or not word.startswith("-") or word == "-":
            return place
        # Only here: the options of a recording take 3 ms to import, and most verbs come first.
        place += 2 if word in _plain_options().with_value() else 1
    return None


def _print_version() -> int:
    from automount import __version__

    print(f"automount {__version__}")
    return 0


def _one_line(text: str) -> str:
    """`text` on one line that can be shown; a very long one is shortened in the middle."""
    from automount.cli.text import printable

    line = printable(" ".join(text.split("\n")))
    return (
        line
        if len(line) <= _LONGEST_LINE
        else f"{line[: _LONGEST_LINE // 2]} ... {line[-_LONGEST_LINE // 3 :]}"
    )
