"""The proxy does to a connection what its fate says, no more and no less."""

from __future__ import annotations

import asyncio
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from random import Random

import pytest

from chaos.chance import chance
from chaos.figures import Figures
from chaos.proxy.fate import CLEAN, Fate
from chaos.proxy.proxy import Proxy
from chaos.proxy.weather import Weather

QUESTION, ANSWER = b"question\n", b"an answer\n"
LATEST_S = 5.0

pytestmark = pytest.mark.anyio


class Forecast(Weather):
    """One fate for all."""

    def __init__(self, fate: Fate) -> None:
        super().__init__(Random(0))
        self._fate = fate

    def fate(self) -> Fate:
        return CLEAN if self.is_calm else self._fate


class Server:
    """Answers each line, and keeps what it was sent."""

    def __init__(self) -> None:
        self.got = b""
        self.lost = asyncio.Event()

    async def serve(self, reader: StreamReader, writer: StreamWriter) -> None:
        with suppress(ConnectionError):
            while piece := await reader.read(1024):
                self.got += piece
                if piece.endswith(b"\n"):
                    writer.write(ANSWER)
        self.lost.set()
        writer.close()


class Way:
    """A connection through a proxy, with what is at its ends."""

    def __init__(
        self, proxy: Proxy, server: Server, figures: Figures, reader: StreamReader, writer: StreamWriter
    ) -> None:
        self.proxy = proxy
        self.server = server
        self.figures = figures
        self._reader = reader
        self.writer = writer

    async def ask(self, question: bytes = QUESTION) -> bytes:
        """What comes of a question: the answer, a part of it, or nothing."""
        self.writer.write(question)
        return await self.hear()

    async def hear(self) -> bytes:
        with suppress(ConnectionError):
            async with asyncio.timeout(LATEST_S):
                return await self._reader.readline()
        return b""


@asynccontextmanager
async def way(fate: Fate, servers: Callable[[int], list[int]] = lambda port: [port]) -> AsyncIterator[Way]:
    """`servers`: the ports that the proxy knows, of the one where there is somebody."""
    server, figures = Server(), Figures()
    listening = await asyncio.start_server(server.serve, "127.0.0.1", 0)
    ports = servers(listening.sockets[0].getsockname()[1])
    proxy = Proxy([("127.0.0.1", port) for port in ports], Forecast(fate), Random(0), figures)
    await proxy.open()
    try:
        reader, writer = await asyncio.open_connection(*proxy.address)
        yield Way(proxy, server, figures, reader, writer)
        writer.close()
    finally:
        await proxy.close()
        listening.close()


async def test_a_clean_connection_passes_everything_on() -> None:
    async with way(CLEAN) as clean:
        assert await clean.ask() == ANSWER
        assert await clean.ask() == ANSWER


async def test_what_is_far_longer_than_a_piece_arrives_whole() -> None:
    question = b"x" * 1_000_000 + b"\n"
    async with way(CLEAN) as clean:
        await clean.ask(question)

        assert question == clean.server.got


async def test_a_delay_changes_nothing_but_the_time() -> None:
    async with way(Fate(delay_s=0.05)) as slow:
        assert await slow.ask() == ANSWER


async def test_a_refused_connection_never_reaches_the_server() -> None:
    async with way(Fate(refused=True)) as refused:
        assert await refused.ask() == b""
        assert refused.server.got == b""
        assert refused.figures.cut == {"refused": 1}


async def test_a_request_is_cut_in_its_midst() -> None:
    async with way(Fate(cut_after_bytes_up=4)) as cut:
        assert await cut.ask() == b""
        await cut.server.lost.wait()

        assert QUESTION[:4] == cut.server.got
        assert cut.figures.cut == {"in the midst of a request": 1}


async def test_an_answer_is_cut_in_its_midst() -> None:
    async with way(Fate(cut_after_bytes_down=4)) as cut:
        heard = await cut.ask()

        assert cut.server.got == QUESTION
        assert heard in (ANSWER[:4], b"")  # a reset may take away what had arrived


async def test_a_request_goes_through_whose_answer_never_comes() -> None:
    async with way(Fate(unanswered_after=1)) as unanswered:
        assert await unanswered.ask() == b""
        assert unanswered.server.got == QUESTION
        assert unanswered.figures.cut == {"before the answer": 1}


async def test_only_the_second_answer_is_lost_if_the_fate_says_so() -> None:
    async with way(Fate(unanswered_after=2)) as unanswered:
        assert await unanswered.ask() == ANSWER
        assert await unanswered.ask() == b""
        assert unanswered.server.got == QUESTION * 2


async def test_a_connection_is_cut_after_its_time() -> None:
    async with way(Fate(cut_after_s=0.05)) as short:
        assert await short.hear() == b""
        assert short.figures.cut == {"after a while": 1}


async def test_a_silent_connection_stays_open_and_passes_nothing_on() -> None:
    async with way(Fate(silent_after_s=0.0, cut_after_s=0.2)) as silent:
        await asyncio.sleep(0.05)

        assert await silent.ask() == b""
        assert silent.server.got == b""
        assert silent.figures.cut == {"silent": 1}


async def test_the_server_is_told_of_a_cut_only_after_a_while() -> None:
    async with way(Fate(cut_after_s=0.05, lingers_s=0.2)) as lingering:
        assert await lingering.hear() == b""
        assert not lingering.server.lost.is_set()

        await asyncio.wait_for(lingering.server.lost.wait(), LATEST_S)


async def test_a_player_who_goes_is_gone_for_the_server() -> None:
    async with way(CLEAN) as clean:
        await clean.ask()
        clean.writer.close()

        await asyncio.wait_for(clean.server.lost.wait(), LATEST_S)


async def test_a_server_that_is_down_is_passed_over() -> None:
    async with way(CLEAN, lambda port: [1, port]) as clean:
        assert await clean.ask() == ANSWER


async def test_with_no_server_up_the_connection_ends() -> None:
    async with way(CLEAN, lambda port: [1]) as nowhere:
        assert await nowhere.hear() == b""
        assert nowhere.figures.cut == {"no server up": 1}


async def test_calm_cuts_what_is_open_and_spares_what_comes() -> None:
    async with way(Fate(unanswered_after=1)) as rough:
        await asyncio.sleep(0.05)
        await rough.proxy.calm()
        assert await rough.hear() == b""

        reader, writer = await asyncio.open_connection(*rough.proxy.address)
        writer.write(QUESTION)

        assert await asyncio.wait_for(reader.readline(), LATEST_S) == ANSWER
        writer.close()


async def test_a_request_on_its_way_is_told_of() -> None:
    async with way(CLEAN) as clean:
        told = asyncio.create_task(clean.proxy.next_request())
        await asyncio.sleep(0)
        clean.writer.write(QUESTION)

        await asyncio.wait_for(told, LATEST_S)


def test_the_same_seed_brings_the_same_weather() -> None:
    def fates(seed: int) -> list[Fate]:
        weather = Weather(chance(seed, "weather"))
        return [weather.fate() for _ in range(50)]

    assert fates(7) == fates(7)
    assert fates(7) != fates(8)


def test_all_kinds_of_weather_come() -> None:
    weather = Weather(chance(1, "weather"))
    fates = [weather.fate() for _ in range(300)]

    assert any(fate.refused for fate in fates)
    assert any(fate.delay_s for fate in fates)
    assert any(fate.cut_after_bytes_up for fate in fates)
    assert any(fate.cut_after_bytes_down for fate in fates)
    assert any(fate.unanswered_after for fate in fates)
    assert any(fate.silent_after_s for fate in fates)
