"""What is a secret and what only looks like one. Tokens are put together here: none is in this file."""

from __future__ import annotations

import base64
import hashlib
import random

import pytest

from automount.contents.secrets import RULES, SecretFinding, parse_finding, scan, suspicious_name

B62 = "a8Kd93mZpQ7vR2xT5bN1cW6yH4jL0sFgU9eVoI3k"
UP = "Q7ZK3MXP5R2TWN6YB4HJ"
HEX = "9f86d081884c7d659a2feaa0c55ad015"
SHA = hashlib.sha256(b"x").hexdigest()
ARMOUR = "-----BEGIN {}PRIVATE KEY-----"
BODY = "MIIEpAIBAAKCAQEA7bq3o9u1ZJ5mYxq0k2n8Fv7tTz4cRr6Wc1hPpYd3Lx9aKs0e"
JWT_HEAD = "ey" + "JhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9"
JWT_BODY = "ey" + "JzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6IkpvIn0"

TRUE_TEXTS: dict[str, tuple[str, str]] = {
    "rsa key": (ARMOUR.format("RSA ") + f"\n{BODY}\n", "private-key"),
    "openssh key": (ARMOUR.format("OPENSSH ") + f"\n{BODY}\n", "private-key"),
    "key in one line of JSON": (
        '{"private_key": "' + ARMOUR.format("") + "\\n" + BODY + '\\n"}',
        "private-key",
    ),
    "key in Python, concatenated": (
        'K = ("' + ARMOUR.format("EC ") + '\\n"\n     "' + BODY + '")',
        "private-key",
    ),
    "encrypted key with headers": (
        ARMOUR.format("RSA ") + f"\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,AB\n\n{BODY}\n",
        "private-key",
    ),
    "PGP key": ("-----BEGIN PGP " + f"PRIVATE KEY BLOCK-----\nVersion: 1\n\n{BODY}\n", "private-key"),
    "PuTTY key": ("PuTTY-User-Key-" + "File-2: ssh-rsa\n", "putty-key"),
    "AWS key id": ("aws_access_key_id = AK" + "IA" + UP[:16], "aws-access-key"),
    "AWS temporary key id": ("id: AS" + "IA" + UP[:16] + "\n", "aws-access-key"),
    "AWS secret in ini": (f"aws_secret_access_key = {B62}", "assigned-secret"),
    "GitHub token": ("token: gh" + f"p_{B62[:36]}", "github-token"),
    "GitHub fine token": ("github_" + f"pat_11{B62[:20]}_{B62}{B62[:19]}", "github-token"),
    "GitLab token": ("gl" + f"pat-{B62[:20]}", "gitlab-token"),
    "Slack bot token": ("xo" + f"xb-123456789012-123456789012-{B62[:24]}", "slack-token"),
    "Slack hook": ("https://hooks.slack." + f"com/services/T0AB12CD3/B0AB12CD3/{B62[:24]}", "slack-hook"),
    "Google key": ("AI" + f"za{B62[:35]}", "google-key"),
    "Google client secret": ("GOC" + f"SPX-{B62[:28]}", "google-key"),
    "Google access token": ("ya" + f"29.{B62}", "google-token"),
    "Stripe key": ("sk_" + f"live_{B62[:24]}", "stripe-key"),
    "sk key": ("OPENKEY=sk-" + f"proj-{B62}{B62[:8]}", "sk-key"),
    "npm token": ("//registry/:_authToken=npm" + f"_{B62[:36]}", "package-index-token"),
    "index token": ("password = pypi" + f"-AgEIcHlwaS5vcmc{B62}{B62}", "package-index-token"),
    "hub token": ("hf" + f"_{B62[:34]}", "hub-token"),
    "Docker token": ("dckr_" + f"pat_{B62[:27]}", "docker-token"),
    "DigitalOcean token": ("dop_" + f"v1_{SHA}", "digitalocean-token"),
    "Databricks token": ("da" + f"pi{HEX}", "databricks-token"),
    "Shopify token": ("shp" + f"at_{HEX}", "shopify-token"),
    "SendGrid key": ("SG" + f".{B62[:22]}.{B62}{B62[:3]}", "sendgrid-key"),
    "Vault token": ("hv" + f"s.{B62[:30]}", "vault-token"),
    "age key": ("AGE-SECRET-" + f"KEY-1{UP}{UP}{UP[:18]}", "age-key"),
    "Telegram token": ("bot = 1234567890:A" + f"A{B62[:33]} ", "telegram-token"),
    "Azure key": ("AccountName=x;Account" + f"Key={B62}{B62}{B62[:6]}==;", "azure-key"),
    "JWT": (f"Authorization: Bearer {JWT_HEAD}.{JWT_BODY}.{B62[:30]}", "signed-token"),
    "word with digits in a URL": ("https://bob:s3cr3t" + "Passw0rd@git.corp.io/x.git", "url-password"),
    "password in a URL": ("DB = 'postgres://app:Zk3" + "9vQ1x@db.internal:5432/x'", "url-password"),
    "Django key": (f'SECRET_KEY = "{B62}"', "assigned-secret"),
    "env file line": (f"API_KEY={B62[:24]}", "assigned-secret"),
    "YAML password": (f"db:\n  password: {B62[:20]}\n", "assigned-secret"),
    "JSON token of hex": ('{"auth_token": "' + HEX + '"}', "assigned-secret"),
    "annotated constant": (f'ACCESS_TOKEN: str = "{B62[:32]}"', "assigned-secret"),
    "dict entry": ("{'client_secret' : '" + B62[:28] + "'}", "assigned-secret"),
    "subscript": (f'os.environ["APP_SECRET"] = "{B62[:28]}"', "assigned-secret"),
    "base64 with signs": ("API_SECRET = 'wJal7XUtnF" + "EMIK7MDENGbPxRfiCY+9Zk/x=='", "assigned-secret"),
}

FALSE_TEXTS: dict[str, str] = {
    "empty": "",
    "sha256 beside a name": f'"sha256": "{SHA}"',
    "sha256 with prefix": f"hash = sha256:{SHA}",
    "git commit": f"rev = {HEX}{HEX[:8]}",
    "token hash": f'token_hash = "{SHA}"',
    "password digest": f'password_digest: "{SHA}"',
    "secret checksum": f"secret_checksum={SHA}",
    "integrity": f'"integrity": "sha512-{B62}{B62}=="',
    "uuid": 'session_id = "123e4567-e89b-12d3-a456-426614174000"',
    "uuid as token id": 'token_id = "9b2e4567-e89b-12d3-a456-426614174f01"',
    "public key": "public_key = 'MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE7bq3o9u1ZJ5m'",
    "public key armour": "-----BEGIN PUBLIC KEY-----\n" + BODY + "\n",
    "certificate": "-----BEGIN CERTIFICATE-----\n" + BODY + "\n",
    "armour in code": 'if text.startswith("' + ARMOUR.format("") + '"):\n    return parse(text)\n',
    "armour in a table": 'MARKS = ["' + ARMOUR.format("RSA ") + '", "' + ARMOUR.format("EC ") + '"]\n',
    "documented AWS id": "AK" + "IAIOSFODNN7EXAMPLE",
    "documented AWS secret": "aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    "from the environment": 'SECRET_KEY = os.environ["APPLICATION_SECRET_KEY_V2"]',
    "from a call": "token = generate_token_from_seed_v2_2024(seed)",
    "from an attribute": "password = configuration2.passwords.production14",
    "a function's name": "def get_access_token_for_user_v2_14_with_retry(): ...",
    "placeholder": 'API_KEY = "your-api-key-goes-here-123456"',
    "changeme": 'PASSWORD = "changeme1234567890changeme"',
    "filling": "token: gh" + "p_" + "x" * 36,
    "filled sk key": "sk-" + "x" * 48,
    "template": 'password: "{{ vault_password_production_2024 }}"',
    "shell variable": "API_TOKEN=${PRODUCTION_API_TOKEN_2024}",
    "url without password": "https://example.org/a/b:c@d",
    "url with a variable": "postgres://app:${DB_PASSWORD}@db/x",
    "url with a placeholder": "postgres://user:password@db.internal/x",
    "local url": "redis://app:hunter22@localhost:6379/0",
    "ssh address": "git@github.com:someone/some-repository-2024.git",
    "long identifier": "TokenAuthenticationMiddlewareFactory2Configuration = 1",
    "token count": "max_tokens_per_request_2024 = 128000000000000000000",
    "tokenizer": 'tokenizer_name = "bert-base-multilingual-cased-v2-2024a"',
    "secret's path": 'secret_path = "/run/secrets/production2024/database14"',
    "token's url": 'token_url = "https://login.example.org/oauth2/v2.0/token1234"',
    "words only": 'secret = "correcthorsebatterystaplecorrecthorse"',
    "number": "api_key_version = 20240101000000000000",
    "base64 picture": "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAUAAAAFCAYAAACNbyblAAAAHElEQVQI12P4",
    "binary": "\x00\x01" + "gh" + f"p_{B62[:36]}",
    "JWT without a signature": f"{JWT_HEAD}.{JWT_BODY}",
    "short JWT in prose": "eyJ0 is how a token begins",
    "password prompt": 'password = input("Password for the production database 2024: ")',
    "hex colours": "colors: #9f86d0 #81884c #7d659a #2feaa0",
    "a regular expression": 'TOKEN_PATTERN = r"[A-Za-z0-9]{16,}abc123def456ghi789"',
    "minified code": "var tokenABCDEFGHIJKLMNOP=function(a1,b2){return a1.secretABCDEFGHIJ1234}",
}

TRUE_NAMES = {
    ".env": "env-file",
    "/p/.env.production": "env-file",
    "deploy/prod.env": "env-file",
    ".envrc": "env-file",
    "/home/u/.ssh/id_rsa": "key-file",
    "id_ed25519": "key-file",
    "keys/server.p12": "key-file",
    "Passwords.kdbx": "key-file",
    ".aws/credentials": "cloud-credentials",
    "/home/u/.kube/config": "cloud-credentials",
    "client_secret_1.json": "cloud-credentials",
    "service-account.json": "cloud-credentials",
    "my_service_account_prod.json": None,
    "terraform.tfstate": "cloud-credentials",
    ".netrc": "password-file",
    ".pypirc": "password-file",
    "secrets.toml": "password-file",
    "config/credentials.json": "password-file",
    ".git-credentials": "password-file",
    ".secrets.py": "password-file",
    "/p/.env.txt": "env-file",
}
FALSE_NAMES = (
    ".env.example",
    ".env.sample",
    ".env.template",
    "env.py",
    "environment.yml",
    "id_rsa.pub",
    "id_rsa_utils.py",
    "secrets.py",
    "test_secrets.py",
    "credentials.py",
    "config.json",
    "kube/config.py",
    "aws/credentials.py",
    "keystore.py",
    "public.pem",
    "README.md",
    "netrc.py",
)


def found(text: str, name: str = "/p/app.py") -> list[str]:
    return [finding.code for finding in scan(name, text.encode())]


@pytest.mark.parametrize("case", sorted(TRUE_TEXTS))
def test_secrets_are_found(case: str) -> None:
    text, code = TRUE_TEXTS[case]
    assert code in found(text)


@pytest.mark.parametrize("case", sorted(FALSE_TEXTS))
def test_texts_without_secrets_are_not_reported(case: str) -> None:
    assert found(FALSE_TEXTS[case]) == []


def test_there_are_forty_cases_of_each() -> None:
    assert len(TRUE_TEXTS) >= 40
    assert len(FALSE_TEXTS) >= 40


@pytest.mark.parametrize("name", sorted(TRUE_NAMES))
def test_names_of_secrets(name: str) -> None:
    code = TRUE_NAMES[name]
    assert suspicious_name(name) == (None if code is None else SecretFinding(code))


@pytest.mark.parametrize("name", FALSE_NAMES)
def test_names_that_are_not_secrets(name: str) -> None:
    assert suspicious_name(name) is None


@pytest.mark.parametrize(
    "name",
    [
        "poetry.lock",
        "/p/package-lock.json",
        "pnpm-lock.yaml",
        "go.sum",
        "pylock.toml",
        "requirements-dev.txt",
    ],
)
def test_the_entropy_rule_is_silent_in_lock_files(name: str) -> None:
    text = f'auth_token = "{B62}"\n'
    assert found(text) == ["assigned-secret"]
    assert found(text, name) == []


def test_a_known_token_is_found_in_a_lock_file_all_the_same() -> None:
    assert found("gh" + f"p_{B62[:36]}", "poetry.lock") == ["github-token"]


def test_a_finding_names_the_first_line_and_not_the_value() -> None:
    text = "\n\n" + "gh" + f"p_{B62[:36]}\n" + "gh" + f"p_{B62[:36]}\n"
    (finding,) = scan("x", text.encode())
    assert finding == SecretFinding("github-token", 3)
    assert finding.sentence == "line 3 looks like a GitHub token"
    assert parse_finding(str(finding)) == finding
    assert parse_finding("env-file") == SecretFinding("env-file")
    assert SecretFinding("env-file").sentence == "looks like an environment file"


def test_several_findings_are_in_the_order_of_their_lines() -> None:
    text = f'API_KEY = "{B62[:30]}"\n' + "AK" + "IA" + UP[:16] + "\n"
    assert [str(finding) for finding in scan("x", text.encode())] == ["assigned-secret:1", "aws-access-key:2"]


def test_text_that_is_not_utf8() -> None:
    assert [finding.code for finding in scan("x", b"\xff\xfe pw\n" + b"gh" + f"p_{B62[:36]}".encode())] == [
        "github-token"
    ]


def test_the_table_has_one_row_per_code() -> None:
    codes = [rule.code for rule in RULES]
    assert len(codes) == len(set(codes))


def test_a_long_word_is_embedded_data_and_each_part_of_it_is_looked_at_once() -> None:
    looked_at = 0

    class Counted(bytes):
        def __getitem__(self, key):  # type: ignore[no-untyped-def]
            nonlocal looked_at
            found = bytes.__getitem__(self, key)
            looked_at += len(found) if isinstance(found, bytes) else 1
            return found

    blob = base64.b64encode(random.Random(1).randbytes(60_000))
    assert scan("x.py", Counted(b'token = "' + blob + b'"\n')) == ()
    assert looked_at < 60 * len(blob)
