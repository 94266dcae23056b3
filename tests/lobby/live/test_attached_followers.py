"""Heartbeats of attached followers: each gets one after so long without a frame, and not earlier."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import cast

from lobby.domain.model import Party
from lobby.live.follower import PartyTail
from lobby.live.frames import Frame, Heartbeat
from lobby.live.logs import PartyLog
from lobby.live.tail import HEARTBEAT_SLACK_S, Tail, heartbeat_timer
from lobby.ports import Store
from tests.lobby.live.live_lobby import LiveLobby
from tests.waiting import wait_until

HEARTBEAT_S = 6.0
"""So long that a pause of a busy machine does not make another heartbeat due. It comes up to a twentieth later."""
SHORT_S = 0.3


@dataclass(eq=False)
class Attached:
    """A follower that records when it is offered frames."""

    last_frame_at: float
    takes: bool = True
    tail: PartyTail | None = None
    offers: list[tuple[float, Frame]] = field(default_factory=list)

    def offer(self, frame: Frame, at: float) -> None:
        if not self.takes:
            self.detach()
            return
        self.offers.append((at, frame))
        self.last_frame_at = at

    def detach(self) -> None:
        assert self.tail is not None
        self.tail.detach(self)

    async def wait_for_offers(self, count: int) -> None:
        async def has_them() -> bool:
            return len(self.offers) >= count

        await wait_until(has_them)


@asynccontextmanager
async def tail_of(lobby: LiveLobby, party: Party, heartbeat_s: float = HEARTBEAT_S) -> AsyncIterator[PartyTail]:
    log = PartyLog(cast(Store, lobby.store), lobby.world.clock, party.id)
    tail = Tail(log, party, 16, 5.0, heartbeat_s, heartbeat_timer(heartbeat_s))
    try:
        yield tail
    finally:
        tail.close()


async def test_a_heartbeat_is_only_for_followers_that_had_no_frame_for_so_long(lobby: LiveLobby) -> None:
    async with tail_of(lobby, await lobby.world.party("ann")) as tail:
        now = asyncio.get_running_loop().time()
        silent, fresh = Attached(now - HEARTBEAT_S + 0.1), Attached(now)
        tail.attach(silent)
        tail.attach(fresh)
        await silent.wait_for_offers(1)

    assert [type(frame) for _, frame in silent.offers] == [Heartbeat]
    assert silent.offers[0][0] - now > 0.1 - HEARTBEAT_SLACK_S
    assert fresh.offers == []


async def test_followers_whose_heartbeats_are_due_soon_get_the_same_one(lobby: LiveLobby) -> None:
    async with tail_of(lobby, await lobby.world.party("ann")) as tail:
        now = asyncio.get_running_loop().time()
        first, second = Attached(now - HEARTBEAT_S), Attached(now - HEARTBEAT_S + HEARTBEAT_SLACK_S / 2)
        tail.attach(first)
        tail.attach(second)
        await first.wait_for_offers(1)

    assert first.offers[0][1] is second.offers[0][1]


async def test_heartbeats_go_on_for_as_long_as_the_follower_is_attached(lobby: LiveLobby) -> None:
    async with tail_of(lobby, await lobby.world.party("ann"), SHORT_S) as tail:
        follower = Attached(asyncio.get_running_loop().time() - SHORT_S)
        tail.attach(follower)
        await follower.wait_for_offers(2)
        tail.detach(follower)
        count = len(follower.offers)
        await asyncio.sleep(1.5 * SHORT_S)

    assert len(follower.offers) == count


async def test_a_follower_that_detaches_at_an_offer_does_not_stop_the_others(lobby: LiveLobby) -> None:
    async with tail_of(lobby, await lobby.world.party("ann")) as tail:
        now = asyncio.get_running_loop().time()
        refuses, takes = Attached(now - HEARTBEAT_S, takes=False, tail=tail), Attached(now - HEARTBEAT_S)
        tail.attach(refuses)
        tail.attach(takes)
        await takes.wait_for_offers(1)

    assert (len(refuses.offers), len(takes.offers)) == (0, 1)
