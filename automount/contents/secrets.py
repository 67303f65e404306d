"""Decides what looks like a secret, by a file's name and by its text; no I/O.

A finding is a suspicion, worth one warning and a refusal to pack, so a rule should rather miss an unusual
case than report a hash. Every new file of a mount is scanned, so most text must be passed quickly. Two cheap
searches come first: a random value has a run of twelve letters and digits, found by one translation and one
search; and a password follows a name such as `password`, found by one search in the lower-case text. The
rules are tried only around those places. A finding never holds the value itself.

A value behind such a name counts (`assigned-secret`) if it reads like a random string. It does not
count in lock files, where the name is that of a hash, and where the value is a placeholder.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Iterator

from automount.contents.assignments import (
    HINTS,
    NO_SECRET_KEY,
    WORD_AT,
    gives_secret,
    is_in_encrypted,
)
from automount.contents.credential_rules import SecretRule
from automount.contents.harmless_files import is_harmless
from automount.contents.randomness import (
    CHECKS,
    NO_VALUE,
    is_random,
    is_scrambled,
    is_varied,
)
from automount.contents.secret_rules import RULES
from automount.contents.token_rules import PREFIX
from automount.late_patterns import late_pattern
from automount.values import dataclass

SHORTEST = 12  # letters and digits in a row that a random value cannot do without
_ALNUM = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
_ALNUM_MAP = bytes(1 if byte in _ALNUM else 0 for byte in range(256))
_WORD = frozenset(_ALNUM + b"+/_=-")
_WORD_REST = late_pattern(rb"[A-Za-z0-9+/_=-]*")
_RUN = b"\x01" * SHORTEST
_LONGEST = 512  # bytes of a value that can be a secret
_BEFORE = 64  # bytes before a run in which its prefix or its name must be

_NAMES = tuple((rule, late_pattern(rule.expression)) for rule in RULES if rule.where == "name")
# Files that may be templates, or contain no login.
_TEMPLATES = frozenset({"env-file", "password-file", "cloud-credentials"})
_LONE = late_pattern(next(rule.expression for rule in RULES if rule.where == "lone"))
_PLAIN = (".py", ".pyc", ".pyi", ".so", ".txt", ".md", ".h", ".js")  # secret only below a dot name
_WORDS = tuple((rule, late_pattern(rule.expression.encode())) for rule in RULES if rule.where == "word")
_STARTS = tuple((rule, late_pattern(rule.expression.encode())) for rule in RULES if rule.where == "start")
_ARMOURS = tuple((rule, late_pattern(rule.expression.encode())) for rule in RULES if rule.where == "armour")
_TEXTS = tuple((rule, late_pattern(rule.expression.encode())) for rule in RULES if rule.where == "text")
_MEANINGS = {rule.code: rule.meaning for rule in RULES}
_ANNOUNCED = late_pattern(
    rb"(?i)(?P<key>[\w./-]{0,40}(?:secret|token|passw(?:or)?d|passphrase|api[_-]?key|private[_-]?key|access[_-]?key"
    rb"|auth[_-]?key|credentials?)[\w-]{0,24})[\"']?\]?\s{0,8}(?::\s?[a-zA-Z\[\]| ]{1,20}=|[:=]|=>|:=)\s{0,8}"
    rb"(?P<quote>[bru]{0,2}[\"']?)$"
)
_NAMES_ONE = late_pattern(rb"(?i)secret|token|pass|pwd|key|credential")  # quick to rule out
_LOCK_NAME = late_pattern(
    r"(?:.*/)?(?:[^/]*\.lock|package-lock\.json|npm-shrinkwrap\.json|pnpm-lock\.ya?ml|go\.sum|pylock(?:\.[^/]+)?\.toml"
    r"|[^/]*requirements[^/]*\.txt|RECORD|[^/]*(?:sha\d+|md5)sums?[^/]*)",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class SecretFinding:
    """The code of the rule that matched, and the line that it matched (None: it matched the file's name)."""

    code: str
    line: int | None = None

    def __str__(self) -> str:
        return self.code if self.line is None else f"{self.code}:{self.line}"

    @property
    def sentence(self) -> str:
        """What the file looks like, for display: "line 3 looks like a private key"."""
        looks = f"looks like {meaning(self.code)}"
        return looks if self.line is None else f"line {self.line} {looks}"


def meaning(code: str) -> str:
    """What the rule with this code finds, for display: "a private key"."""
    return _MEANINGS.get(code, "a secret")


def parse_finding(text: str) -> SecretFinding:
    """The finding that `str` wrote."""
    code, _, line = text.partition(":")
    return SecretFinding(code, int(line) if line else None)


def suspicious_name(path: str) -> SecretFinding | None:
    """What the name of the file at `path` (any flavour, `/` between parts) announces, if anything."""
    lowered = path.lower()
    if lowered.endswith(_PLAIN) and "/." not in f"/{lowered}":
        return None
    for rule, expression in _NAMES:
        if expression.fullmatch(lowered):
            return SecretFinding(rule.code)
    return None


def scan(path: str, data: bytes, *, first: bool = True) -> tuple[SecretFinding, ...]:
    """What the file at `path` with the content `data` holds: one finding per rule, by line; none in binaries.

    `first`: `data` is the beginning of the file; its name counts then too, unless the file is a
    template that holds only comments and placeholders.
    """
    text = _as_utf8(data) if first else data
    named = suspicious_name(path) if first else None
    if b"\x00" in text[:8192]:
        return () if named is None else (named,)
    lowered = text.lower()
    present = _present(lowered)
    places: dict[str, int] = {}
    for code, place in (
        *_in_text(text, lowered, present),
        *_in_words(path, text),
        *_assigned(path, text, lowered, present),
    ):
        if code not in places or place < places[code]:
            places[code] = place
    found = [SecretFinding(code, text.count(b"\n", 0, place) + 1) for code, place in places.items()]
    known = {finding.line for finding in found if finding.code != "assigned-secret"}
    kept = [finding for finding in found if finding.code != "assigned-secret" or finding.line not in known]
    if named is not None and (named.code not in _TEMPLATES or not is_harmless(text)):
        kept.append(named)
    if first and not kept and _LONE.fullmatch(path.lower()) and _is_lone(text[: _LONGEST + 1].strip()):
        kept.append(SecretFinding("lone-secret"))
    return tuple(sorted(kept, key=lambda finding: (finding.line or 0, finding.code)))


def _is_lone(text: bytes) -> bool:
    """Whether `text` is one word that reads like a random string."""
    return len(text) <= _LONGEST and len(text.split()) == 1 and is_scrambled(text)


def _present(lowered: bytes) -> set[bytes]:
    """The hints of all rules that occur in `lowered`. One that contains an absent one is not searched."""
    found: set[bytes] = set()
    for hint, part in _ASCII_HINTS if lowered.isascii() else _ALL_HINTS:
        if (part is None or part in found) and hint in lowered:
            found.add(hint)
    return found


def _as_utf8(data: bytes) -> bytes:
    """`data` in UTF-8 if a byte-order mark marks it as UTF-16, else unchanged."""
    for mark, encoding in ((codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be")):
        # Latin text in UTF-16 has a zero in every other byte; text in another encoding can begin like it.
        if data.startswith(mark) and data[:256].count(0) * 4 > len(data[:256]):
            return data[2:].decode(encoding, "replace").encode("utf-8", "replace")
    head = data[:256]
    for encoding, zeros, letters in (
        ("utf-16-le", head[1::2], head[::2]),
        ("utf-16-be", head[::2], head[1::2]),
    ):
        # Some tools write no mark. Only Latin text has a zero in every other byte and nowhere else.
        if len(head) >= 16 and not zeros.strip(b"\x00") and b"\x00" not in letters:
            return data.decode(encoding, "replace").encode("utf-8", "replace")
    return data


def _in_text(data: bytes, lowered: bytes, present: set[bytes]) -> Iterator[tuple[str, int]]:
    for rule, expression in _STARTS:
        if expression.match(data):
            yield rule.code, 0
    yield from _searched(_TEXTS, data, lowered, present)


def _searched(
    rules: Iterable[tuple[SecretRule, re.Pattern[bytes]]],
    data: bytes,
    lowered: bytes,
    present: set[bytes],
) -> Iterator[tuple[str, int]]:
    if not present:
        return
    for rule, expression in rules:
        hints = [hint for hint in rule.hints if hint in present]
        # Expressions that begin with no fixed text are slow: they take a second for ten megabytes.
        spans = _lines_with(hints, lowered) if rule.near else ((0, len(data)),) if hints else ()
        matches = (match for begin, end in spans for match in expression.finditer(data, begin, end))
        for match in matches:
            groups = match.groupdict()
            value = groups.get("value") or groups.get("second")
            if value is None or CHECKS[rule.check](value):
                yield rule.code, match.start()
                break


def _lines_with(hints: Iterable[bytes], lowered: bytes) -> Iterator[tuple[int, int]]:
    """The places around each hint, within its line; each byte is in a bounded number of them."""
    for hint in hints:
        place = lowered.find(hint)
        while place >= 0:
            begin, end = max(0, place - 450), min(len(lowered), place + 500)
            newline = lowered.find(b"\n", place, end)
            yield lowered.rfind(b"\n", begin, place) + 1 or begin, end if newline < 0 else newline
            place = lowered.find(hint, place + 200 if newline < 0 else newline)


def _in_words(path: str, data: bytes) -> Iterator[tuple[str, int]]:
    runs = data.translate(_ALNUM_MAP)
    start = runs.find(_RUN)
    quiet = start >= 0 and _LOCK_NAME.fullmatch(path) is not None
    mixed = False
    while start >= 0:
        end = runs.find(b"\x00", start)
        end = len(data) if end < 0 else end
        run = data[start:end]
        if run.isalpha():
            if data[start - 1 : start] in (b"_", b"-", b"/", b".") and len(run) >= 20 and not run.islower():
                yield from _by_prefix(data, start, quiet=quiet)
        else:
            mixed = True
            yield from _by_prefix(data, start, quiet=quiet)
            if not quiet and not run.isdigit() and _announced(data, start, end):
                yield "assigned-secret", start
        start = runs.find(_RUN, end)
    if mixed:  # a key's body has such a run in every line
        yield from _searched(_ARMOURS, data, data, {b"private key"} if b"PRIVATE KEY" in data else set())


def _by_prefix(data: bytes, start: int, *, quiet: bool) -> Iterator[tuple[str, int]]:
    """The rules for words that are recognised by their prefix."""
    begin = max(0, start - _BEFORE)
    while begin <= start and (match := PREFIX.search(data, begin, start + 8)) is not None:
        for rule, expression in _WORDS:
            found = expression.match(data, match.start())
            if found and found.end() > start and is_varied(found.group()):
                if not quiet or rule.code != "prefixed-token":  # a hash can look like one
                    yield rule.code, match.start()
                return
        begin = match.start() + 1


_OF_ADDRESSES = frozenset(
    hint for rule in RULES if rule.code in ("query-key", "chat-hook") for hint in rule.hints
)
_NEEDED = {b"signedstring(": b"token", b"signwith(": b"jwt"}
_PARTS = (b"key", b"-u", b"accounts", b"encode")  # of several hints: the text without one has none of them
_ANY = {*HINTS, *_PARTS, *(hint for rule, _ in _TEXTS for hint in rule.hints)}
_BY_LENGTH = sorted(_ANY, key=lambda hint: (len(hint), hint))
# Each hint with another one without which it cannot occur, or means nothing, the shorter ones first.
_ALL_HINTS = tuple(
    (
        hint,
        b"://"
        if hint in _OF_ADDRESSES
        else _NEEDED.get(hint) or next((other for other in _BY_LENGTH[:at] if other in hint), None),
    )
    for at, hint in enumerate(_BY_LENGTH)
)
_ASCII_HINTS = tuple((hint, part) for hint, part in _ALL_HINTS if hint.isascii())


def _assigned(path: str, data: bytes, lowered: bytes, present: set[bytes]) -> Iterator[tuple[str, int]]:
    """The values behind a name of a password or token that read like random strings."""
    hints = [hint for hint in HINTS if hint in present]
    if not hints or _LOCK_NAME.fullmatch(path) is not None:
        return
    for hint in hints:
        start = lowered.find(hint)
        while start >= 0:
            if gives_secret(path, data, start, start + len(hint)):
                yield "assigned-secret", start
                break
            # A name is at most 24 characters longer: what is repeated within one long word is passed over.
            word = WORD_AT.match(data, start)
            start = lowered.find(hint, max(start + len(hint), (word.end() if word else 0) - 24 - len(hint)))


def _announced(data: bytes, start: int, end: int) -> bool:
    """Whether the value around the run `data[start:end]` is random and announced by a name as a secret."""
    floor = max(0, start - _BEFORE)
    while start > floor and data[start - 1] in _WORD and data[start - 1] != 0x3D:
        start -= 1
    rest = _WORD_REST.match(data, end, end + _LONGEST)
    end = rest.end() if rest else end
    value = data[start:end]
    line = max(data.rfind(b"\n", max(0, start - 160), start) + 1, start - 160, 0)
    before = data[line:start]
    # A longer word is embedded data; each of its runs would look at all of it again.
    if (
        len(value) > _LONGEST
        or not _NAMES_ONE.search(before)
        or not is_random(value)
        or NO_VALUE.fullmatch(value)
    ):
        return False
    match = _ANNOUNCED.search(before)
    if (
        match is None
        or NO_SECRET_KEY.search(match.group("key"))
        or is_in_encrypted(data, line + match.start())
        or data[max(0, line + match.start() - 2) : line + match.start()] == b"::"
    ):
        return False
    return data[end : end + 1] not in (b"(", b"[", b".", b":", b"{", b"$", b"%")
