"""Kinds of text that hold a secret. The rules of the scanner were tuned on the kinds of `TUNED` alone."""
# ruff: noqa: E501

from __future__ import annotations

import json
from collections.abc import Callable

from benchmarks.secret_texts.values import ALNUM, HEX, PRIVATE, URL_SAFE, Values, encoded

Kind = Callable[[Values], "str | bytes"]


def wide(text: str) -> bytes:
    return ("\ufeff" + text.replace("\n", "\r\n")).encode("utf-16-le")


TUNED: dict[str, Kind] = {
    "a.env.txt": lambda v: f"DEBUG=1\nDB_PASSWORD={v.plain_password()}\nPORT=80\n",
    "app.yaml": lambda v: f"db:\n  host: db1\n  password: {v.plain_password()}\n",
    "app2.yaml": lambda v: f'smtp:\n  user: mailer\n  passwd: "{v.password()}"\n',
    "config.json": lambda v: json.dumps({"host": "db1", "dbPassword": v.password()}, indent=2),
    "oauth.json": lambda v: json.dumps({"client_id": v.some(20), "client_secret": v.token()}),
    "app.toml": lambda v: f'[api]\nurl = "https://api.corp.io"\ntoken = "{v.token()}"\n',
    "app.ini": lambda v: f"[mail]\nhost = mx\npassword = {v.password()}\n",
    "web.config": lambda v: wide(
        f'<appSettings>\n<add key="ApiToken" value="{v.token()}"/>\n</appSettings>\n'
    ),
    "app.config": lambda v: (
        f'<add key="{v.choice("SmtpPassword", "AdminPassword")}" value="{v.plain_password()}" />\n'
    ),
    "server.xml": lambda v: f'<Resource username="app" password="{v.plain_password()}" driver="pg"/>\n',
    "settings.xml": lambda v: f"<server><id>nexus</id><password>{v.plain_password()}</password></server>\n",
    "db.properties": lambda v: f"db.user=app\ndb.password={v.password()}\n",
    "prod.tfvars": lambda v: f'region = "eu"\nmaster_password = "{v.password()}"\n',
    "deploy.sh": lambda v: f"#!/bin/sh\nexport API_TOKEN={v.token()}\nrun\n",
    "sshpass.sh": lambda v: f"sshpass -p {v.plain_password()} ssh root@10.0.0.5 uptime\n",
    "mysql.sh": lambda v: f"mysqldump -h db1 -u root -p{v.plain_password()} shop > x.sql\n",
    "curl.sh": lambda v: f"curl -s -u ci:{v.plain_password()} https://nexus.corp.io/x\n",
    "Dockerfile": lambda v: f"FROM python:3.12\nENV SECRET_TOKEN={v.token()}\nCMD run\n",
    "config.php": lambda v: f"<?php\n$db['default']['password'] = '{v.password()}';\n",
    "config.js": lambda v: f"module.exports = {{ jwtSecret: '{v.password()}', port: 80 }};\n",
    "Db.java": lambda v: (
        f'DriverManager.getConnection("jdbc:pg://db1/x", "app", "{v.plain_password()}");\nString password = "{v.plain_password()}";\n'
    ),
    "main.go": lambda v: f'cfg := Config{{User: "app", Password: "{v.plain_password()}"}}\n',
    "netrc.txt": lambda v: f"machine git.corp.io login bob password {v.plain_password()}\n",
    ".pgpass.txt": lambda v: f"db1.corp.io:5432:shop:app:{v.plain_password()}\n",
    ".yarnrc.yml": lambda v: f'npmAuthToken: "{v.uuid()}"\n',
    "redis.conf": lambda v: f"port 6379\nrequirepass {v.password()}\n",
    "ftp.py": lambda v: f"ftp = FTP('ftp.corp.io')\nftp.login('bob', '{v.plain_password()}')\n",
    "django.py": lambda v: (
        f"SECRET_KEY = '{v.some(50, 'abcdefghijklmnopqrstuvwxyz0123456789!@#$%^&*(-_=+)')}'\n"
    ),
    "kube.yaml": lambda v: f"users:\n- user:\n    client-key-data: {encoded(v.pem('RSA ' + PRIVATE))}\n",
    "docker.json": lambda v: json.dumps(
        {"auths": {"r.corp.io": {"auth": encoded("bob:" + v.plain_password())}}}
    ),
    "jwk.json": lambda v: json.dumps(
        {"kty": "RSA", "e": "AQAB", "n": v.some(171, URL_SAFE), "d": v.some(171, URL_SAFE)}
    ),
    "key.txt": lambda v: v.pem("RSA " + PRIVATE),
    "ado.cs": lambda v: f'var c = "Server=db1;Database=x;User Id=sa;Password={v.plain_password()};";\n',
    "url.py": lambda v: f'DB = "postgresql://app:{v.plain_password()}@db1.corp.io/x"\n',
    "sas.txt": lambda v: (
        f"https://x.blob.core.windows.net/c?sp=r&sv=2022-11-02&sr=c&sig={v.blob(32).replace('+', '%2B').replace('/', '%2F').replace('=', '%3D')}\n"
    ),
    "basic.py": lambda v: f"h = {{'Authorization': 'Basic {encoded('svc:' + v.plain_password())}'}}\n",
    "vars.yml": lambda v: f"ansible_become_pass: {v.plain_password()}\n",
    "argv.py": lambda v: f'run(["psql", "--password", "{v.plain_password()}"])\n',
    "kw.py": lambda v: f'client = connect(host="db1", user="app", passwd="{v.password()}")\n',
    "const.py": lambda v: (
        f'{v.choice("SLACK_TOKEN", "AUTH_TOKEN", "api_key", "SENTRY_KEY_SECRET")} = "{v.token()}"\n'
    ),
}
HELD_OUT: dict[str, Kind] = {
    "compose.yml": lambda v: f"environment:\n  - MYSQL_ROOT_PASSWORD={v.plain_password()}\n  - TZ=UTC\n",
    "compose_map.yml": lambda v: f"environment:\n  POSTGRES_PASSWORD: {v.plain_password()}\n",
    "values.yaml": lambda v: f"auth:\n  adminPassword: '{v.password()}'\n",
    "secret.yaml": lambda v: f"kind: Secret\nstringData:\n  token: {v.token()}\n",
    "secret_data.yaml": lambda v: f"kind: Secret\ndata:\n  password: {encoded(v.password())}\n",
    "appsettings.json": lambda v: json.dumps({"Jwt": {"Key": "x", "Secret": v.password()}, "Logging": 1}),
    "launch.json": lambda v: json.dumps({"env": {"API_KEY": v.token()}}, indent=1),
    "cargo.toml": lambda v: f'[registries.corp]\ntoken = "{v.token()}"\n',
    "my.cnf.txt": lambda v: f"[client]\nuser=root\npassword={v.plain_password()}\n",
    "alembic.ini": lambda v: f"sqlalchemy.url = mysql://app:{v.plain_password()}@10.1.2.3/x\n",
    "bean.xml": lambda v: f'<property name="password" value="{v.plain_password()}"/>\n',
    "csproj.config": lambda v: wide(
        f'<connectionStrings><add name="x" connectionString="Data Source=db1;User ID=sa;Password={v.plain_password()}"/></connectionStrings>\n'
    ),
    "win.reg": lambda v: wide(f'"AdminPassword"="{v.plain_password()}"\n'),
    "log4j.properties": lambda v: f"mail.smtp.password: {v.plain_password()}\n",
    "spring.yml": lambda v: (
        f"spring:\n  datasource:\n    username: app\n    password: {v.plain_password()}\n"
    ),
    "main.tf": lambda v: f'provider "x" {{\n  api_token = "{v.token()}"\n}}\n',
    "job.sh": lambda v: f"PGPASSWORD='{v.plain_password()}' pg_dump -h db1 x\n",
    "wget.sh": lambda v: f"wget --user=bob --password={v.plain_password()} https://x.corp.io/f\n",
    "header.sh": lambda v: f'curl -H "X-Api-Key: {v.token()}" https://api.corp.io\n',
    "bearer.sh": lambda v: f"curl -H 'Authorization: Bearer {v.token()}' https://api.corp.io\n",
    "login.sh": lambda v: f"docker login -u bob -p {v.plain_password()} r.corp.io\n",
    "fish.fish": lambda v: f"set -x GITLAB_TOKEN {v.token()}\n",
    "win.ps1": lambda v: f'$Password = ConvertTo-SecureString "{v.plain_password()}" -AsPlainText -Force\n',
    "build.Dockerfile": lambda v: f"ARG NPM_TOKEN={v.token()}\nRUN npm ci\n",
    "wp.php": lambda v: (
        f"define( 'AUTH_KEY', '{v.some(64, ALNUM + '!@#%^&*()-_ []|~')}' );\ndefine('DB_PASSWORD', '{v.password()}');\n"
    ),
    "laravel.php": lambda v: f"'password' => env('DB_PASSWORD', '{v.password()}'),\n",
    "client.ts": lambda v: f"const client = new Api({{ accessToken: '{v.token()}' }});\n",
    "Conf.kt": lambda v: f'private const val API_SECRET = "{v.token()}"\n',
    "Startup.cs": lambda v: f'public const string ClientSecret = "{v.token()}";\n',
    "init.rb": lambda v: f"config.secret_key_base = '{v.some(64, HEX)}'\n",
    "conn.rb": lambda v: f":password => '{v.password()}',\n",
    "lib.rs": lambda v: f'const API_TOKEN: &str = "{v.token()}";\n',
    "netrc_lines.txt": lambda v: f"machine api.corp.io\n\tlogin bob\n\tpassword {v.plain_password()}\n",
    "npmrc.txt": lambda v: f"//npm.corp.io/:_authToken={v.uuid()}\n",
    "pypirc.txt": lambda v: (
        f"[corp]\nrepository = https://pypi.corp.io\nusername = ci\npassword = {v.plain_password()}\n"
    ),
    "auth.json": lambda v: json.dumps(
        {"http-basic": {"repo.corp.io": {"username": "ci", "password": v.plain_password()}}}
    ),
    "nuget.xml": lambda v: f'<add key="ClearTextPassword" value="{v.plain_password()}" />\n',
    "users.conf": lambda v: f"user bob\npassword {v.plain_password()}\n",
    "smtp.py": lambda v: f'server.login("bob@corp.io", "{v.plain_password()}")\n',
    "auth.py": lambda v: f'requests.get(URL, auth=("bob", "{v.plain_password()}"))\n',
    "flask.py": lambda v: f"app.secret_key = '{v.password()}'\n",
    "typed.py": lambda v: f'DB_PASSWORD: Final[str] = "{v.password()}"\n',
    "grant.sql": lambda v: f"CREATE USER app IDENTIFIED BY '{v.plain_password()}';\n",
    "role.sql": lambda v: f"CREATE ROLE app LOGIN PASSWORD '{v.plain_password()}';\n",
    "hosts.ini": lambda v: f"[web]\nw1 ansible_user=root ansible_ssh_pass={v.plain_password()}\n",
    "wpa.conf": lambda v: f'network={{\n  ssid="home"\n  psk="{v.plain_password()}"\n}}\n',
    "state.json": lambda v: json.dumps({"attributes": {"secret_string": v.password()}}),
    "cell.ipynb": lambda v: json.dumps({"cells": [{"source": [f'api_key = "{v.token()}"\n', "run()"]}]}),
    "oct.json": lambda v: json.dumps({"kty": "oct", "alg": "HS256", "k": v.some(43, URL_SAFE)}),
    "pem.yaml": lambda v: (
        "tls:\n  key: |\n" + "".join("    " + line + "\n" for line in v.pem("EC " + PRIVATE).splitlines())
    ),
}
