"""The shape of a row of the table, and the rows for passwords in calls and commands."""

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
        "a database password",
        "text",
        r"(?i:thin:|\bconnect |\bsqlplus )\s{0,4}[\w$]{1,64}/(?P<value>[^\s@/\"'$<{]{8,64})@"
        r"|[\w.-]{1,64}:(?P<second>[^\s:/@\"'$<{]{8,64})@(?:tcp|unix)\(",
        (b":thin:", b"connect ", b"@tcp("),
        "password",
        near=True,
    ),
    SecretRule(
        "account-password",
        "an account password",
        "text",
        r"(?:(?m:^)[ -]{0,16}|echo [\"']?)[a-z_][\w-]{0,31}:(?P<value>[^\s:\"'$]{8,64})[\"']?(?=\s)",
        (b"chpasswd",),
        "password",
    ),
    SecretRule(
        "command-password",
        "a password on a command line",
        "text",
        r"[\s\"',](?:-[uU]|--(?:proxy-)?user)(?:[ =]|[\"'],\s{0,4})?[\"']?[\w.@\\-]{1,64}[:%,]"
        r"(?P<value>[^\s\"'$<{,]{8,128})",
        (b" -u", b"--user", b"--proxy-user", b'"-u', b"'-u"),
        "password",
        near=True,
    ),
    SecretRule(
        "community-name",
        "a password in a device's settings",
        "text",
        r"snmp-server community (?P<value>\S{8,64})|(?i:createuser) \S{1,40} [\w-]{2,12} \"?"
        r"(?P<second>[^\s\"]{8,64})",
        (b"snmp-server community", b"createuser"),
        "password",
        near=True,
    ),
    SecretRule(
        "encoded-pair",
        "a user name and password in a call",
        "text",
        r"(?i:b64encode|btoa|buffer\.from|base64_encode|encode64|getbytes)\(\s{0,4}[bu]?[\"'][\w.@-]{1,64}:"
        r"(?P<value>[^\s\"'$<{]{8,128})[\"']",
        (b"b64encode(", b"btoa(", b"buffer.from(", b"encode64(", b"base64_encode(", b"getbytes("),
        "password",
        near=True,
    ),
    SecretRule(
        "named-auth",
        "a service password",
        "text",
        r"(?<![\w.-])[\"']?(?:auth|encrypt)[\"']?\s{0,4}[:=]\s{0,4}[\"']?"
        r"(?P<value>[A-Za-z0-9_+/-]{16,200}={0,2})[\"']?,?\s{0,4}(?m:$)",
        (b"auth:", b"auth =", b'auth":', b"auth=", b"encrypt =", b"encrypt=", b'encrypt":'),
        "scrambled",
        near=True,
    ),
    SecretRule(
        "wallet-key",
        "an account's private key",
        "text",
        r"accounts[\"']?\s{0,4}[:=]\s{0,4}\[\s{0,20}[\"'`](?P<value>(?:0x)?[0-9a-fA-F]{64})[\"'`]",
        (b"accounts:", b'accounts":', b"accounts =", b"accounts="),
        near=True,
    ),
    SecretRule(
        "user-list",
        "an account password",
        "text",
        r"(?m:^)\"[\w.@-]{1,64}\"[ \t]{1,4}\"(?!md5)(?P<value>[^\"\s]{8,64})\"\s*(?m:$)"
        r"|(?m:^)\s{0,4}(?:ACL SETUSER|user) \S{1,64} [^\n]{0,80}?>(?P<second>[^\s>]{8,64})(?=\s)",
        (b'" "', b" on >"),
        "password",
        near=True,
    ),
    SecretRule(
        "mysql-password",
        "a password on a command line",
        "text",
        r"(?:mysql|mariadb)(?:dump|admin)?\b[^\n]{0,120}?[\s\"',]-p[\"']?(?P<value>[^\s\"'$<{]{8,64})",
        (b"mysql", b"mariadb"),
        "password",
        near=True,
    ),
    SecretRule(
        "option-password",
        "a password on a command line",
        "text",
        r"(?:sshpass|\blogin|\bmongo(?:sh|dump)?|mosquitto_\w{3}|redis-cli|\bldap[a-z]{3,8})\b"
        r"[^\n]{0,120}?[\s\"',]-(?:p|a|w|P)(?:[ =]|[\"'],\s{0,4})?[\"']?(?P<value>[^\s\"'$<{]{8,64})",
        (b"sshpass", b"login", b"mongo", b"mosquitto_", b"redis-cli", b"ldap"),
        "password",
        near=True,
    ),
    SecretRule(
        "login-call",
        "a password in a call",
        "text",
        r"(?:(?i:login|connect|connection|connectsync|mysqli|authenticate|auth|authentication"
        r"|credentials?|\bpdo"
        r"|\.sign|session|algoliasearch|hmac|fernet|client|cipheriv|aes\.new|pw_?set|passwordtoken|\bftp"
        r"|ldap_bind|client\.create|sequelize|cookieparser|(?<!self)\.init"
        r"|require\([\"'][\w./@-]{1,60}[\"']\))\(|\b(?:\w{1,12}_)?auth\s{0,2}=\s{0,2}[\[(])"
        r"(?P<value>[^\n]{10,240})",
        (
            *(
                b"login(",
                b"connect",
                b"mysqli(",
                b"auth(",
                b"auth=(",
                b"auth = (",
                b"authenticate(",
                b"authentication(",
            ),
            *(b"credential", b"pdo(", b".sign(", b"hmac(", b"fernet(", b"client(", b"cipheriv(", b"aes.new("),
            *(
                b"session(",
                b"algoliasearch(",
                b"pw_set(",
                b"pwset(",
                b"passwordtoken(",
                b"ftp(",
                b"ldap_bind(",
                b"client.create(",
                b"sequelize(",
                b"cookieparser(",
                b".init(",
                b"')('",
                b'")("',
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
        "piped-password",
        "a password on a command line",
        "text",
        r"\b(?:echo|printf)(?: -n)? [\"']?(?P<value>[^\s\"'$<{|]{8,128})[\"']?\s{0,4}\|[^\n]{0,200}?"
        r"(?:-stdin\b|\bsudo -S|\bkinit\b|\bcryptsetup\b|\bsmbpasswd\b)",
        (b"-stdin", b"sudo -s", b"kinit", b"cryptsetup", b"smbpasswd"),
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
        "a database password",
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
        r"(?:[^\"'\n]{0,200};)?\s{0,2}(?:password|pwd)\s{0,2}=)\s{0,2}\{?(?P<value>[^;\s\"'<>{}$]{6,128})",
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
