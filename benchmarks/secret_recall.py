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
    "third": (templates.kinds("third_with.txt"), templates.kinds("third_without.txt")),
    "fourth": (templates.kinds("fourth_with.txt"), templates.kinds("fourth_without.txt")),
    "fifth": (templates.kinds("fifth_with.txt"), templates.kinds("fifth_without.txt")),
    "sixth": (templates.kinds("sixth_with.txt"), templates.kinds("sixth_without.txt")),
    "seventh": (templates.kinds("seventh_with.txt"), templates.kinds("seventh_without.txt")),
    "eighth": (templates.kinds("eighth_with.txt"), templates.kinds("eighth_without.txt")),
    "ninth": (templates.kinds("ninth_with.txt"), templates.kinds("ninth_without.txt")),
    "tenth": (templates.kinds("tenth_with.txt"), templates.kinds("tenth_without.txt")),
    "eleventh": (templates.kinds("eleventh_with.txt"), templates.kinds("eleventh_without.txt")),
    "twelfth": (templates.kinds("twelfth_with.txt"), templates.kinds("twelfth_without.txt")),
    "thirteenth": (templates.kinds("thirteenth_with.txt"), templates.kinds("thirteenth_without.txt")),
    "fourteenth": (templates.kinds("fourteenth_with.txt"), templates.kinds("fourteenth_without.txt")),
    "fifteenth": (templates.kinds("fifteenth_with.txt"), templates.kinds("fifteenth_without.txt")),
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
