"""Decides whether a name of a password or token is followed by a value that is one; no I/O.

The ways in which a name is given a value are in `assignment_forms`; here it is decided whether the name is
that of a secret, and whether the value is one.
"""

from __future__ import annotations

import re
from itertools import pairwise

from automount.contents.assignment_forms import (
    ALONE,
    EARLIER,
    ELEMENT,
    JOINED,
    MENTIONED,
    NOT_IN_PROGRAMS,
    PRECEDED,
    SECOND,
    SPACED,
    STATED,
    WAYS,
)
from automount.contents.randomness import (
    MARKS,
    is_app_password,
    is_chosen,
    is_encoded,
    is_password,
    is_scrambled,
    kind,
)
from automount.late_patterns import late_pattern

# Parts of the names of passwords and tokens, as they occur in lower-case text.
HINTS = (
    b"pass",
    b"pw",
    b"secret",
    b"token",
    b"api",
    b"credential",
    b"psk",
    b"fernet",
    b"_key",
    b"-key",
    b"appid",
    *(word + b"key" for word in (b"h", b"s", b"g", b"n", b"r", b"e", b"t", b"d", b"c", b"n")),
    *(b"authtok", b"_pat", b"_seed", b"kennwort", b"wachtwoord", b"clave", b"heslo", b"parola"),
    "contraseña".encode(),
    b"contrasena",
    b"senha",
    *(word.encode() for word in ("hasło", "lösenord", "пароль", "密码", "密碼", "パスワード", "비밀번호")),
)
NO_SECRET_KEY = late_pattern(
    rb"(?i)hash|digest|sha\d|[_-]sha|md5|checksum|integrity|public|fingerprint|_url|_uri|_path"
    rb"|_file|_name|_id$"
    rb"|[_-]id\b|_dir|endpoint|tokeni[sz]e|max_|num_|_len|_count|_type|_key_name|keyring(?!\.)"
    rb"|pattern|regex|format|expir"
    rb"|next_?token|continuation|page_?token|(?:change|update)_?token|encrypted"
    rb"|(?:secrets?|token|key|credentials?)ids?\b"
    rb"|(?:client|request|lock|action)_?token|\.(?:txt|json|ya?ml|[jt]sx?|py|go|md|html?|css"
    rb"|pem|pub|bin|gz|zip|whl"
    rb"|tar|exe|dll|so|jar|png|svg|pdf|lock|toml|xml|sh|rb|java|c|h|cpp|\w\wproj|rs|php|csv|db"
    rb"|dat|model|onnx)\b"
    rb"|_salt|verifier|(?:primary|foreign|partition|sort|cache|row|lock|group|object|dedup\w*)[_-]?key"
)
_SECRET_KEY = late_pattern(
    rb"(?i)pass|pwd|pw\b|secret|token|api[ ._-]?key|credential|psk|fernet|authtok|contrase|senha"
    rb"|kennwort|wachtwoord|clave|heslo|parola|[_-]pat\W*$|seed\W*$|[\x80-\xff]|(?:api|app|client)[._-]?sec\b"
    rb"|(?:auth|access|signing|sign|encryption|master|validation|decryption|crypto?|aes|hmac"
    rb"|jwt|service|license|account"
    rb"|integration|routing|server|client|admin|app|shared|host|write|deploy"
    rb"|subscription|storage|private|recovery|role|wallet|backup|webhook|bot"
    rb"|user|db|session|cookie|function|instrumentation|ingest\w*|management|security|ssh"
    rb"|account)[._-]?key|[_-]api\W*$"
)
# The last word of a name shows what it contains: `password_field` holds the name of a field.
_NO_SECRET_NAME = late_pattern(
    rb"(?i)[a-z][_.-]?(?:fields?|labels?|hints?|prefix|suffix|headers?|inputs?|selectors?|attr"
    rb"(?:ibute)?s?|param(?:eter)?s?"
    rb"|elements?|messages?|titles?|placeholders?|icons?|class(?:es)?|providers?|backends?"
    rb"|polic(?:y|ies)|templates?|validators?"
    rb"|columns?|versions?|managers?|issuers?|audiences?|scopes?|algorithms?|methods?"
    rb"|lifetimes?|actions?|handlers?|pages?"
    rb"|forms?|routes?|events?|errors?|emails?|users?|usernames?|owners?|models?|aliases|arn"
    rb"|errors?|strength|rules?)$"
)
_RANDOM_KEY = late_pattern(rb"(?:^|[_.-])(?:key|KEY)$|[a-z]Key$|(?i:app_?id)$")
_NO_RANDOM_KEY = late_pattern(
    rb"(?i)(?:site|verif\w*|publish\w*|idempot\w*|i18n|translat\w*|lookup|s3|storage|bucket"
    rb"|registry|search|index|item|map"
    rb"|dict|event|message|data|flag|sess(?:ion)?_?store|host|\bgpg|pgp|signing_?key|context"
    rb"|unique|build|artifact"
    rb"|posthog|pub|vapid_pub\w*|etag|query|react|node|test)[_.-]?key$"
)
_PASSWORD_KEY = late_pattern(
    rb"(?i)(?:pass(?:wor)?[dt]?|secret)\W*$|passw|pass\b|pwd|pw\b|psk|contrase|senha|kennwort"
    rb"|wachtwoord|clave|heslo|parola"
)
_PROGRAMS = (
    *(".py", ".pyi", ".js", ".jsx", ".ts", ".tsx", ".go", ".rs", ".java", ".kt", ".swift", ".scala"),
    *(".c", ".h", ".cpp", ".rb", ".php", ".cs", ".cjs", ".mjs", ".vue", ".dart"),
)
_PROSE = (".md", ".rst", ".html")
_GIT_SETTINGS = ("gitconfig", "git/config")

_NAME_AT = late_pattern(rb"[\w.-]+")
_PART = late_pattern(rb"::[\w:]{0,40}$")
_STRINGS = late_pattern(rb"[\"']([^\"'\r\n]*)[\"']")
WORD_AT = late_pattern(rb"\w+")
_NAME_BEFORE = late_pattern(rb"[\w./-]{0,40}$")
_HEADING = late_pattern(  # a lone `token` or `key` heads any data
    rb"(?:[\w .-]{0,24}(?:[ _.-]|(?<=[a-z])(?=[A-Z])))?(?i:pass(?:wor[dt]|wd|phrase)?|pwd|psk|secret)"
    rb"|[\w .-]{0,24}(?i:api|access|secret|auth|client|refresh|bot|private|license)"
    rb"[ _-]?(?i:key|token|secret)"
)
_IDENTIFIER = late_pattern(rb"\b(?:arn|urn):[^\s\"']{0,80}$")  # `secret` is a part of arn:aws:…:secret:name
_ENCRYPTED = late_pattern(rb"(?i)encrypted[\"']?\s{0,4}[:=]\s{0,4}\{[^{}]{0,60}$")
# Usual words of programs that begin or end like a name of a secret.
_OTHER_WORD = late_pattern(
    rb"pass(?:ed|es|ing|ive|thr)|(?i:_pat|_seed)[a-z]|(?i:[a-z]key)[a-rt-z]|(?i:tokeni[sz])|"
    rb"(?i:api)(?!(?i:key))[a-z]"
)
_INNER_NAME = late_pattern(rb"[A-Z][A-Z_]+=.")  # another assignment
_UUID = late_pattern(rb"(?i)[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def gives_secret(path: str, data: bytes, start: int, end: int) -> bool:
    """Whether the name that contains `data[start:end]` is given a value that is a secret."""
    if _OTHER_WORD.match(data, start):
        return False
    if path.endswith(_GIT_SETTINGS) and data[:end].endswith(b"signingkey"):
        return False  # the name of a public key
    program = path.endswith(_PROGRAMS)
    if program and data[end : end + 1] in (b"\n", b"\r"):
        return False
    for way in WAYS:
        if program and way in NOT_IN_PROGRAMS:
            continue
        match = way.match(data, end)
        if match is None:
            continue
        before = PRECEDED.get(way)
        if before is not None and not before.search(data, max(0, start - 60), start):
            continue
        if way is SPACED and (
            (program and not match["quote"])
            or path.endswith(_PROSE)
            or not (ALONE.search(data[max(0, start - 120) : start]) or _is_long(match))
        ):
            continue
        if _is_secret(way, match, data, start, None, program=program):
            return True
    floor = max(0, start - 280)
    if data.find(b"alue", floor, start) >= 0:
        match = EARLIER.search(data, floor, start)
        name = _NAME_AT.match(data, end)
        last = name.end() if name else end
        if match is not None and _is_secret(EARLIER, match, data, start, last, program=program):
            return True
    return not program and _heads_column(data, start, end)


def is_in_encrypted(data: bytes, place: int) -> bool:
    """Whether the name at `place` is in a group that is called encrypted."""
    return _ENCRYPTED.search(data, max(0, place - 80), place) is not None


def _is_long(match: re.Match[bytes]) -> bool:
    """Whether the value behind a name and a blank is long and random, and so counts anywhere in a command."""
    if match["quoted"]:
        return len({*map(kind, match["quoted"])}) >= 2 and is_scrambled(match["quoted"])
    value = match["bare"]
    tabbed = match.string[match.start("bare") - 1 : match.start("bare")] == b"\t"
    kinds = len({*map(kind, value)} - {"."})
    return len(value) >= 16 and kinds >= (2 if tabbed else 3) and is_scrambled(value)


def names_no_secret(name: bytes) -> bool:
    """Whether `name` contains a word such as `password`, but names a path, a limit, a field and the like."""
    return NO_SECRET_KEY.search(name) is not None or _NO_SECRET_NAME.search(name) is not None


def _heads_column(data: bytes, start: int, end: int) -> bool:
    """Whether the name heads a column of passwords, in Markdown or CSV, and one of them looks random."""
    first = data.rfind(b"\n", max(0, start - 400), start) + 1
    last = data.find(b"\n", end, end + 400)
    if last < 0 or data[last - 1 : last] == b":":
        return False
    heading = data[first:last]
    mark = next((mark for mark in (b"|", b"\t", b";", b",") if mark in heading), None)
    if mark is None or len(heading) > 60 * (heading.count(mark) + 1) or re.search(rb"[(){}=<>]", heading):
        return False
    column = data.count(mark, first, start)
    cell = heading.split(mark)[column].strip(b" *`\"'")
    if not _HEADING.fullmatch(cell) or names_no_secret(cell):
        return False
    rows = [row.split(mark) for row in data[last + 1 : last + 1500].splitlines()[:6]]
    cells = [row[column].strip(b" \"'`") for row in rows if len(row) == heading.count(mark) + 1]
    return any(not _UUID.fullmatch(cell) and is_password(cell) for cell in cells)


def _is_secret(
    way: re.Pattern[bytes],
    match: re.Match[bytes],
    data: bytes,
    start: int,
    last: int | None,
    *,
    program: bool,
) -> bool:
    """Whether the value of `match` is a secret; the name ends at `last`, or where the value begins."""
    if _IDENTIFIER.search(data, max(0, start - 80), start) or is_in_encrypted(data, start):
        return False
    before = _NAME_BEFORE.search(data, max(0, start - 40), start)
    groups = match.groupdict()
    is_quoted = bool(groups.get("quoted"))
    if way is JOINED:
        value, place, is_quoted = _parts(groups["joined"]), match.start("joined"), True
    else:
        value = groups["quoted"].strip(b"\\\"'") if is_quoted else groups["bare"]
        place = match.start("quote" if is_quoted else "bare")
    key = (before.group() if before else b"") + data[start : place if last is None else last]
    # `Part::Name` is the name of a type.
    if program and _PART.search(data, max(0, start - 40), start):
        return False
    name = _NAME_AT.match(key)
    if NO_SECRET_KEY.search(key) or (name and _NO_SECRET_NAME.search(name.group())):
        return False
    if not _SECRET_KEY.search(key):
        # Any other key counts only with a long random value.
        return (
            name is not None
            and _RANDOM_KEY.search(name.group()) is not None
            and _NO_RANDOM_KEY.search(name.group()) is None
            and len(value) >= 20
            and value.isalnum()
            and is_scrambled(value)
            and (is_quoted or not program)
        )
    if _UUID.fullmatch(value):
        return (is_quoted or not program) and len(set(value)) > 8
    if _INNER_NAME.match(value):
        return False
    if value.isalpha() and way in (SECOND, SPACED) and not is_quoted:
        return len(value) >= 12 and is_scrambled(value)
    # A bare word of a program is more often a name or an expression, unless it ends a string.
    in_string = data[match.end() : match.end() + 1] in (b'"', b"'")
    if program and not is_quoted and not in_string and way is not ELEMENT and not _is_mixed(value):
        return False
    if way is MENTIONED:
        value = value.rstrip(b".")
        return _is_mixed(value) and is_scrambled(value)
    if way is STATED:
        capitals = re.search(rb"[a-z][A-Z].*[a-z][A-Z]", value)
        return (_is_mixed(value) or capitals is not None) and is_password(value.rstrip(b"."))
    if is_scrambled(value) or (value.endswith(b"=") and is_encoded(value)):
        return True
    return _PASSWORD_KEY.search(key) is not None and (is_chosen(value) or is_app_password(value))


def _parts(joined: bytes) -> bytes:
    """The text of several strings that a program joins."""
    return b"".join(_STRINGS.findall(joined))


def _is_mixed(value: bytes) -> bool:
    if value.isalpha() and len(value) >= 12:
        return sum(one != other for one, other in pairwise(map(str.isupper, value.decode("latin-1")))) >= 5
    return bool(MARKS & set(value)) or (sum(48 <= byte < 58 for byte in value) >= 2 and b"." not in value)
