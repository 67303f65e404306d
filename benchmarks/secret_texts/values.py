"""Makes the values of the texts: passwords, tokens, identifiers and embedded data, from a seed."""

from __future__ import annotations

import base64
import random
import string

LETTERS = string.ascii_letters
ALNUM = LETTERS + string.digits
HEX = "0123456789abcdef"
URL_SAFE = ALNUM + "-_"
MARKED = ALNUM + "!@#%^&*+-_=?~"
PRIVATE = "PRIVATE" + " KEY"


class Values:
    """A source of made-up values; the same seed gives the same values."""

    def __init__(self, seed: str) -> None:
        self._random = random.Random(seed)

    def some(self, count: int, letters: str = ALNUM) -> str:
        return "".join(self._random.choices(letters, k=count))

    def choice(self, *options: str) -> str:
        return self._random.choice(options)

    def between(self, low: int, high: int) -> int:
        return self._random.randint(low, high)

    def blob(self, count: int) -> str:
        return base64.b64encode(self._random.randbytes(count)).decode()

    def uuid(self) -> str:
        parts = [self.some(count, HEX) for count in (8, 4, 3, 3, 12)]
        return f"{parts[0]}-{parts[1]}-4{parts[2]}-a{parts[3]}-{parts[4]}"

    def password(self) -> str:
        """A generated password: letters and digits, with marks, or letters alone."""
        letters = self._random.choices((ALNUM, MARKED, LETTERS), (5, 3, 2))[0]
        return self.choice(*LETTERS) + self.some(self.between(11, 23), letters)

    def plain_password(self) -> str:
        """A generated password without marks, for places in which marks would have to be quoted."""
        letters = self._random.choices((ALNUM, LETTERS), (8, 2))[0]
        return self.choice(*LETTERS) + self.some(self.between(11, 23), letters)

    def token(self) -> str:
        """A token: letters and digits, hexadecimal digits, a UUID, or base64 for addresses."""
        kinds = (self.some(self.between(20, 48)), self.some(40, HEX), self.uuid(), self.some(43, URL_SAFE))
        return self.choice(*kinds)

    def pem(self, kind: str, lines: int = 6) -> str:
        body = "\n".join(self.blob(48) for _ in range(lines))
        return f"-----BEGIN {kind}-----\n{body}\n-----END {kind}-----\n"


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()
