"""The shape of a row of the table, and the rows for passwords and keys in calls, commands and statements."""

from __future__ import annotations

from automount.values import dataclass


@dataclass(frozen=True)
class SecretRule:
    """One row of the table. `code` is stable; `meaning` completes the sentence "looks like …".

    `where` is "name" (the expression is matched against the last parts of the path, lower case), "word"
    (where a long word begins), "start" (of the text), "lone" (the name of a file with one random string),
    "armour" (searched in texts with long words that hold one of `hints`), "text" (searched in texts that hold
    one of `hints`, lower case) or "value" (decided by code). `check` is the test, by its name in
    `randomness.CHECKS`, that a found `value` must pass besides. `near` says that a hint is part of what the
    expression matches, so that only the lines with a hint are searched.
    """

    code: str
    meaning: str
    where: str
    expression: str
    hints: tuple[bytes, ...] = ()
    check: str = "varied"
    near: bool = False


PASSWORDS: tuple[SecretRule, ...] = (
    SecretRule(
        "database-login",
        "a password of a database",
        "text",
        r"(?i:thin:|\bconnect |\bsqlplus )\s{0,4}[\w$]{1,64}/(?P<value>[^\s@/\"'$<{]{8,64})@"
        r"|[\w.-]{1,64}:(?P<second>[^\s:/@\"'$<{]{8,64})@(?:tcp|unix)\(",
        (b":thin:", b"connect ", b"@tcp("),
        "password",
        near=True,
    ),
    SecretRule(
        "account-password",
        "a password of an account",
        "text",
        r"(?:(?m:^)[ -]{0,16}|echo [\"']?)[a-z_][\w-]{0,31}:(?P<value>[^\s:\"'$]{8,64})[\"']?(?=\s)",
        (b"chpasswd",),
        "password",
    ),
    SecretRule(
        "command-password",
        "a password on a command line",
        "text",
        r"(?:curl|wget)\b[^\n]{0,200}?\s(?:-u|--user)[ =]?[\"']?[\w.@-]{1,64}:(?P<value>[^\s\"'$<{]{8,128})",
        (b"curl", b"wget"),
        "password",
        near=True,
    ),
    SecretRule(
        "mysql-password",
        "a password on a command line",
        "text",
        r"(?:mysql|mariadb)(?:dump|admin)?\b[^\n]{0,120}?\s-p[\"']?(?P<value>[^\s\"'$<{]{8,64})",
        (b"mysql", b"mariadb"),
        "password",
        near=True,
    ),
    SecretRule(
        "option-password",
        "a password on a command line",
        "text",
        r"(?:sshpass|\blogin|\bmongo(?:sh|dump)?|redis-cli|\bldap[a-z]{3,8})\b"
        r"[^\n]{0,120}?\s-(?:p|a|w|P)[ =]?[\"']?(?P<value>[^\s\"'$<{]{8,64})",
        (b"sshpass", b"login", b"mongo", b"redis-cli", b"ldap"),
        "password",
        near=True,
    ),
    SecretRule(
        "login-call",
        "a password in a call",
        "text",
        r"(?:(?i:login|connect|connection|connectsync|mysqli|authenticate|auth|authentication|credentials?|\bpdo"
        r"|\.sign|hmac|fernet|client|cipheriv|aes\.new|pw_?set|passwordtoken|\bftp"
        r"|ldap_bind)\(|\bauth\s{0,2}=\s{0,2}[\[(])"
        r"(?P<value>[^\n]{10,240})",
        (
            *(b"login(", b"connect", b"mysqli(", b"auth(", b"auth=(", b"authenticate(", b"authentication("),
            *(b"credential", b"pdo(", b".sign(", b"hmac(", b"fernet(", b"client(", b"cipheriv(", b"aes.new("),
            *(
                b"pw_set(",
                b"pwset(",
                b"passwordtoken(",
                b"ftp(",
                b"ldap_bind(",
            ),
        ),
        "arguments",
        near=True,
    ),
    SecretRule(
        "settings-password",
        "a password in a connection string",
        "text",
        r"\b(?:host|user|dbname|port|sslmode)=[^\s\"'=]{1,80} {1,2}(?:\w{1,30}=[^\s\"'=]{1,80} {1,2}){0,8}"
        r"password=(?P<value>[^\s\"'<>{}$%]{8,128})",
        (b" password=",),
        "password",
        near=True,
    ),
    SecretRule(
        "share-password",
        "a password on a command line",
        "text",
        r"(?i:\bnet use\b)[^\n]{0,120}?"
        r"(?:(?i:\s/u(?:ser)?:)\S{1,64}\s{1,4}[\"']?(?P<value>[^\s\"'$%<{/*]{8,64})"
        r"|\\\\\S{1,80}\s{1,4}[\"']?(?P<second>[^\s\"'$%<{/*]{8,64})[\"']?\s{1,4}(?i:/u))",
        (b"net use",),
        "password",
        near=True,
    ),
    SecretRule(
        "given-password",
        "a password in a statement",
        "text",
        r"(?i:identified\s{1,4}(?:with\s\w{1,40}\s)?by|convertto-securestring(?:\s-string)?)"
        r"\s{1,4}[\"'](?P<value>[^\s\"'$]{8,64})[\"']",
        (b"identified", b"convertto"),
        "password",
        near=True,
    ),
    SecretRule(
        "pgpass-line",
        "a password of a database",
        "text",
        r"(?m:^)[\w.*-]{1,80}:(?:\d{2,5}|\*):[\w.*-]{1,64}:[\w.*-]{1,64}:(?P<value>[^\s:\"']{8,64})(?m:$)",
        (b":5432:", b":*:"),
        "password",
    ),
    SecretRule(
        "connection-password",
        "a password in a connection string",
        "text",
        r"(?i:(?:server|data source|host|addr|user id|uid|user|username)\s{0,2}=[^;\"'\n]{1,200};"
        r"(?:[^\"'\n]{0,200};)?\s{0,2}(?:password|pwd)\s{0,2}=)\s{0,2}(?P<value>[^;\s\"'<>{}$]{6,128})",
        (b"pass", b"pwd"),
        near=True,
    ),
    SecretRule(
        "key-call",
        "a key in a call",
        "text",
        r"(?i:jwts?|hmac|fernet|security_?key|key_?spec|signed_?string|sign_?with|secret_?box)"
        r"[\w.:>-]{0,24}\((?P<value>[^\n]{10,240})",
        (
            b"jwt",
            b"hmac",
            b"fernet",
            b"securitykey(",
            b"secretkeyspec(",
            b"signedstring(",
            b"signwith(",
            b"secretbox",
        ),
        "key argument",
        near=True,
    ),
)
