"""A list of game servers with a capacity: the running sessions decide which capacity is free."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from lobby.allocators.static_list import GameServer, StaticList, parse_servers
from lobby.domain import commands as c
from lobby.domain.model import Endpoint, Party
from lobby.domain.party_settings import SettingsPatch
from lobby.domain.values import PartyState, Visibility
from tests.lobby.domain.scenes import START, player
from tests.lobby.live.live_lobby import LiveLobby, live_lobby

SMALL, BIG = "udp://small.example:7001", "wss://big.example:7002?capacity=3"
PRIVATE = SettingsPatch(visibility=Visibility.PRIVATE)


def servers(lobby: LiveLobby, *written: str) -> StaticList:
    return StaticList(parse_servers(written), lobby.world.store)


async def running(lobby: LiveLobby, name: str, patch: SettingsPatch | None = None) -> Party:
    """A running session of this player."""
    return await lobby.wait_until(await starting(lobby, name, patch), lambda now: now.state is PartyState.IN_PROGRESS)


async def starting(lobby: LiveLobby, name: str, patch: SettingsPatch | None = None) -> Party:
    party = await lobby.world.party(name, countdown_s=0)
    if patch is not None:
        await lobby.world.execute(party, c.UpdateParty(player(name), patch))
    return await lobby.world.execute(party, c.StartSession(player(name), f"run of {name}"))


def where(party: Party) -> str | None:
    return party.session.allocation if party.session is not None else None


async def test_the_game_server_with_the_most_free_capacity_is_allocated(lobby: LiveLobby) -> None:
    async with lobby.deadlines(servers(lobby, SMALL, BIG)):
        taken = [where(await running(lobby, f"player {number}")) for number in range(4)]
    assert Counter(taken) == {"udp://small.example:7001": 1, "wss://big.example:7002": 3}
    assert taken[:2] == ["wss://big.example:7002"] * 2


async def test_players_get_the_address(lobby: LiveLobby) -> None:
    async with lobby.deadlines(servers(lobby, SMALL)):
        party = await running(lobby, "ann")
    assert party.session is not None
    assert party.session.endpoint == Endpoint("udp", "small.example", 7001)


@pytest.mark.parametrize("patch", [None, PRIVATE], ids=["public", "private"])
async def test_with_a_full_list_a_party_waits_until_a_session_ends(
    lobby: LiveLobby, patch: SettingsPatch | None
) -> None:
    async with lobby.deadlines(servers(lobby, SMALL)):
        first = await running(lobby, "ann", patch)
        second = await starting(lobby, "bob")
        await lobby.wait_for_presence()
        assert (await lobby.world.now(second)).state is PartyState.STARTING
        await lobby.world.execute(first, c.CompleteSession(player("ann"), "run of ann"))
        assert where(await lobby.wait_until(second, lambda now: now.state is PartyState.IN_PROGRESS)) == SMALL


async def test_with_a_list_that_stays_full_the_allocation_fails(lobby: LiveLobby) -> None:
    async with lobby.deadlines(servers(lobby, SMALL)):
        await running(lobby, "ann")
        second = await starting(lobby, "bob")
        lobby.world.clock.advance(30)
        await lobby.wait_until(second, lambda now: now.state is PartyState.WAITING)


async def test_many_sessions_at_once_stay_within_the_capacity(lobby: LiveLobby) -> None:
    async with lobby.deadlines(servers(lobby, BIG)):
        parties = [await starting(lobby, f"player {number}") for number in range(8)]
        for _ in range(3):
            await lobby.wait_for_presence()
        states = [(await lobby.world.now(party)).state for party in parties]
    assert states.count(PartyState.IN_PROGRESS) == 3


async def test_a_reported_endpoint_does_not_change_the_capacity(lobby: LiveLobby) -> None:
    async with lobby.deadlines(servers(lobby, SMALL)):
        first = await running(lobby, "ann")
        elsewhere = Endpoint("udp", "elsewhere.example", 1)
        await lobby.world.execute(first, c.UpdateSession(player("ann"), "run of ann", endpoint=elsewhere))
        second = await starting(lobby, "bob")
        await lobby.wait_for_presence()
        assert (await lobby.world.now(second)).state is PartyState.STARTING


async def test_running_sessions_are_counted_after_a_restart(tmp_path: Path) -> None:
    file = tmp_path / "lobby.db"
    async with live_lobby(file=file) as first, first.deadlines(servers(first, SMALL)):
        await running(first, "ann", PRIVATE)
    async with (
        live_lobby(file=file, at=START + 1_000) as second,
        second.deadlines(servers(second, SMALL, "udp://new.example:7003")),
    ):
        assert where(await running(second, "bob")) == "udp://new.example:7003"
        third = await starting(second, "cid")
        await second.wait_for_presence()
        assert (await second.world.now(third)).state is PartyState.STARTING


def test_a_list_is_parsed() -> None:
    assert parse_servers([SMALL, BIG, "dtls://[::1]:1?capacity=2"]) == [
        GameServer("udp://small.example:7001", Endpoint("udp", "small.example", 7001), 1),
        GameServer("wss://big.example:7002", Endpoint("wss", "big.example", 7002), 3),
        GameServer("dtls://[::1]:1", Endpoint("dtls", "::1", 1), 2),
    ]


@pytest.mark.parametrize(
    "written",
    [
        [],
        [""],
        ["small.example:7001"],
        ["udp://small.example"],
        ["udp://small.example:0"],
        ["udp://small.example:99999"],
        ["http://small.example:80"],
        ["udp://small.example:7001?capacity=0"],
        ["udp://small.example:7001?capacity=many"],
        ["udp://small.example:7001?room=3"],
        [SMALL, SMALL],
        [SMALL, SMALL + "?capacity=3"],
    ],
)
def test_an_invalid_list_is_rejected(written: list[str]) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_servers(written)
