"""A store that is closed and opened again goes on where it stopped."""

from __future__ import annotations

import pytest

from lobby.domain.commands import (
    BeginSession,
    CompleteSession,
    JoinParty,
    LeaveParty,
    PostMessage,
    RotateJoinCode,
    SetPresence,
    SettingsPatch,
)
from lobby.domain.listing import SessionFilter
from lobby.domain.values import SessionStatus, Visibility
from lobby.ports import Commit, Conflict, PartyQuery, RefreshFamily, SessionQuery, Store
from tests.stores.changes import ANA, AT, BEN, CAT, DAN, create, do, founding, player, record_of, start
from tests.stores.home import Home

PARTIES = ("p1", "p2", "p3", "p4", "closed")
CODES = ("P1", "P2", "P3", "NEWP4", "P4", "CLOSED")
LATER = AT + 60_000
EVE, FAY = player("eve"), player("fay")


async def furnish(store: Store) -> None:
    """A bit of everything."""
    await create(store, ANA, "p1", attributes=(("map", "cave"),))
    await do(store, "p1", JoinParty(BEN), SetPresence("ben", False), start("s1"))
    await create(store, CAT, "p2", patch=SettingsPatch(visibility=Visibility.PRIVATE))
    await do(store, "p2", start("s2", CAT))
    await do(store, "p2", BeginSession("s2"), CompleteSession(CAT, "s2"), at=LATER)
    await create(store, DAN, "p3")
    party = await do(store, "p3", *(PostMessage(DAN, f"message {count}") for count in range(70)))
    await store.commit(Commit((), record_of(party)))
    await create(store, None, "p4")
    await do(store, "p4", JoinParty(EVE), RotateJoinCode(EVE, "NEWP4"))
    await create(store, FAY, "closed")
    await do(store, "closed", start("s3", FAY))
    await do(store, "closed", BeginSession("s3"), LeaveParty(FAY), at=LATER)
    await store.save_family(RefreshFamily("f", "ana", "Ana", 1, 0, 10), None)


async def all_of(store: Store) -> list[object]:
    """Everything that can be asked."""
    seen: list[object] = []
    for party_id in PARTIES:
        party = await store.party(party_id)
        assert party is not None
        seen += [party, await store.newest(party_id), list(await store.entries(party_id, 0, 1000))]
        seen += [await store.party_at(party_id, seq) for seq in range(party.version + 2)]
        seen.append(await store.oldest_seq(party_id))
    seen += [await store.seat_of(name) for name in ("ana", "ben", "cat", "dan", "eve", "fay")]
    seen += [await store.party_of_code(code) for code in CODES]
    seen += [await store.session(session_id) for session_id in ("s1", "s2", "s3")]
    seen += [await store.recall("ana", "key"), await store.family("f"), sorted(await store.connected())]
    seen += [await store.parties(PartyQuery()), await store.parties(PartyQuery(first=1))]
    for status in (None, *SessionStatus):
        seen += [await store.sessions(SessionQuery(SessionFilter(status), own)) for own in (None, "p1", "p2", "closed")]
    seen += [await store.next_due()]
    return seen


async def test_everything_is_the_same_after_a_restart(sqlite_home: Home) -> None:
    store = await sqlite_home.open()
    await furnish(store)
    before = await all_of(store)
    await store.close()
    store = await sqlite_home.open()
    assert before == await all_of(store)
    await store.close()


async def test_claims_hold_after_a_restart(sqlite_home: Home) -> None:
    store = await sqlite_home.open()
    await furnish(store)
    await store.close()
    store = await sqlite_home.open()
    for code in ("P1", "P4", "CLOSED"):
        with pytest.raises(Conflict):
            await store.commit(Commit((founding(None, "new", code),)))
    with pytest.raises(Conflict):
        await create(store, BEN, "new", "NEW")
    with pytest.raises(Conflict):
        await store.commit(Commit((), record_of(founding().after)))
    await store.close()


async def test_a_page_goes_on_after_a_restart(sqlite_home: Home) -> None:
    store = await sqlite_home.open()
    for count in range(4):
        await create(store, player(f"leader{count}"), f"p{count}")
    page = await store.parties(PartyQuery(first=2))
    await store.close()
    store = await sqlite_home.open()
    await create(store, ANA, "p4")
    page = await store.parties(PartyQuery(first=2, after=page.cursors[-1]))
    assert [party.id for party in page.items] == ["p1", "p0"]
    await store.close()


async def test_a_new_party_takes_no_closed_ones_place(sqlite_home: Home) -> None:
    store = await sqlite_home.open()
    await create(store)
    closed = await do(store, "p1", LeaveParty(ANA))
    await store.close()
    store = await sqlite_home.open()
    made = await create(store, BEN, "p2")
    assert closed == await store.party("p1")
    assert made == await store.party("p2")
    await store.close()


async def test_a_new_session_takes_no_ended_ones_place(sqlite_home: Home) -> None:
    store = await sqlite_home.open()
    await create(store)
    await do(store, "p1", start("s1"))
    ended = await do(store, "p1", BeginSession("s1"), CompleteSession(ANA, "s1"), at=LATER)
    await store.close()
    store = await sqlite_home.open()
    started = await do(store, "p1", start("s2"))
    assert ended.last_session == await store.session("s1")
    assert started.session == await store.session("s2")
    await store.close()


async def test_logs_go_on_after_a_restart(sqlite_home: Home) -> None:
    store = await sqlite_home.open()
    await furnish(store)
    await store.close()
    store = await sqlite_home.open()
    await do(store, "p4", LeaveParty(EVE))
    joined = await do(store, "p3", JoinParty(EVE), PostMessage(EVE, "hello"))
    assert joined == await store.party("p3")
    entries = await store.entries("p3", 60, 100)
    assert list(range(61, 74)) == [entry.seq for entry in entries]
    assert joined == entries[-1].party
    await store.close()


async def test_deadlines_are_armed_after_a_restart(sqlite_home: Home) -> None:
    store = await sqlite_home.open()
    await furnish(store)
    await store.close()
    store = await sqlite_home.open()
    assert "p1" in await store.take_due(AT + 5_000, 10)
    await store.close()


async def test_what_was_swept_stays_away_after_a_restart(sqlite_home: Home) -> None:
    store = await sqlite_home.open()
    await furnish(store)
    over = LATER + sqlite_home.retention.log_ms
    await store.sweep(over)
    await store.close()
    store = await sqlite_home.open()
    assert await store.party("closed") is None
    assert await store.session("s3") is None
    assert await store.recall("ana", "key") is None
    assert await store.family("f") is None
    sqlite_home.clock.at = over
    await create(store, None, "new", "CLOSED", at=over)
    await store.close()
