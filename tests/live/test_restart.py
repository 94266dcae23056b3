"""What is live goes on after a restart on the same file: deadlines, presence, streams."""

from __future__ import annotations

from contextlib import aclosing
from pathlib import Path

from lobby.domain import commands as c
from lobby.domain.values import PartyState
from lobby.live.frames import Snapshot
from tests.domain.scenes import START, player
from tests.live.house import entries_to, frame, house
from tests.service.world import done

HOUR_MS, WAITING_S = 3_600_000, 30


async def test_who_had_gone_before_a_restart_has_a_full_grace_after_it(tmp_path: Path) -> None:
    file = tmp_path / "lobby.db"
    async with house(file=file) as before:
        party = await before.world.party("ann", "bob")
        await before.world.does(party, c.SetPresence("bob", connected=False))
    async with house(file=file, at=START + HOUR_MS) as after, after.deadlines():
        await after.comes_to(party, lambda now: now.version == 4)
        bob = (await after.world.now(party)).member("bob")
        assert bob is not None
        assert bob.remove_at == START + HOUR_MS + WAITING_S * 1000
        after.world.clock.passes(WAITING_S)
        await after.comes_to(party, lambda now: now.member("bob") is None)


async def test_who_was_there_before_a_restart_counts_as_seen_when_the_server_is_up(tmp_path: Path) -> None:
    file = tmp_path / "lobby.db"
    async with house(file=file) as before:
        party = await before.world.party("ann", "bob")
    async with house(file=file, at=START + HOUR_MS) as after:
        await after.presence_settles()
        assert await after.world.now(party) == party
        async with aclosing(await after.following(party, "ann")):
            after.world.clock.passes(WAITING_S)
            gone = await after.comes_to(party, lambda now: now.version > party.version)
        assert [member.player.id for member in gone.members if member.remove_at is None] == ["ann"]


async def test_a_countdown_goes_on_over_a_restart(tmp_path: Path) -> None:
    file = tmp_path / "lobby.db"
    async with house(file=file) as before:
        party = await before.world.party("ann", countdown_s=10)
        await before.world.does(party, c.StartSession(player("ann"), "run"))
    async with house(file=file, at=START + 4000) as after, after.deadlines():
        after.world.clock.passes(5.999)
        await after.presence_settles()
        assert (await after.world.now(party)).state is PartyState.STARTING
        after.world.clock.passes(0.001)
        await after.comes_to(party, lambda now: now.state is PartyState.IN_PROGRESS)


async def test_a_stream_resumes_from_every_seq_after_a_restart(tmp_path: Path) -> None:
    file = tmp_path / "lobby.db"
    async with house(file=file) as before:
        party = await before.world.party("ann", "bob")
        for number in range(5):
            head = done(await before.world.says("bob", str(number), party)).seq
        log = await before.world.log(party)
    async with house(file=file) as after:
        for seq in range(1, head):
            async with aclosing(after.follow(party, "ann", after=seq)) as stream:
                assert await entries_to(stream, head) == log[seq:]
        async with aclosing(after.follow(party, "bob", after=head + 100)) as stream:
            assert isinstance(await frame(stream), Snapshot), "nobody can have seen what is not in the log"
