"""Without an allocator the leader hosts a session, unless players are not to host."""

from __future__ import annotations

import pytest

from lobby.allocators import AllocatorSettings, create_allocator
from lobby.domain import commands as c
from lobby.domain.model import Party
from tests.lobby.domain.scenes import player
from tests.lobby.live.live_lobby import LiveLobby


async def running(lobby: LiveLobby, players_host: bool) -> Party:
    """A party whose session has begun."""
    settings = AllocatorSettings("none", players_host=players_host)
    allocator = create_allocator(settings, lobby.world.store, lobby.world.clock)
    waiting = await lobby.world.party("ann", countdown_s=0)
    async with lobby.deadlines(allocator):
        await lobby.world.execute(waiting, c.StartSession(player("ann"), "run"))
        return await lobby.wait_until(waiting, lambda now: now.session is not None and now.session.started_at)


@pytest.mark.parametrize("players_host", [True, False])
async def test_the_leader_hosts_where_players_host(lobby: LiveLobby, players_host: bool) -> None:
    party = await running(lobby, players_host)

    assert party.session is not None
    assert (party.session.host is not None) is players_host
