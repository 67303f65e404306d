"""Decides whether a name of a password or token is followed by a value that is one; no I/O.

A name and its value are written in many ways: `name = value` in programs and settings, `"name": "value"`,
`<name>value</name>`, `key="name" value="…"`, `name value` on a line of its own, `--name value` in commands,
and as arguments of a call. One expression covers each way; each starts where the name's hint ends.
"""

from __future__ import annotations

import re
from itertools import pairwise

from automount.contents.randomness import (
    MARKS,
    is_app_password,
    is_chosen,
    is_encoded,
    is_password,
    is_scrambled,
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
    *(word + b"key" for word in (b"auth", b"access", b"signing", b"ion", b"master", b"client")),
    b"authtok",
    "contraseña".encode(),
    b"contrasena",
    b"senha",
    *(word.encode() for word in ("hasło", "lösenord", "пароль", "密码", "密碼", "パスワード", "비밀번호")),
)
NO_SECRET_KEY = late_pattern(
    rb"(?i)hash|digest|sha\d|[_-]sha|md5|checksum|integrity|public|fingerprint|_url|_uri|_path|_file|_name|_id$"
    rb"|[_-]id\b|_dir|endpoint|tokeni[sz]e|max_|num_|_len|_count|_type|_key_name|keyring(?!\.)|pattern|regex|format|expir"
    rb"|next_?token|continuation|page_?token|(?:change|update)_?token|encrypted"
    rb"|(?:secrets?|token|key|credentials?)ids?\b"
    rb"|(?:client|request|lock|action)_?token|\.(?:txt|json|ya?ml|[jt]sx?|py|go|md|html?|css|pem|pub|bin|gz|zip|whl"
    rb"|tar|exe|dll|so|jar|png|svg|pdf|lock|toml|xml|sh|rb|java|c|h|cpp|rs|php|csv|db|dat|model|onnx)\b"
    rb"|_salt|(?:primary|foreign|partition|sort|cache|row|lock|group|object|dedup\w*)[_-]?key"
)
_SECRET_KEY = late_pattern(
    rb"(?i)pass|pwd|pw\b|secret|token|api[ ._-]?key|credential|psk|fernet|authtok|contrase|senha"
    rb"|kennwort|wachtwoord|[\x80-\xff]|(?:api|app|client)[._-]?sec\b"
    rb"|(?:auth|access|signing|sign|encryption|master|validation|decryption|crypto?|aes|hmac|jwt|service|license|account"
    rb"|integration|routing|server|client|admin|admin|app|shared|host|write|deploy|site|subscription|webhook|bot"
    rb"|user|db|session|cookie|function|instrumentation|ingest\w*|management|security|ssh|account)[._-]?key|[_-]api\W*$"
)
# The last word of a name shows what it contains: `password_field` holds the name of a field.
_NO_SECRET_NAME = late_pattern(
    rb"(?i)[a-z][_.-]?(?:fields?|labels?|hints?|prefix|suffix|headers?|inputs?|selectors?|attr(?:ibute)?s?|param(?:eter)?s?"
    rb"|elements?|messages?|titles?|placeholders?|icons?|class(?:es)?|providers?|backends?|polic(?:y|ies)|templates?|validators?"
    rb"|columns?|versions?|managers?|issuers?|audiences?|scopes?|algorithms?|methods?|lifetimes?|actions?|handlers?|pages?"
    rb"|forms?|routes?|events?|errors?|emails?|users?|usernames?|owners?|models?|aliases|arn|errors?|strength|rules?)$"
)
_RANDOM_KEY = late_pattern(rb"(?:^|[_.-])(?:key|KEY)$|[a-z]Key$|(?i:app_?id)$")
_NO_RANDOM_KEY = late_pattern(
    rb"(?i)(?:site|verif\w*|publish\w*|idempot\w*|i18n|translat\w*|lookup|s3|storage|bucket|registry|search|index|item|map"
    rb"|dict|event|message|data|flag|sess(?:ion)?_?store|host|\bgpg|pgp|signing_?key|context|unique|build|artifact"
    rb"|posthog|pub|vapid_pub\w*|etag|query|react|node|test)[_.-]?key$"
)
_PASSWORD_KEY = late_pattern(
    rb"(?i)(?:pass(?:wor)?[dt]?|secret)\W*$|passw|pass\b|pwd|pw\b|psk|contrase|senha|kennwort|wachtwoord"
)
_PROGRAMS = (
    *(".py", ".pyi", ".js", ".jsx", ".ts", ".tsx", ".go", ".rs", ".java", ".kt", ".swift", ".scala"),
    *(".c", ".h", ".cpp", ".rb", ".php", ".cs"),
)
_PROSE = (".md", ".rst", ".html")

_QUOTED = rb"(?P<quote>[\"'`])(?P<quoted>(?:(?!(?P=quote))[^\r\n]){8,200})(?P=quote)"
_BARE = rb"(?P<bare>[^\s\"'`()\[\]{}<>;,|\\]{8,200})"
_REST = rb"[\w.-]{0,24}"

_ASSIGNED = (
    late_pattern(  # name = value, name: Type = Type("value"), name: >-, then the value on the next line
        _REST
        + rb"(?: [Kk]ey| [Tt]oken| [Ss]ecret| [Pp]assword)?"
        + rb"\\?[\"']?[\])]{0,2}\s{0,8}"
        + rb"(?::\s?[&'a-zA-Z\[\]| ]{1,20}=|[Aa]s\s\w{1,20}\s{0,4}=|={2,3}|=>|:=|[:=]|\|\||\?\?|or\b)\s{0,8}"
        + rb"(?:\(\s{0,80}|[>|][+-]?\n\s{0,40})?"
        + rb"(?:<%=\s{0,4})?"
        + rb"(?:[\w.?()\[\]\"']{1,60}\s{0,2}(?:\|\||\?\?|\bor\b)\s{0,8})?"  # … or "value"
        + rb"(?:[\w.&:\[\]]{1,30}\(\s{0,8}){0,2}"
        + rb"(?:[bBrRuUN@]{0,2}\\?(?:\"\"|'')?"
        + _QUOTED
        + rb"|\\?(?:\"\"|'')?"
        + rb"(?P<bare>[^\s\"'`()\[\]{}<>;,|\\]{8,200})[,;]?(?=\s*$|[ \t\"'\\]|[}\]]{1,3}(?:[\s,;]|$)))",
        re.MULTILINE,
    )
)
_CALL = late_pattern(
    _REST + rb"\((?:[^()\r\n]{0,80},)?\s{0,8}[bBrRuUN@]{0,2}" + _QUOTED + rb"\s{0,4}[,)]"
)  # setName("…"), set_name("…", "…")
_PROPERTY = late_pattern(  # Name { get; } = "…", and variable "name" { default = "…" }
    _REST + rb"[\"']?\s{0,4}\{(?:[^{}\r\n]{0,40}\}|[^{}]{0,200}?\bdefault)\s{0,8}=\s{0,4}" + _QUOTED
)
_ELEMENT = (
    late_pattern(  # <name>…</name>, <x name="name"><value>…</value></x>, <name>name</name><value>…</value>
        _REST
        + rb"(?:[\"']?(?:\s[^<>\r\n]{0,80})?>\s{0,8}(?:<[Vv]alue>\s{0,8}|<!\[CDATA\[)?"
        + rb"|</[\w:-]{1,20}>\s{0,80}<(?:[\w-]{0,12}[Vv]alue|string)>\s{0,8})"
        + rb"(?:[\w@.-]{1,64}\n)?"  # OpenVPN's block holds the user's name first
        + _BARE
        + rb"\s{0,8}(?:</|\]\]>)"
    )
)
_INSERTED = late_pattern(  # (name, …) VALUES ('…', '…')
    _REST + rb"[^()\r\n]{0,80}\)\s{0,8}(?i:values)\s{0,8}\((?:[^()\r\n]{0,120},)?\s{0,8}" + _QUOTED
)
_KEY_AND_VALUE = late_pattern(_REST + rb"[\"']\s{1,8}value\s{0,2}=\s{0,2}" + _QUOTED)  # key="name" value="…"
_NAME_AND_VALUE = (
    late_pattern(  # name: NAME, then value: … or default: … on one of the next lines or after a comma
        _REST
        + rb"[\"']?:?\s{0,4}(?:,\s{0,40}|\n\s{0,40}(?:[\w-]{1,30}: [^\r\n]{0,80}\n\s{0,40}){0,4})"
        + rb"[\"']?(?:\w{0,20}[vV]alue|[dD]efault)[\"']?\s{0,4}[:=]\s{0,4}(?:"
        + _QUOTED
        + rb"|"
        + _BARE
        + rb")"
    )
)
_SECOND = late_pattern(_REST + rb"[\"']\s{0,4},\s{0,8}(?:default\s?=\s?)?" + _QUOTED)  # "name", "…"
_LISTED = late_pattern(  # user, name = "…", "…"
    _REST + rb"\s{0,4}:?=\s{0,4}[\[(]?[\"'][^\"'\r\n]{0,60}[\"']\s{0,4},\s{0,8}[bruN]{0,2}" + _QUOTED
)
_SPACED = late_pattern(
    rb"[A-Za-z_-]{0,16}[ \t]{1,8}(?:(?P<quote>[\"'])(?P<quoted>[^\r\n\"']{8,200})(?P=quote)|"
    rb"(?P<bare>[^\s\"'`()\[\]{}<>;,|\\]{8,200})(?=[\s\"';]|$))"
)
_TOLD = late_pattern(  # the … password is …, password for …: …, password `…`
    rb"[a-z ]{0,8}(?:[ \t](?:for|of|on|to)(?:[ \t][\w@.-]{1,40}){1,5}?)?"
    rb"(?:(?:[ \t](?:is|was)(?:[ \t]now)?:?|:)[ \t]{1,4}[\"'`]?|[ \t]`(?=[^`\n]{8,80}`))"
    rb"(?P<bare>[^\s\"'`()\[\]{}<>;,|\\]{8,80})(?=[\s\"'`),;]|$)"
)
_MENTIONED = late_pattern(  # with password …
    rb"[a-z]{0,8}[ \t](?P<bare>[^\s\"'`()\[\]{}<>;,|\\]{8,80})(?=[\s\"'`),;]|$)"
)
_MENTIONING = late_pattern(rb"(?i)\b(?:with|and|using)[ \t]{1,2}(?:the[ \t])?$")
_DEFAULTED = late_pattern(
    _REST + rb":[-=]?(?P<bare>[^\s\"'`()\[\]{}<>;,|\\$]{8,200})\}"
)  # ${NAME:-…}, ${name:…}
_DEFAULTING = late_pattern(rb"\$\{[\w.-]{0,40}$")
_ANSWERED = late_pattern(  # expect("… password: "), then sendline("…")
    _REST
    + rb"[:?]?\s{0,2}[\"'][^()\r\n]{0,40}\)\s{0,4};?\s{0,20}[\w.>-]{0,30}(?:send|write|puts)\w{0,10}\("
    + rb"\s{0,4}b?"
    + _QUOTED
)
_NESTED = late_pattern(  # "name": {"user": "…"}
    _REST + rb"[\"']\s{0,4}(?::|=>)\s{0,4}\{\s{0,40}[\"'][\w.-]{1,40}[\"']\s{0,4}(?::|=>)\s{0,4}" + _QUOTED
)
_WAYS = (
    *(
        _ASSIGNED,
        _CALL,
        _PROPERTY,
        _ELEMENT,
        _KEY_AND_VALUE,
        _NAME_AND_VALUE,
        _NESTED,
        _INSERTED,
        _SECOND,
        _LISTED,
        _SPACED,
    ),
    _TOLD,
    _MENTIONED,
    _DEFAULTED,
    _ANSWERED,
)
# What has to be before the name for a way that is otherwise too common in prose and programs.
_PRECEDED = {
    _SECOND: late_pattern(rb"(?:\(\s{0,8}[\"']|[\"']-{1,2})[\w.-]{0,40}$"),
    _LISTED: late_pattern(rb"\w\s{0,4},\s{0,4}\w{0,40}$"),
    _MENTIONED: _MENTIONING,
    _DEFAULTED: _DEFAULTING,
}

_NAME_AT = late_pattern(rb"[\w.-]+")
_NAME_BEFORE = late_pattern(rb"[\w.-]{0,40}$")
# What is before a name whose value follows after a blank: a line's start, an option, netrc's `login NAME`.
_ALONE = late_pattern(
    rb"(?i)(?:^[ \t]{0,16}|[{;][ \t]|[ \t]:[ \t]|[\s{(]:"
    rb"|(?:#define|\benv|\barg|\bsetenv|_param|_header)[ \t]{1,4}"
    rb"|[ \t]--|\b(?:login|user)[ \t]+\S{1,64}[ \t]+"
    rb"|\bset[ \t](?:-\w+[ \t])*)[\w-]{0,40}$"
    rb"|\b(?:with|login|encrypted) $",
    re.MULTILINE,
)
_HEADING = late_pattern(
    rb"(?i)(?:[\w ]{0,16}[ _-])?(?:pass(?:wor[dt]|wd|phrase)?|pwd|psk|secret"
    rb"|(?:secret )?(?:access|api)[ _-]?key|(?:access|auth|api)[ _-]?token)"
)
_IDENTIFIER = late_pattern(rb"\b(?:arn|urn):[^\s\"']{0,80}$")  # `secret` is a part of arn:aws:…:secret:name
_INNER_NAME = late_pattern(rb"[A-Z][A-Z_]+=.")  # another assignment
_UUID = late_pattern(rb"(?i)[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def gives_secret(path: str, data: bytes, start: int, end: int) -> bool:
    """Whether the name that contains `data[start:end]` is given a value that is a secret."""
    if _IDENTIFIER.search(data, max(0, start - 80), start):
        return False
    program = path.endswith(_PROGRAMS)
    for way in _WAYS:
        match = way.match(data, end)
        if match is None:
            continue
        before = _PRECEDED.get(way)
        if before is not None and not before.search(data, max(0, start - 60), start):
            continue
        if way is _SPACED and (
            (program and not match["quote"])
            or path.endswith(_PROSE)
            or not _ALONE.search(data[max(0, start - 120) : start])
        ):
            continue
        if _is_secret(way, match, data, start, program=program):
            return True
    return not program and _heads_column(data, start, end)


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
    if mark is None or len(heading) > 60 * (heading.count(mark) + 1) or re.search(rb"[(){}=<>\"']", heading):
        return False
    column = data.count(mark, first, start)
    if not _HEADING.fullmatch(heading.split(mark)[column].strip()):
        return False
    rows = [row.split(mark) for row in data[last + 1 : last + 1500].splitlines()[:6]]
    cells = [row[column].strip(b" \"'`") for row in rows if len(row) == heading.count(mark) + 1]
    return any(not _UUID.fullmatch(cell) and is_password(cell) for cell in cells)


def _is_secret(
    way: re.Pattern[bytes], match: re.Match[bytes], data: bytes, start: int, *, program: bool
) -> bool:
    before = _NAME_BEFORE.search(data, max(0, start - 40), start)
    groups = match.groupdict()
    is_quoted = bool(groups.get("quoted"))
    value: bytes = groups["quoted"] if is_quoted else groups["bare"]
    place = match.start("quote" if is_quoted else "bare")
    key = (before.group() if before else b"") + data[start:place]
    # `Part::Name` is the name of a type.
    if program and data[max(0, start - 40) : start].rpartition(b'"')[2].find(b"::") >= 0:
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
    if value.isalpha() and way in (_SECOND, _SPACED) and not is_quoted:
        return len(value) >= 12 and is_scrambled(value)
    # A bare word of a program is more often a name or an expression, unless it ends a string.
    in_string = data[match.end() : match.end() + 1] in (b'"', b"'")
    if program and not is_quoted and not in_string and way is not _ELEMENT and not _is_mixed(value):
        return False
    if way is _MENTIONED:
        value = value.rstrip(b".")
        return _is_mixed(value) and is_scrambled(value)
    if way is _TOLD:
        capitals = re.search(rb"[a-z][A-Z].*[a-z][A-Z]", value)
        return (_is_mixed(value) or capitals is not None) and is_password(value.rstrip(b"."))
    if is_scrambled(value) or (value.endswith(b"=") and is_encoded(value)):
        return True
    return _PASSWORD_KEY.search(key) is not None and (is_chosen(value) or is_app_password(value))


def _is_mixed(value: bytes) -> bool:
    if value.isalpha() and len(value) >= 12:
        return sum(one != other for one, other in pairwise(map(str.isupper, value.decode("latin-1")))) >= 5
    return bool(MARKS & set(value)) or (sum(48 <= byte < 58 for byte in value) >= 2 and b"." not in value)
