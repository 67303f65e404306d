"""Decides which pattern applies to a path, with the semantics of git's ignore files, on text alone.

Patterns match bytes, as git's `wildmatch` does: `?` is one byte. The last matching pattern decides. An
excluded directory is not entered, so nothing below it can be re-included. pathspec is not used: it differs
from git for `foo**/bar`, `[[:alpha:]]`, `?` on a letter of two bytes and a `\\` at the end, and importing it
takes longer than a short run. `tests/unit/test_patterns.py` compares all of these with `git check-ignore`.

Paths are absolute and local. A pattern with a `base` matches paths strictly below that directory; one without
a base is relative to the caller's `root`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise

from automount import paths
from automount.model import Pattern
from automount.values import dataclass

TYPE_CHECKING = False
if TYPE_CHECKING:
    import re

RANK_CONFIG, RANK_IGNORE_FILE, RANK_COMMAND_LINE = 0, 1, 2


@dataclass(frozen=True)
class Decision:
    """The last pattern that matched a path, and whether it excludes. `path` is what it matched."""

    excluded: bool
    pattern: Pattern
    path: str


@dataclass(frozen=True)
class _Rule:
    """One pattern, parsed: `anchored` ones match the path below the base, the others the last part."""

    pattern: Pattern
    excludes: bool
    directories_only: bool
    anchored: bool
    regex: re.Pattern[bytes]


def encoded(path: str) -> bytes:
    """The bytes of `path` as the file system has them."""
    return path.encode("utf-8", "surrogateescape")


def parse_ignore_file(content: bytes, base: str, source: str) -> tuple[Pattern, ...]:
    """The patterns of an ignore file in directory `base`; `source` names the file for display.

    A byte-order mark and line endings of either kind are taken off, as git does.
    """
    found = []
    for number, line in enumerate(content.removeprefix(b"\xef\xbb\xbf").split(b"\n"), 1):
        text = line.removesuffix(b"\r").decode("utf-8", "surrogateescape")
        if text and not text.startswith("#"):
            found.append(Pattern(text, False, f"{source}:{number}", base, RANK_IGNORE_FILE))
    return tuple(found)


def is_anchored(text: str) -> bool:
    """Whether a pattern names a place (it has a slash before its end) rather than a name anywhere."""
    return "/" in _trimmed(text).removeprefix("!").removesuffix("/")


def _trimmed(text: str) -> str:
    """`text` without the spaces at its end that no backslash protects."""
    kept = 0
    position = 0
    while position < len(text):
        if text[position] == "\\":
            position += 1
            kept = position + 1
        elif text[position] != " ":
            kept = position + 1
        position += 1
    return text[:kept]


def _rule(pattern: Pattern) -> _Rule | None:
    """The parsed `pattern`; None if it is empty or malformed."""
    text = _trimmed(pattern.text)
    excludes = not pattern.include
    if text.startswith("!"):
        excludes = not excludes
        text = text[1:]
    body = encoded(text)
    directories_only = body.endswith(b"/")
    if directories_only:
        body = body[:-1]
    anchored = b"/" in body
    if not body:
        return None
    # Only here: a recording without patterns starts its program without these.
    import re

    from automount.wildmatch import NeverMatches, translate

    try:
        source = translate(body.removeprefix(b"/") if anchored else body, anchored)
    except NeverMatches:
        return None
    return _Rule(pattern, excludes, directories_only, anchored, re.compile(source, re.DOTALL))


class DirectoryRules:
    """The rules that can match entries of one directory, prepared for matching by name."""

    def __init__(self, directory: str, rules: Sequence[tuple[_Rule, bytes]]) -> None:
        self._directory = directory
        self._rules = rules

    def __bool__(self) -> bool:
        return bool(self._rules)

    def decide(self, name: str, is_dir: bool) -> Decision | None:
        """The decision on the entry `name`, or None where no pattern matches it."""
        if not self._rules:
            return None
        last_part = encoded(name)
        for rule, prefix in self._rules:
            if rule.directories_only and not is_dir:
                continue
            if rule.regex.fullmatch(prefix + last_part if rule.anchored else last_part):
                return Decision(rule.excludes, rule.pattern, paths.join(self._directory, name))
        return None


class PatternSet:
    """All patterns of a run. The later pattern wins: by rank, ignore files by depth, then in order."""

    def __init__(self, patterns: Iterable[Pattern] = ()) -> None:
        self.patterns = tuple(sorted(patterns, key=_precedence))
        parsed = (_rule(pattern) for pattern in self.patterns)
        self._rules = tuple(rule for rule in parsed if rule is not None)[::-1]

    def __bool__(self) -> bool:
        return bool(self._rules)

    def extended(self, more: Iterable[Pattern]) -> PatternSet:
        """These patterns and `more`, each at its place."""
        added = tuple(more)
        return PatternSet(self.patterns + added) if added else self

    def within(self, directory: str, root: str) -> DirectoryRules:
        """The rules for entries of `directory`; patterns without a base are relative to `root`."""
        applicable = []
        prefixes: dict[str | None, bytes | None] = {}  # all patterns of a file have one base
        for rule in self._rules:
            base = rule.pattern.base
            if base not in prefixes:
                below = paths.relative(directory, root if base is None else base)
                prefixes[base] = None if below is None else encoded(below) + b"/" if below else b""
            prefix = prefixes[base]
            if prefix is None and base is None and not rule.anchored:
                prefix = b""
            if prefix is not None:
                applicable.append((rule, prefix))
        return DirectoryRules(directory, applicable)

    def decide(self, path: str, root: str, top: str | None = None, *, is_dir: bool) -> Decision | None:
        """The decision on `path`: that on the outermost excluded directory above it, else its own.

        Patterns are never tested against directories above `root` and above `top`, the workspace root,
        because the result must not depend on the place of the checkout.
        """
        if not self._rules:
            return None
        decision = None
        chain = (path, *paths.ancestors(path))[::-1]
        start = top if top is not None and paths.is_below(path, top, strictly=True) else root
        for directory, entry in pairwise(chain):
            if not paths.is_below(directory, start):
                continue
            rules = self.within(directory, root)
            decision = rules.decide(paths.name(entry), is_dir or entry != path)
            if decision is not None and decision.excluded:
                return decision
        return decision


def _precedence(pattern: Pattern) -> tuple[int, int]:
    depth = len(paths.parts(pattern.base)) if pattern.base and pattern.rank == RANK_IGNORE_FILE else 0
    return (pattern.rank, depth)
