"""Programs that end by themselves, with the real libraries: recorded, verified, run from the bundle."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest
from service_job import Job, subset

pytestmark = pytest.mark.slow

SETTINGS = """
SECRET_KEY = "x" + "-" * 3
INSTALLED_APPS = ["prices"]
ROOT_URLCONF = "shop.urls"
ALLOWED_HOSTS = ["*"]
DEBUG = True
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}]
"""
DJANGO = {
    "manage.py": (
        "import os, sys\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'shop.settings')\n"
        "from django.core.management import execute_from_command_line\nexecute_from_command_line(sys.argv)\n"
    ),
    "shop/__init__.py": "",
    "shop/settings.py": SETTINGS,
    "shop/urls.py": (
        "from django.urls import path\nfrom prices.views import index\nurlpatterns = [path('', index)]\n"
    ),
    "prices/__init__.py": "",
    "prices/models.py": (
        "from django.db import models\nclass Price(models.Model):\n    amount = models.IntegerField()\n"
    ),
    "prices/migrations/__init__.py": "",
    "prices/migrations/0001_initial.py": (
        "from django.db import migrations, models\nclass Migration(migrations.Migration):\n"
        "    operations = [migrations.CreateModel('Price', [('id', models.AutoField(primary_key=True)),\n"
        "        ('amount', models.IntegerField())], options={})]\n"
    ),
    "prices/views.py": (
        "from django.shortcuts import render\ndef index(request):\n"
        "    from prices.rules import total\n    return render(request, 'total.html', {'total': total()})\n"
    ),
    "prices/rules.py": "def total():\n    return 3\n",
    "prices/templates/total.html": "total {{ total }}\n",
    "prices/tests.py": (
        "from django.test import TestCase\nfrom prices.models import Price\nclass Total(TestCase):\n"
        "    def test_total(self):\n        Price.objects.create(amount=1)\n"
        "        print('answer', self.client.get('/').content.decode(), Price.objects.count())\n"
    ),
}
NOTEBOOK = {
    "cells": [
        {
            "cell_type": "code",
            "execution_count": None,
            "id": "parameters",
            "metadata": {"tags": ["parameters"]},
            "outputs": [],
            "source": "rate = 2",
        },
        {
            "cell_type": "code",
            "execution_count": None,
            "id": "work",
            "metadata": {},
            "outputs": [],
            "source": "from pricing import total\nprint('answer', total('prices.csv') * rate)",
        },
    ],
    "metadata": {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}},
    "nbformat": 4,
    "nbformat_minor": 5,
}
NOTEBOOK_TREE = {
    "report.ipynb": json.dumps(NOTEBOOK),
    "pricing.py": "def total(name):\n    return sum(map(int, open(name).read().split(',')))\n",
    "prices.csv": "1,2",
}


def test_django_manage_test(job: Job) -> None:
    job.write(DJANGO)
    assert "answer total 3\n 1" in job.record("manage.py", "test", "-v", "0")
    job.verified()
    assert "answer total 3\n 1" in job.ran_elsewhere()


def test_typer_command(job: Job) -> None:
    job.write(
        {
            "pyproject.toml": (
                "[build-system]\nrequires = ['hatchling']\nbuild-backend = 'hatchling.build'\n"
                "[project]\nname = 'greeter'\nversion = '7'\n[project.scripts]\ngreet = 'greeter.cli:app'\n"
            ),
            "src/greeter/__init__.py": "",
            "src/greeter/cli.py": (
                "import typer\nfrom importlib.metadata import version\napp = typer.Typer()\n"
                "@app.command()\ndef hello(name: str, loud: bool = False):\n"
                "    from greeter.words import GREETING\n"
                "    print(GREETING, name, loud, version('greeter'))\n"
                "@app.command()\ndef bye():\n    print('bye')\n"
            ),
            "src/greeter/words.py": "GREETING = 'hello'\n",
        }
    )
    job.environment = subset(job.environment, job.top / "own", ["typer", "hatchling", "editables"])
    _editable(job, ".")
    assert job.record("--", "greet", "hello", "Ann", "--loud") == "hello Ann True 7\n"
    job.verified()
    assert job.ran_elsewhere("hello", "Bob") == "hello Bob False 7\n"


def test_hydra_configuration_directories(job: Job) -> None:
    job.write(
        {
            "train.py": (
                "import hydra\n@hydra.main(version_base=None, config_path='conf', config_name='config')\n"
                "def main(config):\n    from models import build\n"
                "    print('answer', build(config.model), config.data.rows)\nmain()\n"
            ),
            "models.py": "def build(config):\n    return config.name + str(config.layers)\n",
            "conf/config.yaml": (
                "defaults:\n- model: small\n- data: local\n"
                "hydra:\n  run:\n    dir: .\n  output_subdir: null\n"
            ),
            "conf/model/small.yaml": "name: small\nlayers: 2\n",
            "conf/model/large.yaml": "name: large\nlayers: 9\n",
            "conf/data/local.yaml": "rows: 5\n",
        }
    )
    assert job.record("--data", "mount", "train.py", "model=large") == "answer large9 5\n"
    job.verified()
    assert job.ran_elsewhere() == "answer large9 5\n"


def test_notebook_by_nbconvert(job: Job) -> None:
    job.write(NOTEBOOK_TREE)
    command = ["jupyter", "nbconvert", "--to", "markdown", "--execute", "--stdout", "report.ipynb"]
    assert "answer 6" in job.record("--data", "mount", "--", *command)
    job.verified()
    assert "answer 6" in job.ran_elsewhere()


def test_notebook_by_papermill(job: Job) -> None:
    job.write(NOTEBOOK_TREE)
    command = ["papermill", "--no-progress-bar", "-p", "rate", "5", "report.ipynb", "-"]
    assert "answer 15" in job.record("--data", "mount", "--", *command)
    job.verified()
    assert "answer 15" in job.ran_elsewhere()


def test_joblib_workers(job: Job) -> None:
    job.write(
        {
            "app.py": (
                "from joblib import Parallel, delayed\nfrom work.square import square\n"
                "if __name__ == '__main__':\n"
                "    print('answer', sum(Parallel(n_jobs=2)(delayed(square)(n) for n in range(4))))\n"
            ),
            "work/__init__.py": "",
            "work/square.py": "def square(n):\n    from work_late import two\n    return n ** two\n",
            "work_late.py": "two = 2\n",
        }
    )
    assert job.record("app.py") == "answer 14\n"
    late = [row for row in job.manifest["modules"] if row["name"] == "work_late"]
    assert late
    assert 0 not in {row["process"] for row in late}
    job.verified()
    assert job.ran_elsewhere() == "answer 14\n"


def test_function_service_handler(job: Job) -> None:
    job.write(
        {
            "handler.py": (
                "import json, pathlib\nfrom lib.rates import RATES\n"
                "TABLE = json.loads((pathlib.Path(__file__).parent / 'table.json').read_text())\n"
                "def handler(event, context):\n    return RATES[event['currency']] * TABLE['factor']\n"
            ),
            "lib/rates.py": "RATES = {'EUR': 2}\n",
            "table.json": '{"factor": 21}',
        }
    )
    job.record("--import-only", "--data", "mount", "handler.py")
    job.verified()
    staged = job.top / "staged"
    assert job.automount("stage", str(staged)).returncode == 0
    with job.elsewhere() as words:
        assert job.automount(*words, cwd=job.top).returncode == 0
        call = "import handler; print(handler.handler({'currency': 'EUR'}, None))"
        answer = subprocess.run(
            [sys.executable, "-c", call], cwd=staged / "root", capture_output=True, text=True, check=True
        )
    assert answer.stdout == "42\n"


def test_monorepo_with_two_editable_packages(job: Job) -> None:
    project = "[build-system]\nrequires = ['hatchling']\nbuild-backend = 'hatchling.build'\n"
    job.write(
        {
            "pyproject.toml": "[tool.any]\n",
            "packages/core/pyproject.toml": f"{project}[project]\nname = 'acme-core'\nversion = '1'\n",
            "packages/core/src/acme_core/__init__.py": "from acme_core.rates import RATE\n",
            "packages/core/src/acme_core/rates.py": "RATE = 3\n",
            "packages/web/pyproject.toml": (
                f"{project}[project]\nname = 'acme-web'\nversion = '1'\n"
                "dependencies = ['acme-core', 'click']\n"
            ),
            "packages/web/src/acme_web/__init__.py": (
                "import click\nfrom acme_core import RATE\nPRICE = RATE * 2\n"
            ),
            "scripts/report.py": (
                "import pathlib\nfrom acme_web import PRICE\nfrom tools import show\n"
                "show(PRICE, (pathlib.Path(__file__).parent.parent / 'data' / 'name.txt').read_text())\n"
            ),
            "scripts/tools.py": "def show(price, name):\n    print(name, price)\n",
            "data/name.txt": "tea",
        }
    )
    job.environment = subset(job.environment, job.top / "own", ["click", "hatchling", "editables"])
    _editable(job, "packages/core")
    _editable(job, "packages/web")
    assert job.record("--data", "mount", "scripts/report.py") == "tea 6\n"
    job.verified()
    rows = {row["name"] for row in job.manifest["requirements"]}
    assert rows == {"click"}
    assert job.ran_elsewhere() == "tea 6\n"


def _editable(job: Job, place: str) -> None:
    """Installs a project editable into the job's environment."""
    command = [sys.executable, "-m", "pip", "--python", job.environment.python, "install", "-q"]
    options = ["--no-deps", "--no-build-isolation", "-e", str(job.project / place)]
    done = subprocess.run(
        [*command, *options],
        env={**os.environ, "PYTHONPATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
