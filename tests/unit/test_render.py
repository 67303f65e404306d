"""What is printed: the tree, figures, widths, colours, and streams with another encoding."""

from __future__ import annotations

import io
import re
from dataclasses import replace

import pytest
from manifest_world import file, manifest, mount

from automount.cli.render import created_tree, incomplete_line, print_created, warning_lines
from automount.cli.text import cells, counted, encodable, printable, size, table, wrapped
from automount.cli.tree import ASCII, Branch, TextTree, draw, lines
from automount.manifest import Incomplete, Manifest, Warning_
from automount.model import MountKind


class Stream(io.TextIOWrapper):
    """A stream that keeps what is written; a terminal where it says so."""

    def __init__(self, encoding: str = "utf-8", *, terminal: bool = False) -> None:
        self.held = io.BytesIO()
        super().__init__(self.held, encoding=encoding, newline="")
        self._terminal = terminal

    def isatty(self) -> bool:
        return self._terminal

    def text(self) -> str:
        self.flush()
        return self.held.getvalue().decode(self.encoding)


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR", "COLORTERM"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "80")


def guide() -> Manifest:
    """The second example of the guide: a module entry and its package, files listed once."""
    names = ("__init__", "entrypoint", "a", "b", "c", "d")
    rows = [file(f"/root/mountingexample2/{name}.py", "x" * 200, mounts=[1]) for name in names]
    return manifest(
        mounts=(
            mount(
                "PythonPackage:mountingexample2.entrypoint",
                "/p/m/entrypoint.py",
                "/root/mountingexample2/entrypoint.py",
                kind=MountKind.MODULE,
            ),
            mount("PythonPackage:mountingexample2", "/p/m", "/root/mountingexample2"),
        ),
        files=tuple(replace(row, mounts=(0, 1)) if "entry" in row.remote else row for row in rows),
        modules=(),
    )


def test_the_picture_of_the_specification() -> None:
    assert list(lines(created_tree(guide(), "automount.json"))) == [
        "✓ Created mounts.",
        "├── Created mount PythonPackage:mountingexample2.entrypoint",
        "├── Created mount PythonPackage:mountingexample2            6 files, 1.2 kB",
        "└── Wrote automount.json",
    ]


def test_without_mounts_none_was_created() -> None:
    tree = created_tree(manifest(mounts=(), files=(), modules=()), "automount.json")
    assert list(lines(tree)) == ["✓ No local files to ship.", "└── Wrote automount.json"]


def test_what_to_do_about_a_running_process_can_be_followed() -> None:
    row = Incomplete("still-running", ("python", "app.py"), 7)
    assert incomplete_line(row) == (
        "python app.py (pid 7): it was still running; let the program wait for it, or end it [still-running]"
    )
    assert incomplete_line(row, collected=True) == (
        "python app.py (pid 7): it was still running; collect again when it has ended [still-running]"
    )


def test_figures_stand_two_columns_from_the_widest_text_that_has_some() -> None:
    mounts = (manifest().mounts[1],)
    files = (file("/root/pkg/a.py", "a"),)
    tree = created_tree(manifest(mounts=mounts, files=files, modules=()), "-")
    assert list(lines(tree)) == [
        "✓ Created mounts.",
        "├── Created mount PythonPackage:pkg  1 file, 1 B",
        "└── Wrote to standard output",
    ]


def test_a_module_mount_of_several_files_has_figures_too() -> None:
    files = (file("/root/a/__main__.py"), file("/root/a/b.py"))
    tree = created_tree(manifest(mounts=(mount("/p/a", "/p/a", "/root/a"),), files=files, modules=()), "x")
    assert tree.branches[0].figures == "2 files, 0 B"


def noted() -> Manifest:
    return replace(
        guide(),
        warnings=(
            *(Warning_("data-not-mounted", f"{n}.csv was read", f"/p/{n}.csv") for n in range(7)),
            Warning_("large-mount", "it is large", "/p/pkg"),
        ),
        complete=False,
        incomplete=(Incomplete("no-site", ("python", "-S", "a b.py"), 12), Incomplete("new-code", (), 0)),
    )


def test_warnings_and_what_is_incomplete_stand_below() -> None:
    stream = Stream()
    print_created(noted(), "automount.json", stream=stream)
    assert stream.text().splitlines()[4:] == [
        "warning: 0.csv was read [data-not-mounted]",
        "warning: 1.csv was read [data-not-mounted]",
        "warning: 2.csv was read [data-not-mounted]",
        "warning: 3.csv was read [data-not-mounted]",
        "warning: 4.csv was read [data-not-mounted]",
        "warning: and 2 more like that; automount show lists them [data-not-mounted]",
        "warning: /p/pkg: it is large [large-mount]",
        "incomplete: python -S 'a b.py' (pid 12): it ran with -S, which loads no sitecustomize [no-site]",
        "incomplete: a process: it could not be followed [new-code]",
    ]
    assert len(list(warning_lines(noted().warnings))) == 8


def test_a_stream_without_our_signs_gets_ascii_ones() -> None:
    stream = Stream("ascii")
    made = replace(guide(), mounts=(mount("PythonPackage:café", "/p/c", "/root/c"), guide().mounts[1]))
    print_created(made, "automount.json", stream=stream)
    assert stream.text().splitlines() == [
        "* Created mounts.",
        "|-- Created mount PythonPackage:caf\\xe9           1 file, 200 B",
        "|-- Created mount PythonPackage:mountingexample2  6 files, 1.2 kB",
        "`-- Wrote automount.json",
    ]


def test_a_name_cannot_control_the_terminal() -> None:
    hostile = Incomplete("no-site", ("python\x1b[2J", "\udcff\n"), 1)
    assert incomplete_line(hostile).startswith("'python\\x1b[2J' '\\xff\\n' (pid 1)")
    tree = TextTree("t", (Branch("a\x1b[31m\u202e\n"),))
    assert list(lines(tree)) == ["t", "└── a\\x1b[31m\\u202e\\n"]


def test_a_closed_pipe_is_not_an_error() -> None:
    class Gone(Stream):
        def write(self, text: str) -> int:
            raise BrokenPipeError

    print_created(guide(), "automount.json", stream=Gone())


def drawn(tree: TextTree, encoding: str = "utf-8", **options: bool) -> str:
    stream = Stream(encoding, terminal=True)
    draw(tree, stream, **options)
    return stream.text()


def without_colours(text: str) -> list[str]:
    return re.sub(r"\x1b\[[0-9;]*m", "", text).splitlines()


def test_a_terminal_gets_the_same_tree_in_colours() -> None:
    tree = created_tree(guide(), "automount.json")
    text = drawn(tree)
    assert "\x1b[1;32m✓" in text
    assert without_colours(text) == list(lines(tree))


@pytest.mark.parametrize("variable", ["NO_COLOR", "TERM"])
def test_colours_can_be_turned_off(variable: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(variable, "dumb")
    assert "\x1b[3" not in drawn(created_tree(guide(), "x"))
    stream = Stream(terminal=True)
    print_created(noted(), "x", stream=stream)
    assert "\x1b[3" not in stream.text()


def test_the_option_and_pipes_turn_colours_off() -> None:
    assert "\x1b[3" not in drawn(created_tree(guide(), "x"), no_color=True)
    stream = Stream(terminal=True)
    print_created(noted(), "x", stream=stream)
    assert "\x1b[33mwarning:\x1b[0m" in stream.text()
    piped = Stream()
    print_created(noted(), "x", stream=piped)
    assert "\x1b" not in piped.text()


def test_a_terminal_that_is_wide_enough_gets_one_line_each(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    tree = created_tree(guide(), "automount.json")
    assert without_colours(drawn(tree)) == list(lines(tree))


def test_on_a_narrow_terminal_lines_are_continued_and_nothing_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "48")
    assert without_colours(drawn(created_tree(guide(), "automount.json"))) == [
        "✓ Created mounts.",
        "├── Created mount",
        "│     PythonPackage:mountingexample2.entrypoint",
        "├── Created mount PythonPackage:mountingexample2",
        "│     6 files, 1.2 kB",
        "└── Wrote automount.json",
    ]


def test_a_path_that_is_longer_than_the_terminal_is_left_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "20")
    path = "/a/directory/with/a/long/name"
    tree = TextTree("t", (Branch(f"{path} → {path}", "1 file, 1 B"), Branch("b", "2 B")))
    assert without_colours(drawn(tree)) == [
        "t",
        f"├── {path}",
        f"│     → {path}",
        "│     1 file, 1 B",
        "└── b  2 B",
    ]


def test_warnings_on_a_terminal_are_broken_at_blanks_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    option = "--add-file data/prices.json:/root/data/prices.json"
    row = Warning_("data-not-mounted", f"the file was read: add {option}, or\x1b[2J --data mount", None)
    stream, piped = Stream(terminal=True), Stream()
    print_created(replace(guide(), warnings=(row,)), "x", stream=stream, no_color=True)
    assert without_colours(stream.text())[-4:] == [
        "warning: the file was read: add",
        f"    {option},",
        "    or\\x1b[2J --data mount",
        "    [data-not-mounted]",
    ]
    print_created(replace(guide(), warnings=(row,)), "x", stream=piped)
    assert len([line for line in piped.text().splitlines() if "read" in line or "mount]" in line]) == 1


def test_a_terminal_without_our_signs_gets_ascii_ones() -> None:
    tree = TextTree("títle", (Branch("ä", "1 B", (Branch("b"),)),), done=True)
    assert without_colours(drawn(tree, "ascii")) == ["* t\\xedtle", "`-- \\xe4  1 B", "    `-- b"]


def test_nested_branches_and_their_guides() -> None:
    tree = TextTree("t", (Branch("a", children=(Branch("b", "2 B"), Branch("cc", "1 B"))), Branch("d")))
    assert list(lines(tree)) == ["t", "├── a", "│   ├── b   2 B", "│   └── cc  1 B", "└── d"]
    assert list(lines(tree, ASCII)) == ["t", "|-- a", "|   |-- b   2 B", "|   `-- cc  1 B", "`-- d"]


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1.0 kB"),
        (1249, "1.2 kB"),
        (999_949, "999.9 kB"),
        (999_950, "1.0 MB"),
        (10**9, "1.0 GB"),
        (10**19, "10000.0 PB"),
    ],
)
def test_sizes(count: int, text: str) -> None:
    assert size(count) == text


def test_counts() -> None:
    assert [counted(n, "file") for n in (0, 1, 2)] == ["0 files", "1 file", "2 files"]
    assert counted(2, "process", "processes") == "2 processes"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain.py", "plain.py"),
        ("café ☃ 日本", "café ☃ 日本"),
        ("a\tb\n\x7f", "a\\tb\\n\\x7f"),
        ("\udce9\ud800", "\\xe9\\ud800"),
        ("\u2028\u200b", "\\u2028\\u200b"),
    ],
)
def test_printable(text: str, shown: str) -> None:
    assert printable(text) == shown


def test_a_line_is_broken_at_blanks() -> None:
    assert wrapped("one two three", 13) == ["one two three"]
    assert wrapped("one two three", 8, hang=2) == ["one two", "  three"]
    assert wrapped("  label     a-word-that-is-too-wide and more", 20, hang=12) == [
        "  label     a-word-that-is-too-wide",
        " " * 12 + "and more",
    ]
    assert wrapped("add --add-file 'a b':/root or", 12, hang=2) == ["add", "  --add-file 'a b':/root", "  or"]
    assert wrapped("", 8) == [""]


def test_the_columns_that_do_not_fit_are_below() -> None:
    rows = [("pkg.a", "local", "process 0", "by __main__:1"), ("b", "local", "process 12", "-")]
    assert list(table(rows)) == [
        "pkg.a  local  process 0   by __main__:1",
        "b      local  process 12  -",
    ]
    assert list(table(rows, 24)) == [
        "pkg.a  local  process 0",
        "    by __main__:1",
        "b      local  process 12",
    ]
    assert list(table(rows, 5))[:2] == ["pkg.a", "    local"]
    assert list(table([])) == []


def test_cells() -> None:
    assert [cells(text) for text in ("abc", "日本", "e\u0301")] == [3, 4, 1]
    assert encodable("✓ é", Stream("latin-1")) == "\\u2713 é"
