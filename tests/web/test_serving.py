"""A shutdown has a bound, even if a step never ends."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
from threading import Thread

from starlette.types import Receive, Scope, Send

from tests.needs import ROOT
from web.serving import Server, listening_socket, server_config

WAIT_S = 60.0
HANGING = """
import asyncio, logging, sys
from web.serving import Server, exit_cleanly_on_signals, listening_socket, server_config

async def app(scope, receive, send):
    await receive()
    await send({"type": "lifespan.startup.complete"})
    print("up", flush=True)
    await receive()
    await asyncio.sleep(1_000)

logging.basicConfig()
exit_cleanly_on_signals()
config = server_config(app, port=0)
Server(config, stop_wait_s=0.5).run(sockets=[listening_socket(config)])
"""


def test_a_shutdown_that_hangs_ends_the_process_and_says_so() -> None:
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen([sys.executable, "-c", HANGING], cwd=ROOT, text=True, **pipes) as process:  # type: ignore[call-overload]
        assert process.stdout.readline() == "up\n"
        process.send_signal(signal.SIGTERM)
        _, log = process.communicate(timeout=WAIT_S)

    assert process.returncode == 1
    assert "the shutdown took longer than 0.5 s" in log


async def _app(scope: Scope, receive: Receive, send: Send) -> None:
    await receive()
    await send({"type": "lifespan.startup.complete"})
    await receive()
    await send({"type": "lifespan.shutdown.complete"})


def test_the_drain_and_the_wait_for_requests_share_one_bound() -> None:
    config = server_config(_app, port=0)
    bound_s = config.timeout_graceful_shutdown
    server = Server(config, lambda: asyncio.sleep(1.1))
    thread = Thread(target=server.run, kwargs={"sockets": [listening_socket(config)]})
    thread.start()
    server.should_exit = True
    thread.join(WAIT_S)

    assert bound_s is not None
    assert config.timeout_graceful_shutdown is not None
    assert 1 <= config.timeout_graceful_shutdown < bound_s
