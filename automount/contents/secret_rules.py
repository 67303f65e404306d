"""The ordered table of what looks like a secret: one row per kind, by a file's name or by its text."""

from __future__ import annotations

from automount.contents.token_kinds import TOKENS
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
        r"|\.htdigest|sasl_passwd|rclone\.conf|snmpd\.conf|[^/]+\.secrets|(?:chap|pap)-secrets|g?shadow(?:-|\.bak)?"
        r"|secrets\.(?:toml|ya?ml|json|ini)|\.secrets(?:\.[^/]+)?|credentials\.(?:json|toml|ya?ml|ini|csv))",
    ),
    SecretRule(
        "lone-secret",
        "a file with nothing but a secret",
        "lone",
        r"(?:.*/)?[^/]*(?:key|token|secret|passw|passphrase|credential|pwd)[^/]*",
    ),
    SecretRule(
        "private-key",
        "a private key",
        "armour",
        r"-----BEGIN (?:[A-Z0-9]+ ){0,3}PRIVATE KEY(?: BLOCK)?-----"
        r"(?:\\[rn]|[\s\"',+]|[A-Z][A-Za-z-]+: [^\n]*\n){1,40}[A-Za-z0-9+/=]{40}",
        (b"private key",),
    ),
    SecretRule("putty-key", "a private key", "start", r"PuTTY-User-Key-File-\d+:"),
    SecretRule(
        "url-password",
        "a password in a URL",
        "text",
        r"://[^\s:/@'\"<>{}$*]{0,64}:(?P<value>[^\s:/@'\"<>{}$*]{6,128})@"
        r"(?!localhost\b|127\.0\.0\.1|\[::1\]|(?:[a-z0-9-]+\.)*example\b|(?:host|hostname|server)\b)[A-Za-z0-9.\[-]",
        (b"://",),
    ),
    SecretRule(
        "local-url-password",
        "a password in a URL",
        "text",
        r"://[^\s:/@'\"<>{}$*]{0,64}:(?P<value>[^\s:/@'\"<>{}$*]{8,128})@(?:localhost\b|127\.0\.0\.1|\[::1\])",
        (b"://",),
        "password",
    ),
    SecretRule(
        "basic-header",
        "a user and a password in a header",
        "text",
        r"(?i:\bbasic) +(?P<value>[A-Za-z0-9+/]{12,400}={0,2})(?![A-Za-z0-9+/=])",
        (b"basic ",),
        "pair",
        near=True,
    ),
    SecretRule(
        "bearer-header",
        "a token in a header",
        "text",
        r"(?i:\bbearer) +(?P<value>[A-Za-z0-9._~+/-]{20,400}=*)(?![A-Za-z0-9{<$%(])",
        (b"bearer ",),
        "scrambled",
        near=True,
    ),
    SecretRule(
        "authorization-header",
        "a token in a header",
        "text",
        r"(?i:authorization)[\"']?\]?\s{0,4}[:=,]\s{0,4}[\"']?(?!(?i:basic) )"
        r"(?:[A-Za-z-]{2,20}(?: token=| ))?[\"']?"
        r"(?P<value>[A-Za-z0-9._~+/:-]{20,400}=*)(?![A-Za-z0-9{<$%(])",
        (b"authorization",),
        "scrambled",
        near=True,
    ),
    SecretRule(
        "session-cookie",
        "a session in a cookie",
        "text",
        r"(?i:[\w.-]{0,20}(?:sess|sid|auth|token)[\w.-]{0,12})[\"']?\s{0,2}[=:]\s{0,2}[\"']?(?P<value>[\w.%+/-]{20,400})",
        (b"cookie", b"connect.sid"),
        "scrambled",
        near=True,
    ),
    SecretRule(
        "query-key",
        "a key in an address",
        "text",
        r"(?i:[?&](?:appid|key|api[_-]?key|apikey|access[_-]?key|auth|token|client_secret))="
        r"(?P<value>[A-Za-z0-9_-]{20,120}={0,2})(?![A-Za-z0-9_-])",
        (b"appid=", b"?key=", b"&key="),
        "scrambled",
        near=True,
    ),
    SecretRule(
        "kubernetes-secret",
        "a value of a Kubernetes secret",
        "text",
        r"(?m:^) {0,8}\"?[\w.-]{1,80}\"?: {0,2}[\"']?(?P<value>[A-Za-z0-9+/]{12,4000}={0,2})[\"']?,?\s*"
        r"(?m:$)",
        (b"kind: secret\n", b'"kind": "secret"'),
        "encoded",
    ),
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
        "password-hash",
        "a password hash of an account",
        "text",
        r"(?m:^)[\w.@-]{1,64}:\$(?:2[abxy]\$\d\d\$[./A-Za-z0-9]{53}|(?:apr1|[1567y]|argon2id?|gy)\$[^\s:]{20,200})",
        (b":$",),
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
        "chat-hook",
        "a webhook of a chat",
        "text",
        r"discord(?:app)?\.com/api/webhooks/\d{16,20}/[\w-]{60,70}"
        r"|\.webhook\.office\.com/webhookb2/[\w@-]{30,80}/IncomingWebhook/[0-9a-f]{32}",
        (b"/api/webhooks/", b".webhook.office."),
        near=True,
    ),
    SecretRule(
        "named-key",
        "a key",
        "text",
        r"(?:(?<![\w.-])|(?<=\.))[\"']?[Kk]ey[\"']?\s{0,4}[:=]\s{0,4}[\"']?(?P<value>[A-Za-z0-9+/_]{28,120}={0,2})(?![\w(.-])",
        (b"jwt", b"crypt", b"hmac"),
        "mixed",
    ),
    SecretRule(
        "registry-login",
        "a login of a container registry",
        "text",
        r"\"auth\"\s{0,4}:\s{0,4}\"(?P<value>[A-Za-z0-9+/]{8,400}={0,2})\"",
        (b"auth",),
        "pair",
    ),
    SecretRule(
        "azure-signature",
        "an Azure shared access signature",
        "text",
        r"[?&;]sig=(?P<value>(?:[A-Za-z0-9+/]|%2[bBfF]){40,64}(?:=|%3[dD]){0,2})",
        (b"sig=",),
        "scrambled",
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
        "json-web-key",
        "a private JSON web key",
        "text",
        r"\"(?:d|k)\"\s{0,4}:\s{0,4}\"(?P<value>[A-Za-z0-9_-]{22,})\"",
        (b'"kty"',),
        "scrambled",
    ),
    SecretRule(
        "index-auth-token",
        "a token of a package registry",
        "text",
        r":?_auth(?:Token)?\s{0,2}=\s{0,2}\"?(?P<value>[A-Za-z0-9_+/-]{16,400}={0,2})",
        (b"_auth",),
        "scrambled",
        near=True,
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
        r"(?:(?i:login|connect|connection|authenticate|auth|credentials?|\bpdo|\.sign|hmac|fernet|client|cipheriv"
        r"|aes\.new|\bjwt\.\w{1,20}|jwt_(?:en|de)code|keyspec|hmac\w{1,20})\(|\bauth\s{0,2}=\s{0,2}[\[(])"
        r"(?P<value>[^\n]{10,240})",
        (
            *(
                b"login(",
                b"connect",
                b"auth(",
                b"auth=(",
                b"authenticate(",
                b"credential",
                b"pdo(",
                b".sign(",
            ),
            *(b"hmac", b"fernet", b"client(", b"cipheriv(", b"aes.new(", b"jwt", b"keyspec("),
        ),
        "arguments",
        near=True,
    ),
    SecretRule(
        "call-password",
        "a password in a call",
        "text",
        r"(?:(?i:login|connect|connection|connectsync|mysqli|authenticate|auth|authentication|credentials?|\bpdo"
        r"|pw_?set|passwordtoken)\(|\bauth\s{0,2}=\s{0,2}[\[(])(?P<value>[^\n]{10,240})",
        (b"login(", b"connect", b"mysqli(", b"auth", b"credential", b"pdo(", b"set(", b"passwordtoken("),
        "chosen argument",
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
    *(SecretRule(code, meaning, "word", expression) for code, meaning, expression in TOKENS),
    SecretRule(
        "azure-client-secret",
        "an Azure client secret",
        "text",
        r"(?<![A-Za-z0-9])(?P<value>[A-Za-z0-9_~.-]{3}\dQ~[A-Za-z0-9_~.-]{31,34})(?![A-Za-z0-9])",
        (b"q~",),
        "scrambled",
    ),
    SecretRule("assigned-secret", "a secret", "value", ""),
)
