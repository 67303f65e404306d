"""Each pattern set is compared with `git check-ignore` over one tree of difficult names."""

from __future__ import annotations

import os
import re
import subprocess

import needs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from automount import wildmatch
from automount.model import Pattern
from automount.patterns import (
    RANK_COMMAND_LINE,
    RANK_CONFIG,
    RANK_IGNORE_FILE,
    PatternSet,
    is_anchored,
    parse_ignore_file,
)

FILES = (
    "a.py",
    "a.pyc",
    "b.csv",
    "build/out.txt",
    "build/keep/me.txt",
    "data/a.csv",
    "data/deep/a.csv",
    "data/deep/b.txt",
    "docs/build/x.txt",
    "foo/bar",
    "fooX/y/bar",
    "foo-bar/z",
    "é.txt",
    "e.txt",
    "sp ace.txt",
    "trail ",
    "back\\slash",
    "!bang",
    "#hash",
    "[x]",
    "star*",
    "q?",
    "logs/2024/app.log",
    "logs/app.log",
    "logs/keep.log",
    ".hidden/file",
    "src/pkg/__init__.py",
    "src/pkg/data/x.bin",
    "src/pkg/node_modules/m/i.js",
    "-",
    "b]",
    "line\nbreak",
)
SETS: dict[str, str] = {
    "suffix": "*.csv",
    "directory only": "build/",
    "anchored": "/build",
    "anchored by a slash inside": "data/a.csv",
    "one star stops at a slash": "data/*.csv",
    "two stars in front": "**/a.csv",
    "two stars inside": "data/**/a.csv",
    "two stars behind": "logs/**",
    "two stars inside a word": "foo**/bar",
    "last match wins": "*.log\n!keep.log",
    "earlier include loses": "!keep.log\n*.log",
    "no re-inclusion below an excluded directory": "build/\n!build/keep/me.txt",
    "re-inclusion step by step": "/build/*\n!/build/keep/",
    "everything but": "/*\n!/src\n!/data\n/data/*\n!/data/deep",
    "question mark is a byte": "?.txt",
    "class": "[abc].py\n[!a].txt",
    "class with a bracket": "b[]x]",
    "class range and negation": "[^a-m]*",
    "backwards range": "[b-a]*.csv",
    "posix class": "[[:alpha:]].py\n[[:punct:]]",
    "unknown posix class": "[[:letter:]]*",
    "unclosed class": "[ab",
    "unclosed escapes and names in classes": "[\\\n[a-\\\n[[:alpha:\n[[:alpha",
    "escapes in classes": "[\\]a].py\n[a-\\c].csv\n[\\-x]",
    "no class name": "[[:a].py\n[[a]*.py\n[-a].py\n[a-].pyc",
    "slash in a class": "data[/]a.csv\ndata[!x]a.csv",
    "question mark is no slash": "data?a.csv\nlogs/2024?app.log",
    "escaped literal with slash": "data/\\a.csv\nlogs/**\\/app.log",
    "three stars": "data/***/a.csv",
    "escaped bang and hash": "\\!bang\n\\#hash\n# a comment",
    "escaped specials": "\\[x\\]\nstar\\*\nq\\?",
    "trailing spaces": "sp ace.txt   \ntrail\\ ",
    "backslash at the end": "back\\",
    "escaped backslash": "back\\\\slash",
    "slash only": "/",
    "bang only": "!",
    "double slash": "//foo",
    "empty lines and carriage returns": "\r\n\n*.csv\r\n",
    "byte order mark": "\ufeff*.csv",
    "middle stars": "src/*/data",
    "star slash": "*/bar",
    "hidden": ".*\n!.hidden",
    "deep name": "node_modules",
    "newline in the name": "line?break",
    "everything": "*",
    "everything, then some": "*\n!*.py\n!*/",
}


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> str:
    git = needs.tool("git")
    root = tmp_path_factory.mktemp("ignored").resolve()
    subprocess.run([git, "init", "-q", str(root)], check=True)
    for name in FILES:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()
    return str(root)


def all_paths() -> list[tuple[str, bool]]:
    directories = {
        "/".join(name.split("/")[:depth]) for name in FILES for depth in range(1, name.count("/") + 1)
    }
    return sorted([(name, False) for name in FILES] + [(name, True) for name in directories])


def by_git(tree: str, content: str) -> dict[str, str]:
    """The line number of the pattern that git says decides, for each path that any pattern matches."""
    with open(os.path.join(tree, ".gitignore"), "w", encoding="utf-8", newline="") as stream:
        stream.write(content + "\n")
    asked = "".join(f"./{name}\0" for name, _ in all_paths()).encode()
    command = ["git", "-c", "core.excludesFile=", "check-ignore", "-z", "-v", "--no-index", "--stdin"]
    answer = subprocess.run(command, cwd=tree, input=asked, capture_output=True, check=False)
    assert answer.stderr == b""
    fields = answer.stdout.decode().split("\0")[:-1]
    return {fields[at + 3].removeprefix("./"): fields[at + 1] for at in range(0, len(fields), 4)}


@pytest.mark.parametrize("name", sorted(SETS))
def test_git_decides_the_same(tree: str, name: str) -> None:
    expected = by_git(tree, SETS[name])
    rules = PatternSet(parse_ignore_file((SETS[name] + "\n").encode(), tree, ".gitignore"))
    found = {}
    for path, is_dir in all_paths():
        decision = rules.decide(f"{tree}/{path}", tree, is_dir=is_dir)
        if decision is not None:
            found[path] = decision.pattern.source.partition(":")[2]
    assert found == expected


def test_pattern_sets_cover_both_answers(tree: str) -> None:
    matched = {name: len(by_git(tree, content)) for name, content in SETS.items()}
    assert sorted(name for name, count in matched.items() if not count) == [
        "backslash at the end",
        "bang only",
        "double slash",
        "question mark is no slash",
        "slash in a class",
        "slash only",
        "unclosed class",
        "unclosed escapes and names in classes",
        "unknown posix class",
    ]


def excluded(patterns: list[Pattern], path: str, *, is_dir: bool = False, root: str = "/p") -> bool:
    decision = PatternSet(patterns).decide(path, root, is_dir=is_dir)
    return decision is not None and decision.excluded


def test_include_turns_a_pattern_round() -> None:
    patterns = [Pattern("*.csv", False, "--exclude"), Pattern("a.csv", True, "--include")]
    assert excluded(patterns, "/p/b.csv")
    assert not excluded(patterns, "/p/a.csv")
    assert excluded([Pattern("!a.csv", True, "--include")], "/p/a.csv")


def test_the_decision_names_the_pattern_and_what_it_matched() -> None:
    pattern = Pattern("build/", False, "--exclude")
    decision = PatternSet([pattern]).decide("/p/build/deep/x", "/p", is_dir=False)
    assert decision is not None
    assert (decision.excluded, decision.pattern, decision.path) == (True, pattern, "/p/build")


def test_a_based_pattern_applies_only_below_its_base() -> None:
    patterns = [Pattern("*.csv", False, "x", base="/p/data")]
    assert excluded(patterns, "/p/data/deep/a.csv")
    assert not excluded(patterns, "/p/a.csv")
    assert not excluded(patterns, "/p/data-2/a.csv")


def test_an_anchored_pattern_without_base_is_relative_to_the_root() -> None:
    patterns = [Pattern("/pkg/data", False, "--exclude")]
    assert excluded(patterns, "/p/pkg/data/x", root="/p")
    assert not excluded(patterns, "/p/pkg/data/x", root="/p/pkg")


def test_ranks_decide_before_order_and_deeper_ignore_files_before_outer_ones() -> None:
    config = Pattern("*.csv", False, "setup.cfg", rank=RANK_CONFIG)
    outer = Pattern("*.csv", True, "outer", base="/p", rank=RANK_IGNORE_FILE)
    inner = Pattern("*.csv", False, "inner", base="/p/data", rank=RANK_IGNORE_FILE)
    command = Pattern("a.csv", True, "--include", rank=RANK_COMMAND_LINE)
    assert not excluded([config, outer], "/p/b.csv")
    assert excluded([inner, outer, config], "/p/data/b.csv")
    assert not excluded([command, inner, outer, config], "/p/data/a.csv")


def test_names_that_are_not_utf8() -> None:
    name = os.fsdecode(b"\xff\xfe.csv")
    assert excluded([Pattern("*.csv", False, "x")], f"/p/{name}")
    assert excluded([Pattern("??.csv", False, "x")], f"/p/{name}")
    assert not excluded([Pattern("?.csv", False, "x")], f"/p/{name}")


@pytest.mark.parametrize(
    ("text", "anchored"),
    [("*.csv", False), ("build/", False), ("/build", True), ("a/b", True), ("!a/b", True), ("a /  ", False)],
)
def test_is_anchored(text: str, anchored: bool) -> None:
    assert is_anchored(text) is anchored


@pytest.mark.parametrize(
    "text", ["*a" * 12 + "*b", "?*" * 20 + "b", "**/a/" * 12 + "b", "a/**/*a*a*a*a*a*a*b"]
)
@pytest.mark.parametrize("name", ["a" * 250, "a/" * 100 + "c"])
def test_a_pattern_of_many_asterisks_takes_no_exponential_time(text: str, name: str) -> None:
    pattern = Pattern(text, False, "--exclude", None, RANK_COMMAND_LINE)
    assert PatternSet([pattern]).decide(f"/p/{name}", "/p", is_dir=False) is None


PIECE = st.sampled_from(["*", "**", "**/", "a", "b", "/", "?", "[ab]", "\\/"])
LETTERS = st.lists(st.sampled_from(["a", "aa", "ab", "b", "a/b", "ba/a"]), min_size=1, max_size=6)


@settings(max_examples=400, deadline=None, derandomize=True)
@given(st.lists(PIECE, min_size=1, max_size=9).map("".join), st.lists(LETTERS.map("/".join), max_size=12))
def test_keeping_the_first_fit_gives_the_same_answers_as_trying_all(text: str, names: list[str]) -> None:
    body = text.encode().removeprefix(b"/") + b"b"
    anchored = b"/" in text.encode()
    linear = re.compile(wildmatch.translate(body, anchored), re.DOTALL)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(wildmatch, "_linear", b"".join)
        trying_all = re.compile(wildmatch.translate(body, anchored), re.DOTALL)
    for name in names:
        if anchored or "/" not in name:
            raw = name.encode()
            assert bool(linear.fullmatch(raw)) == bool(trying_all.fullmatch(raw)), (text, name)
