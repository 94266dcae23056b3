"""A server of our own to attack, with the settings that every server begins with."""

from __future__ import annotations

import asyncio
import os
import re
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from attack.cores import confine_server
from attack.target import Target

ROOT = Path(__file__).parents[1]
UP_WAIT_S = 60.0
DOWN_WAIT_S = 15.0
LOOK_EVERY_S = 0.1
_SAID = re.compile(r"http://127\.0\.0\.1:(\d+)/graphql")
_TROUBLE = re.compile(r"^.*(?: ERROR | CRITICAL |Traceback).*$", re.MULTILINE)


@asynccontextmanager
async def own_server(**settings: object) -> AsyncIterator[Target]:
    """On a file, on a free port of this machine, until the block is left; other settings by their names, without `LOBBY_`."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("LOBBY_")}
    environment |= {f"LOBBY_{name.upper()}": str(value) for name, value in settings.items()}
    with TemporaryDirectory(prefix="attack-") as folder:
        log = Path(folder, "log")
        with log.open("wb") as output:  # noqa: ASYNC230 - nothing else runs yet
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                str(ROOT / "server.py"),
                "--port",
                "0",
                cwd=folder,
                env={**environment, "LOBBY_STORE": f"sqlite:///{folder}/lobby.db"},
                stderr=output,
                preexec_fn=confine_server,
            )
        try:
            yield Target("127.0.0.1", await _port(log, process), process.pid, log)
        finally:
            process.terminate()
            await asyncio.wait_for(process.wait(), DOWN_WAIT_S)


def trouble(target: Target) -> list[str]:
    """The lines of our own server's log that tell of faults."""
    if target.log is None:
        return []
    return _TROUBLE.findall(_text(target.log))


async def _port(log: Path, process: asyncio.subprocess.Process) -> int:
    async with asyncio.timeout(UP_WAIT_S):
        while process.returncode is None:
            said = _SAID.search(_text(log))
            if said is not None and await _answers(int(said[1])):
                return int(said[1])
            await asyncio.sleep(LOOK_EVERY_S)
    raise SystemExit(f"the server did not come up: {_text(log)}")


def _text(log: Path) -> str:
    return log.read_text(encoding="utf-8", errors="replace")


async def _answers(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    return True
