"""How much the secret scanner finds, and how often it is wrong, on texts of many kinds.

Every value is made here from a fixed seed, and no token is written out in this file. The two
tests name each text that is missed or wrongly reported; there is none today.
"""

from __future__ import annotations

import json
import string

from secret_values import ALNUM, HEX, URL_SAFE, MadeValues, encoded, reported

MARKS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!#%&*+-^~"
_made = MadeValues(71)
some, blob, pem, uuid = _made.some, _made.blob, _made.pem, _made.uuid


PRIVATE = "PRIVATE" + " KEY"

WITH: dict[str, str | bytes] = {
    "site/settings.py": f"SECRET_KEY = '{some(50, MARKS)}'\n",
    "site/local.py": f'SECRET_KEY = "django-insecure-{some(50, MARKS)}"\n',
    "flask.py": f'app.config["SECRET_KEY"] = "{some(24, HEX)}"\n',
    "cluster.yaml": f"users:\n- user:\n    client-key-data: {encoded(pem('EC ' + PRIVATE))}\n",
    "registry.json": json.dumps({"auths": {"ghcr.io": {"auth": encoded(f"ann:{some(18)}")}}}),
    "npmrc": f"//npm.example.net/:_authToken={uuid()}\n",
    "npmrc2": f"_auth={encoded('ann:' + some(20))}\n",
    "basic.py": f'request.headers["Authorization"] = "Basic {encoded("svc:" + some(14))}"\n',
    "bearer.http": f"GET /v1\nAuthorization: Bearer {some(36, URL_SAFE)}\n",
    "sas.py": f'URL = "https://x.example.org/c?sv=2024-11-04&sp=r&sig={blob(32).replace("=", "%3D")}"\n',
    "ado.config": f"Data Source=db;User ID=app;Password={some(10)}#{some(3)};Pooling=true\n",
    "ado2.config": f"Server=tcp:db,1433;Initial Catalog=x;Uid=app;Pwd={some(13)};\n",
    "key.jwk": json.dumps({"kty": "EC", "crv": "P-256", "x": some(43, URL_SAFE), "d": some(43, URL_SAFE)}),
    "wide.ps1": b"\xff\xfe" + f"$env:API_TOKEN = '{some(40)}'\r\n".encode("utf-16-le"),
    "wide_be.txt": b"\xfe\xff" + f'password = "{some(16)}"\r\n'.encode("utf-16-be"),
    "far.txt": "one more line\n" * 40_000 + f'api_key = "{some(32)}"\n',
    "marks.yml": f"db:\n  password: '{some(18, MARKS)}'\n",
    "marks.toml": f'passphrase = "{some(20, MARKS)}"\n',
    "url.py": f'DB = "postgresql://app:{some(12)}@db.internal:5432/x"\n',
    "url_local.py": f'DB = "redis://:{some(16)}@localhost:6379/0"\n',
    "url_escaped.py": f'DB = "mysql://root:{some(8)}%23%21@10.1.2.3/x"\n',
    "azure.json": json.dumps({"clientSecret": f"{some(3)}8Q~{some(34)}"}),
    "bot.js": f'const token = "{some(26)}.{some(6)}.{some(30, URL_SAFE)}";\n',
    "shell.sh": f"export DB_PASSWORD={some(20)}\n",
    "compose.yml": f"environment:\n  - API_TOKEN={some(32)}\n",
    "call.py": f'connect(host="db", password="{some(16, MARKS)}")\n',
    "tfvars": f'admin_password = "{some(18, ALNUM + string.digits)}"\n',
    "grafana.ini": "token = gl" + f"sa_{some(32)}_{some(8, HEX)}\n",
    "jira.py": "AUTH = ('a@b.c', 'ATA" + f"TT3{some(180, URL_SAFE)}')\n",
    "linear.env.txt": "x=lin" + f"_api_{some(40)}\n",
    "twilio.txt": "id: S" + f"K{some(32, HEX)}\n",
    "llm.py": "key = 'gs" + f"k_{some(52)}'\n",
}

WITHOUT: dict[str, str | bytes] = {
    "env_read.py": 'SECRET_KEY = os.environ["SECRET_KEY"]\nPASSWORD = getenv("DB_PASSWORD_2026")\n',
    "template.yml": "password: ${DB_PASSWORD}\ntoken: {{ vault_token_v2 }}\n",
    "docs.md": "Authorization: Bearer <token>\nAuthorization: Basic dXNlcjpwYXNzd29yZA==\n",
    "urls.md": "postgresql://user:password@localhost/db\nredis://:password@localhost\n",
    "code.py": "token = tokens[index2].value\ntoken_type: Final[TokenKind2]\n",
    "lexer.py": "tokens = {'root': [(r'[A-Z0-9]+', Keyword.Type)]}\ntoken = Name.Builtin.Pseudo\n",
    "pages.json": json.dumps({"NextToken": blob(60), "continuationToken": blob(60), "pageToken": blob(30)}),
    "paginators.json": json.dumps({"output_token": "Jobs[-1].JobId", "input_token": "List.NextMarker"}),
    "hashes.py": f'PASSWORD_HASH = "$2b$12${some(53)}"\nTOKEN_SHA256 = "{some(64, HEX)}"\n',
    "ids.json": json.dumps({"trace_id": some(32, HEX), "tenant": uuid(), "build": some(20)}),
    "words.py": 'password = "correct horse battery staple"\nPASSWORD_LABEL = "Enter your password"\n',
    "versions.txt": "passwordless-1.2.3-py3-none-any.whl\napi_version = '2026-11-01-preview'\n",
    "arn.tf": 'secret = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:prod/db-a1B2c3"\n',
    "types.py": '"AWS::ApiGateway::ApiKey": "' + some(16, HEX) + '",\n',
    "public.jwk": json.dumps({"kty": "EC", "x": some(43, URL_SAFE), "y": some(43, URL_SAFE)}),
    "cert.pem": pem("CERTIFICATE"),
    "public.pem": pem("PUBLIC KEY"),
    "client-certificate.yaml": f"client-certificate-data: {encoded(pem('CERTIFICATE'))}\n",
    ".env": "# copy me\nDB_PASSWORD=\nAPI_KEY=<your key>\nTOKEN=changeme\nexport SECRET=${SECRET}\n",
    "secrets.toml": "[default]\n# token = ...\ntoken = ''\n",
    "wide.txt": b"\xff\xfe" + "The password is asked for at the start.\r\n".encode("utf-16-le"),
    "poetry.lock": f'content-hash = "{some(64, HEX)}"\ntoken = "{some(40)}"\n',
    "image.py": f'ICON = "{blob(900)}"\n',
    "form.html": '<input name="csrf_token" value="{{ csrf_token() }}">\n',
    "test_login.py": 'post("/login", json={"password": "wrong-password-1"})\nTOKEN = "not-a-real-token"\n',
    "regex.py": 'TOKEN = re.compile(r"[A-Za-z0-9_-]{20,}")\nKEY = r"AKIA[A-Z0-9]{16}"\n',
    "pass.py": "passed = total1 - failed2\nbypass_rate: 0.25\n",
    "path.toml": 'token_file = "/run/secrets/token1"\ncredentials = "~/.config/app/cred1.json"\n',
}


def test_every_text_with_a_secret_is_reported() -> None:
    assert sorted(set(WITH) - reported(WITH)) == []


def test_no_text_without_a_secret_is_reported() -> None:
    assert sorted(reported(WITHOUT)) == []
