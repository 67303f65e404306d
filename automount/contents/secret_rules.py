"""The ordered table of what looks like a secret: one row per kind, by a file's name or by its text."""

from __future__ import annotations

from automount.contents.credential_rules import PASSWORDS, SecretRule
from automount.contents.token_rules import TOKENS

RULES: tuple[SecretRule, ...] = (
    SecretRule(
        "env-file",
        "an environment file",
        "name",
        r"(?:.*/)?(?:\.env(?:rc)?|\.env\.(?!example$|sample$|template$|dist$|defaults?$"
        r"|schema$)[^/]+|[^/]+\.env)",
    ),
    SecretRule(
        "key-file",
        "a private key or key store",
        "name",
        r"(?:.*/)?(?:id_(?:rsa|dsa|ecdsa|ed25519|ecdsa_sk|ed25519_sk)|[^/]+\.(?:ppk|p12|pfx|jks"
        r"|keystore|kdbx))",
    ),
    SecretRule(
        "cloud-credentials",
        "cloud credentials",
        "name",
        r"(?:.*/)?(?:\.aws/credentials|\.boto|\.s3cfg|\.kube/config|kubeconfig"
        r"|\.docker/config\.json|\.dockercfg"
        r"|application_default_credentials\.json|gcloud/credentials\.db|\.azure/[^/]*tokens?[^/]*\.json"
        r"|client_secrets?[^/]*\.json|service[-_]account[^/]*\.json|[^/]*\.tfstate(?:\.backup)?|\.modal\.toml"
        r"|kaggle\.json)",
    ),
    SecretRule(
        "password-file",
        "a file of passwords or tokens",
        "name",
        r"(?:.*/)?(?:[._]netrc|\.pgpass|\.my\.cnf|\.pypirc|\.git-credentials|\.htpasswd|\.vault-token"
        r"|\.htdigest|sasl_passwd|rclone\.conf|[^/]+\.secrets|(?:chap|pap)-secrets|g?shadow(?:-|\.bak)?"
        r"|secrets\.(?:toml|ya?ml|json|ini)|\.secrets(?:\.[^/]+)?|credentials\.(?:json|toml|ya?ml|ini|csv))",
    ),
    SecretRule(
        "lone-secret",
        "a file that contains only a secret",
        "lone",
        r"(?:.*/)?(?![^/]*\.(?:enc|encrypted|gpg|pgp|age|asc|sops|pub|crt|cer|csr|sig|sha\d+|md5)$)"
        r"[^/]*(?:key|token|secret|passw|passphrase|credential|pwd)[^/]*",
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
        r"://[^\s:/@'\"<>{}$*]{0,64}:(?P<value>[^\s:/'\"<>{}$*]{6,128})@"
        r"(?!localhost\b|127\.0\.0\.1|\[::1\]|(?:[a-z0-9-]+\.)*example\b|(?:host|hostname"
        r"|server)\b)[A-Za-z0-9.\[-]",
        (b"://",),
    ),
    SecretRule(
        "local-url-password",
        "a password in a URL",
        "text",
        r"://[^\s:/@'\"<>{}$*]{0,64}:(?P<value>[^\s:/@'\"<>{}$*]{8,128})@(?:localhost\b"
        r"|127\.0\.0\.1|\[::1\])",
        (b"://",),
        "password",
    ),
    SecretRule(
        "basic-header",
        "a user name and password in a header",
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
        "a session cookie",
        "text",
        r"(?i:[\w.-]{0,20}(?:sess|sid|auth|token)[\w.-]{0,12})[\"']?\s{0,2}[=:]\s{0,2}[\"']?"
        r"(?P<value>[\w.%+/-]{20,400})",
        (b"cookie", b"connect.sid"),
        "scrambled",
        near=True,
    ),
    SecretRule(
        "query-key",
        "a key in a URL",
        "text",
        r"(?i:[?&](?:appid|key|api[_-]?key|apikey|access[_-]?key|auth|code(?==[\w-]{40})|token|client_secret))="
        r"(?P<value>[A-Za-z0-9_-]{20,120}={0,2})(?![A-Za-z0-9_-])",
        (b"appid=", b"?key=", b"&key=", b"?code="),
        "scrambled",
        near=True,
    ),
    SecretRule(
        "kubernetes-secret",
        "a value in a Kubernetes secret",
        "text",
        r"(?m:^) {0,8}\"?[\w.-]{1,80}\"?: {0,2}[\"']?(?P<value>[A-Za-z0-9+/]{12,4000}={0,2})[\"']?,?\s*"
        r"(?m:$)",
        (b"kind: secret\n", b'"kind": "secret"'),
        "encoded",
    ),
    SecretRule(
        "password-hash",
        "an account's password hash",
        "text",
        r"(?m:^)[\w.@-]{1,64}:\$(?:2[abxy]\$\d\d\$[./A-Za-z0-9]{53}|(?:apr1|[1567y]|argon2id?"
        r"|gy)\$[^\s:]{20,200})",
        (b":$",),
        near=True,
    ),
    SecretRule(
        "account-token",
        "the token of a telephony account",
        "text",
        r"AC[0-9a-f]{32}[\"'],\s{0,8}[\"'](?P<value>[0-9a-f]{32})[\"']",
        (b"twilio", b"sid"),
    ),
    SecretRule(
        "node-cookie",
        "the cookie of an Erlang node",
        "text",
        r"-setcookie\s{1,4}(?P<value>[A-Za-z0-9_]{16,80})(?![\w(])",
        (b"-setcookie",),
        near=True,
    ),
    SecretRule(
        "chat-hook",
        "a chat webhook",
        "text",
        r"discord(?:app)?\.com/api/webhooks/\d{16,20}/[\w-]{60,70}"
        r"|\.webhook\.office\.com/webhookb2/[\w@-]{30,80}/IncomingWebhook/[0-9a-f]{32}",
        (b"/api/webhooks/", b".webhook.office."),
        near=True,
    ),
    SecretRule(
        "seed-phrase",
        "the words of a wallet's key",
        "text",
        r"(?i:mnemonic|(?:seed|recovery|secret|backup)[ _-]?phrase)"
        r"[\w ]{0,16}[\"'`]?\s{0,4}[:=(]{1,2}\s{0,8}[\"'`]?"
        r"(?P<value>(?:[a-z]{3,8} ){11,23}[a-z]{3,8})(?![ a-z])",
        (b"mnemonic", b"phrase"),
        near=True,
    ),
    SecretRule(
        "named-key",
        "a key",
        "text",
        r"(?:(?<![\w.-])|(?<=\.))[\"']?[Kk]ey[\"']?\s{0,4}[:=]\s{0,4}[\"']?"
        r"(?P<value>[A-Za-z0-9+/_]{28,120}={0,2})(?![\w(.-])",
        (b"jwt", b"crypt", b"hmac"),
        "mixed",
    ),
    SecretRule(
        "registry-login",
        "a container registry login",
        "text",
        r"\"auth\"\s{0,4}:\s{0,4}\"(?P<value>[A-Za-z0-9+/]{8,400}={0,2})\"",
        (b"auth",),
        "pair",
    ),
    SecretRule(
        "azure-signature",
        "an Azure shared access signature",
        "text",
        r"[?&;]sig=(?P<value>(?:[A-Za-z0-9+/_-]|%2[bBfF]){40,64}(?:=|%3[dD]){0,2})",
        (b"sig=",),
        "scrambled",
    ),
    SecretRule(
        "azure-storage-key",
        "an Azure storage key",
        "text",
        r"core\.windows\.net[^\x00]{0,60}?(?<![A-Za-z0-9+/])(?P<value>[A-Za-z0-9+/]{86}==)",
        (b"core.windows.net",),
        "scrambled",
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
        "a package registry token",
        "text",
        r":?_auth(?:Token)?\s{0,2}=\s{0,2}\"?(?P<value>[A-Za-z0-9_+/-]{16,400}={0,2})",
        (b"_auth",),
        "scrambled",
        near=True,
    ),
    *PASSWORDS,
    *(SecretRule(code, meaning, "word", expression) for code, meaning, expression in TOKENS),
    SecretRule(
        "azure-client-secret",
        "an Azure client secret",
        "text",
        r"(?<![A-Za-z0-9])(?P<value>[A-Za-z0-9_~.-]{3}\dQ~[A-Za-z0-9_~.-]{31,34})(?![A-Za-z0-9])",
        (b"q~",),
    ),
    SecretRule("assigned-secret", "a secret", "value", ""),
)
