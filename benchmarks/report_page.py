"""How large the report of 2,000 modules and 20,000 files is, and how long Chromium takes to open it.

    python -m benchmarks.report_page [--keep report.html]

The time is from the start of the navigation until the page has been drawn, as the browser reports it.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
from pathlib import Path

from automount.manifest import Manifest
from automount.model import Origin, Skipped
from automount.report import manifest_page
from tests.browser import chromium
from tests.unit.manifest_world import file, manifest, module, mount

MODULES, FILES, ROUNDS = 2_000, 20_000, 5
READY = """
const done = arguments[arguments.length - 1];
const timing = performance.getEntriesByType("navigation")[0];
const ready = document.documentElement.dataset.ready === "yes";
requestAnimationFrame(() => requestAnimationFrame(() =>
    done(ready ? Math.max(timing.loadEventEnd, performance.now()) : -1)));
"""


def large_manifest() -> Manifest:
    """2,000 modules that ask for each other in a tree, and 20,000 files."""
    rows = [module("pkg", "/p/pkg/__init__.py")]
    for number in range(1, MODULES):
        asker = rows[(number - 1) // 7].name
        name = f"pkg.part{number % 40}.module{number}"
        place = f"/p/{name.replace('.', '/')}.py"
        rows.append(module(name, place, requested_by=asker, line=number % 90 + 1, origin=Origin.LOCAL))
    files = [file(f"/root/pkg/part{n % 40}/module{n}.py", "x" * (n % 900 + 50)) for n in range(1, MODULES)]
    files += [
        file(f"/root/pkg/data/set{n % 120}/row{n}.csv", "1" * (n % 3000)) for n in range(FILES - MODULES + 1)
    ]
    left = tuple(Skipped(f"/p/pkg/part{n}/__pycache__", "bytecode") for n in range(40))
    mounts = (mount("PythonPackage:pkg", "/p/pkg", "/root/pkg", "imported by app.py"),)
    return manifest(mounts=mounts, modules=tuple(rows), files=tuple(files), skipped=left)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--keep", type=Path, help="write the page to this file")
    args = parser.parse_args()
    page = manifest_page(large_manifest(), title="app.py")
    times = []
    with tempfile.TemporaryDirectory() as directory:
        place = args.keep or Path(directory, "report.html")
        place.write_text(page)
        with chromium(Path(directory, "profile")) as browser:
            for _ in range(ROUNDS):
                browser.get(place.resolve().as_uri())
                times.append(browser.execute_async_script(READY))
    print(f"{MODULES} modules, {FILES} files: {len(page) / 1e6:.2f} MB")
    print(
        f"opened and drawn: median {statistics.median(times):.0f} ms, slowest {max(times):.0f} ms of {ROUNDS}"
    )


if __name__ == "__main__":
    main()
