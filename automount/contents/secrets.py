"""Decides what looks like a secret, by a file's name and by its text: one ordered table, no I/O.

A finding is a suspicion, worth one warning and a refusal to pack; so each rule would rather miss an odd
case than cry at a hash. Every new file of a mount is looked at, so most text must be left quickly: what
a random value cannot do without is a run of sixteen letters and digits with a digit in it, found by one
translation and one search; only around such runs are the rules tried. The value itself is never part
of a finding.

The entropy rule (`assigned-secret`) speaks only where a name announces a secret and the value behind
it is long and random; it is silent in lock files, on values whose name announces a hash, and on
placeholders.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

SHORTEST = 16  # letters and digits in a row that a random value cannot do without
_ALNUM = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
_ALNUM_MAP = bytes(1 if byte in _ALNUM else 0 for byte in range(256))
_WORD = frozenset(_ALNUM + b"+/_=-")
_WORD_REST = re.compile(rb"[A-Za-z0-9+/_=-]*")
_RUN = b"\x01" * SHORTEST
_LONGEST = 512  # bytes of a value that can be a secret
_BEFORE = 64  # bytes before a run in which its prefix or its name must stand


@dataclass(frozen=True)
class SecretRule:
    """One row of the table. `code` is stable; `meaning` completes the sentence "looks like …".

    `where` is "name" (the expression is matched against the last parts of the path, lower case), "word"
    (where a long word begins), "start" (of the text), "armour" (searched in texts with long words that hold
    `hint`), "text" (searched in texts that hold `hint`) or "value" (decided by code).
    """

    code: str
    meaning: str
    where: str
    expression: str
    hint: bytes = b""


RULES: tuple[SecretRule, ...] = (
    SecretRule(
        "env-file",
        "an environment file",
        "name",
        r"(?:.*/)?(?:\.env(?:rc)?|\.env\.(?!example$|sample$|template$|dist$|defaults?$|schema$)[^/]+|[^/]+\.env)",
    ),
    SecretRule(
        "key-file",
        "a private key or key store",
        "name",
        r"(?:.*/)?(?:id_(?:rsa|dsa|ecdsa|ed25519|ecdsa_sk|ed25519_sk)|[^/]+\.(?:ppk|p12|pfx|jks|keystore|kdbx))",
    ),
    SecretRule(
        "cloud-credentials",
        "cloud credentials",
        "name",
        r"(?:.*/)?(?:\.aws/credentials|\.boto|\.s3cfg|\.kube/config|kubeconfig|\.docker/config\.json|\.dockercfg"
        r"|application_default_credentials\.json|gcloud/credentials\.db|\.azure/[^/]*tokens?[^/]*\.json"
        r"|client_secrets?[^/]*\.json|service[-_]account[^/]*\.json|[^/]*\.tfstate(?:\.backup)?|\.modal\.toml"
        r"|kaggle\.json)",
    ),
    SecretRule(
        "password-file",
        "a file of passwords or tokens",
        "name",
        r"(?:.*/)?(?:[._]netrc|\.pgpass|\.my\.cnf|\.pypirc|\.git-credentials|\.htpasswd|\.vault-token"
        r"|secrets\.(?:toml|ya?ml|json|ini)|\.secrets(?:\.[^/]+)?|credentials\.(?:json|toml|ya?ml|ini|csv))",
    ),
    SecretRule(
        "private-key",
        "a private key",
        "armour",
        r"-----BEGIN (?:[A-Z0-9]+ ){0,3}PRIVATE KEY(?: BLOCK)?-----"
        r"(?:\\[rn]|[\s\"',+]|[A-Z][A-Za-z-]+: [^\n]*\n){1,40}[A-Za-z0-9+/=]{40}",
        b"PRIVATE KEY",
    ),
    SecretRule("putty-key", "a private key", "start", r"PuTTY-User-Key-File-\d+:"),
    SecretRule(
        "url-password",
        "a password in a URL",
        "text",
        r"://[^\s:/@'\"<>{}$%*]{1,64}:(?P<value>[^\s:/@'\"<>{}$%*]{6,128})@"
        r"(?!localhost\b|127\.0\.0\.1|\[::1\]|(?:[a-z0-9-]+\.)*example\b|(?:host|hostname|server)\b)[A-Za-z0-9.\[-]",
        b"://",
    ),
    SecretRule("aws-access-key", "an AWS access key", "word", r"(?:AKIA|ASIA)[A-Z2-7]{16}(?![A-Za-z0-9])"),
    SecretRule(
        "github-token", "a GitHub token", "word", r"gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{70,}"
    ),
    SecretRule("gitlab-token", "a GitLab token", "word", r"gl(?:pat|dt|ptt|rt|cbt)-[A-Za-z0-9_-]{20,}"),
    SecretRule(
        "slack-token",
        "a Slack token",
        "word",
        r"xox[abeoprs]-[A-Za-z0-9-]*\d[A-Za-z0-9-]{9,}|xapp-\d-[A-Z0-9-]{20,}",
    ),
    SecretRule(
        "slack-hook", "a Slack webhook", "word", r"hooks\.slack\.com/services/T\w{6,}/B\w{6,}/\w{20,}"
    ),
    SecretRule(
        "google-key",
        "a Google API key",
        "word",
        r"AIza[A-Za-z0-9_-]{35}(?![A-Za-z0-9_-])|GOCSPX-[A-Za-z0-9_-]{28}",
    ),
    SecretRule("google-token", "a Google access token", "word", r"ya29\.[A-Za-z0-9_-]{30,}"),
    SecretRule(
        "stripe-key", "a Stripe live key", "word", r"[sr]k_live_[A-Za-z0-9]{20,}|whsec_[A-Za-z0-9+/=]{32,}"
    ),
    SecretRule(
        "sk-key",
        "an API key",
        "word",
        r"sk-(?:[a-z]{2,10}[0-9]{0,2}-){0,3}(?=[A-Za-z_-]*\d)[A-Za-z0-9_-]{40,}",
    ),
    SecretRule(
        "package-index-token",
        "a package index token",
        "word",
        r"pypi-AgE[A-Za-z0-9_-]{50,}|npm_[A-Za-z0-9]{36}",
    ),
    SecretRule("hub-token", "a model hub token", "word", r"hf_[A-Za-z0-9]{34}(?![A-Za-z0-9])"),
    SecretRule("docker-token", "a Docker token", "word", r"dckr_pat_[A-Za-z0-9_-]{27}"),
    SecretRule("digitalocean-token", "a DigitalOcean token", "word", r"do[oprt]_v1_[a-f0-9]{64}"),
    SecretRule("databricks-token", "a Databricks token", "word", r"dapi[a-f0-9]{32}(?![A-Za-z0-9])"),
    SecretRule("shopify-token", "a Shopify token", "word", r"shp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}"),
    SecretRule("sendgrid-key", "a SendGrid key", "word", r"SG\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}"),
    SecretRule("vault-token", "a Vault token", "word", r"hv[sb]\.[A-Za-z0-9_-]{24,}"),
    SecretRule("age-key", "an age private key", "word", r"AGE-SECRET-KEY-1[0-9A-Z]{58}"),
    SecretRule("telegram-token", "a Telegram bot token", "word", r"\d{8,10}:AA[A-Za-z0-9_-]{33}\b"),
    SecretRule("azure-key", "an Azure storage key", "word", r"AccountKey=[A-Za-z0-9+/]{86}=="),
    SecretRule(
        "signed-token",
        "a signed token (JWT)",
        "word",
        r"eyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{20,}",
    ),
    SecretRule("assigned-secret", "a secret", "value", ""),
)

_NAMES = tuple((rule, re.compile(rule.expression)) for rule in RULES if rule.where == "name")
_PLAIN = (".py", ".pyc", ".pyi", ".so", ".txt", ".md", ".h", ".js")  # secret only below a dot name
_WORDS = tuple((rule, re.compile(rule.expression.encode())) for rule in RULES if rule.where == "word")
_PREFIX = re.compile(
    rb"(?<![A-Za-z0-9])(?:A(?:KIA|SIA|Iza|GE-S|ccountKey=)|gh[pousr]_|github_pat_|gl[a-z]+-|xox[a-z]-|xapp-"
    rb"|hooks\.s|GOCSPX-|ya29\.|[sr]k_live_|whsec_|sk-|pypi-A|npm_|hf_|dckr_pat_|do[oprt]_v1_|dapi|shp[acs]"
    rb"|SG\.|hv[sb]\.|\d{8,10}:AA|eyJ)"
)
_STARTS = tuple((rule, re.compile(rule.expression.encode())) for rule in RULES if rule.where == "start")
_ARMOURS = tuple((rule, re.compile(rule.expression.encode())) for rule in RULES if rule.where == "armour")
_TEXTS = tuple((rule, re.compile(rule.expression.encode())) for rule in RULES if rule.where == "text")
_MEANINGS = {rule.code: rule.meaning for rule in RULES}
_ANNOUNCED = re.compile(
    rb"(?i)(?P<key>[\w.-]{0,40}(?:secret|token|passw(?:or)?d|passphrase|api[_-]?key|private[_-]?key|access[_-]?key"
    rb"|auth[_-]?key|credentials?)[\w-]{0,24})[\"']?\]?\s{0,8}(?::\s?[a-zA-Z\[\]| ]{1,20}=|[:=]|=>|:=)\s{0,8}"
    rb"(?P<quote>[bru]{0,2}[\"']?)$"
)
_NAMES_ONE = re.compile(rb"(?i)secret|token|passw|passphrase|key|credential")  # quick to rule out
_NO_SECRET_KEY = re.compile(
    rb"(?i)hash|digest|sha\d|md5|checksum|integrity|public|fingerprint|_url|_uri|_path|_file|_name|_id$|[_-]id\b"
    rb"|_dir|endpoint|tokeni[sz]e|max_|num_|_len|_count|_type|_key_name|keyring|pattern|regex|format"
)
_PLACEHOLDER = re.compile(
    rb"(?i)example|change[_-]?me|your[_-]|placeholder|dummy|sample|redacted|replace|insert|xxxx|\*\*\*|todo|fake|"
    rb"not[_-]?a[_-]?|0123456789|1234567890|abcdef(?:gh)?|password|passwd|secret|qwerty|deadbeef|aaaaaa|000000|111111"
)
_LOCK_NAME = re.compile(
    r"(?:.*/)?(?:[^/]*\.lock|package-lock\.json|npm-shrinkwrap\.json|pnpm-lock\.ya?ml|go\.sum|pylock(?:\.[^/]+)?\.toml"
    r"|[^/]*requirements[^/]*\.txt|RECORD|[^/]*(?:sha\d+|md5)sums?[^/]*)",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class SecretFinding:
    """A rule that spoke, and the line it spoke about (None: about the name)."""

    code: str
    line: int | None = None

    def __str__(self) -> str:
        return self.code if self.line is None else f"{self.code}:{self.line}"

    @property
    def sentence(self) -> str:
        """What the file looks like, for people: "line 3 looks like a private key"."""
        looks = f"looks like {_MEANINGS.get(self.code, 'a secret')}"
        return looks if self.line is None else f"line {self.line} {looks}"


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


def scan(path: str, data: bytes) -> tuple[SecretFinding, ...]:
    """What the text of the file at `path` holds, one finding per rule, by line; nothing for binaries."""
    if b"\x00" in data[:8192]:
        return ()
    places: dict[str, int] = {}
    for code, place in (*_in_text(data), *_in_words(path, data)):
        if code not in places or place < places[code]:
            places[code] = place
    found = [SecretFinding(code, data.count(b"\n", 0, place) + 1) for code, place in places.items()]
    known = {finding.line for finding in found if finding.code != "assigned-secret"}
    kept = (finding for finding in found if finding.code != "assigned-secret" or finding.line not in known)
    return tuple(sorted(kept, key=lambda finding: (finding.line or 0, finding.code)))


def _in_text(data: bytes) -> Iterator[tuple[str, int]]:
    for rule, expression in _STARTS:
        if expression.match(data):
            yield rule.code, 0
    if b"@" in data:  # every rule for text is about an address; this is the cheapest thing to rule out
        yield from _searched(_TEXTS, data)


def _searched(
    rules: Iterable[tuple[SecretRule, re.Pattern[bytes]]], data: bytes
) -> Iterator[tuple[str, int]]:
    for rule, expression in rules:
        if rule.hint not in data:
            continue
        for match in expression.finditer(data):
            value = match.groupdict().get("value")
            if value is None or not _PLACEHOLDER.search(value):
                yield rule.code, match.start()
                break


def _in_words(path: str, data: bytes) -> Iterator[tuple[str, int]]:
    runs = data.translate(_ALNUM_MAP)
    quiet = _LOCK_NAME.fullmatch(path) is not None
    start = runs.find(_RUN)
    mixed = False
    while start >= 0:
        end = runs.find(b"\x00", start)
        end = len(data) if end < 0 else end
        run = data[start:end]
        if not run.isalpha():
            mixed = True
            yield from _by_prefix(data, start)
            if not quiet and not run.isdigit() and _announced(data, start, end):
                yield "assigned-secret", start
        start = runs.find(_RUN, end)
    if mixed:  # a key's body has such a run in every line
        yield from _searched(_ARMOURS, data)


def _by_prefix(data: bytes, start: int) -> Iterator[tuple[str, int]]:
    """The rules for words whose own beginning tells what they are."""
    begin = max(0, start - _BEFORE)
    while begin <= start and (match := _PREFIX.search(data, begin, start + 8)) is not None:
        for rule, expression in _WORDS:
            found = expression.match(data, match.start())
            if found and found.end() > start and _varied(found.group()):
                yield rule.code, match.start()
                return
        begin = match.start() + 1


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
    if len(value) > _LONGEST or not _NAMES_ONE.search(before) or not _random(value):
        return False
    match = _ANNOUNCED.search(before)
    if match is None or _NO_SECRET_KEY.search(match.group("key")):
        return False
    return data[end : end + 1] not in (b"(", b"[", b".", b":", b"{", b"$", b"%")


def _random(value: bytes) -> bool:
    """Whether `value` reads like a random string: letters and digits mixed, no word, no placeholder."""
    digits = sum(byte in b"0123456789" for byte in value)
    if digits < 2 or digits > len(value) - 4 or _PLACEHOLDER.search(value):
        return False
    return _entropy(value) >= (3.0 if _is_hex(value) else 3.5)


def _varied(value: bytes) -> bool:
    """Whether a token is more than a prefix and a filling such as `xxxx`."""
    return len(set(value[-16:])) >= 6 and not re.search(rb"(?i)example|x{6}|your|placeholder", value)


def _is_hex(value: bytes) -> bool:
    return all(byte in b"0123456789abcdefABCDEF-" for byte in value)


def _entropy(value: bytes) -> float:
    """Shannon's entropy of the bytes of `value`, in bits per byte."""
    size = len(value)
    shares = (value.count(byte) / size for byte in set(value))
    return -sum(share * math.log2(share) for share in shares)
