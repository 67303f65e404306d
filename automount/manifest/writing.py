"""Writes a manifest; the same manifest always gives the same bytes.

The standard encoder is slow as soon as it indents (its C half is left out then), so the layout is written
here: two spaces, sorted keys, `": "`, exactly as `json.dumps(indent=2, sort_keys=True)` does. A byte of a
file name that is not UTF-8 is a lone surrogate in text; `backslashreplace` writes exactly the escape that
JSON has for it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from json.encoder import encode_basestring
from operator import itemgetter

from automount.manifest.keys import MANIFEST
from automount.manifest.rows import SCHEMA, Manifest, ModuleRow
from automount.values import replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def dumps(manifest: Manifest) -> bytes:
    """The manifest as JSON in UTF-8: keys and rows sorted, two spaces, a newline at the end."""
    return (_laid_out(as_json(in_order(manifest)), "\n") + "\n").encode("utf-8", "backslashreplace")


def in_order(manifest: Manifest) -> Manifest:
    """The manifest with its rows sorted; the mounts and `sys_path` keep their order, which counts."""
    return replace(
        manifest,
        files=tuple(sorted(manifest.files, key=lambda row: row.remote)),
        modules=tuple(sorted(manifest.modules, key=_module_order)),
        incomplete=tuple(sorted(manifest.incomplete, key=lambda row: (row.reason, row.command, row.pid))),
        requirements=tuple(sorted(manifest.requirements, key=lambda row: (row.name, row.version))),
        data=tuple(sorted(manifest.data, key=lambda row: (row.local, row.read_by or ""))),
        skipped=tuple(sorted(manifest.skipped, key=lambda row: (row.local, row.code, row.detail))),
        warnings=tuple(sorted(manifest.warnings, key=lambda row: (row.code, row.path or "", row.message))),
        provenance=replace(
            manifest.provenance,
            processes=tuple(sorted(manifest.provenance.processes, key=lambda row: row.process)),
            written=tuple(sorted(manifest.provenance.written)),
        ),
    )


def _module_order(row: ModuleRow) -> tuple[int | str, ...]:
    # A name may be there twice in one process: two files were run as its `__main__`.
    return (row.process, row.name, row.file or "", row.status.value, row.requested_by or "", row.line or 0)


def as_json(manifest: Manifest) -> dict[str, Any]:
    """The manifest as the values that JSON knows, rows in their present order."""
    return {**MANIFEST.encode(manifest), "schema": SCHEMA}


def _laid_out(value: Any, line: str) -> str:
    """One JSON value as text; `line` is the newline and the indent that the value is at."""
    if isinstance(value, str):
        return encode_basestring(value)
    if value is None:
        return "null"
    if value is True:
        return "true"
    if value is False:
        return "false"
    inner = line + "  "
    if isinstance(value, Mapping):
        if not value:
            return "{}"
        fields = [f"{encode_basestring(key)}: {_laid_out(value[key], inner)}" for key in sorted(value)]
        return "{" + inner + ("," + inner).join(fields) + line + "}"
    if isinstance(value, list | tuple):
        if not value:
            return "[]"
        return "[" + inner + ("," + inner).join(_all_laid_out(value, inner)) + line + "]"
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError(f"JSON does not allow {value}")
    return repr(value)


def _all_laid_out(values: Sequence[Any], line: str) -> Iterable[str]:
    """The JSON texts of values at one indent. Rows with the same keys are written key by key.

    A manifest's rows are like that. The 50,000 files of one take 80 ms, and 280 ms value by value.
    """
    kinds = set(map(type, values))
    if kinds == {str}:
        return map(encode_basestring, values)
    if kinds == {int}:
        return map(repr, values)
    if kinds == {bool}:
        return ["true" if value else "false" for value in values]
    if kinds == {tuple} and set(map(type, chain.from_iterable(values))) in ({int}, {str}, set()):
        texts = {value: _laid_out(value, line) for value in set(values)}
        return [texts[value] for value in values]
    if kinds == {dict} and len(values[0]) > 1 and set(map(len, values)) == {len(values[0])}:
        inner, names = line + "  ", sorted(values[0])
        try:
            table = list(map(itemgetter(*names), values))
        except KeyError:
            return [_laid_out(value, line) for value in values]
        columns = [_all_laid_out(column, inner) for column in zip(*table, strict=True)]
        keys = [encode_basestring(name).replace("%", "%%") for name in names]
        row = "{" + inner + ("," + inner).join([f"{key}: %s" for key in keys]) + line + "}"
        return map(row.__mod__, zip(*columns, strict=True))
    return [_laid_out(value, line) for value in values]
