"""Measures recall and precision of the secret scanner on generated texts.

    python -m benchmarks.secret_recall [--each N] [--names] [--output FILE]

Each kind of text is a format with values from a seed; recall and precision are counted over all texts.
`--names` prints the kinds that were missed or wrongly reported.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from automount.contents.secrets import scan
from benchmarks.secret_texts import templates, unseen, with_secrets, without_secrets
from benchmarks.secret_texts.values import Values

SETS = {
    "tuned": (with_secrets.TUNED, without_secrets.TUNED),
    "held out": (with_secrets.HELD_OUT, without_secrets.HELD_OUT),
    "unseen": (unseen.WITH, unseen.WITHOUT),
    **{
        name: (templates.kinds(f"{name}_with.txt"), templates.kinds(f"{name}_without.txt"))
        for name in (
            "third",
            "fourth",
            "fifth",
            "sixth",
            "seventh",
            "eighth",
            "ninth",
            "tenth",
            "eleventh",
            "twelfth",
            "thirteenth",
            "fourteenth",
            "fifteenth",
            "sixteenth",
            "seventeenth",
            "eighteenth",
            "nineteenth",
            "twentieth",
            "twentyfirst",
            "twentysecond",
        )
    },
}


def reported(kinds: Mapping[str, with_secrets.Kind], each: int) -> Counter[str]:
    """How many of the `each` texts of each kind are reported."""
    counts: Counter[str] = Counter()
    for name, make in kinds.items():
        for number in range(each):
            text = make(Values(f"{name} {number}"))
            if scan(f"/p/{name}", text if isinstance(text, bytes) else text.encode()):
                counts[name] += 1
    return counts


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--each", type=int, default=20, help="texts of each kind")
    parser.add_argument("--names", action="store_true", help="name the kinds that are not all right")
    parser.add_argument("--only", choices=sorted(SETS), help="measure one set")
    parser.add_argument("--output", type=Path, help="write the table to this file too")
    args = parser.parse_args()
    lines = [
        "| texts | kinds with, without | found | recall | wrongly reported | precision |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    for label, (having, lacking) in SETS.items():
        if args.only not in (None, label):
            continue
        found, wrong = reported(having, args.each), reported(lacking, args.each)
        right, everything = found.total(), len(having) * args.each
        precision = right / (right + wrong.total())
        lines.append(
            f"| {label} | {len(having)}, {len(lacking)} | {right} of {everything} | {right / everything:.1%}"
            f" | {wrong.total()} of {len(lacking) * args.each} | {precision:.1%} |"
        )
        if args.names:
            missed = {name: args.each - found[name] for name in having if found[name] < args.each}
            print(f"{label}: missed {missed}; wrong {dict(wrong)}", file=sys.stderr)
    text = "\n".join(lines) + "\n"
    print(text, end="")
    if args.output:
        args.output.write_text(text)


if __name__ == "__main__":
    main()
