"""Kinds of text that hold no secret, many of which look as if they did."""
# ruff: noqa: E501

from __future__ import annotations

import json

from benchmarks.secret_texts.values import ALNUM, HEX, URL_SAFE, Values, encoded
from benchmarks.secret_texts.with_secrets import Kind

LOWER = "abcdefghijklmnopqrstuvwxyz"


def rows(v: Values, count: int, line: str) -> str:
    return "".join(
        line.format(n=number, sha=v.some(64, HEX), commit=v.some(40, HEX), uuid=v.uuid())
        for number in range(count)
    )


TUNED: dict[str, Kind] = {
    ".env.example": lambda v: "DB_PASSWORD=changeme\nAPI_KEY=<your api key>\nTOKEN=\n",
    ".env": lambda v: "# TOKEN=abc\nDB_PASSWORD=\nAPI_KEY=your-api-key\nSECRET=${SECRET}\n",
    "poetry.lock": lambda v: rows(v, 5, 'files = [{{file = "p{n}.whl", hash = "sha256:{sha}"}}]\n'),
    "sums.txt": lambda v: rows(v, 5, "{sha}  file{n}.tar.gz\n"),
    "ids.json": lambda v: json.dumps({"id": v.uuid(), "tenant_id": v.uuid(), "token_id": v.uuid()}),
    "commits.md": lambda v: rows(v, 5, "* {commit} fix the token cache\n"),
    "image.py": lambda v: f'ICON = "{v.blob(600)}"\nTOKEN_ICON = "data:image/png;base64,{v.blob(100)}"\n',
    "pub.pem": lambda v: v.pem("PUBLIC KEY"),
    "ca.pem": lambda v: v.pem("CERTIFICATE"),
    "known.txt": lambda v: f"ssh-ed25519 AAAA{v.blob(48)} bob@corp\n",
    "env.py": lambda v: 'TOKEN = os.environ["API_TOKEN"]\npassword = os.getenv("DB_PASSWORD")\n',
    "env.js": lambda v: "const apiKey = process.env.API_KEY;\nconst token = process.env['AUTH_TOKEN'];\n",
    "env.go": lambda v: 'password := os.Getenv("DB_PASSWORD")\ntoken, err := client.GetToken(ctx)\n',
    "form.html": lambda v: (
        '<input type="password" name="password" id="id_password1" autocomplete="current-password">\n'
    ),
    "de.json": lambda v: json.dumps(
        {
            "password": "Passwort",
            "password_confirm": "Kennwort wiederholen",
            "forgotPassword": "Passwort vergessen?",
            "token": "Zugangstoken",
        }
    ),
    "fr.yml": lambda v: "password: Mot de passe\npassword_confirmation: Confirmation\ntoken: Jeton\n",
    "model.py": lambda v: (
        "password = models.CharField(max_length=128)\ntoken = serializers.CharField(write_only=True)\n"
    ),
    "test_auth.py": lambda v: (
        'def test(client):\n    client.login(username="bob", password="wrong")\n    assert token == "test-token"\n'
    ),
    "fields.py": lambda v: (
        'FIELDS = ["username", "password", "password_confirmation", "access_token", "refresh_token"]\n'
    ),
    "x.min.js": lambda v: (
        "!function(e,t){"
        + "".join(f'e.{v.some(2, LOWER)}=t({v.between(1, 999)}),token="{v.some(3)}";' for _ in range(40))
        + "}();\n"
    ),
    "api.md": lambda v: (
        'curl -H "Authorization: Bearer $TOKEN" https://api.corp.io\ncurl -u user:password https://x\n'
    ),
    "sh.sh": lambda v: (
        'export PASSWORD="$(cat /run/secrets/db)"\nsshpass -p "$PASSWORD" ssh root@host\nmysql -u root -p"$PW"\n'
    ),
    "compose.yml": lambda v: (
        "environment:\n  POSTGRES_PASSWORD: ${DB_PASSWORD:?err}\n  TOKEN_FILE: /run/secrets/token\n"
    ),
    "action.yml": lambda v: "token: ${{ secrets.GITHUB_TOKEN }}\npassword: ${{ secrets.PYPI_API_TOKEN }}\n",
    "tf.tf": lambda v: (
        'password = var.db_password\ntoken = data.vault_secret.main.data["token"]\nsecret_name = "prod/db/main1"\n'
    ),
    "schema.json": lambda v: json.dumps(
        {
            "properties": {
                "password": {"type": "string", "minLength": 8},
                "apiKey": {"$ref": "#/definitions/ApiKeyV2"},
            }
        }
    ),
    "types.ts": lambda v: (
        "interface Login { password: string; accessToken?: AccessTokenV2; apiKey: ApiKeyOptions }\n"
    ),
    "k8s.yaml": lambda v: (
        "env:\n- name: DB_PASSWORD\n  valueFrom:\n    secretKeyRef:\n      name: db-credentials-v2\n      key: password\n"
    ),
    "hash.py": lambda v: (
        f'PASSWORD_HASH = "$2b$12${v.some(53, ALNUM + "./")}"\nTOKEN_SHA = "{v.some(64, HEX)}"\n'
    ),
    "pages.json": lambda v: json.dumps(
        {"nextToken": v.blob(40), "page_token": v.some(40), "etag": v.some(32, HEX)}
    ),
    "cfg.py": lambda v: (
        'password = config.get("database", "password")\ntoken = settings.AUTH_TOKEN_V2\nsecret = load_secret("prod/db-1")\n'
    ),
    "cls.py": lambda v: (
        'class PasswordResetTokenGenerator:\n    key_salt = "django.contrib.auth.tokens.PasswordResetTokenGenerator"\n    token_class = "OAuth2AccessToken"\n'
    ),
    "redis.conf": lambda v: "# requirepass foobared\n# masterauth <master-password>\nport 6379\n",
    "netrc.md": lambda v: "machine HOST login USER password PASSWORD\nThe password protects the account.\n",
    "login.py": lambda v: (
        "ftp.login(user, password)\nserver.login(os.environ['U'], os.environ['P'])\nftp.login('anonymous', 'guest@')\n"
    ),
    "x.xml": lambda v: (
        '<add key="TokenEndpoint" value="https://login.corp.io/oauth2/v2.0/token" />\n<password>${db.password}</password>\n'
    ),
    "tok.json": lambda v: json.dumps(
        {
            "unk_token": "[UNK]",
            "bos_token": "<s>",
            "vocab": {v.some(6): n for n in range(50)},
            "tokenizer_class": "PreTrainedTokenizerFast",
        }
    ),
    "lex.py": lambda v: "token = Name.Builtin.Pseudo\nTOKEN_RE = re.compile(r'[A-Za-z0-9_]{8,}')\n",
    "log.txt": lambda v: rows(v, 5, "2026-01-01 token refreshed request={uuid} trace={commit}\n"),
    "arn.py": lambda v: (
        'SECRET_ARN = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:prod/db-a1b2C3"\n'
    ),
}
HELD_OUT: dict[str, Kind] = {
    "settings.env.dist": lambda v: "APP_SECRET=ThisTokenIsNotSoSecretChangeIt\nDB_PASSWORD=!ChangeMe!\n",
    "package-lock.json": lambda v: json.dumps(
        {"p": {"integrity": "sha512-" + v.blob(64), "resolved": "https://r/p.tgz"}}
    ),
    "go.sum": lambda v: f"github.com/a/jwt-token v1.0.0 h1:{v.blob(32)}\n",
    "conda.yml": lambda v: rows(v, 4, "  - https://conda.corp.io/p{n}.conda#{commit}\n"),
    "Pipfile.lock": lambda v: json.dumps({"default": {"p": {"hashes": ["sha256:" + v.some(64, HEX)]}}}),
    "style.css": lambda v: f".password-input{{background:url(data:image/png;base64,{v.blob(300)})}}\n",
    "sri.html": lambda v: f'<script src="auth.js" integrity="sha384-{v.blob(48)}" crossorigin></script>\n',
    "uuid.sql": lambda v: f"INSERT INTO tokens (id, user_id) VALUES ('{v.uuid()}', '{v.uuid()}');\n",
    "nb.ipynb": lambda v: json.dumps(
        {"cells": [{"id": v.some(8, HEX), "outputs": [{"data": {"image/png": v.blob(2000)}}]}]}
    ),
    "gpg.asc": lambda v: (
        f"-----BEGIN PGP PUBLIC KEY BLOCK-----\n\n{v.blob(48)}\n{v.blob(48)}\n-----END PGP PUBLIC KEY BLOCK-----\n"
    ),
    "env.rb": lambda v: (
        "password: ENV.fetch('DATABASE_PASSWORD'),\nsecret_key_base: <%= ENV['SECRET_KEY_BASE'] %>\n"
    ),
    "env.cs": lambda v: (
        'var token = Environment.GetEnvironmentVariable("API_TOKEN");\nvar apiKey = configuration["Service:ApiKey2"];\n'
    ),
    "env.java": lambda v: (
        '@Value("${spring.datasource.password}")\nprivate String password;\nString token = System.getenv("TOKEN_V2");\n'
    ),
    "env.php": lambda v: (
        "'password' => env('DB_PASSWORD', ''),\n$token = getenv('API_TOKEN');\ndefine('DB_PASSWORD', 'password_here');\n"
    ),
    "Dockerfile": lambda v: "ARG TOKEN\nENV API_TOKEN=$TOKEN\nRUN --mount=type=secret,id=npm_token npm ci\n",
    "values.yaml": lambda v: (
        'auth:\n  existingSecret: "prod-database-credentials"\n  passwordKey: db-password\n  adminPassword: ""\n'
    ),
    "ansible.yml": lambda v: (
        "ansible_become_pass: \"{{ vault_become_pass }}\"\ndb_password: \"{{ lookup('env', 'DB_PASSWORD') }}\"\n"
    ),
    "es.json": lambda v: json.dumps(
        {
            "login": {
                "password": "Contraseña",
                "wrongPassword": "La contraseña es incorrecta",
                "token": "Código de verificación",
            }
        }
    ),
    "pl.po": lambda v: (
        'msgid "Password"\nmsgstr "Hasło użytkownika"\n\nmsgid "Invalid token"\nmsgstr "Nieprawidłowy token"\n'
    ),
    "form.py": lambda v: (
        'password1 = forms.CharField(label="Password", widget=forms.PasswordInput)\npassword2 = forms.CharField(label="Password confirmation")\n'
    ),
    "args.py": lambda v: (
        'parser.add_argument("--token", default=None, help="API token")\nparser.add_argument("--password-file", type=Path)\n'
    ),
    "click.py": lambda v: (
        '@click.option("--password", envvar="APP_PASSWORD", prompt=True, hide_input=True)\n@click.option("--api-key", "api_key", required=True)\n'
    ),
    "react.jsx": lambda v: (
        'const [password, setPassword] = useState("");\n<Input name="password" autoComplete="new-password" placeholder="Enter password" />\n'
    ),
    "err.py": lambda v: (
        'ERRORS = {"password": "PasswordTooShort", "token": "InvalidTokenError", "secret": "secret_not_found"}\n'
    ),
    "bundle.min.js": lambda v: (
        "var a={token:function(e){return e.accessToken},password:n("
        + str(v.between(1, 9999))
        + "),apiKey:t.apiKey};" * 20
    ),
    "openapi.yaml": lambda v: (
        "securitySchemes:\n  apiKey:\n    type: apiKey\n    name: X-Api-Key\n    in: header\n  password:\n    tokenUrl: https://x/token\n"
    ),
    "readme.md": lambda v: (
        "Set `API_KEY=<key>`, then `docker login -u USER -p PASSWORD registry`.\n    password: your-password\n    token: YOUR_TOKEN\n"
    ),
    "docs.rst": lambda v: (
        "password\n    The password to log in with. Passwords are hashed.\ntoken\n    An access token, see :ref:`tokens`.\n"
    ),
    "user.sql": lambda v: (
        "CREATE TABLE users (password varchar(255), api_token char(64));\nCREATE USER app IDENTIFIED BY 'password';\n"
    ),
    "css.css": lambda v: (
        ".token.punctuation{color:#999}.token.attr-name{color:#690}.password-strength-meter{width:100%}\n"
    ),
    "aws.md": lambda v: "aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/" + "bPxRfiCYEXAMPLEKEY\n",
    "url.md": lambda v: (
        "postgresql://user:password@localhost/db\nredis://:${REDIS_PASSWORD}@cache:6379\nmongodb://USERNAME:PASSWORD@host/db\n"
    ),
    "helm.tpl": lambda v: (
        "password: {{ .Values.auth.password | b64enc | quote }}\ntoken: {{ randAlphaNum 32 | b64enc }}\n"
    ),
    "cache.py": lambda v: (
        'token_cache_key = "auth:token:v2:session1"\ncache_secret_prefix = "projects/p1/secrets"\n'
    ),
    "public.json": lambda v: json.dumps(
        {"kty": "EC", "crv": "P-256", "x": v.some(43, URL_SAFE), "y": v.some(43, URL_SAFE), "kid": v.some(20)}
    ),
    "trace.json": lambda v: json.dumps(
        {
            "spanId": v.some(16, HEX),
            "traceId": v.some(32, HEX),
            "requestId": v.uuid(),
            "etag": v.some(32, HEX),
        }
    ),
    "sealed.yaml": lambda v: f"kind: SealedSecret\nspec:\n  encryptedData:\n    db: AgB{v.blob(300)}\n",
    "data.csv": lambda v: "id,name,value\n" + "".join(f"{n},{v.some(8)},{v.some(12)}\n" for n in range(20)),
    "proto.proto": lambda v: (
        "message Login { string password = 1; string access_token = 2; bytes secret_hash = 3; }\n"
    ),
    "stub.pyi": lambda v: (
        "def login(user: str, password: str = ..., token: str | None = None, api_key: SecretStr = ...) -> AccessToken: ...\n"
    ),
    "ex.md": lambda v: (
        f"Authorization: Basic {encoded('username:password')}\nAuthorization: Bearer YOUR_ACCESS_TOKEN\n"
    ),
}
