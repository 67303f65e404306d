"""Spark: a master and a worker in another environment, with the project hidden from the worker."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from engine_project import EngineProject
from needs import tool

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("spark")]

DRIVER = """\
import importlib, json, os, subprocess, sys
from pyspark.sql import SparkSession
from pyspark.sql.functions import udf
import automount
import automount.integrations.spark
import pkg.lazy, pkg.work

master, write = sys.argv[1:]
settings = {
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.executor.memory": "512m",
    "spark.task.maxFailures": "1",
    "spark.ui.enabled": "false",
}
builder = SparkSession.builder.master(master)
for name, value in settings.items():
    builder = builder.config(name, value)
spark = builder.getOrCreate()
context = spark.sparkContext

def sees(path):
    import importlib.util
    return [os.path.exists(path), importlib.util.find_spec("pkg") is not None, os.getcwd()]

def mine(number):
    from pkg import work
    return work.task(number)

def as_text(number):
    import json
    from pkg.work import task
    return json.dumps(task(number))

(home,) = context.parallelize([os.getcwd()], 1).map(sees).collect()
print(json.dumps(home[:2]))
for version in (1, 2, 3):
    if version > 1:
        subprocess.run([sys.executable, write, str(version)], check=True)
        for module in (pkg.lazy, pkg.work):
            importlib.reload(module)
    bundle = automount.bundle(refresh=version > 1)
    send = automount.integrations.spark.ship(spark, bundle)
    numbers = context.parallelize([7], 1)
    for row in numbers.map(send(pkg.work.task)).collect() + numbers.map(send(mine)).collect():
        print(json.dumps(row))
    for row in numbers.mapPartitions(send(pkg.work.tasks)).collect():
        print(json.dumps(row))
    frame = spark.createDataFrame([(7,)], ["n"])
    for row in frame.select(udf(send(as_text), "string")("n").alias("t")).collect():
        print(row.t)
    (after,) = context.parallelize([os.getcwd()], 1).map(sees).collect()
    print(json.dumps([after[2] == home[2]]))
spark.stop()
"""

CONNECT_DRIVER = """\
import importlib, json, os, subprocess, sys
from pyspark.sql import SparkSession
from pyspark.sql.functions import pandas_udf, udf
import automount
import automount.integrations.spark
import pkg.lazy, pkg.work

address, write = sys.argv[1:]
spark = SparkSession.builder.remote(address).getOrCreate()

def sees(path):
    import importlib.util
    return json.dumps([os.path.exists(path), importlib.util.find_spec("pkg") is not None])

def as_text(number):
    import json
    from pkg.work import task
    return json.dumps(task(number))

def batches(frames):
    import pandas
    from pkg.work import task
    for frame in frames:
        yield pandas.DataFrame({"t": [json.dumps(task(int(number))) for number in frame["n"]]})

def grouped(frame):
    (rows,) = batches([frame])
    return rows

cwd = os.getcwd()
numbers = spark.createDataFrame([(7,)], ["n"])
(row,) = numbers.select(udf(lambda number: sees(cwd))("n").alias("t")).collect()
print(row.t)
for version in (1, 2, 3):
    if version > 1:
        subprocess.run([sys.executable, write, str(version)], check=True)
        for module in (pkg.lazy, pkg.work):
            importlib.reload(module)
    send = automount.integrations.spark.ship(spark, automount.bundle(refresh=version > 1))
    for name in ("text", "as_text"):
        function = pkg.work.text if name == "text" else as_text
        for row in numbers.select(udf(send(function), "string")("n").alias("t")).collect():
            print(row.t)
    for row in numbers.mapInPandas(send(batches), "t string").collect():
        print(row.t)
    for row in numbers.groupBy("n").applyInPandas(send(grouped), "t string").collect():
        print(row.t)
spark.stop()
"""


class Cluster:
    """A master and one worker that cannot see the project."""

    def __init__(self, address: str, home: str, site: str, env: dict[str, str]) -> None:
        self.address, self.home, self.site, self.env = address, home, site, env


@pytest.fixture
def cluster(
    installed: Callable[..., object],
    start_hidden: Callable[..., object],
    free_port: Callable[[], int],
    tmp_path: Path,
) -> Cluster:
    tool("java")
    spark = installed("spark")
    port = free_port()
    home = f"{spark.site}/pyspark"
    env = {
        "SPARK_HOME": home,
        "SPARK_LOCAL_IP": "127.0.0.1",
        "PYSPARK_PYTHON": spark.python,
        "ENTRY_RAN": str(tmp_path / "ran"),
    }
    master = "org.apache.spark.deploy.master.Master"
    worker = "org.apache.spark.deploy.worker.Worker"
    address = f"spark://127.0.0.1:{port}"
    start = [f"{home}/bin/spark-class"]
    places = ["--host", "127.0.0.1", "--webui-port", "0"]
    start_hidden([*start, master, *places, "--port", str(port)], "I have been elected leader", env)
    words = ["--cores", "1", "--memory", "1g", "--work-dir", str(tmp_path / "work")]
    start_hidden([*start, worker, address, *places, *words], "Successfully registered", env)
    return Cluster(address, home, spark.site, env)


def test_spark(project: EngineProject, cluster: Cluster, write: Path, tmp_path: Path) -> None:
    rows = project.drive(DRIVER, cluster.address, str(write), site=cluster.site, **cluster.env)
    expected: list[object] = [[False, False]]
    for version in (1, 2, 3):
        project.version = version
        expected += [*[project.expected(7)] * 4, [True]]
    assert rows == expected
    assert not (tmp_path / "ran").exists()


def test_spark_connect(
    project: EngineProject,
    cluster: Cluster,
    write: Path,
    start_hidden: Callable[..., object],
    free_port: Callable[[], int],
    tmp_path: Path,
) -> None:
    port = free_port()
    server = "org.apache.spark.sql.connect.service.SparkConnectServer"
    settings = {
        "spark.connect.grpc.binding.port": port,
        "spark.driver.host": "127.0.0.1",
        "spark.executor.memory": "512m",
        "spark.task.maxFailures": 1,
        "spark.ui.enabled": "false",
    }
    words = [word for name, value in settings.items() for word in ("--conf", f"{name}={value}")]
    submit = [f"{cluster.home}/bin/spark-submit", "--master", cluster.address]
    start_hidden(
        [*submit, "--class", server, *words, "spark-internal"], "Spark Connect server started", cluster.env
    )
    address = f"sc://127.0.0.1:{port}"
    rows = project.drive(CONNECT_DRIVER, address, str(write), site=cluster.site, **cluster.env)
    expected: list[object] = [[False, False]]
    for version in (1, 2, 3):
        project.version = version
        expected += [project.expected(7)] * 4
    assert rows == expected
    assert not (tmp_path / "ran").exists()
