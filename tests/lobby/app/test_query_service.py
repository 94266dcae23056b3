"""What can be asked: all of it durable, and shown to those alone who may see it."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from lobby.app.query_service import BadCursor
from lobby.domain import commands as c
from lobby.domain.cursor import Cursor
from lobby.domain.listing import SessionFilter
from lobby.domain.model import Party
from lobby.domain.rejections import NOT_FOUND
from lobby.domain.values import PartyId, SessionStatus, Visibility
from lobby.domain.viewer_access import OPERATORS
from lobby.ports import Retention
from lobby.stores.sqlite.engine import SqliteEngine
from tests.lobby.app import world as worlds
from tests.lobby.app.world import World, done
from tests.lobby.domain.scenes import player


def cursor(party: Party, seq: int) -> str:
    return str(Cursor(party.epoch, seq))


async def seqs(world: World, party: Party, name: str, after: str | None = None, first: int = 100) -> list[int] | None:
    entries = await world.query_service.history(party.id, name, after, first)
    return [entry.seq for entry in entries] if entries is not None else None


async def running(world: World, *names: str, session_id: str = "run", **settings: Any) -> Party:
    party = await world.party(*names, countdown_s=0, **settings)
    leader = player(names[0])
    await world.execute(party, c.StartSession(leader, session_id, force=True))
    return await world.execute(party, c.BeginSession(session_id))


async def test_everybody_sees_a_public_party_and_members_see_a_private_one(world: World) -> None:
    public = await world.party("ann")
    private = await world.party("bob", visibility=Visibility.PRIVATE)
    assert [await world.query_service.party(public.id, viewer) for viewer in ("ann", "eve", None)] == [public] * 3
    assert [await world.query_service.party(private.id, viewer) for viewer in ("bob", "eve", None)] == [
        private,
        None,
        None,
    ]


async def test_the_last_members_see_a_closed_party(world: World) -> None:
    party = await world.party("ann", "bob", "cid")
    await world.execute(party, c.LeaveParty(player("cid")))
    closed = await world.execute(party, c.DisbandParty(player("ann")))
    seen = [await world.query_service.party(party.id, viewer) for viewer in ("ann", "bob", "cid", None)]
    assert seen == [closed, closed, None, None]


@pytest.fixture
def engine_reads(monkeypatch: pytest.MonkeyPatch) -> list[PartyId]:
    """The ids of the parties that were looked for on the disk."""
    reads: list[PartyId] = []
    read = SqliteEngine.closed_party

    async def closed_party(self: SqliteEngine, party_id: PartyId) -> Party | None:
        reads.append(party_id)
        return await read(self, party_id)

    monkeypatch.setattr(SqliteEngine, "closed_party", closed_party)
    return reads


async def test_a_secret_party_costs_the_same_reads_as_one_that_does_not_exist(
    tmp_path: Path, engine_reads: list[PartyId]
) -> None:
    async with worlds.world(file=tmp_path / "lobby.db") as world:
        private = await world.party("ann", visibility=Visibility.PRIVATE)
        closed = await world.party("bob")
        await world.execute(closed, c.DisbandParty(player("bob")))
        for party_id in ("nowhere", private.id, closed.id):
            engine_reads.clear()
            assert await world.query_service.party(party_id, "eve") is None
            assert await world.query_service.history(party_id, "eve", None, 10) is None
            if party_id != closed.id:
                assert await world.join_by_id("eve", party_id) == NOT_FOUND
                assert await world.handler.execute(party_id, c.LeaveParty(player("eve"))) == NOT_FOUND
            assert engine_reads == [party_id] * (2 if party_id == closed.id else 4)


async def test_a_party_that_may_be_seen_costs_no_read_of_the_disk(tmp_path: Path, engine_reads: list[PartyId]) -> None:
    async with worlds.world(file=tmp_path / "lobby.db") as world:
        party = await world.party("ann")
        assert await world.query_service.party(party.id, "eve") == party
        assert engine_reads == []


async def test_the_party_of_a_player_is_the_one_it_is_a_member_of(world: World) -> None:
    party = await world.party("ann", "bob")
    await world.execute(party, c.LeaveParty(player("bob")))
    assert ((await world.query_service.party_of("ann")), await world.query_service.party_of("bob")) == (
        await world.now(party),
        None,
    )


async def test_a_session_is_returned_with_its_party(world: World) -> None:
    party = await running(world, "ann")
    seen = await world.query_service.session("run", "eve")
    assert seen is not None
    assert (seen.session, seen.party) == (party.session, party)


async def test_members_see_the_session_of_a_private_party(world: World) -> None:
    party = await running(world, "ann", "bob", visibility=Visibility.PRIVATE)
    seen = [await world.query_service.session("run", viewer) for viewer in ("bob", "eve", None)]
    assert [one.party if one is not None else None for one in seen] == [party, None, None]


async def test_only_members_find_the_session_of_a_private_party_in_the_list(world: World) -> None:
    await running(world, "ann", session_id="public")
    await running(world, "bob", session_id="private", visibility=Visibility.PRIVATE)
    for viewer, expected in ((None, {"public"}), ("ann", {"public"}), ("bob", {"public", "private"})):
        page = await world.query_service.sessions(SessionFilter(), 50, None, viewer)
        assert {one.session.id for one in page.items} == expected


async def test_an_ended_session_can_be_found_by_its_status(world: World) -> None:
    await running(world, "ann")
    await world.handler.execute_in_session("run", c.CompleteSession(player("ann"), "run", "won"))
    page = await world.query_service.sessions(SessionFilter(status=SessionStatus.COMPLETE), 50, None, None)
    assert [(one.session.id, one.session.outcome) for one in page.items] == [("run", "won")]


async def test_strangers_do_not_find_the_ended_sessions_of_a_closed_party(world: World) -> None:
    party = await running(world, "ann")
    await world.handler.execute_in_session("run", c.CompleteSession(player("ann"), "run", "won"))
    await world.execute(party, c.DisbandParty(player("ann")))
    for viewer, found in ((None, []), ("eve", []), (OPERATORS, ["run"])):
        page = await world.query_service.sessions(SessionFilter(status=SessionStatus.COMPLETE), 50, None, viewer)
        assert ([one.session.id for one in page.items], page.total) == (found, len(found))


async def test_history_is_the_log_page_by_page(world: World) -> None:
    party = await world.party("ann", "bob", "cid")
    assert await seqs(world, party, "ann", first=2) == [1, 2]
    assert await seqs(world, party, "ann", cursor(party, 2)) == [3]
    assert await seqs(world, party, "ann", cursor(party, 3)) == []


async def test_history_begins_with_the_first_join_of_the_player(world: World) -> None:
    party = await world.party("ann", "bob", "cid")
    await world.execute(party, c.LeaveParty(player("bob")))
    done(await world.post_message("ann", "hello", party))
    await world.execute(party, c.JoinParty(player("bob"), by_code=True))
    for after in (None, cursor(party, 1)):
        assert await seqs(world, party, "bob", after) == [2, 3, 4, 5, 6]
        assert await seqs(world, party, "cid", after) == [3, 4, 5, 6]
    assert await seqs(world, party, OPERATORS) == [1, 2, 3, 4, 5, 6]


async def test_history_is_for_members_and_the_last_members(world: World) -> None:
    party = await world.party("ann", "bob", "cid")
    await world.execute(party, c.LeaveParty(player("cid")))
    assert await seqs(world, party, "cid") is None
    await world.execute(party, c.DisbandParty(player("ann")))
    assert await seqs(world, party, "eve") is None
    assert await seqs(world, party, "bob") == [2, 3, 4, 5, 6, 7]


async def test_an_unknown_party_has_no_history(world: World) -> None:
    assert await world.query_service.history("nowhere", "ann", None, 100) is None


@pytest.mark.parametrize("written", ["", "nonsense", "1", "epoch.1", "-", "\x00", "0.1.2"])
async def test_a_cursor_of_another_log_is_rejected(world: World, written: str) -> None:
    party = await world.party("ann")
    with pytest.raises(BadCursor):
        await world.query_service.history(party.id, "ann", written, 100)


async def test_history_begins_with_the_oldest_entry_that_is_kept() -> None:
    async with worlds.world(retention=Retention(entries_min=3, log_ms=1000)) as world:
        party = await world.party("ann")
        for number in range(5):
            done(await world.post_message("ann", str(number), party))
        world.clock.advance(2)
        await world.store.sweep(world.clock.now())
        assert await seqs(world, party, "ann") == [4, 5, 6]
        assert await seqs(world, party, "ann", cursor(party, 1)) == [4, 5, 6]
        assert await seqs(world, party, "ann", cursor(party, 5)) == [6]


async def test_queries_return_only_durable_state(world: World) -> None:
    party = await world.party("ann")
    world.disk.hold()
    saying = asyncio.create_task(world.post_message("ann", "hello", party))
    await world.disk.write_waits.wait()
    assert (await seqs(world, party, "ann"), await world.query_service.party_of("ann")) == ([1], party)
    world.disk.release()
    await saying
