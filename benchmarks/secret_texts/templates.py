"""Reads the sets that are written as text files: one text after the other, with places for made-up values.

A line `%% PATH` begins the next text; `%% PATH | utf-16` asks for that encoding. `⟦maker⟧` is replaced by a
value: the maker's name, then perhaps a count (`hex32`, `base64 48`) or a title (`pem CERTIFICATE`). The same
seed gives the same values, and no value is written out in a file.
"""

from __future__ import annotations

import json
import re
import string
from collections.abc import Callable
from functools import partial
from pathlib import Path

from benchmarks.secret_texts.values import ALNUM, HEX, PRIVATE, URL_SAFE, Values, encoded

Kind = Callable[[Values], "str | bytes"]

_HERE = Path(__file__).parent
_PLACE = re.compile(r"⟦([^\d⟧ ]*)(\d*) ?([^⟧]*)⟧")
_WORDS = [
    "copper",
    "falcon",
    "winter",
    "lisbon",
    "maple",
    "orbit",
    "tiger",
    "harbor",
    "velvet",
    "summit",
    "rocket",
    "meadow",
]
_LETTERS = {
    "hex": HEX,
    "HEX": "0123456789ABCDEF",
    "alnum": ALNUM,
    "plain": ALNUM,
    "upper": string.ascii_uppercase + string.digits,
    "url": URL_SAFE,
    "digits": string.digits,
    "bech": "QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L",
    "mixed": ALNUM + "+/",
    "salt": ALNUM + "!@#%^&*()-_[]{}|;:,.<>?~`+= ",
}


def _human(v: Values) -> str:
    """A password as people make it: words, digits and a mark."""
    first, second = (v.choice(*_WORDS) for _ in range(2))
    leet = first.replace("o", "0").replace("e", "3").replace("i", "1")
    number, mark = str(v.between(10, 2999)), v.choice(*"!#-_.@")
    return v.choice(
        f"{leet.capitalize()}{mark}{number}",
        f"{leet}{mark}{second.capitalize()}{number}",
        f"{first.capitalize()}{number}{mark}{v.some(3)}",
    )


_MAKERS: dict[str, Callable[[Values], str]] = {
    "password": lambda v: v.password(),
    "plain": lambda v: v.plain_password(),
    "human": _human,
    "uuid": lambda v: v.uuid(),
    "UUID": lambda v: v.uuid().upper(),
    "basic": lambda v: encoded(f"robot:{v.plain_password()}"),
    "jwt": lambda v: f"eyJ{v.some(33)}.eyJ{v.some(80, URL_SAFE)}.{v.some(43, URL_SAFE)}",
    "filler": lambda v: "an ordinary line of an ordinary log file\n" * 8000,
}
_ENCODED: dict[str, Callable[[Values], str]] = {
    "password": lambda v: v.password(),
    "key": lambda v: v.pem(PRIVATE),
    "cert": lambda v: v.pem("CERTIFICATE"),
    "dockerconfig": lambda v: json.dumps({"auths": {"r.acme.io": {"auth": encoded("ci:" + v.some(20))}}}),
}


def _value(v: Values, place: re.Match[str]) -> str:
    name, count, title = place.groups()
    if name == "pem":
        return v.pem(title.replace("PRIVATE KEY", PRIVATE)).rstrip("\n")
    if name == "jsonpem":
        return v.pem(title.replace("PRIVATE KEY", PRIVATE)).replace("\n", "\\n")
    if name == "base" and count == "64":
        return v.blob(int(title))
    if name == "encoded":
        return encoded(_ENCODED[title](v))
    return v.some(int(count), _LETTERS[name]) if count else _MAKERS[name](v)


def _made(template: str, encoding: str, v: Values) -> str | bytes:
    text = _PLACE.sub(partial(_value, v), template)
    return text if encoding == "utf-8" else text.encode(encoding)


def kinds(file_name: str) -> dict[str, Kind]:
    """The kinds of text in one of the files of this directory, by path."""
    found: dict[str, Kind] = {}
    for part in (_HERE / file_name).read_text(encoding="utf-8").split("%% ")[1:]:
        head, _, template = part.partition("\n")
        path, _, encoding = head.partition(" | ")
        if path in found:
            raise ValueError(f"{file_name} holds {path} twice")
        found[path] = partial(_made, template, encoding or "utf-8")
    return found
