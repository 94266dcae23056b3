"""nginx and HAProxy with the files of deploy/, except for addresses, ports and the folders that they write to."""

from __future__ import annotations

import asyncio
import re
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from tests.needs import ROOT, needs
from tools.chaos.ports import HOST, free_ports

UP_WAIT_S = 10.0
LOOK_EVERY_S = 0.02

Addresses = Sequence[tuple[str, int]]


@dataclass(frozen=True, slots=True)
class RunningProxy:
    """`base`: the URL at which it serves."""

    base: str


@asynccontextmanager
async def proxy(name: str, nodes: Addresses, folder: Path, idle_ms: int | None = None) -> AsyncIterator[RunningProxy]:
    """A proxy until the end of the block. `idle_ms`: how long it keeps an idle connection, instead of the time in the file."""
    program = needs(name)
    [port] = free_ports(1)
    arguments = _ARGUMENTS[name](nodes, port, folder)
    if idle_ms is not None:
        _set_idle_time(folder / _FILES[name], idle_ms)
    with (folder / f"{name}.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(str(program), *arguments, stdout=log, stderr=log)
    try:
        await _up(port)
        yield RunningProxy(f"http://{HOST}:{port}")
    finally:
        with suppress(ProcessLookupError):
            process.terminate()
        await process.wait()


def _nginx(nodes: Addresses, port: int, folder: Path) -> list[str]:
    text = _addressed("nginx.conf", nodes).replace("listen 80;", f"listen {HOST}:{port};")
    text = text.replace("/var/log/nginx", str(folder))
    temporary = "".join(
        f"{kind}_temp_path {folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    text = text.replace("http {", f"http {{ {temporary}", 1)
    (folder / "nginx.conf").write_text(text)
    here = f"daemon off; pid {folder}/nginx.pid; error_log {folder}/error.log;"
    return ["-p", str(folder), "-c", str(folder / "nginx.conf"), "-e", f"{folder}/error.log", "-g", here]


def _haproxy(nodes: Addresses, port: int, folder: Path) -> list[str]:
    text = _addressed("haproxy.cfg", nodes).replace("bind :80\n", f"bind {HOST}:{port}\n")
    text = text.replace("maxconn 100000", "maxconn 1000")
    (folder / "haproxy.cfg").write_text(text)
    return ["-db", "-f", str(folder / "haproxy.cfg")]


_ARGUMENTS = {"nginx": _nginx, "haproxy": _haproxy}


_FILES = {"nginx": "nginx.conf", "haproxy": "haproxy.cfg"}


def _set_idle_time(file: Path, idle_ms: int) -> None:
    text, count = re.subn(
        r"^( *(?:keepalive_timeout|timeout http-keep-alive) )60s\b", rf"\g<1>{idle_ms}ms", file.read_text(), flags=re.M
    )
    assert count == 1, f"{file.name} says once how long an idle connection is kept"
    file.write_text(text)


def _addressed(file: str, nodes: Addresses) -> str:
    text = (ROOT / "deploy" / file).read_text()
    for number, (host, port) in enumerate(nodes, 11):
        text, count = re.subn(rf"\b10\.0\.0\.{number}:8000\b", f"{host}:{port}", text)
        assert count in (1, 2), f"{file} names node {number} once in each backend"
    assert "10.0.0." not in text, f"{file} names as many nodes as there are"
    return text


async def _up(port: int) -> None:
    async with asyncio.timeout(UP_WAIT_S):
        while True:
            with suppress(OSError), socket.create_connection((HOST, port), 1):
                return
            await asyncio.sleep(LOOK_EVERY_S)
