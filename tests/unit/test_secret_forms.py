"""The forms in which a name is given a value: passwords are found, placeholders and references are not."""

from __future__ import annotations

import random
import string

import pytest

from automount.contents import secrets
from automount.contents.secrets import scan

_random = random.Random(77)


def some(count: int, letters: str = string.ascii_letters + string.digits) -> str:
    return "".join(_random.choices(letters, k=count))


FORMS: dict[str, tuple[str, str]] = {
    "type without a colon": ("a.go", 'const {n} string = "{v}"\n'),
    "array of characters": ("a.h", 'static const char {n}[] = "{v}";\n'),
    "initializer": ("a.cpp", 'std::string {n}{{"{v}"}};\n'),
    "constructor": ("a.cpp", 'std::string {n}("{v}");\n'),
    "conditional assignment": ("a.rb", "ENV['{n}'] ||= '{v}'\n"),
    "block of a default": ("a.rb", "ENV.fetch('{n}') {{ '{v}' }}\n"),
    "hash element": ("a.pl", "$c{{{n}}} = '{v}';\n"),
    "element of an element": ("a.rb", "default['db']['{n}']['admin'] = '{v}'\n"),
    "arrow to the left": ("a.R", '{n} <- "{v}"\n'),
    "Lisp variable": ("a.el", '(setq {n} "{v}")\n'),
    "tuple": ("sys.config", '{{{n}, "{v}"}}.\n'),
    "default of a field": ("a.py", '{n}: str = Field(default="{v}")\n'),
    "section, name and value": ("a.py", 'cfg.set("db", "{n}", "{v}")\n'),
    "attribute by name": ("a.py", 'setattr(o, "{n}", "{v}")\n'),
    "option with a short form": ("a.py", '@click.option("--{n}", "-p", default="{v}")\n'),
    "joined strings": ("a.py", '{n} = "{v1}" + "{v2}"\n'),
    "strings one after the other": ("a.py", '{n} = "{v1}" \\\n    "{v2}"\n'),
    "value, then key": ("a.m", '[c setValue:@"{v}" forKey:@"{n}"];\n'),
    "value, then name, in XML": ("a.xml", '<property value="{v}" name="{n}"/>\n'),
    "value, then name, in JSON": ("a.json", '{{"value": "{v}", "name": "{n}"}}\n'),
    "value, then name, in YAML": ("a.yaml", '- value: "{v}"\n  name: {n}\n'),
    "value among attributes": ("a.json", '{{"{n}": {{"sensitive": true, "value": "{v}"}}}}\n'),
    "list": ("a.json", '{{"{n}": ["{v}"]}}\n'),
    "tag": ("a.yaml", "{n}: !!str {v}\n"),
    "anchor": ("a.yaml", "{n}: &main {v}\n"),
    "argument on the next line": ("a.yaml", "args:\n  - --{n}\n  - {v}\n"),
    "element, then element": ("a.xml", '<Key>{n}</Key><Value Protected="False">{v}</Value>\n'),
    "markup before the value": ("a.html", "<p>{n}: <code>{v}</code></p>\n"),
    "cells of a row": ("a.md", "| {n} | {v} |\n"),
    "columns of name and value": ("a.csv", "name,value\n{n},{v}\n"),
    "column of a table": ("a.md", "| user | {n} |\n|---|---|\n| bob | {v} |\n"),
    "bold name": ("a.md", "**{n}**: {v}\n"),
    "dash": ("a.txt", "{n} - {v}\n"),
    "line below": ("a.txt", "{n}\n{v}\n"),
    "connection string": ("a.txt", "Server=x;User Id=a;{n}={v};Database=d\n"),
    "name and value options": (
        "a.sh",
        'aws ssm put-parameter --name /prod/{n} --type SecureString --value "{v}"\n',
    ),
    "body of an option": ("a.sh", 'gh secret set {n} --body "{v}"\n'),
    "setting by command": ("a.sh", "git config --global acme.{n} {v}\n"),
    "Windows variable": ("a.bat", 'setx {n} "{v}" /M\r\n'),
    "PowerShell parameter": ("a.ps1", 'Connect-Service -{n} "{v}"\n'),
    "router level": ("r.cfg", "username ops privilege 15 {n} 0 {v}\n"),
    "conditional make variable": ("Makefile", "{n} ?= {v}\n"),
    "private field": ("a.jsonnet", "{n}:: '{v}',\n"),
}
INNOCENT = (
    *(
        "changeme",
        "${DB_PASSWORD}",
        "<password>",
        "getPassword",
        "your-password-here",
        "MyClassName",
        "required_field",
    ),
    *(
        "/run/secrets/db_pass",
        "{{password}}",
        "settings.DB_PASSWORD",
        "2024-01-15T10:22:31Z",
        "sha256WithRSAEncryption",
    ),
    *("OAuth2PasswordBearer", "encrypted:BKx92mfLq8Rt4Zp7Wv3", "projects/1234/secrets/x/versions/3"),
)


def text(form: str, name: str, value: str) -> tuple[str, bytes]:
    path, template = FORMS[form]
    half = len(value) // 2
    return f"/p/{path}", template.format(n=name, v=value, v1=value[:half], v2=value[half:]).encode()


@pytest.mark.parametrize("form", FORMS)
def test_a_random_value_is_found_in_each_form(form: str) -> None:
    values = [f"k{some(22)}7Q" for _ in range(5)]
    names = ("db_password", "smtpPassword", "API_TOKEN", "client_secret")
    assert [(name, value) for name in names for value in values if not scan(*text(form, name, value))] == []


@pytest.mark.parametrize("form", FORMS)
def test_what_is_no_value_is_found_in_no_form(form: str) -> None:
    names = ("db_password", "smtpPassword", "API_TOKEN", "client_secret")
    assert [(name, value) for name in names for value in INNOCENT if scan(*text(form, name, value))] == []


@pytest.mark.parametrize(
    "token",
    [
        *(
            "xoxe.xo" + "xp-1-" + some(120),
            "gl" + "ft-" + some(20),
            "rubygems" + "_" + some(48, "0123456789abcdef"),
        ),
        *("ATBB" + some(32), "tskey-" + "auth-" + some(16) + "-" + some(32), "sb_" + "secret_" + some(31)),
        *(
            "ABIA" + some(16, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0189"),
            "figd" + "_" + some(40),
            "acmepay_" + some(40),
        ),
    ],
)
def test_a_token_is_recognised_by_its_prefix(token: str) -> None:
    assert scan("/p/notes.txt", f"use {token} for it\n".encode())


@pytest.mark.parametrize(
    "word", ["pk_live_" + some(40), "sha256_" + some(43), "theme-" + some(40), "price_" + some(40)]
)
def test_a_public_key_or_identifier_with_a_prefix_is_no_token(word: str) -> None:
    assert scan("/p/notes.txt", f"use {word} for it\n".encode()) == ()


def test_words_of_a_wallet_are_found_and_a_sentence_is_not() -> None:
    words = "copper falcon winter lisbon maple orbit tiger harbor velvet summit rocket meadow"
    assert [str(found) for found in scan("/p/a.env.txt", f'MNEMONIC="{words}"\n'.encode())] == [
        "seed-phrase:1"
    ]
    assert scan("/p/a.txt", b"mnemonic: write the words down and keep them somewhere safe.\n") == ()


def test_a_name_in_an_encrypted_group_is_no_secret() -> None:
    value = some(340)
    assert scan("/p/renovate.json", b'{"encrypted": {"npmToken": "%s=="}}\n' % value.encode()) == ()
    assert scan("/p/renovate.json", b'{"hostRules": {"npmToken": "%s"}}\n' % value[:40].encode())


def test_a_name_repeated_within_one_word_is_looked_at_only_near_its_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    places: list[int] = []
    look = secrets.gives_secret
    monkeypatch.setattr(secrets, "gives_secret", lambda *args: places.append(args[2]) or look(*args))
    assert scan("/p/a.txt", b"psk" * 70_000) == ()
    assert len(places) < 20
    assert scan("/p/a.txt", b"psk" * 70_000 + b" = " + some(24).encode()) != ()


_AUTHS = '{{"auths": {{"registry.acme.io": {}}}, "credsStore": "osxkeychain"}}'
_CLUSTER = "apiVersion: v1\nkind: Config\nusers:\n- name: admin\n  user:\n    {}\n"


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("/p/.docker/config.json", _AUTHS.format("{}")),
        ("/p/.kube/config", _CLUSTER.format("exec:\n      args: [eks, get-token, --cluster, prod]")),
        ("/p/.gitconfig", f"[user]\n    signingkey = {some(40, '0123456789ABCDEF')}\n"),
    ],
)
def test_settings_that_refer_to_a_helper_or_a_public_key(path: str, text: str) -> None:
    assert scan(path, text.encode()) == ()


@pytest.mark.parametrize(
    ("path", "text", "codes"),
    [
        (
            "/p/.docker/config.json",
            _AUTHS.format('{"auth": "dGVzdDo' + some(20) + '="}'),
            {"cloud-credentials"},
        ),
        ("/p/.kube/config", _CLUSTER.format(f"token: {some(40)}"), {"cloud-credentials"}),
        ("/p/vm.args", f"-name shop@10.0.0.4\n-setcookie {some(20)}\n", {"node-cookie"}),
        (
            "/p/sms.ts",
            f'const client = twilio("AC{some(32, "0123456789abcdef")}", "{some(32, "0123456789abcdef")}");\n',
            {"account-token"},
        ),
    ],
)
def test_credentials_of_services(path: str, text: str, codes: set[str]) -> None:
    assert codes <= {finding.code for finding in scan(path, text.encode())}
