"""Measures reading and writing of a manifest with many files, all rows at once and row by row.

    python benchmarks/manifest.py

CPU time of this process, the least of five turns; Python does not look for cycles meanwhile.
"""

from __future__ import annotations

import argparse
import gc
import hashlib
import time
from collections.abc import Callable

from automount.manifest import Manifest, content_digest, dumps, loads, with_digest
from automount.manifest.json_text import parse
from automount.manifest.keys import FILE
from automount.manifest.rows import EntrypointKind, EntrypointRow, FileEntry, MountRow, Provenance
from automount.manifest.table import Issues
from automount.model import MountKind


def manifest(files: int) -> Manifest:
    """A manifest of one package with that many files."""
    rows = tuple(
        FileEntry(
            remote=f"/root/package/part{number // 100}/module{number}.py",
            local=f"/home/user/project/package/part{number // 100}/module{number}.py",
            size=number,
            sha256=hashlib.sha256(str(number).encode()).hexdigest(),
            executable=False,
            mounts=(0,),
        )
        for number in range(files)
    )
    return with_digest(
        Manifest(
            digest="",
            complete=True,
            entrypoint=EntrypointRow(EntrypointKind.SCRIPT, "app.py", (), rows[0].remote, "/root"),
            remote_root="/root",
            sys_path=("/root",),
            mounts=(MountRow("p", MountKind.PACKAGE, "p", "/home/user/project/package", "/root/package"),),
            files=rows,
            modules=(),
            provenance=Provenance("", "3.11", "linux", (), "/", 0, (), "0"),
        )
    )


def least(work: Callable[[object], object], prepare: Callable[[], object] = lambda: None) -> float:
    """Milliseconds of CPU time."""
    times = []
    for _ in range(5):
        prepared = prepare()
        started = time.process_time()
        work(prepared)
        times.append(time.process_time() - started)
    return min(times) * 1000


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--files", type=int, default=50_000)
    asked = parser.parse_args()
    gc.disable()
    made = manifest(asked.files)
    raw = dumps(made)

    def parsed_files() -> object:
        return parse(raw, "m")["files"]

    def one_by_one(rows: object) -> object:
        assert isinstance(rows, list)
        return [FILE.decode(row, "files", Issues()) for row in rows]

    def all_at_once(rows: object) -> object:
        assert isinstance(rows, list)
        return FILE.decode_all(rows, "files", Issues())

    print(f"{asked.files:,} files, {len(raw):,} bytes; milliseconds\n")
    print("| step | ms |\n|---|---:|")
    print(f"| read the JSON text | {least(lambda _: parse(raw, 'm')):.0f} |")
    print(f"| decode the rows of files, one by one | {least(one_by_one, parsed_files):.0f} |")
    print(f"| decode the rows of files, key by key | {least(all_at_once, parsed_files):.0f} |")
    print(f"| read the manifest | {least(lambda _: loads(raw, 'm')):.0f} |")
    print(f"| write the manifest | {least(lambda _: dumps(made)):.0f} |")
    print(f"| digest of the content | {least(lambda _: content_digest(made)):.0f} |")


if __name__ == "__main__":
    main()
