"""What goes wrong with Valkey in a run, and that it comes right again."""

from __future__ import annotations

import asyncio
from pathlib import Path
from random import Random

import pytest
from valkey.asyncio import Valkey

from chaos.checks.server_logs import bad_lines
from chaos.figures import Figures
from chaos.homes.home import Mishap
from chaos.homes.misfortune import Misfortune
from chaos.homes.one_valkey import OneValkey
from tests.needs import needs

NODES = 2


class Hasty(Random):
    """Everything takes the shortest time that it may, and a little."""

    def uniform(self, a: float, b: float) -> float:
        return a + (b - a) * 0.05


@pytest.mark.parametrize("number", range(4))
async def test_after_every_mishap_each_server_finds_what_was_there(tmp_path: Path, number: int) -> None:
    needs("valkey")
    home = OneValkey(tmp_path / "valkey", NODES)
    await home.open()
    try:
        await said(home.url_of(0), "SET", "word", "kept")
        mishap = home.mishaps()[number]
        await mishap.befall(Hasty(1))
        assert [await said(home.url_of(node), "GET", "word") for node in range(NODES)] == [b"kept"] * NODES
    finally:
        await home.close()


async def test_mishaps_come_one_at_a_time_and_are_counted() -> None:
    running = 0
    figures = Figures()

    async def befall(chance: Random) -> None:
        nonlocal running
        assert running == 0
        running += 1
        await asyncio.sleep(0)
        running -= 1

    mishaps = (Mishap("one", 0.5, befall), Mishap("other", 0.5, befall))
    until = asyncio.get_running_loop().time() + 0.5
    await Misfortune(mishaps, 0.01, Random(1), figures).run(until)
    assert set(figures.mishaps) == {"one", "other"}
    assert running == 0


async def said(url: str, *command: str) -> object:
    client = Valkey.from_url(url)
    try:
        return await client.execute_command(*command)
    finally:
        await client.aclose()


def test_a_server_that_can_not_start_for_lack_of_its_store_has_no_fault_but_a_traceback_is_one() -> None:
    told = [
        "2026-11-25 15:11:47,646 ERROR uvicorn.error: no answer to EXISTS within 2.5 s",
        "Traceback (most recent call last):",
    ]
    assert [v.text for v in bad_lines("log", told, may_not_start=True)] == ["log:2: Traceback (most recent call last):"]
    assert len([*bad_lines("log", told)]) == 2
