"""The proxy gives each connection exactly the fault that was drawn for it."""

from __future__ import annotations

import asyncio
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from random import Random

import pytest

from tools.chaos.figures import Figures
from tools.chaos.plan import random_for
from tools.chaos.proxy.network_faults import CHAOS_SHARES, FAULTS, NO_FAULT, ConnectionFault, NetworkFaults
from tools.chaos.proxy.proxy import Proxy

QUESTION, ANSWER = b"question\n", b"an answer\n"
LATEST_S = 5.0

pytestmark = pytest.mark.anyio


class FixedFault(NetworkFaults):
    """The same fault for every connection."""

    def __init__(self, fault: ConnectionFault) -> None:
        super().__init__(Random(0))
        self._fault = fault

    def next_fault(self) -> ConnectionFault:
        return NO_FAULT if self.is_stopped else self._fault


class Server:
    """A server that answers each line and keeps the bytes it received."""

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


class ProxiedConnection:
    """A client's connection through a proxy, with the proxy and the server."""

    def __init__(
        self, proxy: Proxy, server: Server, figures: Figures, reader: StreamReader, writer: StreamWriter
    ) -> None:
        self.proxy = proxy
        self.server = server
        self.figures = figures
        self._reader = reader
        self.writer = writer

    async def ask(self, question: bytes = QUESTION) -> bytes:
        """Send a question and return the answer, a part of it, or nothing."""
        self.writer.write(question)
        return await self.read_line()

    async def read_line(self) -> bytes:
        with suppress(ConnectionError):
            async with asyncio.timeout(LATEST_S):
                return await self._reader.readline()
        return b""


@asynccontextmanager
async def connected(
    fault: ConnectionFault, servers: Callable[[int], list[int]] = lambda port: [port]
) -> AsyncIterator[ProxiedConnection]:
    """`servers` returns the ports that the proxy tries, given the port of the server."""
    server, figures = Server(), Figures()
    listening = await asyncio.start_server(server.serve, "127.0.0.1", 0)
    ports = servers(listening.sockets[0].getsockname()[1])
    proxy = Proxy([("127.0.0.1", port) for port in ports], FixedFault(fault), Random(0), figures)
    await proxy.open()
    try:
        reader, writer = await asyncio.open_connection(*proxy.address)
        yield ProxiedConnection(proxy, server, figures, reader, writer)
        writer.close()
    finally:
        await proxy.close()
        listening.close()


async def test_a_clean_connection_passes_everything_on() -> None:
    async with connected(NO_FAULT) as clean:
        assert await clean.ask() == ANSWER
        assert await clean.ask() == ANSWER


async def test_data_longer_than_a_chunk_arrives_whole() -> None:
    question = b"x" * 1_000_000 + b"\n"
    async with connected(NO_FAULT) as clean:
        await clean.ask(question)

        assert question == clean.server.got


async def test_a_delay_changes_nothing_but_the_time() -> None:
    async with connected(ConnectionFault(delay_s=0.05)) as slow:
        assert await slow.ask() == ANSWER


async def test_a_refused_connection_never_reaches_the_server() -> None:
    async with connected(ConnectionFault(refused=True)) as refused:
        assert await refused.ask() == b""
        assert refused.server.got == b""
        assert refused.figures.cut == {"refused": 1}


async def test_a_request_is_cut_in_the_middle() -> None:
    async with connected(ConnectionFault(cut_after_bytes_up=4)) as cut:
        assert await cut.ask() == b""
        await asyncio.wait_for(cut.server.lost.wait(), LATEST_S)

        assert QUESTION[:4] == cut.server.got
        assert cut.figures.cut == {"in the middle of a request": 1}


async def test_an_answer_is_cut_in_the_middle() -> None:
    async with connected(ConnectionFault(cut_after_bytes_down=4)) as cut:
        received = await cut.ask()

        assert cut.server.got == QUESTION
        assert received in (ANSWER[:4], b"")  # a reset may take away what had arrived


async def test_a_request_arrives_and_its_answer_is_dropped() -> None:
    async with connected(ConnectionFault(unanswered_after=1)) as unanswered:
        assert await unanswered.ask() == b""
        assert unanswered.server.got == QUESTION
        assert unanswered.figures.cut == {"before the answer": 1}


async def test_the_second_answer_is_dropped_after_two_requests() -> None:
    async with connected(ConnectionFault(unanswered_after=2)) as unanswered:
        assert await unanswered.ask() == ANSWER
        assert await unanswered.ask() == b""
        assert unanswered.server.got == QUESTION * 2


async def test_a_connection_is_cut_after_its_time() -> None:
    async with connected(ConnectionFault(cut_after_s=0.05)) as short:
        assert await short.read_line() == b""
        assert short.figures.cut == {"after a while": 1}


async def test_a_silent_connection_stays_open_and_passes_nothing_on() -> None:
    async with connected(ConnectionFault(silent_after_s=0.0, cut_after_s=0.2)) as silent:
        await asyncio.sleep(0.05)

        assert await silent.ask() == b""
        assert silent.server.got == b""
        assert silent.figures.cut == {"silent": 1}


async def test_a_half_closed_connection_takes_requests_and_gives_no_answers() -> None:
    async with connected(ConnectionFault(half_closed_after_s=0.0, cut_after_s=0.3)) as half_closed:
        await asyncio.sleep(0.05)

        assert await half_closed.ask() == b""
        assert half_closed.figures.cut == {}
        await asyncio.wait_for(half_closed.server.lost.wait(), LATEST_S)
        assert half_closed.server.got == QUESTION
        assert half_closed.figures.cut == {"half closed": 1}


async def test_the_server_side_lingers_after_a_cut() -> None:
    async with connected(ConnectionFault(cut_after_s=0.05, lingers_s=0.2)) as lingering:
        assert await lingering.read_line() == b""
        assert not lingering.server.lost.is_set()

        await asyncio.wait_for(lingering.server.lost.wait(), LATEST_S)


async def test_a_closed_client_connection_is_closed_at_the_server() -> None:
    async with connected(NO_FAULT) as clean:
        await clean.ask()
        clean.writer.close()

        await asyncio.wait_for(clean.server.lost.wait(), LATEST_S)


async def test_a_server_that_is_down_is_skipped() -> None:
    async with connected(NO_FAULT, lambda port: [1, port]) as clean:
        assert await clean.ask() == ANSWER


async def test_with_no_server_up_the_connection_ends() -> None:
    async with connected(NO_FAULT, lambda port: [1]) as nobody:
        assert await nobody.read_line() == b""
        assert nobody.figures.cut == {"no server up": 1}


async def test_stop_faults_cuts_open_connections_and_spares_new_ones() -> None:
    async with connected(ConnectionFault(unanswered_after=1)) as rough:
        await asyncio.sleep(0.05)
        await rough.proxy.stop_faults()
        assert await rough.read_line() == b""

        reader, writer = await asyncio.open_connection(*rough.proxy.address)
        writer.write(QUESTION)

        assert await asyncio.wait_for(reader.readline(), LATEST_S) == ANSWER
        writer.close()


async def test_next_request_returns_when_a_request_is_passed_on() -> None:
    async with connected(NO_FAULT) as clean:
        waiting = asyncio.create_task(clean.proxy.next_request())
        await asyncio.sleep(0)
        clean.writer.write(QUESTION)

        await asyncio.wait_for(waiting, LATEST_S)


def test_the_same_seed_draws_the_same_faults() -> None:
    def draw(seed: int) -> list[ConnectionFault]:
        network = NetworkFaults(random_for(seed, "network"))
        return [network.next_fault() for _ in range(50)]

    assert draw(7) == draw(7)
    assert draw(7) != draw(8)


def test_all_kinds_of_faults_are_drawn() -> None:
    network = NetworkFaults(random_for(1, "network"))
    faults = [network.next_fault() for _ in range(300)]

    assert any(fault.refused for fault in faults)
    assert any(fault.delay_s for fault in faults)
    assert any(fault.cut_after_bytes_up for fault in faults)
    assert any(fault.cut_after_bytes_down for fault in faults)
    assert any(fault.unanswered_after for fault in faults)
    assert any(fault.silent_after_s for fault in faults)


async def test_faults_come_in_their_shares_and_the_rest_has_none() -> None:
    network = NetworkFaults(Random(3), {"refuse": 0.25, "half_close": 0.25})
    faults = [network.next_fault() for _ in range(2_000)]

    assert sum(fault.refused for fault in faults) == pytest.approx(500, rel=0.15)
    assert sum(fault.half_closed_after_s is not None for fault in faults) == pytest.approx(500, rel=0.15)
    assert sum(fault == NO_FAULT for fault in faults) == pytest.approx(1_000, rel=0.15)


async def test_each_connection_of_the_chaos_test_has_a_fault() -> None:
    network = NetworkFaults(Random(3))

    assert sum(CHAOS_SHARES.values()) == pytest.approx(1)
    assert CHAOS_SHARES.keys() < FAULTS.keys()
    assert all(network.next_fault() != NO_FAULT for _ in range(500))
