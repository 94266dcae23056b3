"""One Valkey for all servers, killed and frozen now and then; each server has a way to it of its own, which is cut."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from random import Random

from chaos.homes.home import Mishap
from chaos.valkey.cable import Cable
from chaos.valkey.server import DURABLE, ValkeyServer

DOWN_MAX_S = 2.0
FROZEN_MAX_S = 4.0
CUT_MAX_S = 3.0
HUSHED_MAX_S = 6.0


class OneValkey:
    """Every write is on the disk before it is answered (`DURABLE`)."""

    def __init__(self, folder: Path, nodes: int) -> None:
        self._server = ValkeyServer(folder, DURABLE)
        self._cables = [Cable(self._server.address) for _ in range(nodes)]

    async def open(self) -> None:
        await asyncio.to_thread(self._server.start)
        for cable in self._cables:
            await cable.open()

    def url_of(self, node: int) -> str:
        host, port = self._cables[node].address
        return f"valkey://{host}:{port}/0"

    @property
    def truth_url(self) -> str:
        return self._server.url

    @property
    def left_behind(self) -> Sequence[Path]:
        return ()

    def mishaps(self) -> Sequence[Mishap]:
        return (
            Mishap("Valkey killed and restarted", 0.3, self._restart),
            Mishap("Valkey frozen", 0.15, self._freeze),
            Mishap("a server cut off from Valkey", 0.35, self._cut),
            Mishap("a server's way to Valkey silent", 0.2, self._hush),
        )

    async def close(self) -> None:
        for cable in self._cables:
            await cable.close()
        await asyncio.to_thread(self._server.kill)

    async def _restart(self, chance: Random) -> None:
        await asyncio.to_thread(self._server.kill)
        await asyncio.sleep(chance.uniform(0, DOWN_MAX_S))
        await asyncio.to_thread(self._server.start)

    async def _freeze(self, chance: Random) -> None:
        self._server.freeze()
        await asyncio.sleep(chance.uniform(0, FROZEN_MAX_S))
        self._server.thaw()

    async def _cut(self, chance: Random) -> None:
        cable = chance.choice(self._cables)
        await cable.cut()
        await asyncio.sleep(chance.uniform(0, CUT_MAX_S))
        cable.mend()

    async def _hush(self, chance: Random) -> None:
        cable = chance.choice(self._cables)
        cable.hush()
        await asyncio.sleep(chance.uniform(0, HUSHED_MAX_S))
        cable.mend()
