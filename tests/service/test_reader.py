"""What can be asked: all of it durable, and shown to those alone who may see it."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from lobby.domain import commands as c
from lobby.domain.cursor import Cursor
from lobby.domain.listing import SessionFilter
from lobby.domain.model import Party
from lobby.domain.values import SessionStatus, Visibility
from lobby.ports import Retention
from lobby.reader import BadCursor
from tests.domain.scenes import player
from tests.service import world as worlds
from tests.service.world import World, done


def cursor(party: Party, seq: int) -> str:
    return str(Cursor(party.epoch, seq))


async def seqs(world: World, party: Party, name: str, after: str | None = None, first: int = 100) -> list[int] | None:
    entries = await world.reader.history(party.id, name, after, first)
    return [entry.seq for entry in entries] if entries is not None else None


async def running(world: World, *names: str, session_id: str = "run", **settings: Any) -> Party:
    party = await world.party(*names, countdown_s=0, **settings)
    leader = player(names[0])
    await world.does(party, c.StartSession(leader, session_id, force=True))
    return await world.does(party, c.BeginSession(session_id))


async def test_a_public_party_is_there_for_everybody_and_a_private_one_for_its_members(world: World) -> None:
    public = await world.party("ann")
    private = await world.party("bob", visibility=Visibility.PRIVATE)
    assert [await world.reader.party(public.id, viewer) for viewer in ("ann", "eve", None)] == [public] * 3
    assert [await world.reader.party(private.id, viewer) for viewer in ("bob", "eve", None)] == [private, None, None]


async def test_a_closed_party_is_there_for_those_who_were_in_it_at_the_end(world: World) -> None:
    party = await world.party("ann", "bob", "cid")
    await world.does(party, c.LeaveParty(player("cid")))
    closed = await world.does(party, c.DisbandParty(player("ann")))
    seen = [await world.reader.party(party.id, viewer) for viewer in ("ann", "bob", "cid", None)]
    assert seen == [closed, closed, None, None]


async def test_the_party_of_a_player_is_the_one_with_the_seat(world: World) -> None:
    party = await world.party("ann", "bob")
    await world.does(party, c.LeaveParty(player("bob")))
    assert ((await world.reader.party_of("ann")), await world.reader.party_of("bob")) == (await world.now(party), None)


async def test_a_session_is_seen_with_its_party(world: World) -> None:
    party = await running(world, "ann")
    seen = await world.reader.session("run", "eve")
    assert seen is not None
    assert (seen.session, seen.party) == (party.session, party)


async def test_a_private_partys_session_is_seen_by_its_members(world: World) -> None:
    party = await running(world, "ann", "bob", visibility=Visibility.PRIVATE)
    seen = [await world.reader.session("run", viewer) for viewer in ("bob", "eve", None)]
    assert [one.party if one is not None else None for one in seen] == [party, None, None]


async def test_the_list_of_sessions_has_a_private_partys_for_its_members_only(world: World) -> None:
    await running(world, "ann", session_id="public")
    await running(world, "bob", session_id="private", visibility=Visibility.PRIVATE)
    for viewer, expected in ((None, {"public"}), ("ann", {"public"}), ("bob", {"public", "private"})):
        page = await world.reader.sessions(SessionFilter(), 50, None, viewer)
        assert {one.session.id for one in page.items} == expected


async def test_an_ended_session_can_be_found_by_its_status(world: World) -> None:
    await running(world, "ann")
    await world.lobby.execute_in_session("run", c.CompleteSession(player("ann"), "run", "won"))
    page = await world.reader.sessions(SessionFilter(status=SessionStatus.COMPLETE), 50, None, None)
    assert [(one.session.id, one.session.outcome) for one in page.items] == [("run", "won")]


async def test_history_is_the_log_page_by_page(world: World) -> None:
    party = await world.party("ann", "bob", "cid")
    assert await seqs(world, party, "bob", first=2) == [1, 2]
    assert await seqs(world, party, "bob", cursor(party, 2)) == [3]
    assert await seqs(world, party, "bob", cursor(party, 3)) == []


async def test_history_is_for_members_and_those_who_were_in_it_at_the_end(world: World) -> None:
    party = await world.party("ann", "bob", "cid")
    await world.does(party, c.LeaveParty(player("cid")))
    assert await seqs(world, party, "cid") is None
    await world.does(party, c.DisbandParty(player("ann")))
    assert await seqs(world, party, "eve") is None
    assert await seqs(world, party, "bob") == [1, 2, 3, 4, 5, 6, 7]


async def test_history_of_no_party_is_none(world: World) -> None:
    assert await world.reader.history("nowhere", "ann", None, 100) is None


@pytest.mark.parametrize("written", ["", "nonsense", "1", "epoch.1", "-", "\x00", "0.1.2"])
async def test_a_cursor_of_another_log_is_refused(world: World, written: str) -> None:
    party = await world.party("ann")
    with pytest.raises(BadCursor):
        await world.reader.history(party.id, "ann", written, 100)


async def test_history_begins_with_the_oldest_entry_kept() -> None:
    async with worlds.world(retention=Retention(entries_min=3, log_ms=1000)) as world:
        party = await world.party("ann")
        for number in range(5):
            done(await world.says("ann", str(number), party))
        world.clock.passes(2)
        await world.store.sweep(world.clock.now())
        assert await seqs(world, party, "ann") == [4, 5, 6]
        assert await seqs(world, party, "ann", cursor(party, 1)) == [4, 5, 6]
        assert await seqs(world, party, "ann", cursor(party, 5)) == [6]


async def test_what_is_not_durable_is_not_shown(world: World) -> None:
    party = await world.party("ann")
    world.disk.hold()
    saying = asyncio.create_task(world.says("ann", "hello", party))
    await world.disk.asked.wait()
    assert (await seqs(world, party, "ann"), await world.reader.party_of("ann")) == ([1], party)
    world.disk.release()
    await saying
