"""Decides whether a file whose name announces secrets holds none: a template, or the settings of a helper."""

from __future__ import annotations

from automount.contents.assignments import names_no_secret
from automount.contents.randomness import NO_VALUE, PLACEHOLDER, is_password
from automount.late_patterns import late_pattern

_FILLED = late_pattern(
    rb"^[\s\"']*(?:export\s+)?(?P<name>[A-Za-z_][\w.-]*)[\"']?\s*[:=]\s*[\"']?(?P<value>[^\"'#\r\n]*)"
)
_BRACKETS = (b"{", b"}", b"[", b"]", b"},", b"],")
_NO_RESOURCES = late_pattern(rb"\"resources\"\s{0,4}:\s{0,4}\[\s{0,8}\]")
_REVISION = late_pattern(rb"(?i)release|commit|revision|version|_sha|_hash|digest")
_EMPTY = late_pattern(
    rb"(?i)\s*(?:<[^>]*>|\$\{[^}]*\}|\{\{[^}]*\}\}|__\w+__|%\w+%|@\w+@|null|none|true|false|yes|no|on|off|\d{1,5}"
    rb"|\.\.\.|[*x]+|test\w{0,4}|postgres|root|admin|(?:~|\.{1,2})?(?:/[\w.-]+)+|https?://[\w.:-]+(?:/[\w./-]*)?)?\s*,?"
)
_NAMES_ONE = late_pattern(rb"(?i)secret|token|pass|pwd|key|credential")  # quick to rule out
_LOGIN = late_pattern(
    rb"(?mi)^\s*(?:-\s)?(?:token|password|[a-z-]+-token|client-key(?:-data)?)\s*:"
    rb"|\"(?:auth|password|[a-z]*token|client-key(?:-data)?)\"\s*:\s*\"[^\"]"
)


def is_harmless(text: bytes) -> bool:
    """Whether the text is encrypted, or every line is blank, a comment, a heading, or a name with no secret.

    Not reported: an empty value, a placeholder, and a value with an ordinary name that is not random.
    """
    if text.startswith(b"$ANSIBLE_VAULT;"):
        return True
    if b'"lineage"' in text:  # the state of a deployment
        return _NO_RESOURCES.search(text) is not None
    # Logins at registries and clusters: a helper program may keep what the file only refers to.
    if b'"auths"' in text or b"kind: Config" in text:
        return _LOGIN.search(text) is None
    for line in text.splitlines():
        bare = line.strip()
        heading = bare[:1] == b"[" and bare[-1:] == b"]"
        if not bare or heading or bare in _BRACKETS or bare[:1] in b"#;" or bare[:2] in (b"//", b"--"):
            continue
        match = _FILLED.match(line)
        if match is None:
            return False
        value = match["value"].strip()
        if _EMPTY.fullmatch(value) or PLACEHOLDER.search(value) or NO_VALUE.fullmatch(value):
            continue
        if _REVISION.search(match["name"]) or (names_no_secret(match["name"]) and b"@" not in value):
            continue
        if is_password(value) or b"@" in value:
            return False
        if _NAMES_ONE.search(match["name"]) and not names_no_secret(match["name"]):
            return False
    return True
