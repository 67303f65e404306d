"""Decides whether a value reads like a random string, or like a word, a program or a placeholder; pure."""

from __future__ import annotations

import base64
import binascii
import math
import re
from collections.abc import Callable
from itertools import pairwise

from automount.late_patterns import late_pattern

PLACEHOLDER = late_pattern(
    rb"(?i)example|change[_-]?me|your[_-]|placeholder|dummy|sample|redacted|replace|insert|xxxx|\*\*\*|todo|fake|"
    rb"not[_-]?a[_-]?|0123456789|1234567890|abcdef(?:gh)?|password|passwd|secret|qwerty|deadbeef|aaaaaa|000000|111111"
)
MARKS = frozenset(b"!@#$%^&*~?")
_PUNCTUATION = frozenset(b"!#$%&()*+,-./:;<=>?@[\\]^_`{|}~")
# Characters that occur only in a template, a pattern, a path or a sentence.
_NOT_RANDOM = late_pattern(
    rb"\s|^arn:|^data:|^[A-Za-z_]+(?:\[-?\d+\])?(?:\.[A-Za-z_]+(?:\[-?\d+\])?)+$|\$\{|\{\{|\$\(\w+\)|%\(\w+\)|%s|<\w|\w>|\(\?|\[\^|\[A-Z|\[a-z|\[0-9|\\[wdsb]|://|\][+*{]|\.\.|^/|^\./|\w\(\)|\{\w*\}|^[\w.]+\("
)
# The 163 most frequent pairs of letters in English text, of 676.
_PAIRS = (
    "thheineranrendatonnthaesstenedtoitoueahiisortiasteetngofaldeselesasiarveraldurroriioicneme"
    "libecomacechllomnoustalaelechosspecaprtracnslyemrssowiotgeulaiidunlofoilpadiadnautamieshol"
    "suowpoirplmokeniopimeeifevabrtclexapblagepctdocuayscwaeyvifiquttckrdooummiupubswostsobncbr"
    "grdacrdrboiaucbugotygigafrnneippnfuempwobaodogfetuvahurk"
)
_FREQUENT = frozenset(_PAIRS[at : at + 2] for at in range(0, len(_PAIRS), 2))
_ARGUMENT = late_pattern(rb"[\"']([^\s\"',]{8,64})[\"'](?!\s?:)")
_LATER_ARGUMENT = late_pattern(
    rb",\s{0,8}[bBrRuUN@]{0,2}([\"'])(?P<value>[^\s\"',]{9,32})\1(?=\s{0,4}[,)\]])"
)
# A test's password, the name of an algorithm, a version, the name of a file, a host or an attribute.
_NOT_CHOSEN = late_pattern(
    rb"(?i)passw0rd|p@ss|^(?:test|demo|foo|bar)|sha\d|md5|base64|\d\.\d{1,2}(?![0-9a-z])|\d\.\d+\.\d|[^\d]\.[a-z]+$|\.[a-z]{4,}$"
    rb"|\.(?:com|org|net|dev|app|txt|yml|xml|ini|cfg|csv|tsv|log|pem|crt|key|pub|png|jpg|gif|svg|pdf|zip|tar|tgz"
    rb"|exe|dll|jar|whl|php|css|cpp|bak|sql|md|py|pl|js|ts|go|rs|rb|cs|sh|gz|h|c|io|de|so)$"
)
_WORDS = late_pattern(rb"[A-Z]?[a-z]{3,}")
_PATTERN = late_pattern(rb"\s|\$\{|\{\{|\[A-Z|\[a-z|\[0-9|\\[wdsb]|://|\][+*{]")
_TEMPLATE = late_pattern(rb"\$\{|\{\{|\[A-Z|\[a-z|\[0-9|\\[wdsb]|://|\.\*|\(\?|\s\s|\w \w+ \w")
# A variable (`$env:NAME`, `NAME_2`), a number, a time, the address of an account,
# what is encrypted, the hash of a password, and the name of a command (`Read-Host`).
NO_VALUE = late_pattern(
    rb"\$\{?(?:\w+:)?[A-Za-z_]\w*\}?|0[xX][0-9a-fA-F]{40}"
    rb"|(?:wc[A-Z]MA|hQ[A-Z]MA)[A-Za-z0-9+/]{100,}.*|Ag[A-Za-z0-9+/]{200,}={0,2}|vault:v\d:.*|ENC\[.*|encrypted:.*|\{AQAAAB.*|\{cipher\}.*"
    rb"|\$(?:2[abxy]|argon2\w*|[1567y]|apr1|scrypt|pbkdf2[\w-]*)\$.*"
    rb"|(?:pbkdf2|argon2|bcrypt|scrypt|sha\d|md5)\w*\$.*"
    rb"|\d{4}-\d\d-\d\d[T_ ]\S*|(?i:sha\d{1,3}with)\w+"
    rb"|[A-Z][a-z]+-[A-Z][A-Za-z]+|[\d.]+|[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+"
)


def is_scrambled(value: bytes) -> bool:
    """Whether `value` reads like a random string: kinds of characters alternate, and no word is in it.

    A random string of letters and digits changes between small letters, capitals, digits and punctuation at
    about every second character; words, names and versions change seldom.
    """
    if NO_VALUE.fullmatch(value):
        return False
    if len(value) >= 40 and _is_salt(value):
        return _TEMPLATE.search(value) is None and PLACEHOLDER.search(value) is None
    # A long key with many kinds of punctuation has by chance what is else a sign of a program.
    excluding = _PATTERN if len(value) >= 32 and len(MARKS & set(value)) >= 4 else _NOT_RANDOM
    if len(value) < (20 if _is_hex(value) else 8) or excluding.search(value) or PLACEHOLDER.search(value):
        return False
    if _is_hex(value):  # whatever the order of its digits; what is named a hash was ruled out by its name
        return len(value) >= 20 and _entropy(value) >= 2.75 and re.search(rb"(?i)[a-f]", value) is not None
    kinds = [kind(byte) for byte in value]
    if _entropy(value) < 2.75 or len(set(value)) < 7 or not value.isascii():
        return False
    if "0" not in kinds and not MARKS & set(value):
        # Letters alone, perhaps with dashes: a name, unless no word can be read in it.
        return len(value) >= 12 and value.isalpha() and not has_words(value)
    changes = sum(one != other for one, other in pairwise(kinds))
    if changes >= max(4, 0.36 * (len(value) - 1)) and not has_words(value, share=0.7):
        return True
    return len(value) >= 10 and changes >= 3 and {"a", "A"} & set(kinds) != set() and not has_words(value)


def _is_salt(value: bytes) -> bool:
    """Whether `value` has as many kinds of punctuation as a generated key with all printable characters."""
    if _entropy(value) < 4.5:
        return False
    kinds = {kind(byte) for byte in value}
    return len(MARKS & set(value)) >= 5 or (
        len(kinds) == 4 and len(_PUNCTUATION & set(value)) >= 8 and value.count(b" ") <= 3
    )


def has_words(value: bytes, *, share: float = 0.45) -> bool:
    """Whether words can be read in `value`: many pairs of neighbouring letters are frequent in English.

    A quarter of all pairs counts as frequent. Of the pairs in a random string a quarter is therefore
    frequent (less where capitals are mixed in), in words and names more than two thirds are.
    """
    read = sum(len(word) for word in _WORDS.findall(value) if _share(word) >= 0.5)
    if read >= 0.6 * len(value):
        return True
    pairs = frequent = streak = longest = 0
    for one, other in pairwise(value.decode("ascii", "replace")):
        if not (one.isalpha() and other.isalpha()):
            streak = 0
            continue
        pairs += 1
        # A capital behind a small letter begins another word.
        if (one + other).lower() in _FREQUENT and not (one.islower() and other.isupper()):
            frequent += 1
            streak += 1
            longest = max(longest, streak)
        else:
            streak = 0
    return longest >= max(5, len(value) // 6) or (pairs >= 3 and frequent >= share * pairs)


def _share(word: bytes) -> float:
    """The share of frequent pairs among the pairs of letters of `word`."""
    pairs = [(one + other).lower() for one, other in pairwise(word.decode())]
    return sum(pair in _FREQUENT for pair in pairs) / len(pairs)


def kind(byte: int) -> str:
    """What `byte` is: a small letter, a capital, a digit or punctuation."""
    letter = chr(byte)
    return "a" if letter.islower() else "A" if letter.isupper() else "0" if letter.isdigit() else "."


def is_pair(value: bytes) -> bool:
    """Whether `value` is base64 of `user:password`, the password not being a placeholder."""
    try:
        user, colon, password = base64.b64decode(value + b"=" * (-len(value) % 4), validate=True).partition(
            b":"
        )
    except binascii.Error:
        return False
    text = (user + password).isascii() and (user + password).decode("ascii", "replace").isprintable()
    return bool(colon) and text and len(password) >= 6 and not PLACEHOLDER.search(password)


def is_chosen(value: bytes) -> bool:
    """Whether `value` is a password as people choose them: words, capitals, digits and perhaps marks."""
    return (
        (9 <= len(value) <= 32 or (len(value) == 8 and len({kind(byte) for byte in value}) == 4))
        and re.fullmatch(rb"[A-Za-z0-9!@#$%^&*?+~_.-]+", value) is not None
        and re.search(
            rb"[A-Z]|[!#^&*?@].*[0-9]{2}|[0-9]{2}.*[!#^&*?@]|^[a-z]*[01345][a-z]+[01345][a-z]*[_.-]?[0-9]{2,4}$",
            value,
        )
        is not None
        and re.search(rb"[a-z].*[a-z]", value) is not None
        and re.search(rb"[0-9]", value) is not None
        and (re.search(rb"[!@#$%^&*?]", value) or re.search(rb"[0-9]{2}|[A-Za-z][0-9][a-z]", value))
        is not None
        and _NOT_CHOSEN.search(value) is None
        and re.search(rb"\$[A-Za-z{]|%[A-Za-z(]", value) is None
        and PLACEHOLDER.search(value) is None
    )


def is_app_password(value: bytes) -> bool:
    """Whether `value` is a password for one program as mail services make them: four groups of four."""
    parts = value.split(b" ")
    return (
        [len(part) for part in parts] == [4, 4, 4, 4]
        and value.replace(b" ", b"").isalnum()
        and not has_words(b"".join(parts))
    )


def is_password(value: bytes) -> bool:
    """Whether `value` reads like a random string or like a password that a person chose."""
    return is_scrambled(value) or is_chosen(value)


def is_encoded(value: bytes) -> bool:
    """Whether `value` is base64 of a password, a key, or settings with a password."""
    try:
        text = base64.b64decode(value + b"=" * (-len(value) % 4), validate=True)
    except binascii.Error:
        return False
    if len(text) < 8 or not (text.isascii() and text.decode("ascii").replace("\n", "").isprintable()):
        return False
    return is_password(text.strip()) or b"PRIVATE KEY" in text or b'"auth"' in text


def has_secret_argument(arguments: bytes) -> bool:
    """Whether a quoted argument of a call reads like a random string, or a later one like a password."""
    return any(is_scrambled(found) for found in _ARGUMENT.findall(arguments)) or _has_chosen(arguments)


def has_key_argument(arguments: bytes) -> bool:
    """Whether one of the quoted `arguments` of a call reads like a key, and not like the digest of a test."""
    return any(
        len(found) >= 16 and not _is_hex(found) and is_scrambled(found)
        for found in _ARGUMENT.findall(arguments)
    )


def _has_chosen(arguments: bytes) -> bool:
    """Whether an argument behind the first one of a call reads like a password that a person chose."""
    return any(
        is_chosen(found["value"]) and re.search(rb"[0-9]{2}|[^A-Za-z0-9]", found["value"]) is not None
        for found in _LATER_ARGUMENT.finditer(arguments)
    )


def is_random(value: bytes) -> bool:
    """Whether `value` reads like a random string: letters and digits mixed, no word, no placeholder."""
    digits = sum(byte in b"0123456789" for byte in value)
    if digits < 2 or digits > len(value) - 4 or PLACEHOLDER.search(value):
        return False
    return _entropy(value) >= (3.0 if _is_hex(value) else 3.5)


def is_varied(value: bytes) -> bool:
    """Whether a token is more than a prefix and a filling such as `xxxx`."""
    return len(set(value[-16:])) >= 6 and not re.search(rb"(?i)example|x{6}|your|placeholder", value)


def _is_hex(value: bytes) -> bool:
    return all(byte in b"0123456789abcdefABCDEF-" for byte in value)


def _entropy(value: bytes) -> float:
    """Shannon's entropy of the bytes of `value`, in bits per byte."""
    size = len(value)
    shares = (value.count(byte) / size for byte in set(value))
    return -sum(share * math.log2(share) for share in shares)


CHECKS: dict[str, Callable[[bytes], bool]] = {
    "varied": lambda value: not PLACEHOLDER.search(value),
    "scrambled": is_scrambled,
    "pair": is_pair,
    "password": is_password,
    "encoded": is_encoded,
    "mixed": lambda value: is_scrambled(value) and not _is_hex(value),
    "arguments": has_secret_argument,
    "key argument": has_key_argument,
}
