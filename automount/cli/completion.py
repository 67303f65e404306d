"""`automount completion SHELL`: a completion script, generated from the parsers themselves."""

from __future__ import annotations

import argparse

from automount.cli.vocabulary import Option, VerbWords, vocabulary

HELP = "Print a completion script for bash, zsh or fish."
EPILOG = """\
examples:
  eval "$(automount completion bash)"                 in ~/.bashrc
  eval "$(automount completion zsh)"                  in ~/.zshrc, after compinit
  automount completion fish > ~/.config/fish/completions/automount.fish
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declares the shell."""
    parser.epilog = EPILOG
    parser.add_argument("shell", choices=sorted(SCRIPTS), help="whose script to print")


def run(args: argparse.Namespace) -> int:
    """Prints the script."""
    print(SCRIPTS[args.shell](vocabulary()), end="")
    return 0


BASH = """\
# bash completion of automount
_automount() {{
    local cur="${{COMP_WORDS[COMP_CWORD]}}" prev="${{COMP_WORDS[COMP_CWORD-1]}}" verb="" word i
    COMPREPLY=()
    for ((i = 1; i < COMP_CWORD; i++)); do
        word="${{COMP_WORDS[i]}}"
        case "$word" in
            {valued}) ((i++)) ;;
            --|-m|-c) verb="program"; break ;;
            -*) ;;
            *) verb="$word"; break ;;
        esac
    done
    case "$verb" in
        ""|{verbs}) ;;
        *) COMPREPLY=($(compgen -f -- "$cur")); return ;;
    esac
    case "$verb:$prev" in
{choices}
    esac
    case "$cur" in
        -*)
            case "$verb" in
{options}
            esac
            ;;
        *)
            [ -n "$verb" ] || ((i > COMP_CWORD)) || COMPREPLY=($(compgen -W "{words}" -- "$cur"))
            case "$verb" in
{positionals}
            esac
            COMPREPLY+=($(compgen -f -- "$cur"))
            ;;
    esac
}}
complete -o filenames -o bashdefault -F _automount automount
"""

ZSH = """\
#compdef automount
# zsh completion of automount
_automount() {{
    local -a verbs
    verbs=(
{verbs}
    )
    local verb="" word i=2
    while (( i < CURRENT )); do
        word="${{words[i]}}"
        case "$word" in
            {valued}) (( i++ )) ;;
            --|-m|-c) verb="program"; break ;;
            -*) ;;
            *) verb="$word"; break ;;
        esac
        (( i++ ))
    done
    case "$verb" in
        "")
            (( i > CURRENT )) || [[ "$PREFIX" == -* ]] || _describe 'verb' verbs
            _arguments -S {record} '*:file:_files'
            ;;
{cases}
        *) _files ;;
    esac
}}
compdef _automount automount
"""

FISH_HEAD = """\
# fish completion of automount
function __automount_at --description 'Whether the command line is at this verb (none: before any)'
    set -l words (commandline -opc)
    set -l verb none
    set -l skip yes
    for word in $words
        if test $skip = yes
            set skip no
            continue
        end
        switch $word
            case {valued}
                set skip yes
            case -- -m -c
                set verb program
                break
            case '-*'
            case '*'
                set verb $word
                break
        end
    end
    test $verb = $argv[1]
end
"""


def bash(words: tuple[VerbWords, ...]) -> str:
    """The script for bash."""
    choices, options, positionals = [], [], []
    for verb in words:
        for option in verb.options:
            if option.choices:
                keys = "|".join(f"{verb.name}:{name}" for name in option.names)
                if verb.name == "record":
                    keys += "|" + "|".join(f":{name}" for name in option.names)
                reply = f'COMPREPLY=($(compgen -W "{" ".join(option.choices)}" -- "$cur"))'
                choices.append(f"        {keys}) {reply}; return ;;")
        names = " ".join(name for option in verb.options for name in option.names)
        key = 'record|""' if verb.name == "record" else verb.name
        options.append(f'                {key}) COMPREPLY=($(compgen -W "{names}" -- "$cur")) ;;')
        if verb.choices:
            reply = f'COMPREPLY=($(compgen -W "{" ".join(verb.choices)}" -- "$cur"))'
            positionals.append(f"                {verb.name}) {reply}; return ;;")
    verbs = [verb.name for verb in words]
    return BASH.format(
        valued=_valued(words),
        verbs="|".join(verbs),
        words=" ".join(verbs),
        choices="\n".join(choices),
        options="\n".join(options),
        positionals="\n".join(positionals) or "                *) ;;",
    )


def zsh(words: tuple[VerbWords, ...]) -> str:
    """The script for zsh."""
    cases = []
    for verb in words:
        rest = f"'1:word:({' '.join(verb.choices)})'" if verb.choices else "'*:file:_files'"
        arguments = " ".join([*map(_zsh_option, verb.options), rest])
        cases.append(
            f'        {verb.name}) words=(automount "${{(@)words[i+1,-1]}}"); (( CURRENT -= i - 1 ));'
            f" _arguments -S {arguments} ;;"
        )
    record = next(verb for verb in words if verb.name == "record")
    return ZSH.format(
        verbs="\n".join(f"        {_quoted(f'{verb.name}:{verb.help}')}" for verb in words),
        valued=_valued(words),
        record=" ".join(map(_zsh_option, record.options)),
        cases="\n".join(cases),
    )


def fish(words: tuple[VerbWords, ...]) -> str:
    """The script for fish."""
    lines = [FISH_HEAD.format(valued=_valued(words).replace("|", " "))]
    for verb in words:
        lines.append(_fish("none", f"-a {verb.name} -d {_quoted(verb.help)}"))
    for verb in words:
        for place in (verb.name, "none") if verb.name == "record" else (verb.name,):
            lines.extend(_fish(place, _fish_option(option)) for option in verb.options)
        if verb.choices:
            lines.append(_fish(verb.name, f"-f -a {_quoted(' '.join(verb.choices))}"))
    return "".join(lines)


def _fish(place: str, rest: str) -> str:
    return f"complete -c automount -n '__automount_at {place}' {rest}\n"


def _fish_option(option: Option) -> str:
    words = [f"-l {name[2:]}" if name.startswith("--") else f"-s {name[1:]}" for name in option.names]
    if option.choices:
        words.append(f"-x -a {_quoted(' '.join(option.choices))}")
    elif option.value:
        words.append("-r")
    return " ".join([*words, f"-d {_quoted(option.help)}"])


SCRIPTS = {"bash": bash, "zsh": zsh, "fish": fish}


def _valued(words: tuple[VerbWords, ...]) -> str:
    """The options of recording that take the next word: a verb or program comes after that."""
    record = next(verb for verb in words if verb.name == "record")
    return "|".join(name for option in record.options if option.value for name in option.names)


def _zsh_option(option: Option) -> str:
    text = option.help.replace("\\", "").replace("[", "(").replace("]", ")").replace(":", "\\:")
    action = f"({' '.join(option.choices)})" if option.choices else "_files"
    value = f":{option.value.lower().replace(':', '-')}:{action}" if option.value else ""
    return " ".join(_quoted(f"*{name}[{text}]{value}") for name in option.names)


def _quoted(text: str) -> str:
    """`text` in single quotes, as all three shells read them."""
    return "'" + text.replace("'", "'\\''") + "'"
