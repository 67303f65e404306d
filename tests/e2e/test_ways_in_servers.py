"""Programs without an end of their own: servers stopped by Ctrl-C, by a timeout, or by a kill."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from ways_in import Home

AUTOMOUNT = (sys.executable, "-m", "automount", "--quiet")
SECONDS = 60
SERVER = """
import asyncio, signal, sys
import settings

async def answer(reader, writer):
    import handler
    writer.write(await handler.reply(await reader.readline()))
    await writer.drain()
    writer.close()

async def main():
    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    print("port", server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()

if "count" in sys.argv:
    seen = []
    async def until_stopped():
        task = asyncio.ensure_future(main())
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGINT, lambda: (seen.append(1), loop.call_later(0.3, task.cancel)))
        try:
            await task
        except asyncio.CancelledError:
            import cleanup
            print("signals", len(seen), flush=True)
    asyncio.run(until_stopped())
else:
    asyncio.run(main())
"""
TREE = {
    "server.py": SERVER,
    "settings.py": "",
    "handler.py": "async def reply(line):\n    return line.upper()\n",
    "cleanup.py": "",
    "page.txt": "a page\n",
}


@pytest.fixture
def home(automount_home: object) -> Home:
    made = Home(automount_home)  # type: ignore[arg-type]
    made.write(TREE)
    return made


@contextmanager
def started(home: Home, *command: str) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """A server in a process group of its own, and the port it listens at."""
    with subprocess.Popen(
        command,
        cwd=home.root,
        env={**home.environment(), "PYTHONUNBUFFERED": "1"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as server:
        try:
            assert server.stdout is not None
            found = re.search(r"port (\d+)", server.stdout.readline())
            assert found is not None
            yield server, int(found[1])
        finally:
            if server.poll() is None:
                os.killpg(server.pid, signal.SIGKILL)


def ask(port: int) -> bytes:
    with socket.create_connection(("127.0.0.1", port), SECONDS) as connection:
        connection.sendall(b"hello\n")
        return connection.recv(100)


def stop(server: subprocess.Popen[str], number: int) -> tuple[int, str, str]:
    """Sends a signal to the whole group, as a terminal does; gives status and output."""
    os.killpg(server.pid, number)
    out, err = server.communicate(timeout=SECONDS)
    return server.returncode, out, err


def stopped_http_server(home: Home, *words: str) -> tuple[int, str, str]:
    with started(home, *words, "-m", "http.server", "0", "--bind", "127.0.0.1") as (server, port):
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/page.txt", timeout=SECONDS) as answer:
            assert answer.read() == b"a page\n"
        status, out, err = stop(server, signal.SIGINT)
    return status, out, re.sub(r"\[.*?\]", "[]", err)


def test_http_server_until_ctrl_c(home: Home) -> None:
    plain = stopped_http_server(home, sys.executable)
    assert stopped_http_server(home, *AUTOMOUNT) == plain
    assert "Keyboard interrupt received" in plain[1]
    manifest = home.manifest()
    assert (manifest["complete"], manifest["provenance"]["exit_code"]) == (True, plain[0])
    assert (manifest["entrypoint"]["kind"], manifest["entrypoint"]["target"]) == ("module", "http.server")
    assert [os.path.basename(row["local"]) for row in manifest["data"]] == ["page.txt"]


def test_an_asyncio_server_sees_one_ctrl_c(home: Home) -> None:
    with started(home, *AUTOMOUNT, "server.py", "count") as (server, port):
        assert ask(port) == b"HELLO\n"
        assert stop(server, signal.SIGINT) == (0, "signals 1\n", "")
    assert home.mounted() == ["__main__", "cleanup", "handler", "settings"]
    assert home.manifest()["complete"] is True


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_server_ended_by_the_signal_ends_automount_so_too(home: Home, number: int) -> None:
    with started(home, sys.executable, "server.py") as (server, port):
        assert ask(port) == b"HELLO\n"
        plain = stop(server, number)
    with started(home, *AUTOMOUNT, "server.py") as (server, port):
        assert ask(port) == b"HELLO\n"
        assert stop(server, number) == plain
    assert plain[0] == -number
    assert home.mounted() == ["__main__", "handler", "settings"]
    assert home.manifest()["provenance"]["exit_code"] == -number


def test_a_timeout_ends_a_server_and_keeps_the_record(home: Home) -> None:
    with started(home, *AUTOMOUNT, "--timeout", "3", "server.py") as (server, port):
        assert ask(port) == b"HELLO\n"
        _out, err = server.communicate(timeout=SECONDS)
        assert (server.returncode, err) == (-signal.SIGTERM, "")
    assert home.mounted() == ["__main__", "handler", "settings"]


def test_what_ended_by_itself_was_not_stopped(home: Home) -> None:
    assert home.run(*AUTOMOUNT, "--timeout", "60", "settings.py").returncode == 0
    assert "stopped_after" not in home.manifest()["provenance"]


def test_workers_of_a_server_get_the_ctrl_c_as_well(home: Home) -> None:
    home.write(
        {
            "server.py": (
                "import multiprocessing, settings, time\n"
                # Not `signal.pause`: a signal that arrives just before it would not end it.
                "def pause():\n    while True:\n        time.sleep(0.05)\n"
                "def work(ready):\n"
                "    import handler\n"
                "    try:\n        ready.set()\n        pause()\n"
                "    except KeyboardInterrupt:\n        import cleanup\n"
                "if __name__ == '__main__':\n"
                "    context = multiprocessing.get_context('fork')\n"
                "    ready = context.Event()\n"
                "    worker = context.Process(target=work, args=(ready,))\n"
                "    worker.start()\n    ready.wait()\n"
                "    try:\n        print('port 0', flush=True)\n        pause()\n"
                "    except KeyboardInterrupt:\n        worker.join()\n        print(worker.exitcode)\n"
            )
        }
    )
    with started(home, *AUTOMOUNT, "server.py") as (server, _port):
        assert stop(server, signal.SIGINT) == (0, "0\n", "")
    manifest = home.manifest()
    assert {(row["process"], row["name"]) for row in manifest["modules"] if row["mount"] is not None} == {
        (0, "__main__"),
        (0, "settings"),
        (1, "handler"),
        (1, "cleanup"),
    }


def test_a_server_of_the_shell_s_while_it_runs_and_after(home: Home) -> None:
    printed = home.run(sys.executable, "-m", "automount", "env", "--journal", "j").stdout
    with started(home, "/bin/sh", "-c", f"{printed}exec {sys.executable} server.py") as (server, port):
        home.run(sys.executable, "-m", "automount", "collect", "--quiet", "j")
        assert home.mounted() == ["__main__", "settings"]
        ask(port)
        home.run(sys.executable, "-m", "automount", "collect", "--quiet", "j")
        assert home.mounted() == ["__main__", "handler", "settings"]
        assert stop(server, signal.SIGINT)[0] == -signal.SIGINT
    home.run(sys.executable, "-m", "automount", "collect", "--quiet", "j")
    assert home.manifest()["complete"] is True
