"""`automount completion SHELL`: a completion script, generated from the parsers themselves by shtab."""

from __future__ import annotations

import argparse

from automount.cli.parsers import Parser, whole_parser

HELP = "Print a completion script for bash, zsh, tcsh or fish."
EPILOG = """\
examples:
  eval "$(automount completion bash)"                # in ~/.bashrc
  eval "$(automount completion zsh)"                 # in ~/.zshrc, after compinit
  automount completion fish > automount.fish         # to be copied to ~/.config/fish/completions
"""
SHELLS = ("bash", "zsh", "tcsh", "fish")
_DIRECTORIES = frozenset({"DIR"})
_FILES = frozenset(
    {"FILE", "EXE", "MANIFEST", "BUNDLE_OR_DIR", "LAYOUT", "LOCAL[:REMOTE]", "A", "B", "PROGRAM"}
)
# shtab knows the parsers, but not that every word after the program belongs to the program.
_FISH = """
functions --copy _shtab_automount_using _automount_using
function _shtab_automount_using
  _automount_using $argv; or return 1
  test -n "$argv"; and return 0
  set -l words (commandline -opc)
  test $_shtab_automount_npos -eq 0; and not contains -- -m $words; and not contains -- -c $words
end
complete -c automount -F -n 'test -z "$_shtab_automount_cmdpath"'
"""
_BASH = """
_automount() {{
    local i
    for ((i = 1; i < COMP_CWORD; i++)); do
        case "${{COMP_WORDS[i]}}" in
            {with_value}) ((i++)) ;;
            {verbs}) break ;;
            -[!mc-]*|--?*) ;;
            *) COMPREPLY=($(compgen -f -- "${{COMP_WORDS[COMP_CWORD]}}")); return ;;
        esac
    done
    _shtab_automount
}}
complete -o bashdefault -F _automount automount
"""


def configure(parser: Parser) -> None:
    """Declares the shell."""
    parser.epilog = EPILOG
    parser.add_argument("shell", choices=SHELLS, help="the shell that reads the script")


def run(args: argparse.Namespace) -> int:
    """Prints the script."""
    print(script(args.shell))
    return 0


def script(shell: str) -> str:
    """The completion script for `shell`."""
    import shtab

    parser = whole_parser()
    for each in (parser, *parser.verbs.values()):
        for action in each.options:
            place = action.metavar or ""
            if place in _DIRECTORIES:
                vars(action)["complete"] = shtab.DIRECTORY
            elif place in _FILES:
                vars(action)["complete"] = shtab.FILE
    text = str(shtab.complete(parser, shell))
    if shell == "bash":
        with_value = "|".join(parser.names(with_value=True))
        text += _BASH.format(with_value=with_value, verbs="|".join(parser.verbs))
    elif shell == "fish":
        text += _FISH
    return text
