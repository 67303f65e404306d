"""Assembles the page: the template, the style, the scripts, and the content as embedded JSON.

The content comes from other people's disks, so it never becomes HTML: it is embedded as JSON in which no
`<` and no line separator occurs, and the scripts only ever show it as text. The Content-Security-Policy
allows exactly the embedded style and scripts, by their digests, and no network at all.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from importlib.resources import files
from typing import Any

from automount.explain import Difference
from automount.manifest import Manifest
from automount.report.content import difference_content, manifest_content

# In the order in which they run; each is one function or one object that the last one uses.
SCRIPTS = ("text.js", "tables.js", "treemap.js", "graph.js", "report.js")


def manifest_page(manifest: Manifest, *, title: str, verdict: Mapping[str, Any] | None = None) -> str:
    """The page about one manifest. `title` names the program; `verdict` is the output of `verify --json`."""
    return _page(manifest_content(manifest, title=title, verdict=verdict))


def difference_page(before: Manifest, after: Manifest, found: Difference, *, title: str) -> str:
    """The page about what differs between two manifests. `title` names them."""
    return _page(difference_content(before, after, found, title=title))


def embedded(content: Mapping[str, Any]) -> str:
    """`content` as ASCII JSON that is safe in a script element: it ends neither the element nor a line."""
    text = json.dumps(content, ensure_ascii=True, separators=(",", ":"), sort_keys=True)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _page(content: Mapping[str, Any]) -> str:
    style = _source("report.css")
    script = "".join(_source(name) for name in SCRIPTS)
    policy = (
        f"default-src 'none'; style-src '{_digest(style)}'; script-src '{_digest(script)}'; "
        "base-uri 'none'; form-action 'none'"
    )
    page = _source("page.html")
    # The content comes last: nothing is replaced within it.
    for mark, text in (("POLICY", policy), ("STYLE", style), ("SCRIPT", script)):
        page = page.replace(f"@{mark}@", text)
    before, _, after = page.partition("@CONTENT@")
    return before + embedded(content) + after


def _source(name: str) -> str:
    return files("automount.report").joinpath(name).read_text(encoding="utf-8")


def _digest(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
