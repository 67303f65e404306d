"""The line of a request, wherever in a module it is."""

from __future__ import annotations

from agent_bench import Bench

from automount.model import ModuleRecord


def requested(bench: Bench, records: tuple[ModuleRecord, ...]) -> dict[str, int | None]:
    """The lines at which the modules of the directory were requested."""
    return {
        record.name: record.requested_line
        for record in records
        if bench.is_ours(record) and record.requested_by
    }


def test_a_long_module(python: str, bench: Bench) -> None:
    """Far down, where the interpreter would decode the whole line table for each request."""
    filler = "x = [len(str(1)), len(str(2)), len(str(3))]; y = x[0] + x[1] + x[2]\n"
    app = "".join(f"{filler * 5}\n\nimport part{number}\n" for number in range(300))
    bench.write({f"part{number}.py": "" for number in range(300)} | {"app.py": app})
    journal = bench.same(python, "app.py").journal
    lines = {f"part{number}": (number + 1) * 8 for number in range(300)}
    assert requested(bench, journal.modules) == lines


def test_long_modules_that_import_each_other(python: str, bench: Bench) -> None:
    """More of them than tables are kept, and lines that are passed again in a loop."""
    filler = "x = [len(str(1)), len(str(2)), len(str(3))]; y = x[0] + x[1] + x[2]\n" * 40
    loop = "import importlib\nfor name in ('a', 'b', 'c'):\n    importlib.import_module(__name__ + name)\n"
    loop += "    importlib.import_module(\n        __name__ + name + '2'\n    )\n"
    tree = {"app.py": filler + "import m0\n"}
    expected: dict[str, int | None] = {"m0": 41}
    for number in range(30):
        following = f"import m{number + 1}\n" if number < 29 else ""
        tree[f"m{number}.py"] = filler + loop + filler + following
        if following:
            expected[f"m{number + 1}"] = 40 + 6 + 40 + 1
        for name in "abc":
            tree |= {f"m{number}{name}.py": "", f"m{number}{name}2.py": ""}
            expected[f"m{number}{name}"] = 43
            expected[f"m{number}{name}2"] = 44
    bench.write(tree)
    found = requested(bench, bench.same(python, "app.py").journal.modules)
    # 3.8 and later differ in which line of a call of several lines they report.
    assert {name: 44 if line in (45, 46) else line for name, line in found.items()} == expected
