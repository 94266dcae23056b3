"""A store that is closed and opened again continues where it stopped."""

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
)
from lobby.domain.listing import SessionFilter
from lobby.domain.party_settings import SettingsPatch
from lobby.domain.values import SessionStatus, Visibility
from lobby.ports import Commit, Conflict, PartyQuery, RefreshFamily, SessionQuery, Store
from lobby.stores.sqlite import reads
from lobby.stores.sqlite.reads import PARTIES_READ_MAX
from tests.lobby.stores.changes import ANA, AT, BEN, CAT, DAN, create, do, party_creation, player, record_of, start
from tests.lobby.stores.home import Home

PARTIES = ("p1", "p2", "p3", "p4", "closed")
CODES = ("P1", "P2", "P3", "NEWP4", "P4", "CLOSED")
LATER = AT + 60_000
EVE, FAY = player("eve"), player("fay")


async def furnish(store: Store) -> None:
    """Write some of everything that a store keeps."""
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
    await store.save_refresh_family(RefreshFamily("f", "ana", "Ana", 1, 0, 10), None)


async def all_of(store: Store) -> list[object]:
    """The results of all reads."""
    seen: list[object] = []
    for party_id in PARTIES:
        party = await store.party(party_id)
        assert party is not None
        seen += [party, await store.latest(party_id), list(await store.entries(party_id, 0, 1000))]
        seen += [await store.party_at(party_id, seq) for seq in range(party.version + 2)]
        seen.append(await store.oldest_seq(party_id))
    seen += [await store.party_of_player(name) for name in ("ana", "ben", "cat", "dan", "eve", "fay")]
    seen += [await store.party_of_code(code) for code in CODES]
    seen += [await store.session(session_id) for session_id in ("s1", "s2", "s3")]
    seen += [
        await store.find_idempotency_record("ana", "key"),
        await store.refresh_family("f"),
        sorted(await store.connected_players()),
    ]
    seen += [await store.parties(PartyQuery()), await store.parties(PartyQuery(first=1))]
    for status in (None, *SessionStatus):
        seen += [await store.sessions(SessionQuery(SessionFilter(status), own)) for own in (None, "p1", "p2", "closed")]
    seen += [await store.next_due()]
    return seen


@pytest.mark.parametrize("read_max", [1, 2, 3, PARTIES_READ_MAX])
async def test_everything_is_the_same_after_a_restart(
    sqlite_home: Home, read_max: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = await sqlite_home.open()
    await furnish(store)
    before = await all_of(store)
    await store.close()
    monkeypatch.setattr(reads, "PARTIES_READ_MAX", read_max)
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
            await store.commit(Commit((party_creation(None, "new", code),)))
    with pytest.raises(Conflict):
        await create(store, BEN, "new", "NEW")
    with pytest.raises(Conflict):
        await store.commit(Commit((), record_of(party_creation().after)))
    await store.close()


async def test_a_cursor_is_valid_after_a_restart(sqlite_home: Home) -> None:
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


async def test_a_new_party_never_gets_the_serial_of_a_closed_one(sqlite_home: Home) -> None:
    store = await sqlite_home.open()
    await create(store)
    closed = await do(store, "p1", LeaveParty(ANA))
    await store.close()
    store = await sqlite_home.open()
    made = await create(store, BEN, "p2")
    assert closed == await store.party("p1")
    assert made == await store.party("p2")
    await store.close()


async def test_a_new_session_never_gets_the_serial_of_an_ended_one(sqlite_home: Home) -> None:
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


async def test_logs_continue_after_a_restart(sqlite_home: Home) -> None:
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


async def test_swept_things_do_not_come_back_after_a_restart(sqlite_home: Home) -> None:
    store = await sqlite_home.open()
    await furnish(store)
    over = LATER + sqlite_home.retention.log_ms
    await store.sweep(over)
    await store.close()
    store = await sqlite_home.open()
    assert await store.party("closed") is None
    assert await store.session("s3") is None
    assert await store.find_idempotency_record("ana", "key") is None
    assert await store.refresh_family("f") is None
    sqlite_home.clock.at = over
    await create(store, None, "new", "CLOSED", at=over)
    await store.close()


@pytest.mark.parametrize("kind", ["party", "closed party", "record", "sign-in"])
async def test_the_clock_goes_on_from_the_newest_stored_time(sqlite_home: Home, kind: str) -> None:
    """The clock of the machine was set back while the server was down."""
    store = await sqlite_home.open()
    await create(store, ANA, "p1")
    party = await create(store, BEN, "p2")
    if kind == "party":
        await do(store, "p1", PostMessage(ANA, "late"), at=LATER)
    elif kind == "closed party":
        await do(store, "p1", LeaveParty(ANA), at=LATER)
    elif kind == "record":
        await store.commit(Commit((), record_of(party, at=LATER)))
    else:
        await store.save_refresh_family(RefreshFamily("f", "ana", "Ana", 1, LATER, 10**14), None)
        await store.check()
    await store.close()
    sqlite_home.clock.at = AT
    await (await sqlite_home.open()).close()
    assert sqlite_home.clock.now() == LATER
