"""Draws a tree of lines with a column of figures: with rich on a terminal, as plain text elsewhere.

rich costs about 100 ms to import, so only a terminal pays for it. Where the stream's encoding has no
line-drawing characters, ASCII ones are used.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

from automount.cli.text import cells, encodable, joined, printable, wrapped
from automount.values import dataclass, replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TextIO

    from rich.console import Console
    from rich.text import Text
    from rich.tree import Tree as RichTree


_UNLIMITED = 1 << 16


@dataclass(frozen=True)
class Branch:
    """One line: `lead` and a text, its figures in the column at the right, and the lines below it.

    Where room is short the text is continued on the next line, and the figures follow it. `style` is one of
    rich's. An `aside` may run below the column.
    """

    text: str
    figures: str = ""
    children: tuple[Branch, ...] = ()
    style: str = ""
    lead: str = ""
    aside: bool = False

    def shown(self) -> str:
        """The lead and the text in printable characters."""
        return printable(self.lead + self.text)


@dataclass(frozen=True)
class TextTree:
    """A title, with a tick before it where something was `done`, and its branches."""

    title: str
    branches: tuple[Branch, ...]
    done: bool = False


@dataclass(frozen=True)
class Signs:
    """What a tree is drawn with."""

    tick: str
    branch: str
    last: str
    through: str
    under: str


UNICODE = Signs("✓", "├── ", "└── ", "│   ", "    ")
ASCII = Signs("*", "|-- ", "`-- ", "|   ", "    ")


def signs_of(stream: TextIO) -> Signs:
    """The line-drawing characters that the stream's encoding has."""
    try:
        "✓├─└│→".encode(getattr(stream, "encoding", None) or "ascii")
    except (UnicodeEncodeError, LookupError):
        return ASCII
    return UNICODE


def lines(tree: TextTree, signs: Signs = UNICODE) -> Iterator[str]:
    """The tree as plain lines, in printable characters, of any width."""
    yield f"{signs.tick} {printable(tree.title)}" if tree.done else printable(tree.title)
    for guide, branch, column in _walk(tree.branches, "", signs):
        text = branch.shown()
        gap = " " * (column - cells(text)) if branch.figures else ""
        yield f"{guide}{text}{gap}{branch.figures}"


def draw(tree: TextTree, stream: TextIO, *, no_color: bool = False) -> None:
    """Prints the tree: drawn by rich and fitted to the width where `stream` is a terminal, else as text."""
    signs = signs_of(stream)
    # Escape first: escapes are wider than what they represent.
    tree = TextTree(encodable(printable(tree.title), stream), _encodable(tree.branches, stream), tree.done)
    if stream.isatty():
        _draw_with_rich(tree, stream, signs, no_color)
        return
    for line in lines(tree, signs):
        stream.write(line + "\n")


def columns(stream: TextIO) -> int:
    """The width of the terminal behind `stream`; `COLUMNS` has the first word."""
    columns = os.environ.get("COLUMNS", "")
    if columns.isdigit() and int(columns) > 0:
        return int(columns)
    try:
        return os.get_terminal_size(stream.fileno()).columns or 80
    except (OSError, ValueError):
        return 80


def fitted(line: str, stream: TextIO, hang: int = 4) -> str:
    """A line for `stream`, broken at blanks where that is a terminal and the line does not fit.

    The lines after the first begin with `hang` blanks. Elsewhere a line stays one, for programs that read it.
    """
    return "\n".join(wrapped(line, columns(stream), hang)) if stream.isatty() else line


def colours(stream: TextIO, *, no_color: bool = False) -> bool:
    """Whether colours may be used: a terminal supports them, and nothing forbids them."""
    unwilling = no_color or os.environ.get("NO_COLOR") or os.environ.get("TERM") in ("dumb", "unknown")
    return stream.isatty() and not unwilling


def _walk(branches: tuple[Branch, ...], before: str, signs: Signs) -> Iterator[tuple[str, Branch, int]]:
    """Each branch with the guide before it and the column, from the guide on, of its figures."""
    column = figures_column(branches)
    for place, branch in enumerate(branches):
        last = place == len(branches) - 1
        yield before + (signs.last if last else signs.branch), branch, column
        yield from _walk(branch.children, before + (signs.under if last else signs.through), signs)


def figures_column(branches: tuple[Branch, ...]) -> int:
    """Where the figures begin: right of the widest text, two columns from any text that has figures."""
    if not any(branch.figures for branch in branches):
        return 0
    return max(
        cells(branch.shown()) + (2 if branch.figures else 1) for branch in branches if not branch.aside
    )


def _draw_with_rich(tree: TextTree, stream: TextIO, signs: Signs, no_color: bool) -> None:
    from rich.text import Text
    from rich.tree import Tree as RichTree

    console = _console(stream, no_color)
    title = Text(tree.title, style="bold")
    if tree.done:
        title = Text.assemble((f"{signs.tick} ", "bold green"), title)
    drawn = RichTree(title, guide_style="dim", highlight=False)
    _grow(drawn, tree.branches, columns(stream) - 4)
    console.print(drawn, no_wrap=True, overflow="ignore", crop=False)


def _grow(above: RichTree, branches: tuple[Branch, ...], room: int) -> None:
    from rich.text import Text

    fitting = [branch for branch in branches if _width(branch) <= room]
    column = figures_column(tuple(fitting))
    for branch in branches:
        if branch in fitting:
            line = Text(branch.lead).append(branch.text, style=branch.style or None)
            if branch.figures:
                line.append(" " * (column - cells(branch.shown())))
                line.append(branch.figures, style="dim")
        else:
            line = _broken(branch, room)
        line.no_wrap, line.overflow = True, "ignore"
        _grow(above.add(line), branch.children, room - 4)


def _width(branch: Branch) -> int:
    return cells(branch.shown()) + (2 + cells(branch.figures) if branch.figures else 0)


def _broken(branch: Branch, room: int) -> Text:
    """The lead, the text and the figures in several lines, broken at blanks only."""
    from rich.text import Text

    lines = wrapped(branch.shown(), room, 2)
    text = Text("\n".join(lines))
    text.stylize(branch.style, len(branch.lead))
    if branch.figures:
        *_, last = joined([lines[-1], f"  {branch.figures}"], room, 2)
        text.append(f"  {branch.figures}" if last != f"  {branch.figures}" else f"\n{last}", style="dim")
    return text


def _console(stream: TextIO, no_color: bool) -> Console:
    from rich.console import Console

    return Console(
        file=stream,
        no_color=not colours(stream, no_color=no_color) or None,
        # Lines are broken before they are drawn; rich would cut a path that is longer than the terminal.
        width=_UNLIMITED,
        highlight=False,
        markup=False,
        emoji=False,
    )


def _encodable(branches: tuple[Branch, ...], stream: TextIO) -> tuple[Branch, ...]:
    """The branches, down the whole tree, in characters that the stream's encoding has."""
    return tuple(
        replace(
            branch,
            text=encodable(printable(branch.text), stream),
            children=_encodable(branch.children, stream),
        )
        for branch in branches
    )
