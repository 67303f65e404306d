"""Makes tokens from a seed, so that no file contains one, and lists the texts that the scanner reports."""

from __future__ import annotations

import base64
import random
import string

from automount.contents.secrets import scan

ALNUM = string.ascii_letters + string.digits
HEX = "0123456789abcdef"
URL_SAFE = ALNUM + "-_"


class MadeValues:
    """The same seed gives the same values, as long as they are asked for in the same order."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def some(self, count: int, letters: str = ALNUM) -> str:
        return "".join(self._random.choices(letters, k=count))

    def blob(self, count: int) -> str:
        return base64.b64encode(self._random.randbytes(count)).decode()

    def pem(self, kind: str, lines: int = 2) -> str:
        body = "\n".join(self.blob(48) for _ in range(lines))
        return f"-----BEGIN {kind}-----\n{body}\n-----END {kind}-----\n"

    def uuid(self) -> str:
        return "-".join(self.some(count, HEX) for count in (8, 4, 4, 4, 12))


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def reported(texts: dict[str, str | bytes]) -> set[str]:
    return {
        name
        for name, text in texts.items()
        if scan(f"/p/{name}", text if isinstance(text, bytes) else text.encode())
    }
