"""A third set of kinds, written when the rules were finished.

At the first run 828 of 1,000 texts were found and none was wrongly reported. Afterwards the rules learned
`name`/`value` pairs, names that are followed by a blank and a quoted value, and values at the end of a string.
"""
# ruff: noqa: E501

from __future__ import annotations

import json

from benchmarks.secret_texts.values import ALNUM, HEX, PRIVATE, URL_SAFE, encoded
from benchmarks.secret_texts.with_secrets import Kind, wide

WITH: dict[str, Kind] = {
    "prefect.yaml": lambda v: f"variables:\n  - name: WAREHOUSE_PASSWORD\n    value: {v.plain_password()}\n",
    "deployment.yaml": lambda v: f'env:\n- name: API_TOKEN\n  value: "{v.token()}"\n',
    "sqs.json": lambda v: json.dumps([{"name": "DB_PASSWORD", "value": v.plain_password()}]),
    "airflow.cfg": lambda v: f"[core]\nfernet_key = {v.blob(32)}\n",
    "superset.py": lambda v: f"SQLALCHEMY_DATABASE_URI = 'mysql+pymysql://root:{v.plain_password()}@db/x'\n",
    "celery.py": lambda v: f"app = Celery(broker='amqp://app:{v.plain_password()}@mq.corp.io//')\n",
    "dsn.py": lambda v: (
        f'conn = psycopg2.connect("host=db1 dbname=x user=app password={v.plain_password()}")\n'
    ),
    "ldap.yml": lambda v: f"bind_dn: cn=admin\nbind_password: '{v.password()}'\n",
    "haproxy.cfg": lambda v: f"userlist a\n  user bob insecure-password {v.plain_password()}\n",
    "nginx.conf": lambda v: (
        f'proxy_set_header Authorization "Basic {encoded("bob:" + v.plain_password())}";\n'
    ),
    "prom.yml": lambda v: f"basic_auth:\n  username: prom\n  password: {v.plain_password()}\n",
    "grafana.ini": lambda v: f"[security]\nadmin_password = {v.password()}\nsecret_key = {v.some(20)}\n",
    "mosquitto.conf": lambda v: f"remote_username bob\nremote_password {v.plain_password()}\n",
    "ppp.conf": lambda v: f'"bob" * "{v.plain_password()}" *\nset authkey {v.plain_password()}\n',
    "gradle.properties": lambda v: f"signing.password={v.plain_password()}\nkeyAlias=x\n",
    "build.gradle": lambda v: f'credentials {{ username "ci"; password "{v.plain_password()}" }}\n',
    "build.sbt": lambda v: (
        f'credentials += Credentials("Nexus", "nexus.corp.io", "ci", "{v.plain_password()}")\n'
    ),
    "pom.xml": lambda v: f"<properties><sonar.token>{v.some(40, HEX)}</sonar.token></properties>\n",
    "context.xml": lambda v: f'<Parameter name="apiKey" value="{v.token()}"/>\n',
    "settings.swift": lambda v: f'let apiKey = "{v.some(32)}"\n',
    "secrets.dart": lambda v: f"const String clientSecret = '{v.token()}';\n",
    "auth.ex": lambda v: f'config :app, secret_key_base: "{v.some(64, ALNUM + "+/")}"\n',
    "db.exs": lambda v: f'username: "postgres",\npassword: "{v.plain_password()}",\n',
    "conf.lua": lambda v: f'local token = "{v.some(36, URL_SAFE)}"\n',
    "run.R": lambda v: f'Sys.setenv(API_KEY = "{v.token()}")\n',
    "model.jl": lambda v: f'ENV["DB_PASSWORD"] = "{v.password()}"\n',
    "run.bat": lambda v: f"set DB_PASSWORD={v.plain_password()}\r\nrun.exe\r\n",
    "run.ps1": lambda v: wide(f"$env:CLIENT_SECRET = '{v.password()}'\n"),
    "Makefile": lambda v: f"deploy:\n\tAPI_TOKEN={v.token()} ./deploy.sh\n",
    "Jenkinsfile": lambda v: f'environment {{ NEXUS_PASSWORD = "{v.plain_password()}" }}\n',
    "crontab.txt": lambda v: f"0 3 * * * PGPASSWORD={v.plain_password()} pg_dump x\n",
    "app.service": lambda v: f'[Service]\nEnvironment="SECRET_TOKEN={v.token()}"\n',
    "psql.sh": lambda v: f'psql "postgres://app:{v.plain_password()}@db1.corp.io:5432/x"\n',
    "redis.sh": lambda v: f"redis-cli -h cache -a {v.plain_password()} ping\n",
    "mongo.sh": lambda v: f"mongodump --host db -u admin --password {v.plain_password()}\n",
    "helm.sh": lambda v: f"helm install x --set auth.password={v.plain_password()} ./chart\n",
    "twine.sh": lambda v: f"twine upload -u ci --password='{v.plain_password()}' dist/*\n",
    "gpg.sh": lambda v: f"gpg --batch --passphrase {v.plain_password()} -d x.gpg\n",
    "paramiko.py": lambda v: f"ssh.connect('10.0.0.5', username='root', password='{v.password()}')\n",
    "hmac.py": lambda v: f"SIGNING_KEY = b'{v.some(40)}'\n",
    "dict.py": lambda v: f"CONFIG = dict(user='app', api_token='{v.token()}')\n",
    "dataclass.py": lambda v: f'    access_token: str = "{v.token()}"\n',
    "env_set.py": lambda v: f"os.environ.setdefault('ADMIN_PASSWORD', '{v.password()}')\n",
    "jwt.http": lambda v: (
        f"Cookie: session={encoded(json.dumps({'alg': 'HS256'})).rstrip('=')}.{encoded(json.dumps({'sub': 'u1', 'n': 1})).rstrip('=')}.{v.some(43, URL_SAFE)}\n"
    ),
    "private.xml": lambda v: f"<key>{v.pem(PRIVATE)}</key>\n",
    "flat.json": lambda v: json.dumps({"spring.datasource.password": v.password()}),
    "escaped.json": lambda v: json.dumps({"config": json.dumps({"apiKey": v.token()})}),
    "inventory.yml": lambda v: f"all:\n  vars:\n    ansible_password: {v.password()}\n",
    "cloud.yaml": lambda v: f"#cloud-config\nchpasswd:\n  list: |\n    root:{v.plain_password()}\n",
    "rclone.conf": lambda v: f"[s3]\ntype = s3\naccess_key_id = x\nsecret_access_key = {v.some(40)}\n",
}
WITHOUT: dict[str, Kind] = {
    "template.env": lambda v: "# copy to .env\nAPI_TOKEN=\nDB_PASSWORD=changeme\nSECRET_KEY=<generate one>\n",
    "cargo.lock": lambda v: f'checksum = "{v.some(64, HEX)}"\n',
    "composer.lock": lambda v: json.dumps(
        {"content-hash": v.some(32, HEX), "dist": {"shasum": v.some(40, HEX)}}
    ),
    "gradle.lockfile": lambda v: f"com.corp:token-api:1.2.3=compileClasspath,{v.some(40, HEX)}\n",
    "SHA256SUMS": lambda v: f"{v.some(64, HEX)}  secret-service_0.1.tar.gz\n",
    "refs.txt": lambda v: f"{v.some(40, HEX)} refs/heads/token-refresh\n",
    "events.jsonl": lambda v: (
        json.dumps({"event": "token.created", "id": v.uuid(), "session_id": v.some(24), "user": v.some(8)})
        + "\n"
    ),
    "fixture.sql": lambda v: (
        f"INSERT INTO auth_user VALUES (1, 'pbkdf2_sha256$600000${v.some(22)}${v.blob(32)}');\n"
    ),
    "avatar.json": lambda v: json.dumps(
        {"avatar": "data:image/jpeg;base64," + v.blob(300), "password_hint": "first pet"}
    ),
    "font.css": lambda v: f"@font-face{{src:url(data:font/woff2;base64,{v.blob(500)})}}\n",
    "cert.yaml": lambda v: (
        f"clusters:\n- cluster:\n    certificate-authority-data: {encoded(v.pem('CERTIFICATE'))}\n"
    ),
    "authorized": lambda v: f"ssh-rsa AAAAB3NzaC1yc2E{v.blob(270)} deploy@token-host\n",
    "cosign.pub": lambda v: v.pem("PUBLIC KEY"),
    "env.rs": lambda v: (
        'let token = std::env::var("API_TOKEN").expect("API_TOKEN is not set");\nlet password = args.password.clone();\n'
    ),
    "env.ex": lambda v: (
        'secret_key_base: System.get_env("SECRET_KEY_BASE"),\npassword: System.fetch_env!("DB_PASSWORD")\n'
    ),
    "env.kt": lambda v: (
        'val token = System.getenv("TOKEN") ?: error("no token")\nval apiKey = BuildConfig.API_KEY\n'
    ),
    "env.ts": lambda v: (
        "const secret = process.env.JWT_SECRET ?? '';\nthis.token = await this.authService.getAccessToken(user.id);\n"
    ),
    "vault.py": lambda v: (
        'password = client.secrets.kv.read_secret("prod/db2")["data"]["password"]\ntoken = keyring.get_password("svc", "bob")\n'
    ),
    "pydantic.py": lambda v: (
        'class Settings(BaseSettings):\n    api_token: SecretStr = Field(alias="APP_API_TOKEN")\n    password: SecretStr | None = None\n'
    ),
    "test_tokens.py": lambda v: (
        'def test_refresh():\n    assert refresh(token="expired-token") is None\n    login("alice", "secret")\n    user.set_password("testpass123")\n'
    ),
    "factory.py": lambda v: (
        'password = factory.PostGenerationMethodCall("set_password", "defaultpassword")\ntoken = factory.LazyFunction(generate_token)\n'
    ),
    "it.json": lambda v: json.dumps(
        {
            "password": {"label": "Parola d'ordine", "reset": "Reimpostare"},
            "token": "Gettone",
            "secretQuestion": "Domanda segreta",
        }
    ),
    "nl.yml": lambda v: (
        "nl:\n  password: Wachtwoord\n  current_password: Huidige wachtwoord\n  api_token: Toegangssleutel\n"
    ),
    "tr.po": lambda v: 'msgid "Change password"\nmsgstr "Parolayı değiştir"\n',
    "vue.vue": lambda v: (
        '<input v-model="form.password" type="password" :label="$t(\'login.password\')" autocomplete="one-time-code">\n'
    ),
    "angular.html": lambda v: (
        '<input formControlName="password" [type]="hidePassword ? \'password\' : \'text\'" pattern="[A-Za-z0-9]{8,}">\n'
    ),
    "vendor.min.js": lambda v: (
        f'var t=n({v.between(1, 999)}),r={{csrfToken:e.csrfToken,password:"#password",tokenName:"XSRF-TOKEN"}};'
        * 10
    ),
    "main.js.map": lambda v: json.dumps(
        {"mappings": "AAAA," + v.some(400, ALNUM + ",;"), "names": ["password", "accessToken"]}
    ),
    "swagger.json": lambda v: json.dumps(
        {
            "parameters": [
                {"name": "api_key", "in": "header"},
                {"name": "password", "in": "query", "description": "The password for login in clear text"},
            ]
        }
    ),
    "usage.md": lambda v: (
        "Run `tool --token TOKEN --password PASSWORD`.\n\n    export API_TOKEN=your_token_here\n    tool login -u <user> -p <password>\n"
    ),
    "guide.rst": lambda v: (
        ".. code-block:: ini\n\n   [db]\n   password = <password>\n   secret_key = ${SECRET_KEY}\n"
    ),
    "chart.yaml": lambda v: (
        'password: {{ required "password" .Values.db.password | quote }}\nsecretName: {{ include "app.fullname" . }}-credentials\n'
    ),
    "jinja.conf.j2": lambda v: "password={{ db_password }}\ntoken={% if token %}{{ token }}{% endif %}\n",
    "sops.yaml": lambda v: (
        f"password: ENC[AES256_GCM,data:{v.blob(24)},iv:{v.blob(12)},tag:{v.blob(12)},type:str]\n"
    ),
    "vaulted.yml": lambda v: (
        "db_password: !vault |\n  $ANSIBLE_VAULT;1.1;AES256\n  " + v.some(80, "0123456789") + "\n"
    ),
    "variables.tf": lambda v: (
        'variable "api_token" {\n  type        = string\n  description = "API token for the provider"\n  sensitive   = true\n}\n'
    ),
    "outputs.tf": lambda v: 'output "db_password" {\n  value = random_password.db.result\n}\n',
    "policy.json": lambda v: json.dumps(
        {
            "passwordPolicy": {"minLength": 12, "pattern": "^(?=.*[A-Z])(?=.*[0-9]).{12,}$"},
            "tokenLifetime": "PT1H",
        }
    ),
    "router.py": lambda v: (
        'urlpatterns = [path("password-reset/confirm/", PasswordResetConfirmView.as_view(), name="password_reset_confirm")]\n'
    ),
    "consts.py": lambda v: (
        'TOKEN_HEADER = "X-Auth-Token"\nPASSWORD_RESET_TEMPLATE = "registration/password_reset_email.html"\nSECRET_BACKEND = "airflow.providers.hashicorp.secrets.vault.VaultBackend"\n'
    ),
    "grammar.py": lambda v: (
        'tokens = ["IDENTIFIER", "STRING_LITERAL", "LPAREN"]\ntoken = self.expect("RIGHT_PARENTHESIS")\n'
    ),
    "bert.py": lambda v: (
        'special_tokens = {"pad_token": "<|endoftext|>", "mask_token": "[MASK]"}\ntoken_ids = [101, 2023, 102]\n'
    ),
    "phrases.txt": lambda v: "password policy: at least twelve characters\ntoken bucket: 2026-11-28 limit\n",
    "pub.json": lambda v: json.dumps(
        {"publishableKey": "pk_test_" + v.some(24), "publicKey": v.some(43, URL_SAFE)}
    ),
}
