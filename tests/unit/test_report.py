"""`automount report`: the embedded content, the policy of the page, and what it refuses."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from automount.cli.main import main
from automount.manifest import dumps
from automount.report import manifest_page
from automount.report.page import embedded
from tests.unit.manifest_world import ODD, manifest


def write(directory: Path, name: str, value: Any) -> str:
    place = directory / name
    place.write_bytes(value if isinstance(value, bytes) else json.dumps(value).encode())
    return str(place)


def test_embedded_content_ends_no_element_and_comes_back() -> None:
    content = {"a": "</script><!--\u2028\u2029&" + ODD}
    text = embedded(content)
    assert text.isascii()
    assert not set("<>&") & set(text)
    assert json.loads(text) == content


def test_page_forbids_the_network() -> None:
    page = manifest_page(manifest(), title="@STYLE@ @SCRIPT@ @CONTENT@")
    assert "default-src 'none'" in page
    assert "http://" not in page.replace("http://www.w3.org/2000/svg", "")
    assert "https://" not in page
    assert page.count("@STYLE@ @SCRIPT@ @CONTENT@") == 1


def test_report_writes_the_page(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write(tmp_path, "automount.json", dumps(manifest()))
    assert main(["report", path, "-o", str(tmp_path / "r.html")]) == 0
    assert capsys.readouterr().out == f"Wrote {tmp_path / 'r.html'}\n"
    assert (tmp_path / "r.html").read_text().startswith("<!doctype html>")
    assert main(["report", path, path, "-o", "-"]) == 0
    assert '"kind":"difference"' in capsys.readouterr().out


VERDICT = {"sufficient": True, "verdict": "sufficient", "title": "bubblewrap", "strength": "strong"}


@pytest.mark.parametrize(
    ("verdict", "error"),
    [
        (b"{", "is not JSON"),
        ([], "is not a verdict"),
        ({"sufficient": "yes"}, "is not a verdict"),
        (VERDICT, "is about another manifest"),
        ({**VERDICT, "digest": "sha256:0"}, "is about another manifest"),
        ({**VERDICT, "digest": manifest().digest, "sufficient": False}, "contradicts itself"),
        ({**VERDICT, "digest": manifest().digest, "verdict": []}, "contradicts itself"),
    ],
)
def test_verdict_that_does_not_fit_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], verdict: Any, error: str
) -> None:
    path = write(tmp_path, "automount.json", dumps(manifest()))
    place = write(tmp_path, "verdict.json", verdict)
    assert main(["report", path, "--verdict", place, "-o", str(tmp_path / "r.html")]) == 125
    assert error in capsys.readouterr().err
    assert not (tmp_path / "r.html").exists()


def test_verdict_of_this_manifest_is_shown(tmp_path: Path) -> None:
    path = write(tmp_path, "automount.json", dumps(manifest()))
    place = write(tmp_path, "verdict.json", {**VERDICT, "digest": manifest().digest})
    assert main(["report", path, "--verdict", place, "-o", str(tmp_path / "r.html")]) == 0
    assert '"verdict":"sufficient"' in (tmp_path / "r.html").read_text()
