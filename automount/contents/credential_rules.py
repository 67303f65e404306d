"""The shape of a row of the table, the kinds of tokens, and the rows for passwords in calls and commands."""

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
        r"(?:curl|wget)\b[^\n]{0,200}?[\s\"',](?:-u|--user)(?:[ =]|[\"'],\s{0,4})?[\"']?"
        r"[\w.@-]{1,64}:(?P<value>[^\s\"'$<{]{8,128})",
        (b"curl", b"wget"),
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
        "encrypted-credential",
        "a build server credential",
        "text",
        r"\{AQAAAB[A-Za-z0-9+/]{30,}={0,2}\}",
        (b"{aqaaab",),
        near=True,
    ),
    SecretRule(
        "named-auth",
        "a service password",
        "text",
        r"(?<![\w.-])[\"']?(?:auth|encrypt)[\"']?\s{0,4}[:=]\s{0,4}[\"']?(?P<value>[A-Za-z0-9_+/-]{16,200}={0,2})[\"']?,?\s{0,4}(?m:$)",
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
        r"(?:(?i:login|connect|connection|connectsync|mysqli|authenticate|auth|authentication|credentials?|\bpdo"
        r"|\.sign|hmac|fernet|client|cipheriv|aes\.new|pw_?set|passwordtoken|\bftp"
        r"|ldap_bind|client\.create|sequelize|cookieparser|(?<!self)\.init|require\([\"'][\w./@-]{1,60}[\"']\))\(|\b(?:\w{1,12}_)?auth\s{0,2}=\s{0,2}[\[(])"
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
        r"(?:-stdin\b|\bsudo -S)",
        (b"-stdin", b"sudo -s"),
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

# Tokens that are recognised by their prefix: a code, what it looks like, and the expression.
TOKENS: tuple[tuple[str, str, str], ...] = (
    ("aws-access-key", "an AWS access key", r"(?:AKIA|ASIA)[A-Z2-7]{16}(?![A-Za-z0-9])"),
    ("github-token", "a GitHub token", r"gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{70,}"),
    ("gitlab-token", "a GitLab token", r"gl(?:pat|dt|ptt|rt|cbt)-[A-Za-z0-9_-]{20,}"),
    ("slack-token", "a Slack token", r"xox[abeoprs]-[A-Za-z0-9-]*\d[A-Za-z0-9-]{9,}|xapp-\d-[A-Z0-9-]{20,}"),
    ("slack-hook", "a Slack webhook", r"hooks\.slack\.com/services/T\w{6,}/B\w{6,}/\w{20,}"),
    ("google-key", "a Google API key", r"AIza[A-Za-z0-9_-]{35}(?![A-Za-z0-9_-])|GOCSPX-[A-Za-z0-9_-]{28}"),
    ("google-token", "a Google access token", r"ya29\.[A-Za-z0-9_-]{30,}"),
    ("stripe-key", "a Stripe live key", r"[sr]k_live_[A-Za-z0-9]{20,}|whsec_[A-Za-z0-9+/=]{32,}"),
    ("sk-key", "an API key", r"sk-(?:[a-z]{2,10}[0-9]{0,2}-){0,3}(?=[A-Za-z_-]*\d)[A-Za-z0-9_-]{40,}"),
    ("package-index-token", "a package index token", r"pypi-AgE[A-Za-z0-9_-]{50,}|npm_[A-Za-z0-9]{36}"),
    ("table-service-token", "an Airtable token", r"pat[A-Za-z0-9]{14}\.[a-f0-9]{64}(?![A-Za-z0-9])"),
    ("hub-token", "a model hub token", r"hf_[A-Za-z0-9]{34}(?![A-Za-z0-9])"),
    ("discord-token", "a Discord bot token", r"[MNO][A-Za-z0-9]{23,25}\.[\w-]{6}\.[\w-]{27,38}"),
    ("messaging-key", "a Firebase server key", r"AAAA[\w-]{7}:APA91b[\w-]{130,}"),
    ("registry-settings", "container registry logins", r"eyJhdXRocyI6[A-Za-z0-9+/]{30,}"),
    ("docker-token", "a Docker token", r"dckr_pat_[A-Za-z0-9_-]{27}"),
    ("digitalocean-token", "a DigitalOcean token", r"do[oprt]_v1_[a-f0-9]{64}"),
    ("databricks-token", "a Databricks token", r"dapi[a-f0-9]{32}(?![A-Za-z0-9])"),
    ("shopify-token", "a Shopify token", r"shp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}"),
    ("sendgrid-key", "a SendGrid key", r"SG\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}"),
    ("vault-token", "a Vault token", r"hv[sb]\.[A-Za-z0-9_-]{24,}"),
    (
        "encoded-key",
        "a private key in base64",
        r"LS0tLS1CRUdJTiB(?:QUklWQVRFIEtFW|SU0EgUFJJVkFURSBLRV|FQyBQUklWQVRFIEtFW|EU0EgUFJJVkFURSBLRV|PUEVOU1NIIFBSSVZBVEUgS0VZ|FTkNSWVBURUQgUFJJVkFURSBLRV)[A-Za-z0-9+/=]{40,}",
    ),
    ("twilio-key", "a Twilio API key", r"SK[0-9a-f]{32}(?![A-Za-z0-9])"),
    ("atlassian-token", "an Atlassian token", r"ATATT3[A-Za-z0-9_=-]{100,}"),
    ("grafana-token", "a Grafana token", r"glsa_[A-Za-z0-9]{32}_[0-9a-f]{8}|glc_[A-Za-z0-9+/]{32,}"),
    ("linear-key", "a Linear API key", r"lin_(?:api|oauth)_[A-Za-z0-9]{40,}"),
    ("notion-token", "a Notion token", r"ntn_[A-Za-z0-9]{40,}|secret_[A-Za-z0-9]{43}(?![A-Za-z0-9])"),
    ("postman-key", "a Postman API key", r"PMAK-[0-9a-f]{24}-[0-9a-f]{34}"),
    ("new-relic-key", "a New Relic key", r"NRAK-[A-Z0-9]{27}"),
    ("sentry-token", "a Sentry token", r"sntry[su]_[A-Za-z0-9+/=_-]{40,}"),
    (
        "model-service-key",
        "a model service API key",
        r"gsk_[A-Za-z0-9]{40,}|r8_[A-Za-z0-9]{37}|xai-[A-Za-z0-9]{70,}|pplx-[A-Za-z0-9]{40,}",
    ),
    (
        "database-service-token",
        "a database service token",
        r"sbp_[0-9a-f]{40}|pscale_(?:tkn|pw|oauth)_[A-Za-z0-9_.=-]{32,}",
    ),
    ("doppler-token", "a Doppler token", r"dp\.(?:pt|st|ct|sa)\.[A-Za-z0-9_.-]{40,}"),
    ("mailgun-key", "a Mailgun key", r"key-[0-9a-f]{32}(?![A-Za-z0-9])"),
    ("square-token", "a Square token", r"sq0(?:atp|csp)-[A-Za-z0-9_-]{22,43}|EAAA[A-Za-z0-9_-]{60}"),
    ("age-key", "an age private key", r"AGE-SECRET-KEY-1[0-9A-Z]{58}"),
    ("telegram-token", "a Telegram bot token", r"\d{8,10}:AA[A-Za-z0-9_-]{33}(?![A-Za-z0-9_-])"),
    ("azure-key", "an Azure storage key", r"AccountKey=[A-Za-z0-9+/]{86}=="),
    (
        "signed-token",
        "a signed token (JWT)",
        r"eyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{20,}",
    ),
)
