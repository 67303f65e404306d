"""The report in a real browser, opened from disk: what it shows against the manifest, clicks, searches."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from automount.explain import difference
from automount.manifest import Manifest
from automount.model import DataRow, Requirement, Skipped, Warning_
from automount.report import difference_page, manifest_page
from benchmarks.report_page import large_manifest
from tests.browser import chromium
from tests.unit.manifest_world import ODD, file, manifest, module, mount, process, provenance

HOSTILE = "<script>document.title='taken'</script>"
BREAKING = "</script><img src=x onerror=\"document.title='taken'\">\u2028\u202e\udce9"


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    with chromium(tmp_path_factory.mktemp("chromium")) as made:
        yield made


def show(browser: Any, directory: Path, page: str) -> None:
    place = directory / "report.html"
    place.write_text(page, encoding="utf-8")
    browser.get(place.as_uri())
    assert browser.find_element("css selector", "html").get_attribute("data-ready") == "yes"
    assert browser.get_log("browser") == []


def text(browser: Any, selector: str) -> str:
    return str(browser.find_element("css selector", selector).text)


def texts(browser: Any, selector: str) -> list[str]:
    return [str(found.text) for found in browser.find_elements("css selector", selector)]


def full() -> Manifest:
    return manifest(
        requirements=(Requirement("numpy", "2.0"),),
        skipped=(Skipped("/p/pkg/__pycache__", "bytecode", "made again"),),
        data=(
            DataRow("/p/table.csv", "pkg.a", None),
            DataRow("/p/pkg/data.txt", "pkg.b", "/root/pkg/data.txt"),
        ),
        warnings=(Warning_("data-not-mounted", "one file is not shipped", "/p/table.csv"),),
        provenance=provenance(
            processes=(process(), process(1, ("python", "child.py"), parent=0), process(2, ("sh",), parent=1))
        ),
    )


def test_page_shows_what_the_manifest_says(browser: Any, tmp_path: Path) -> None:
    row = full()
    show(browser, tmp_path, manifest_page(row, title="app.py"))
    answer = text(browser, "#answer")
    total = sum(entry.size for entry in row.files)
    assert f"{len(row.files)} files, {total} B" in answer
    assert row.digest in answer
    assert "✓ Complete" in answer
    assert "Not verified yet" in answer
    assert "1 warning" in answer
    shown = texts(browser, "#files-table tbody td:nth-child(2)")
    assert shown == [entry.remote for entry in row.files]
    assert texts(browser, "#files-table tbody td:nth-child(4)") == [entry.local for entry in row.files]
    assert texts(browser, "#data-table tbody tr") == [
        "/p/pkg/data.txt pkg.b /root/pkg/data.txt",
        "/p/table.csv pkg.a not shipped",
    ]
    assert texts(browser, "#requirements-table tbody tr") == ["numpy 2.0"]
    assert "bytecode made again" in text(browser, "#skipped-table")
    assert "--data mount" in text(browser, "#warnings-table")
    nested = texts(browser, "#processes li li li > code")
    assert nested == ["sh"]


def test_incomplete_and_verdicts_are_distinguished(browser: Any, tmp_path: Path) -> None:
    row = manifest(complete=False)
    show(browser, tmp_path, manifest_page(row, title="app.py"))
    assert "✗ Incomplete" in text(browser, "#answer")
    for verdict, words in (
        ("sufficient", "✓ Verified: sufficient"),
        ("not-proven", "? Not proven"),
        ("not-sufficient", "✗ Not sufficient"),
    ):
        found = {"verdict": verdict, "title": "bubblewrap", "strength": "strong"}
        show(browser, tmp_path, manifest_page(row, title="app.py", verdict=found))
        assert words in text(browser, "#answer")
        assert "bubblewrap (strong)" in text(browser, "#answer")


def test_click_on_a_module_highlights_its_chain(browser: Any, tmp_path: Path) -> None:
    rows = (
        module("pkg", "/p/pkg/__init__.py"),
        module("pkg.a", "/p/pkg/a.py", requested_by="pkg", line=3),
        module("pkg.b", "/p/pkg/b.py", requested_by="pkg.a", line=5),
        module("other", "/p/other.py"),
    )
    show(browser, tmp_path, manifest_page(manifest(modules=rows), title="app.py"))
    browser.find_element("css selector", ".node[aria-label='pkg.b']").click()
    assert texts(browser, "#graph-detail li code") == ["pkg", "pkg.a", "pkg.b"]
    assert "requested by pkg.a, line 5" in text(browser, "#graph-detail")
    assert len(browser.find_elements("css selector", ".node.chain")) == 3
    assert len(browser.find_elements("css selector", ".edge.chain")) == 2


def test_modules_that_ask_for_each_other_are_shown(browser: Any, tmp_path: Path) -> None:
    rows = (module("a", "/p/a.py", requested_by="b"), module("b", "/p/b.py", requested_by="a"))
    show(browser, tmp_path, manifest_page(manifest(modules=rows), title="app.py"))
    assert len(browser.find_elements("css selector", ".node")) == 2


def test_keyboard_chooses_a_module_and_zooms_the_treemap(browser: Any, tmp_path: Path) -> None:
    from selenium.webdriver.common.keys import Keys

    show(browser, tmp_path, manifest_page(full(), title="app.py"))
    browser.find_element("css selector", ".node[aria-label^='pkg.b']").send_keys(Keys.ENTER)
    assert texts(browser, "#graph-detail strong") == ["pkg.b"]
    assert text(browser, "#treemap-place").startswith("/root (")
    browser.find_element("css selector", ".tile[data-name='/root/pkg']").send_keys(Keys.ENTER)
    assert text(browser, "#treemap-place").startswith("/root/pkg (")
    browser.find_element("css selector", ".tile").send_keys(Keys.ESCAPE)
    assert text(browser, "#treemap-place").startswith("/root (")


def test_names_of_strangers_stay_text(browser: Any, tmp_path: Path) -> None:
    names = (HOSTILE, BREAKING, ODD)
    row = manifest(
        mounts=(mount("PythonPackage:" + HOSTILE, "/p", "/root", BREAKING),),
        modules=tuple(module(name, "/p/" + name) for name in names),
        files=tuple(file("/root/" + name.replace("/", "_"), "x") for name in names),
        skipped=tuple(Skipped("/p/" + name, HOSTILE, BREAKING) for name in names),
        data=tuple(DataRow("/p/" + name, HOSTILE, None) for name in names),
        warnings=tuple(Warning_(HOSTILE, BREAKING, name) for name in names),
        requirements=(Requirement(HOSTILE, BREAKING),),
        provenance=provenance(processes=(process(0, ("python", *names)),)),
    )
    show(browser, tmp_path, manifest_page(row, title=HOSTILE))
    assert browser.title == "automount report: " + HOSTILE
    assert len(browser.find_elements("css selector", "script")) == 2
    assert browser.find_elements("css selector", "img") == []
    cells = texts(browser, "#files-table tbody td:nth-child(2)")
    assert "/root/" + HOSTILE.replace("/", "_") in cells
    assert any("\\u202e\\xe9" in cell for cell in cells)


def test_large_manifest_stays_small_and_is_searched(browser: Any, tmp_path: Path) -> None:
    row = large_manifest()
    page = manifest_page(row, title="app.py")
    assert len(page.encode()) < 5_000_000
    show(browser, tmp_path, page)
    assert "20,000 files" in text(browser, "#answer")
    browser.find_element("id", "files-search").send_keys("module1999.py")
    assert text(browser, "#files-count") == "1 match in 20,000 rows"
    browser.find_element("id", "graph-search").send_keys("module1999")
    assert text(browser, "#graph-count") == "1 match"
    assert texts(browser, "#graph-detail strong") == ["pkg.part39.module1999"]
    browser.find_element("id", "treemap-search").send_keys("module1999.py")
    assert text(browser, "#treemap-count") == "1 matching file here"
    browser.find_element("id", "graph-all").click()
    assert len(browser.find_elements("css selector", ".node")) == 2_000


def test_difference_shows_added_removed_and_changed(browser: Any, tmp_path: Path) -> None:
    before = manifest(files=(file("/root/app.py", "a"), file("/root/old.py", "b")))
    after = manifest(files=(file("/root/app.py", "abc"), file("/root/new.py", "b")))
    page = difference_page(before, after, difference(before, after), title="a.json and b.json")
    show(browser, tmp_path, page)
    assert texts(browser, "#files-table tbody tr") == [
        "/root/app.py changed 1 B 3 B",
        "/root/new.py added none 1 B",
        "/root/old.py removed 1 B none",
    ]


def test_page_fits_a_phone(browser: Any, tmp_path: Path) -> None:
    browser.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride",
        {"width": 360, "height": 700, "deviceScaleFactor": 1, "mobile": True},
    )
    try:
        show(browser, tmp_path, manifest_page(full(), title="app.py"))
        assert browser.execute_script("return document.documentElement.scrollWidth") <= 360
    finally:
        browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
