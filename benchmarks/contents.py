"""Walk and digest against `find | xargs sha256sum`, cold and warm index, in one run: the ratio counts.

    python benchmarks/contents.py [--files 5000] [--megabytes 100] [--rounds 5] [--text]

Every round measures both, one after the other, so that a noisy machine disturbs both alike.
"""

from __future__ import annotations

import argparse
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable

from automount.contents.digests import DigestIndex
from automount.contents.expand import expand
from automount.model import Mount, MountKind


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--files", type=int, default=5000)
    parser.add_argument("--megabytes", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--text", action="store_true", help="files of words, which are looked at for secrets")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        tree = os.path.join(directory, "tree")
        make_tree(tree, args.files, args.megabytes * 10**6 // args.files, text=args.text)
        mount = Mount("tree", MountKind.PACKAGE, "tree", tree, "/root/tree", tree=True)
        cache = os.path.join(directory, "index")
        rows: dict[str, list[float]] = {"sha256sum": [], "cold": [], "warm": []}
        time.sleep(0.1)  # so that no index entry is racy
        for number in range(args.rounds):
            rows["sha256sum"].append(seconds(lambda: sha256sum(tree)))
            place = f"{cache}{number}"
            rows["cold"].append(seconds(lambda place=place: walk(mount, place)))
            check_remembered(tree, place)
            rows["warm"].append(seconds(lambda place=place: walk(mount, place)))
        medians = {name: statistics.median(times) for name, times in rows.items()}
        print(f"{args.files} files, {args.megabytes} MB, {'text' if args.text else 'random bytes'}")
        for name, median in medians.items():
            ratio = median / medians["sha256sum"]
            print(f"{name:10} {median * 1000:8.1f} ms   {ratio:5.2f} x find | xargs sha256sum")
        return 0 if medians["cold"] <= medians["sha256sum"] else 1


def make_tree(tree: str, files: int, size: int, *, text: bool) -> None:
    source = random.Random(1)
    words = [f"{source.choice('abcdefgh')}{'na' * source.randint(1, 5)}_{n}" for n in range(2000)]
    for number in range(files):
        directory = os.path.join(tree, f"d{number // 50}")
        os.makedirs(directory, exist_ok=True)
        if text:
            content = " = ".join(source.choices(words, k=size // 10))[:size].encode().ljust(size)
        else:
            content = source.randbytes(size)
        with open(os.path.join(directory, f"f{number}.bin"), "wb") as stream:
            stream.write(content)


def sha256sum(tree: str) -> None:
    command = "find . -type f -print0 | xargs -0 sha256sum > /dev/null"
    subprocess.run(command, shell=True, cwd=tree, check=True)


def walk(mount: Mount, cache: str) -> None:
    with DigestIndex(cache) as index:
        expand([mount], index=index)


def check_remembered(tree: str, cache: str) -> None:
    """Ends the benchmark where a file of the tree is not in the index: the next walk would hash it."""
    with DigestIndex(cache) as index:
        for directory, _, names in os.walk(tree):
            for path in (os.path.join(directory, name) for name in names):
                if index.known(path, os.stat(path)) is None:
                    sys.exit(f"{path} is not in the index")


def seconds(work: Callable[[], None]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


if __name__ == "__main__":
    sys.exit(main())
