"""Names the version of the secret scanner, which is part of the key of each remembered digest.

A remembered digest contains the findings of its file, so only the scanner that made them may use it.
The version is the digest of the scanner's code. It is written here because computing it at each start
would read 60 KB. `tests/unit/test_scanner_version.py` fails when the code has changed, and gives the
new value.
"""

from __future__ import annotations

SCANNER_VERSION = "c5be9e20c7d21f5a"
