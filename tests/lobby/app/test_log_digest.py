"""The digest of a session's entries: which ones it counts, and that it is the same whenever it is asked for."""

from __future__ import annotations

from hashlib import sha256

import msgspec
import pytest

from lobby.app.query_service import DIGEST_ENTRIES_MAX, read_log_digest
from lobby.auth.tickets import LogDigest
from lobby.domain import commands as c
from lobby.domain.model import Party, Session
from lobby.ports import Retention
from lobby.struct import replace
from tests.lobby.app import world as worlds
from tests.lobby.app.world import World, done
from tests.lobby.domain.scenes import player


async def play(world: World, party: Party, messages: int = 2) -> Session:
    """A run with some messages; the session as it ended."""
    await world.execute(party, c.StartSession(player("ann"), "run", force=True))
    await world.execute(party, c.BeginSession("run"))
    for number in range(messages):
        done(await world.post_message("ann", f"message {number}", party))
    party = await world.execute(party, c.CompleteSession(None, "run"))
    assert party.last_session is not None
    return party.last_session


async def digest_of(world: World, party: Party, first: int, last: int) -> LogDigest:
    lines = [
        msgspec.json.encode([entry.seq, entry.at, entry.actor_id, type(entry.event).__name__, entry.event]) + b"\n"
        for entry in await world.log(party)
        if first <= entry.seq <= last
    ]
    assert len(lines) == last - first + 1
    return LogDigest(first, last, sha256(b"".join(lines)).hexdigest())


async def test_it_counts_the_entries_from_the_countdown_to_the_end(world: World) -> None:
    party = await world.party("ann", "bob", countdown_s=0)
    session = await play(world, party)
    done(await world.post_message("ann", "after it", party))
    assert (session.first_seq, session.last_seq) == (3, 7)
    assert await world.query_service.log_digest(session) == await digest_of(world, party, 3, 7)


async def test_a_session_that_runs_has_none(world: World) -> None:
    party = await world.party("ann", countdown_s=0)
    started = await world.execute(party, c.StartSession(player("ann"), "run", force=True))
    assert started.session is not None
    assert await world.query_service.log_digest(started.session) is None


async def test_a_session_of_before_its_entries_were_counted_has_none(world: World) -> None:
    session = await play(world, await world.party("ann", countdown_s=0))
    assert await read_log_digest(world.store, replace(session, first_seq=None)) is None


async def test_it_begins_with_the_oldest_entry_that_is_kept() -> None:
    async with worlds.world(retention=Retention(entries_min=3, log_ms=1000)) as world:
        party = await world.party("ann", countdown_s=0)
        session = await play(world, party, messages=5)
        whole = await world.query_service.log_digest(session)
        world.clock.advance(2)
        await world.store.sweep(world.clock.now())
        kept = await world.log_after(party, await world.store.oldest_seq(party.id) - 1)
        first = kept[0].seq
        assert session.first_seq is not None
        assert session.first_seq < first
        assert await world.query_service.log_digest(session) == whole, "it is kept once it was made"
        again = await read_log_digest(world.store, session)
        assert again is not None
        assert (again.first, again.last) == (first, session.last_seq)


@pytest.mark.parametrize("more", [0, 1])
async def test_of_a_long_session_it_counts_the_last_entries(world: World, more: int) -> None:
    party = await world.party("ann", countdown_s=0)
    session = await play(world, party, messages=DIGEST_ENTRIES_MAX - 3 + more)
    digest = await read_log_digest(world.store, session)
    assert digest is not None
    assert session.first_seq is not None
    assert (digest.first, digest.last) == (session.first_seq + more, session.first_seq + DIGEST_ENTRIES_MAX - 1 + more)
