"""A list of game servers with room for so many sessions: what is taken follows from the sessions that run."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from lobby.allocators.static_list import GameServer, StaticList, read_list
from lobby.domain import commands as c
from lobby.domain.model import Endpoint, Party
from lobby.domain.values import PartyState, Visibility
from tests.domain.scenes import START, player
from tests.live.house import House
from tests.live.house import house as opened

SMALL, BIG = "udp://small.example:7001", "wss://big.example:7002?capacity=3"
PRIVATE = c.SettingsPatch(visibility=Visibility.PRIVATE)


def servers(house: House, *written: str) -> StaticList:
    return StaticList(read_list(written), house.world.store)


async def running(house: House, name: str, patch: c.SettingsPatch | None = None) -> Party:
    """A session of this player's, once it runs."""
    return await house.comes_to(await starting(house, name, patch), lambda now: now.state is PartyState.IN_PROGRESS)


async def starting(house: House, name: str, patch: c.SettingsPatch | None = None) -> Party:
    party = await house.world.party(name, countdown_s=0)
    if patch is not None:
        await house.world.does(party, c.UpdateParty(player(name), patch))
    return await house.world.does(party, c.StartSession(player(name), f"run of {name}"))


def where(party: Party) -> str | None:
    return party.session.allocation if party.session is not None else None


async def test_the_game_server_with_the_most_room_is_taken(house: House) -> None:
    async with house.deadlines(servers(house, SMALL, BIG)):
        taken = [where(await running(house, f"player {number}")) for number in range(4)]
    assert Counter(taken) == {"udp://small.example:7001": 1, "wss://big.example:7002": 3}
    assert taken[:2] == ["wss://big.example:7002"] * 2


async def test_players_are_told_the_address(house: House) -> None:
    async with house.deadlines(servers(house, SMALL)):
        party = await running(house, "ann")
    assert party.session is not None
    assert party.session.endpoint == Endpoint("udp", "small.example", 7001)


@pytest.mark.parametrize("patch", [None, PRIVATE], ids=["public", "private"])
async def test_a_full_list_makes_others_wait_until_a_run_ends(house: House, patch: c.SettingsPatch | None) -> None:
    async with house.deadlines(servers(house, SMALL)):
        first = await running(house, "ann", patch)
        second = await starting(house, "bob")
        await house.presence_settles()
        assert (await house.world.now(second)).state is PartyState.STARTING
        await house.world.does(first, c.CompleteSession(player("ann"), "run of ann"))
        assert where(await house.comes_to(second, lambda now: now.state is PartyState.IN_PROGRESS)) == SMALL


async def test_a_list_that_stays_full_ends_in_allocation_failed(house: House) -> None:
    async with house.deadlines(servers(house, SMALL)):
        await running(house, "ann")
        second = await starting(house, "bob")
        house.world.clock.passes(30)
        await house.comes_to(second, lambda now: now.state is PartyState.WAITING)


async def test_many_that_begin_at_once_never_share_a_place(house: House) -> None:
    async with house.deadlines(servers(house, BIG)):
        parties = [await starting(house, f"player {number}") for number in range(8)]
        for _ in range(3):
            await house.presence_settles()
        states = [(await house.world.now(party)).state for party in parties]
    assert states.count(PartyState.IN_PROGRESS) == 3


async def test_a_leader_who_reports_another_endpoint_frees_no_place_and_takes_none(house: House) -> None:
    async with house.deadlines(servers(house, SMALL)):
        first = await running(house, "ann")
        elsewhere = Endpoint("udp", "elsewhere.example", 1)
        await house.world.does(first, c.UpdateSession(player("ann"), "run of ann", endpoint=elsewhere))
        second = await starting(house, "bob")
        await house.presence_settles()
        assert (await house.world.now(second)).state is PartyState.STARTING


async def test_what_is_taken_is_known_after_a_restart(tmp_path: Path) -> None:
    file = tmp_path / "lobby.db"
    async with opened(file=file) as first, first.deadlines(servers(first, SMALL)):
        await running(first, "ann", PRIVATE)
    async with (
        opened(file=file, at=START + 1_000) as second,
        second.deadlines(servers(second, SMALL, "udp://new.example:7003")),
    ):
        assert where(await running(second, "bob")) == "udp://new.example:7003"
        third = await starting(second, "cid")
        await second.presence_settles()
        assert (await second.world.now(third)).state is PartyState.STARTING


def test_a_list_is_read() -> None:
    assert read_list([SMALL, BIG, "dtls://[::1]:1?capacity=2"]) == [
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
def test_a_list_that_can_not_be_is_said_to_be_so(written: list[str]) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_list(written)
