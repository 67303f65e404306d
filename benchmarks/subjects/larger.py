"""Ten more programs: command-line tools that people install, each on a small project with a known answer."""

from __future__ import annotations

import shlex

from subjects.model import Subject


def module(name: str, words: str, command: str, answer: str) -> Subject:
    """The subject that `python -m COMMAND` runs; `command` is split as a shell splits it."""
    return Subject(name, words, name, ("-m", *shlex.split(command)), answer=answer)


LARGER: tuple[Subject, ...] = (
    module(
        "pip",
        "resolves a local project, whose build backend runs in a process of its own",
        "pip --disable-pip-version-check install"
        " --dry-run --no-index --no-build-isolation --ignore-installed ./demo",
        "Would install demo-3",
    ),
    module(
        "mypy",
        "checks a package against typeshed",
        "mypy --no-incremental --config-file mypy.ini sample",
        "Success: no issues found in 3 source files",
    ),
    module("nox", "a session that starts Python", "nox --no-venv -s greet", "Session greet was successful"),
    module(
        "scrapy",
        "a spider with a pipeline over a local page",
        "scrapy runspider spider.py -s LOG_LEVEL=ERROR -s TELNETCONSOLE_ENABLED=False",
        "price 3",
    ),
    module(
        "snakemake",
        "two rules, one with a Python script",
        "snakemake --cores 1 --forceall",
        "2 of 2 steps (100%) done",
    ),
    module("kedro", "`kedro run` of a pipeline with a catalog", "kedro run", "Completed 1 out of 1 tasks"),
    module(
        "robotframework",
        "a suite with a library and a resource file",
        "robot --output NONE --log NONE --report NONE suite.robot",
        "1 test, 1 passed, 0 failed",
    ),
    module("beets", "a command of a local plugin", "beets -c config.yaml greet", "hello from the plugin"),
    module(
        "httpie",
        "builds and prints a request",
        "httpie --ignore-stdin --offline --pretty=format example.org/tea price:=3",
        '"price": 3',
    ),
    module(
        "pelican",
        "a site with a theme and a local plugin",
        "pelican content -s pelicanconf.py -o out",
        "Processed 1 article",
    ),
)

LARGER_INPUTS = {
    "pip": {
        "demo/pyproject.toml": """
            [build-system]
            requires = []
            build-backend = "backend"
            backend-path = ["."]
            """,
        "demo/backend.py": """
            import pathlib
            import parts

            def prepare_metadata_for_build_wheel(directory, config_settings=None):
                place = pathlib.Path(directory, "demo-3.dist-info")
                place.mkdir()
                (place / "METADATA").write_text(parts.METADATA)
                return place.name

            def build_wheel(directory, config_settings=None, metadata_directory=None):
                raise NotImplementedError
            """,
        "demo/parts.py": 'METADATA = "Metadata-Version: 2.1\\nName: demo\\nVersion: 3\\n"\n',
    },
    "mypy": {
        "mypy.ini": "[mypy]\nstrict = True\n",
        "sample/__init__.py": "",
        "sample/rates.py": "import dataclasses\n\nRATE: int = 2\n",
        "sample/prices.py": (
            "from sample.rates import RATE\n\n\ndef price(name: str) -> int:\n    return len(name) * RATE\n"
        ),
    },
    "nox": {
        "noxfile.py": """
            import nox
            from words import GREETING

            @nox.session
            def greet(session):
                session.run("python", "-c", f"import late; print({GREETING!r}, late.NAME)", external=True)
            """,
        "words.py": "GREETING = 'hello'\n",
        "late.py": "NAME = 'Ann'\n",
    },
    "scrapy": {
        "spider.py": """
            import pathlib
            import scrapy
            from pipelines import Printed

            class Prices(scrapy.Spider):
                name = "prices"
                start_urls = [(pathlib.Path(__file__).parent / "page.html").as_uri()]
                custom_settings = {"ITEM_PIPELINES": {Printed: 1}}

                def parse(self, response):
                    yield {"price": response.css("b::text").get()}
            """,
        "pipelines.py": """
            class Printed:
                def process_item(self, item):
                    print("price", item["price"])
                    return item
            """,
        "page.html": "<html><b>3</b></html>\n",
    },
    "snakemake": {
        "Snakefile": """
            rule all:
                input: "out/total.txt"

            rule total:
                input: "prices.txt"
                output: "out/total.txt"
                script: "scripts/total.py"
            """,
        "scripts/total.py": """
            import adding
            with open(snakemake.input[0]) as prices, open(snakemake.output[0], "w") as total:
                total.write(str(adding.total(prices.read().split())))
            """,
        "scripts/adding.py": "def total(words):\n    return sum(map(int, words))\n",
        "prices.txt": "1 2\n",
    },
    "kedro": {
        "pyproject.toml": """
            [tool.kedro]
            package_name = "demo"
            project_name = "Demo"
            kedro_init_version = "1.0.0"
            source_dir = "src"
            """,
        "src/demo/__init__.py": "",
        "src/demo/settings.py": "",
        "src/demo/nodes.py": "def double(rate):\n    return rate * 2\n",
        "src/demo/pipeline_registry.py": """
            from kedro.pipeline import Pipeline, node
            from demo.nodes import double

            def register_pipelines():
                return {"__default__": Pipeline([node(double, "params:rate", "price")])}
            """,
        "conf/base/parameters.yml": "rate: 2\n",
        "conf/base/catalog.yml": "price:\n  type: MemoryDataset\n",
        "conf/local/credentials.yml": "{}\n",
    },
    "robotframework": {
        "suite.robot": """
            *** Settings ***
            Library    Prices.py
            Resource    words.resource

            *** Test Cases ***
            Total
                ${total}=    Total Of    1    2
                Is Three    ${total}
            """,
        "words.resource": """
            *** Keywords ***
            Is Three
                [Arguments]    ${number}
                Should Be Equal As Integers    ${number}    3
            """,
        "Prices.py": "from adding import add\n\n\ndef total_of(*numbers):\n    return add(numbers)\n",
        "adding.py": "def add(numbers):\n    return sum(map(int, numbers))\n",
    },
    "beets": {
        "config.yaml": """
            directory: music
            library: library.db
            pluginpath: [plugs]
            plugins: [greet]
            """,
        "plugs/greet.py": """
            from beets.plugins import BeetsPlugin
            from beets.ui import Subcommand

            class Greet(BeetsPlugin):
                def commands(self):
                    command = Subcommand("greet", help="greet")
                    command.func = lambda lib, opts, args: print("hello from the plugin")
                    return [command]
            """,
    },
    "pelican": {
        "pelicanconf.py": """
            SITENAME = "Sample"
            AUTHOR = "Ann"
            TIMEZONE = "UTC"
            PLUGIN_PATHS = ["plugs"]
            PLUGINS = ["stamp"]
            """,
        "plugs/stamp/__init__.py": "from stamp.text import TEXT\n\n\ndef register():\n    print(TEXT)\n",
        "plugs/stamp/text.py": "TEXT = 'stamped'\n",
        "content/tea.rst": "Tea\n###\n\n:date: 2026-01-01\n\nAbout tea.\n",
    },
}
