"""Deadlines, presence and streams continue after a restart on the same file."""

from __future__ import annotations

from contextlib import aclosing
from pathlib import Path

from lobby.domain import commands as c
from lobby.domain.bounds import Bounds
from lobby.domain.model import Party
from lobby.domain.values import PartyState
from lobby.live.frames import Snapshot
from tests.lobby.app.world import done
from tests.lobby.domain.scenes import START, player
from tests.lobby.live.live_lobby import entries_to, frame, live_lobby

HOUR_MS, WAITING_S, HOST_GRACE_S = 3_600_000, 30, 10


async def test_a_player_absent_before_a_restart_has_the_full_grace_period(tmp_path: Path) -> None:
    file = tmp_path / "lobby.db"
    async with live_lobby(file=file) as before:
        party = await before.world.party("ann", "bob")
        await before.world.execute(party, c.SetPresence("bob", connected=False))
    async with live_lobby(file=file, at=START + HOUR_MS) as after, after.deadlines():
        await after.wait_until(party, lambda now: now.version == 4)
        bob = (await after.world.now(party)).member("bob")
        assert bob is not None
        assert bob.remove_at == START + HOUR_MS + WAITING_S * 1000
        after.world.clock.advance(WAITING_S)
        await after.wait_until(party, lambda now: now.member("bob") is None)


async def test_a_connected_player_counts_as_seen_at_the_restart(tmp_path: Path) -> None:
    file = tmp_path / "lobby.db"
    async with live_lobby(file=file) as before:
        party = await before.world.party("ann", "bob")
    async with live_lobby(file=file, at=START + HOUR_MS) as after:
        await after.wait_for_presence()
        assert await after.world.now(party) == party
        async with aclosing(await after.follow_after_snapshot(party, "ann")):
            after.world.clock.advance(WAITING_S)
            gone = await after.wait_until(party, lambda now: now.version > party.version)
        assert [member.player.id for member in gone.members if member.remove_at is None] == ["ann"]


async def test_a_countdown_continues_after_a_restart(tmp_path: Path) -> None:
    file = tmp_path / "lobby.db"
    async with live_lobby(file=file) as before:
        party = await before.world.party("ann", countdown_s=10)
        await before.world.execute(party, c.StartSession(player("ann"), "run"))
    async with live_lobby(file=file, at=START + 4000) as after, after.deadlines():
        after.world.clock.advance(5.999)
        await after.wait_for_presence()
        assert (await after.world.now(party)).state is PartyState.STARTING
        after.world.clock.advance(0.001)
        await after.wait_until(party, lambda now: now.state is PartyState.IN_PROGRESS)


async def test_a_stream_resumes_from_every_seq_after_a_restart(tmp_path: Path) -> None:
    file = tmp_path / "lobby.db"
    async with live_lobby(file=file) as before:
        party = await before.world.party("ann", "bob")
        for number in range(5):
            head = done(await before.world.post_message("bob", str(number), party)).seq
        log = await before.world.log(party)
    async with live_lobby(file=file) as after:
        for seq in range(1, head):
            async with aclosing(after.follow(party, "ann", after=seq)) as stream:
                assert await entries_to(stream, head) == log[seq:]
        async with aclosing(after.follow(party, "bob", after=head + 100)) as stream:
            assert isinstance(await frame(stream), Snapshot), "nobody can have seen what is not in the log"


async def test_a_host_of_whom_nothing_comes_after_a_restart_is_lost_after_twice_its_grace(tmp_path: Path) -> None:
    """The others wait for a host; any other member counts as present for the whole grace of the session."""
    file = tmp_path / "lobby.db"
    async with live_lobby(file=file) as before, before.deadlines():
        party = await before.world.party("ann", "bob", countdown_s=0)
        await before.world.execute(party, c.StartSession(player("ann"), "run", force=True))
        await before.wait_until(party, lambda now: now.state is PartyState.IN_PROGRESS)
    async with live_lobby(file=file, at=START + HOUR_MS) as after, after.deadlines():
        after.world.clock.advance(HOST_GRACE_S)
        away = await after.wait_until(party, lambda now: not is_connected(now, "ann"))
        assert is_connected(away, "bob")
        after.world.clock.advance(HOST_GRACE_S)
        lost = await after.wait_until(party, lambda now: now.session is not None and now.session.host is None)
        assert lost.session is not None
        assert lost.session.migration is not None
        assert lost.session.migration.candidate == player("bob")


async def test_after_a_restart_only_hosts_are_checked_before_the_whole_grace(tmp_path: Path) -> None:
    """To check 400,000 players twice takes a core for a minute."""
    file = tmp_path / "lobby.db"
    async with live_lobby(file=file) as before, before.deadlines():
        party = await before.world.party("ann", "bob", countdown_s=0)
        await before.world.party("cid", "dee")
        await before.world.execute(party, c.StartSession(player("ann"), "run", force=True))
        await before.wait_until(party, lambda now: now.state is PartyState.IN_PROGRESS)
    async with live_lobby(file=file, at=START + HOUR_MS) as after:
        bounds, now = Bounds(), START + HOUR_MS
        whole = now + bounds.grace_waiting_ms
        assert after.presence._next_check == {"ann": now + bounds.host_grace_ms}
        assert after.presence._assumed_check_at == whole
        after.presence.record_request("cid")
        assert after.presence._next_check["cid"] == whole


async def test_a_host_who_sends_a_request_after_a_restart_stays_the_host(tmp_path: Path) -> None:
    file = tmp_path / "lobby.db"
    async with live_lobby(file=file) as before, before.deadlines():
        party = await before.world.party("ann", "bob", countdown_s=0)
        await before.world.execute(party, c.StartSession(player("ann"), "run", force=True))
        party = await before.wait_until(party, lambda now: now.state is PartyState.IN_PROGRESS)
    async with live_lobby(file=file, at=START + HOUR_MS) as after, after.deadlines():
        after.presence.record_request("ann")
        after.world.clock.advance(2 * HOST_GRACE_S)
        await after.wait_for_presence()
        assert await after.world.now(party) == party


def is_connected(party: Party, name: str) -> bool:
    member = party.member(name)
    return member is not None and member.remove_at is None
