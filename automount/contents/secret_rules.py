"""The ordered table of what looks like a secret: one row per kind, by a file's name or by its text."""

from __future__ import annotations

from automount.values import dataclass


@dataclass(frozen=True)
class SecretRule:
    """One row of the table. `code` is stable; `meaning` completes the sentence "looks like …".

    `where` is "name" (the expression is matched against the last parts of the path, lower case), "word"
    (where a long word begins), "start" (of the text), "armour" (searched in texts with long words that
    hold one of `hints`), "text" (searched in texts that hold one of `hints`, lower case) or "value" (decided
    by code). `check` names what a
    found `value` must pass besides: "varied" (not a placeholder), "scrambled" (reads like a random string),
    "pair" (base64 of `user:password`). `near` says that a hint is part of what the expression
    matches, so that only the lines with a hint are searched.
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
        r"|secrets\.(?:toml|ya?ml|json|ini)|\.secrets(?:\.[^/]+)?|credentials\.(?:json|toml|ya?ml|ini|csv))",
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
        "scrambled",
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
        r"(?i:(?:server|data source|host|addr|user id|uid|username)\s{0,2}=[^;\"'\n]{1,200};"
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
        "scrambled",
        near=True,
    ),
    SecretRule(
        "mysql-password",
        "a password on a command line",
        "text",
        r"(?:mysql|mariadb)(?:dump|admin)?\b[^\n]{0,120}?\s-p[\"']?(?P<value>[^\s\"'$<{]{8,64})",
        (b"mysql", b"mariadb"),
        "scrambled",
        near=True,
    ),
    SecretRule(
        "option-password",
        "a password on a command line",
        "text",
        r"(?:sshpass|\blogin|\bmongo(?:sh|dump)?|redis-cli|\bldap[a-z]{3,8})\b"
        r"[^\n]{0,120}?\s-(?:p|a|w|P)[ =]?[\"']?(?P<value>[^\s\"'$<{]{8,64})",
        (b"sshpass", b"login", b"mongo", b"redis-cli", b"ldap"),
        "scrambled",
        near=True,
    ),
    SecretRule(
        "login-call",
        "a password in a call",
        "text",
        r"(?:(?i:login|connect|getconnection|authenticate|basic_?auth|credentials?)\s{0,2}\("
        r"|\bauth\s{0,2}=\s{0,2}[\[(])"
        r"[^()\n]{0,160}?[\"'][^\"'\n]{1,120}[\"']\s{0,4},\s{0,4}[\"'](?P<value>[^\s\"']{8,64})[\"']\s{0,4}[)\]]",
        (b"login", b"connect", b"auth", b"credential"),
        "scrambled",
        near=True,
    ),
    SecretRule(
        "given-password",
        "a password in a statement",
        "text",
        r"(?i:identified\s{1,4}(?:with\s\w{1,40}\s)?by|convertto-securestring(?:\s-string)?)\s{1,4}"
        r"[\"'](?P<value>[^\s\"'$]{8,64})[\"']",
        (b"identified", b"convertto"),
        "scrambled",
        near=True,
    ),
    SecretRule(
        "pgpass-line",
        "a password of a database",
        "text",
        r"(?m:^)[\w.*-]{1,80}:(?:\d{2,5}|\*):[\w.*-]{1,64}:[\w.*-]{1,64}:(?P<value>[^\s:\"']{8,64})(?m:$)",
        (b":5432:", b":*:"),
        "scrambled",
    ),
    SecretRule("aws-access-key", "an AWS access key", "word", r"(?:AKIA|ASIA)[A-Z2-7]{16}(?![A-Za-z0-9])"),
    SecretRule(
        "github-token", "a GitHub token", "word", r"gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{70,}"
    ),
    SecretRule("gitlab-token", "a GitLab token", "word", r"gl(?:pat|dt|ptt|rt|cbt)-[A-Za-z0-9_-]{20,}"),
    SecretRule(
        "slack-token",
        "a Slack token",
        "word",
        r"xox[abeoprs]-[A-Za-z0-9-]*\d[A-Za-z0-9-]{9,}|xapp-\d-[A-Z0-9-]{20,}",
    ),
    SecretRule(
        "slack-hook", "a Slack webhook", "word", r"hooks\.slack\.com/services/T\w{6,}/B\w{6,}/\w{20,}"
    ),
    SecretRule(
        "google-key",
        "a Google API key",
        "word",
        r"AIza[A-Za-z0-9_-]{35}(?![A-Za-z0-9_-])|GOCSPX-[A-Za-z0-9_-]{28}",
    ),
    SecretRule("google-token", "a Google access token", "word", r"ya29\.[A-Za-z0-9_-]{30,}"),
    SecretRule(
        "stripe-key", "a Stripe live key", "word", r"[sr]k_live_[A-Za-z0-9]{20,}|whsec_[A-Za-z0-9+/=]{32,}"
    ),
    SecretRule(
        "sk-key",
        "an API key",
        "word",
        r"sk-(?:[a-z]{2,10}[0-9]{0,2}-){0,3}(?=[A-Za-z_-]*\d)[A-Za-z0-9_-]{40,}",
    ),
    SecretRule(
        "package-index-token",
        "a package index token",
        "word",
        r"pypi-AgE[A-Za-z0-9_-]{50,}|npm_[A-Za-z0-9]{36}",
    ),
    SecretRule("hub-token", "a model hub token", "word", r"hf_[A-Za-z0-9]{34}(?![A-Za-z0-9])"),
    SecretRule("docker-token", "a Docker token", "word", r"dckr_pat_[A-Za-z0-9_-]{27}"),
    SecretRule("digitalocean-token", "a DigitalOcean token", "word", r"do[oprt]_v1_[a-f0-9]{64}"),
    SecretRule("databricks-token", "a Databricks token", "word", r"dapi[a-f0-9]{32}(?![A-Za-z0-9])"),
    SecretRule("shopify-token", "a Shopify token", "word", r"shp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}"),
    SecretRule("sendgrid-key", "a SendGrid key", "word", r"SG\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}"),
    SecretRule("vault-token", "a Vault token", "word", r"hv[sb]\.[A-Za-z0-9_-]{24,}"),
    SecretRule(
        "azure-client-secret",
        "an Azure client secret",
        "text",
        r"(?<![A-Za-z0-9])(?P<value>[A-Za-z0-9_~.-]{3}\dQ~[A-Za-z0-9_~.-]{31,34})(?![A-Za-z0-9])",
        (b"q~",),
        "scrambled",
    ),
    SecretRule(
        "encoded-key",
        "a private key in base64",
        "word",
        r"LS0tLS1CRUdJTiB(?:QUklWQVRFIEtFW|SU0EgUFJJVkFURSBLRV|FQyBQUklWQVRFIEtFW|EU0EgUFJJVkFURSBLRV|PUEVOU1NIIFBSSVZBVEUgS0VZ|FTkNSWVBURUQgUFJJVkFURSBLRV)[A-Za-z0-9+/=]{40,}",
    ),
    SecretRule("twilio-key", "a Twilio API key", "word", r"SK[0-9a-f]{32}(?![A-Za-z0-9])"),
    SecretRule("atlassian-token", "an Atlassian token", "word", r"ATATT3[A-Za-z0-9_=-]{100,}"),
    SecretRule(
        "grafana-token", "a Grafana token", "word", r"glsa_[A-Za-z0-9]{32}_[0-9a-f]{8}|glc_[A-Za-z0-9+/]{32,}"
    ),
    SecretRule("linear-key", "a Linear API key", "word", r"lin_(?:api|oauth)_[A-Za-z0-9]{40,}"),
    SecretRule(
        "notion-token",
        "a Notion token",
        "word",
        r"ntn_[A-Za-z0-9]{40,}|secret_[A-Za-z0-9]{43}(?![A-Za-z0-9])",
    ),
    SecretRule("postman-key", "a Postman API key", "word", r"PMAK-[0-9a-f]{24}-[0-9a-f]{34}"),
    SecretRule("new-relic-key", "a New Relic key", "word", r"NRAK-[A-Z0-9]{27}"),
    SecretRule("sentry-token", "a Sentry token", "word", r"sntry[su]_[A-Za-z0-9+/=_-]{40,}"),
    SecretRule(
        "model-service-key",
        "an API key of a model service",
        "word",
        r"gsk_[A-Za-z0-9]{40,}|r8_[A-Za-z0-9]{37}|xai-[A-Za-z0-9]{70,}|pplx-[A-Za-z0-9]{40,}",
    ),
    SecretRule(
        "database-service-token",
        "a token of a database service",
        "word",
        r"sbp_[0-9a-f]{40}|pscale_(?:tkn|pw|oauth)_[A-Za-z0-9_.=-]{32,}",
    ),
    SecretRule("doppler-token", "a Doppler token", "word", r"dp\.(?:pt|st|ct|sa)\.[A-Za-z0-9_.-]{40,}"),
    SecretRule("mailgun-key", "a Mailgun key", "word", r"key-[0-9a-f]{32}(?![A-Za-z0-9])"),
    SecretRule(
        "square-token", "a Square token", "word", r"sq0(?:atp|csp)-[A-Za-z0-9_-]{22,43}|EAAA[A-Za-z0-9_-]{60}"
    ),
    SecretRule("age-key", "an age private key", "word", r"AGE-SECRET-KEY-1[0-9A-Z]{58}"),
    SecretRule("telegram-token", "a Telegram bot token", "word", r"\d{8,10}:AA[A-Za-z0-9_-]{33}\b"),
    SecretRule("azure-key", "an Azure storage key", "word", r"AccountKey=[A-Za-z0-9+/]{86}=="),
    SecretRule(
        "signed-token",
        "a signed token (JWT)",
        "word",
        r"eyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{20,}",
    ),
    SecretRule("assigned-secret", "a secret", "value", ""),
)
