"""Measures how much of the installed metadata is read to classify a program's modules.

Makes a virtual environment's site directory with many distributions (metadata and lists of files as pip
leaves them), classifies the modules of a program that uses a few of them, and counts what was read. Beside
it, in the same run: the same work after everything was parsed, as an index that is not lazy would.

    python benchmarks/lazy_index.py [--distributions 300] [--files 60] [--output FILE]
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from automount.distributions import Catalog, index_for
from automount.model import Environment, Journal, ModuleRecord, Process, Status
from automount.origins import classify

# Distribution name -> import name: alike, spelt alike, and not alike at all.
USED = {
    "requests": "requests",
    "PyYAML": "yaml",
    "scikit-learn": "sklearn",
    "beautifulsoup4": "bs4",
    "python-dateutil": "dateutil",
    "opencv-python": "cv2",
}
ROUNDS = 7


def main() -> None:
    """Prints the table, or writes it to the file that `--output` names."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--distributions", type=int, default=300)
    parser.add_argument("--files", type=int, default=60, help="files in each distribution's list")
    parser.add_argument("--output", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        text = measure(Path(directory), options.distributions, options.files)
    if options.output:
        options.output.write_text(text, encoding="utf-8")
    else:
        print(text, end="")


def measure(root: Path, count: int, files: int) -> str:
    """The table for one site directory of `count` distributions."""
    site = root / "venv" / "lib" / "python3.11" / "site-packages"
    install(site, count, files)
    lines = [
        f"{count} distributions, {files} files each; a program of 20 local modules that imports {files // 2}",
        "more from each distribution of the row. `listed`: RECORD read as text; `parsed`: RECORD or METADATA",
        "parsed.",
        "",
        "| program uses | listed | parsed | of | time, in that of parsing everything first |",
        "|---|---|---|---|---|",
    ]
    for label, used in (
        ("nothing installed", {}),
        ("requests", {"requests": "requests"}),
        ("four, named alike", dict(list(USED.items())[:4])),
        ("six, one (cv2) unlike its name", USED),
        ("a module that nobody lists", {"": "stray"}),
    ):
        spent = timed(lambda used=used: judge(root, site, used, files, Catalog()))  # type: ignore[misc]
        whole = timed(lambda used=used: judge(root, site, used, files, parsed_whole(site)))  # type: ignore[misc]
        catalog = judge(root, site, used, files, Catalog())
        metadata = catalog.directory(str(site)).metadata
        listed = sum(1 for one in metadata if one.reads["listing"])
        parsed = sum(1 for one in metadata if one.reads["listing-parsed"] or one.reads["metadata"])
        lines.append(f"| {label} | {listed} | {parsed} | {len(metadata)} | {spent / whole:.3f} |")
    return "\n".join(lines) + "\n"


def install(site: Path, count: int, files: int) -> None:
    """The metadata of `count` distributions in `site`, and the directories that they install."""
    (site / "stray").mkdir(parents=True)
    for number in range(files):
        (site / "stray" / f"module_{number}.py").touch()
    names = dict(USED)
    for number in range(count - len(USED)):
        names[f"library-{number:03}"] = f"package_{number:03}"
    for name, package in names.items():
        metadata = site / f"{name.replace('-', '_')}-1.0.dist-info"
        metadata.mkdir(parents=True)
        described = f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n\n" + "About this library.\n" * 200
        (metadata / "METADATA").write_text(described, encoding="utf-8")
        rows = [f"{package}/module_{number}.py,sha256={'a' * 43},1000" for number in range(files)]
        (metadata / "RECORD").write_text("\n".join(rows) + "\n", encoding="utf-8")
        for row in rows:
            path = site / row.partition(",")[0]
            path.parent.mkdir(exist_ok=True)
            path.touch()


def judge(root: Path, site: Path, used: dict[str, str], files: int, catalog: Catalog) -> Catalog:
    """The catalog after every module of a program was classified."""
    environment = Environment(
        python="3.11.7",
        implementation="cpython",
        executable=f"{root}/venv/bin/python",
        platform="linux",
        prefix=f"{root}/venv",
        base_prefix=f"{root}/python",
        exec_prefix=f"{root}/venv",
        base_exec_prefix=f"{root}/python",
        stdlib=(f"{root}/python/lib/python3.11",),
        site_dirs=(str(site),),
        user_site=None,
        path=(str(root / "app"), str(site)),
        cwd=str(root / "app"),
    )
    (root / "app").mkdir(exist_ok=True)
    names = [f"own_{number}" for number in range(20)]
    for name in names:
        (root / "app" / f"{name}.py").touch()
    modules = [(name, f"{root}/app/{name}.py") for name in names]
    for package in used.values():
        modules += [(f"{package}.module_{n}", f"{site}/{package}/module_{n}.py") for n in range(files // 2)]
    records = tuple(ModuleRecord(name, 0, Status.EXECUTED, file) for name, file in modules)
    journal = Journal((Process(0, 1, 0, None, (), environment),), records)
    classify(journal, {0: index_for(environment, catalog)}, catalog.locate)
    return catalog


def parsed_whole(site: Path) -> Catalog:
    """A catalog that has read and parsed everything in `site`."""
    catalog = Catalog()
    for one in catalog.directory(str(site)).metadata:
        _ = one.entries, one.described
    return catalog


def timed(work: Callable[[], object]) -> float:
    """The median of some rounds, in seconds."""
    spent = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        work()
        spent.append(time.perf_counter() - start)
    return statistics.median(spent)


if __name__ == "__main__":
    main()
