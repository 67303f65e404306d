"""Services and workers with the real libraries: recorded while they answer, verified, run from the bundle."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest
from service_job import SECONDS, Job, Running, free_port
from test_everyday_programs import DJANGO

pytestmark = pytest.mark.slow

# How long a service runs when it is recorded, and when verify runs it again.
RECORDED_SECONDS, BUSY_SECONDS = "6", "30"
FASTAPI = {
    "api.py": (
        "import json, pathlib\nfrom fastapi import FastAPI\napp = FastAPI()\n"
        "HERE = pathlib.Path(__file__).parent\n"
        "@app.get('/price/{name}')\ndef price(name: str):\n    from handlers import prices\n"
        "    return {'price': prices.of(name, json.loads((HERE / 'rates.json').read_text()))}\n"
    ),
    "handlers/__init__.py": "",
    "handlers/prices.py": "def of(name, rates):\n    return len(name) * rates['EUR']\n",
    "rates.json": '{"EUR": 2}',
}
FLASK = {
    "shop.py": (
        "from flask import Flask, render_template\nimport prices\napp = Flask(__name__)\n"
        "@app.get('/')\ndef index():\n    return render_template('index.html', total=prices.total())\n"
    ),
    "prices.py": "def total():\n    return 3\n",
    "templates/index.html": "{% extends 'base.html' %}{% block total %}{{ total }}{% endblock %}",
    "templates/base.html": "total {% block total %}{% endblock %}",
}


def answered(job: Job, ask: Callable[[Running], str], *command: str) -> str:
    """What the service answers while it is recorded; from the bundle, elsewhere, it answers the same."""
    try:
        answer = _recorded(job, ask, command, RECORDED_SECONDS)
    except AssertionError:
        # A busy machine: the service was ended before it answered.
        answer = _recorded(job, ask, command, BUSY_SECONDS)
    assert job.manifest["complete"], job.manifest["incomplete"]
    job.verified_without_requests()
    with job.elsewhere() as words, job.service(*words, cwd=job.top) as running:
        assert ask(running) == answer
        running.interrupt()
    return answer


def _recorded(job: Job, ask: Callable[[Running], str], command: Sequence[str], seconds: str) -> str:
    options = ["--python", job.environment.python, "--data", "mount", "--timeout", seconds]
    with job.service(*options, *command) as running:
        answer = ask(running)
        running.process.wait(SECONDS)
        assert "Wrote automount.json" in running.text(), running.text()[-4000:]
    return answer


def fetched(port: int, path: str = "/") -> Callable[[Running], str]:
    """Asks for one page."""
    return lambda running: running.get(f"http://127.0.0.1:{port}{path}")


@pytest.mark.parametrize("reload", [[], ["--reload"]], ids=["plain", "reload"])
def test_fastapi_with_uvicorn(job: Job, reload: list[str]) -> None:
    job.write(FASTAPI)
    port = free_port()
    command = ["--", "uvicorn", "api:app", "--port", str(port), *reload]
    assert answered(job, fetched(port, "/price/tea"), *command) == '{"price":6}'


def test_gunicorn_with_two_workers(job: Job) -> None:
    job.write(FLASK)
    port = free_port()
    command = ["--", "gunicorn", "--workers", "2", "--bind", f"127.0.0.1:{port}", "shop:app"]
    assert answered(job, fetched(port), *command) == "total 3"


def test_flask(job: Job) -> None:
    job.write(FLASK)
    port = free_port()
    command = ["--", "flask", "--app", "shop", "run", "--port", str(port)]
    assert answered(job, fetched(port), *command) == "total 3"


@pytest.mark.parametrize("reload", [["--noreload"], []], ids=["plain", "reload"])
def test_django_runserver(job: Job, reload: list[str]) -> None:
    job.write(DJANGO)
    port = free_port()
    assert answered(job, fetched(port), "manage.py", "runserver", str(port), *reload) == "total 3\n"


def test_celery_worker_gets_a_task(job: Job) -> None:
    """The task goes through the broker to a process of the pool, which imports what only the task needs."""
    job.write(
        {
            "shop/__init__.py": "",
            "shop/tasks.py": (
                "from celery import Celery\nfrom celery.signals import task_postrun, worker_ready\n"
                "app = Celery('shop', broker='memory://', backend='cache+memory://')\n"
                "@app.task\ndef total(numbers):\n    from shop.adding import add\n"
                "    print(f'answer {add(numbers)}', flush=True)\n"
                "@worker_ready.connect\ndef send(**_):\n    total.delay([1, 2, 3])\n"
            ),
            "shop/adding.py": "def add(numbers):\n    return sum(numbers)\n",
        }
    )
    command = ["--", "celery", "-A", "shop.tasks", "worker", "--pool", "prefork", "--concurrency", "1"]

    def ask(running: Running) -> str:
        running.wait_for("answer 6")
        return "6"

    assert answered(job, ask, *command) == "6"
    late = [row for row in job.manifest["modules"] if row["name"] == "shop.adding"]
    assert late
    assert 0 not in {row["process"] for row in late}


# What a browser does: it opens a session and asks for a page, until the script of the page has ended.
BROWSER = """
import sys
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import connect
with connect(sys.argv[1], max_size=None) as session:
    for page in ("", "Prices"):
        message = BackMsg()
        message.rerun_script.page_name = page
        session.send(message.SerializeToString())
        while True:
            found = ForwardMsg()
            found.ParseFromString(session.recv(30))
            element = found.delta.new_element
            print(element.heading.body or element.markdown.body, end="")
            if found.HasField("script_finished"):
                break
"""


def test_streamlit_with_pages(job: Job) -> None:
    job.write(
        {
            "home.py": "import streamlit\nfrom texts import TITLE\nstreamlit.title(TITLE)\n",
            "texts.py": "TITLE = 'Home'\n",
            "pages/1_Prices.py": "import streamlit\nfrom lib.prices import total\nstreamlit.write(total())\n",
            "lib/__init__.py": "",
            "lib/prices.py": "def total():\n    return 'three'\n",
            ".streamlit/config.toml": "[browser]\ngatherUsageStats = false\n",
        }
    )
    port = free_port()
    options = ["--server.port", str(port), "--server.headless", "true", "--server.address", "127.0.0.1"]

    def ask(running: Running) -> str:
        running.get(f"http://127.0.0.1:{port}/_stcore/health")
        return job.ran("-c", BROWSER, f"ws://127.0.0.1:{port}/_stcore/stream")

    assert answered(job, ask, "--", "streamlit", "run", "home.py", *options) == "Homethree"
