"""The project that `engines.py` sends to each engine, and the program that sends it."""

from __future__ import annotations

import os
from pathlib import Path

_SETUP = """\
import json, os, sys, time
import automount
sys.path[:0] = [os.path.abspath("src")]
from pkg.work import task
began, marks = time.perf_counter(), {}
def mark(name):
    global began
    now = time.perf_counter()
    marks[name] = now - began
    began = time.perf_counter()
def edit(version):
    with open("src/pkg/lazy.py", "w") as file:
        file.write(f"VERSION = {version}\\n")
    global began
    began = time.perf_counter()
def trivial(number):
    return number
"""
DASK = (
    _SETUP
    + """\
from distributed import Client
from automount.integrations.dask import install
with Client(sys.argv[1]) as client:
    client.wait_for_workers(1)
    began = START = time.perf_counter() - (time.time() - float(sys.argv[2]))
    assert client.submit(trivial, 1).result() == 1
    mark("start")
    install(client)
    assert client.submit(task, 1, pure=False).result() == 1
    mark("first")
    edit(2)
    install(client, automount.bundle(refresh=True))
    assert client.submit(task, 1, pure=False).result() == 2
    mark("edit")
print(json.dumps(marks))
"""
)
RAY = (
    _SETUP
    + """\
import logging
import ray
from automount.integrations.ray import runtime_env
def run(environment, function=task):
    ray.init(address=sys.argv[1], runtime_env=environment, log_to_driver=False, logging_level=logging.ERROR)
    got = ray.get(ray.remote(function).remote(1))
    ray.shutdown()
    return got
began = time.perf_counter() - (time.time() - float(sys.argv[2]))
assert run(None, trivial) == 1
mark("start")
assert run(runtime_env()) == 1
mark("first")
edit(2)
assert run(runtime_env(automount.bundle(refresh=True))) == 2
mark("edit")
assert run({"working_dir": ".", "env_vars": {"PYTHONPATH": "src"}}) == 2
mark("whole")
print(json.dumps(marks))
"""
)
SPARK = (
    _SETUP
    + """\
from pyspark.sql import SparkSession
from automount.integrations.spark import ship
began = time.perf_counter() - (time.time() - float(sys.argv[2]))
builder = SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false")
spark = builder.config("spark.driver.host", "127.0.0.1").getOrCreate()
numbers = spark.sparkContext.parallelize([1], 1)
assert numbers.map(trivial).collect() == [1]
mark("start")
send = ship(spark)
assert numbers.map(send(task)).collect() == [1]
mark("first")
edit(2)
send = ship(spark, automount.bundle(refresh=True))
assert numbers.map(send(task)).collect() == [2]
mark("edit")
spark.stop()
print(json.dumps(marks))
"""
)
MODAL = (
    _SETUP
    + """\
import modal
from automount.integrations.modal import add_to
image = modal.Image.debian_slim()
mark("start")
add_to(image)
mark("first")
print(json.dumps(marks))
"""
)


def write_project(root: Path) -> None:
    """40 modules with package data, and 1,500 files beside them that the program never uses."""
    package = root / "src" / "pkg"
    package.mkdir(parents=True)
    (root / "pyproject.toml").write_text("")
    (package / "__init__.py").write_text("")
    (package / "table.json").write_text("{}")
    for number in range(37):
        (package / f"part{number}.py").write_text(f"VALUE = {number}\n" * 40)
    (package / "lazy.py").write_text("VERSION = 1\n")
    imports = "".join(f"from pkg import part{number}\n" for number in range(37))
    task = "def task(number):\n    from pkg import lazy\n    return lazy.VERSION\n"
    (package / "work.py").write_text(imports + task)
    (root / "run.py").write_text("from pkg.work import task\nprint(task(1))\n")
    for directory, count, size in (
        (".git/objects", 500, 4_000),
        ("venv/lib", 900, 12_000),
        ("outputs", 60, 120_000),
        ("logs", 40, 20_000),
    ):
        (root / directory).mkdir(parents=True)
        for number in range(count):
            (root / directory / f"{number}.bin").write_bytes(os.urandom(size))
    (root / "venv" / "pyvenv.cfg").write_text("")
