"""Sessions: from the countdown until they are no longer kept."""

from __future__ import annotations

import asyncio

from lobby.domain.commands import (
    BeginSession,
    CancelStart,
    CompleteSession,
    DisbandParty,
    Heartbeat,
    JoinParty,
    LeaveParty,
    SetPresence,
    SpendTicket,
    UpdateParty,
    UpdateSession,
    YieldHost,
)
from lobby.domain.listing import SessionFilter
from lobby.domain.model import Endpoint, SessionHost, SpentTicket
from lobby.domain.party_settings import SettingsPatch
from lobby.domain.values import GameType, SessionStatus, Visibility
from lobby.ports import SessionQuery, Store
from tests.lobby.stores.changes import ANA, AT, BEN, BOUNDS, create, do, player, start
from tests.lobby.stores.home import Home
from tests.lobby.stores.write_blocker import WriteBlocker

LATER = AT + 60_000


async def run(store: Store, party_id: str = "p1", session_id: str = "s1", leader: str = "ana") -> None:
    """A session of the party begins."""
    await do(store, party_id, start(session_id, player(leader)))
    await do(store, party_id, BeginSession(session_id), at=LATER)


async def ids(store: Store, query: SessionQuery) -> list[str]:
    page = await store.sessions(query)
    assert len(page.items) == len(page.cursors)
    return [session.id for session in page.items]


async def test_a_session_exists_from_its_countdown_on(store: Store) -> None:
    await create(store)
    party = await do(store, "p1", start("s1"))
    assert party.session == await store.session("s1")
    party = await do(store, "p1", BeginSession("s1"), at=LATER)
    party = await do(store, "p1", UpdateSession(ANA, "s1", floor=3), at=LATER)
    session = await store.session("s1")
    assert party.session == session
    assert session is not None
    assert session.floor == 3


async def test_a_pending_session_is_not_durable(store: Store, write_blocker: WriteBlocker) -> None:
    await create(store)
    write_blocker.hold()
    starting = asyncio.create_task(do(store, "p1", start("s1")))
    await write_blocker.reached()
    assert await store.session("s1") is None
    assert await ids(store, SessionQuery()) == []
    write_blocker.release()
    await starting


async def test_a_cancelled_session_is_gone(store: Store) -> None:
    await create(store)
    await do(store, "p1", start("s1"), CancelStart(ANA))
    assert await store.session("s1") is None
    assert await ids(store, SessionQuery(member_of="p1")) == []


async def test_an_ended_session_is_kept_for_a_while(store: Store, home: Home) -> None:
    await create(store)
    await run(store)
    party = await do(store, "p1", CompleteSession(ANA, "s1", "won"), at=LATER)
    assert party.last_session == await store.session("s1")
    await run(store, session_id="s2")
    assert party.last_session == await store.session("s1")
    await store.sweep(LATER + home.retention.log_ms - 1)
    assert await store.session("s1") is not None
    await store.sweep(LATER + home.retention.log_ms)
    assert await store.session("s1") is None
    assert await ids(store, SessionQuery(SessionFilter(status=SessionStatus.COMPLETE))) == []
    assert await ids(store, SessionQuery()) == ["s2"]


async def test_the_session_of_a_party_that_closes_has_ended(store: Store) -> None:
    await create(store)
    await run(store)
    await do(store, "p1", LeaveParty(ANA), at=LATER)
    session = await store.session("s1")
    assert session is not None
    assert session.status is SessionStatus.ABANDONED
    ended = SessionQuery(SessionFilter(status=SessionStatus.ABANDONED), include_private=True)
    assert await ids(store, ended) == ["s1"]


async def test_active_sessions_are_listed_newest_first_and_by_pages(store: Store) -> None:
    for count in range(5):
        await create(store, player(f"leader{count}"), f"p{count}")
        await do(store, f"p{count}", start(f"s{count}", player(f"leader{count}")))
    page = await store.sessions(SessionQuery(first=2))
    assert [session.id for session in page.items] == ["s4", "s3"]
    assert (page.has_next, page.total) == (True, 5)
    await do(store, "p4", CancelStart(player("leader4")))
    page = await store.sessions(SessionQuery(first=2, after=page.cursors[-1]))
    assert [session.id for session in page.items] == ["s2", "s1"]
    page = await store.sessions(SessionQuery(first=2, after=page.cursors[-1]))
    assert [session.id for session in page.items] == ["s0"]
    assert (page.has_next, page.total) == (False, 4)


async def test_sessions_are_filtered(store: Store) -> None:
    await create(store, ANA, "p1")
    await create(store, BEN, "p2", patch=SettingsPatch(game_type=GameType.SOLO))
    await run(store, "p1", "s1", "ana")
    await do(store, "p2", start("s2", BEN))
    assert await ids(store, SessionQuery(SessionFilter(game_type=GameType.SOLO))) == ["s2"]
    assert await ids(store, SessionQuery(SessionFilter(party_id="p1"))) == ["s1"]
    assert await ids(store, SessionQuery(SessionFilter(status=SessionStatus.WAITING))) == ["s2"]
    assert await ids(store, SessionQuery(SessionFilter(status=SessionStatus.IN_PROGRESS))) == ["s1"]
    await do(store, "p1", CompleteSession(ANA, "s1"), at=LATER)
    assert await ids(store, SessionQuery()) == ["s2"]
    assert await ids(store, SessionQuery(SessionFilter(status=SessionStatus.COMPLETE))) == ["s1"]


async def test_only_members_see_sessions_of_a_private_party(store: Store) -> None:
    await create(store, patch=SettingsPatch(visibility=Visibility.PRIVATE))
    await run(store)
    assert await ids(store, SessionQuery()) == []
    assert await ids(store, SessionQuery(member_of="p1")) == ["s1"]
    assert await ids(store, SessionQuery(member_of="p2")) == []


async def test_a_query_can_include_private_sessions(store: Store) -> None:
    await create(store, ANA, "p1", patch=SettingsPatch(visibility=Visibility.PRIVATE))
    await create(store, BEN, "p2")
    await run(store, "p1", "s1", "ana")
    await run(store, "p2", "s2", "ben")
    everyones = SessionQuery(SessionFilter(status=SessionStatus.IN_PROGRESS), include_private=True)
    assert await ids(store, everyones) == ["s2", "s1"]
    await do(store, "p1", CompleteSession(ANA, "s1"), at=LATER)
    assert await ids(store, everyones) == ["s2"]
    assert await ids(store, SessionQuery(SessionFilter(status=SessionStatus.COMPLETE), include_private=True)) == ["s1"]


async def test_the_sessions_of_a_closed_party_are_not_listed(store: Store) -> None:
    await create(store)
    await run(store)
    await do(store, "p1", CompleteSession(ANA, "s1"), at=LATER)
    await run(store, session_id="s2")
    await do(store, "p1", DisbandParty(ANA), at=LATER)
    for status, session_id in ((SessionStatus.COMPLETE, "s1"), (SessionStatus.ABANDONED, "s2")):
        for wanted in (SessionFilter(status), SessionFilter(status, party_id="p1")):
            assert await ids(store, SessionQuery(wanted)) == []
            assert await ids(store, SessionQuery(wanted, include_private=True)) == [session_id]


async def test_the_report_of_a_game_server_is_read_back(store: Store) -> None:
    await create(store)
    await do(store, "p1", start("s1", ANA))
    await do(store, "p1", BeginSession("s1", allocation="place"), at=LATER)
    await do(store, "p1", Heartbeat("s1"), at=LATER)
    await do(store, "p1", SpendTicket("s1", "t1", "ana", "s1", LATER + 60_000), at=LATER)
    session = await store.session("s1")
    assert session is not None
    assert (session.allocation, session.server_seen_at, session.arrived) == ("place", LATER, ("ana",))
    assert session.spent == (SpentTicket("t1", LATER + 60_000, "ana"),)


async def test_the_search_for_a_host_is_read_back_and_has_its_deadline(store: Store) -> None:
    await create(store)
    await do(store, "p1", JoinParty(BEN), start("s1", ANA))
    await do(store, "p1", BeginSession("s1", is_hosted=True), at=LATER)
    session = await store.session("s1")
    assert session is not None
    assert session.host == SessionHost(ANA, 1, LATER)
    if await store.connected_players():  # nodes that share a store find players by their leases
        assert await store.hosting_players() == ["ana"]
    party = await do(store, "p1", SetPresence("ana", False), at=LATER)
    assert await store.next_due() == LATER + BOUNDS.host_grace_ms
    assert party.session == await store.session("s1")
    await do(store, "p1", SetPresence("ana", True), YieldHost(ANA, "s1"), at=LATER)
    assert await store.next_due() == LATER + BOUNDS.host_report_ms
    session = await store.session("s1")
    assert session is not None
    assert session.migration is not None
    assert (session.host, session.migration.candidate, session.migration.term) == (None, BEN, 2)
    relay = Endpoint("relay", relay_code="BEN234")
    await do(store, "p1", UpdateSession(BEN, "s1", endpoint=relay, host_term=2), at=LATER)
    session = await store.session("s1")
    assert session is not None
    assert (session.host, session.migration, session.endpoint) == (SessionHost(BEN, 2, LATER), None, relay)


async def test_all_sessions_of_a_party_follow_its_visibility(store: Store) -> None:
    await create(store)
    await run(store)
    await do(store, "p1", CompleteSession(ANA, "s1"), at=LATER)
    await run(store, session_id="s2")
    ended = SessionQuery(SessionFilter(status=SessionStatus.COMPLETE))
    await do(store, "p1", UpdateParty(ANA, SettingsPatch(visibility=Visibility.PRIVATE)), at=LATER)
    assert await ids(store, SessionQuery()) == []
    assert await ids(store, ended) == []
    await do(store, "p1", UpdateParty(ANA, SettingsPatch(visibility=Visibility.PUBLIC)), at=LATER)
    assert await ids(store, SessionQuery()) == ["s2"]
    assert await ids(store, ended) == ["s1"]
