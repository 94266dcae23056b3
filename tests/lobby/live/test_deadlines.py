"""Deadlines: the end of countdowns, of grace periods, and of idle parties."""

from __future__ import annotations

from lobby.domain import commands as c
from lobby.domain.bounds import Bounds
from lobby.domain.events import LeaderChanged, MemberLeft, PartyClosed
from lobby.domain.model import Party
from lobby.domain.values import CloseReason, LeaderChangeReason, LeaveReason, PartyState
from tests.lobby.app.world import done
from tests.lobby.domain.scenes import player
from tests.lobby.live.live_lobby import LiveLobby

WAITING_S, LEADER_S = 30, 10
BOUNDS = Bounds()


def is_closed(party: Party) -> bool:
    return party.is_closed


async def loses(lobby: LiveLobby, party: Party, *names: str) -> None:
    for name in names:
        await lobby.world.execute(party, c.SetPresence(name, connected=False))


async def test_a_countdown_ends_on_time_and_no_sooner(lobby: LiveLobby) -> None:
    party = await lobby.world.party("ann", countdown_s=5)
    await lobby.world.execute(party, c.StartSession(player("ann"), "run"))
    async with lobby.deadlines():
        lobby.world.clock.advance(4.999)
        await lobby.wait_for_presence()
        assert (await lobby.world.now(party)).state is PartyState.STARTING
        lobby.world.clock.advance(0.001)
        running = await lobby.wait_until(party, lambda now: now.state is PartyState.IN_PROGRESS)
    assert running.session is not None
    assert running.session.started_at == lobby.world.clock.now()


async def test_a_countdown_of_zero_ends_at_once(lobby: LiveLobby) -> None:
    party = await lobby.world.party("ann", countdown_s=0)
    async with lobby.deadlines():
        await lobby.world.execute(party, c.StartSession(player("ann"), "run"))
        await lobby.wait_until(party, lambda now: now.state is PartyState.IN_PROGRESS)


async def test_a_cancelled_countdown_begins_no_session(lobby: LiveLobby) -> None:
    party = await lobby.world.party("ann", countdown_s=5)
    async with lobby.deadlines():
        await lobby.world.execute(party, c.StartSession(player("ann"), "run"))
        await lobby.world.execute(party, c.CancelStart(player("ann")))
        lobby.world.clock.advance(5)
        await lobby.wait_for_presence()
        assert (await lobby.world.now(party)).state is PartyState.WAITING


async def test_a_member_absent_for_the_grace_period_is_removed(lobby: LiveLobby) -> None:
    party = await lobby.world.party("ann", "bob")
    await loses(lobby, party, "bob")
    async with lobby.deadlines():
        lobby.world.clock.advance(WAITING_S - 0.001)
        await lobby.wait_for_presence()
        assert (await lobby.world.now(party)).member("bob") is not None
        lobby.world.clock.advance(0.001)
        await lobby.wait_until(party, lambda now: now.member("bob") is None)
    assert (await lobby.world.events(party))[-1] == MemberLeft(player("bob"), LeaveReason.TIMED_OUT)
    assert await lobby.world.store.party_of_player("bob") is None


async def test_a_member_who_reconnects_in_time_stays(lobby: LiveLobby) -> None:
    party = await lobby.world.party("ann", "bob")
    await loses(lobby, party, "bob")
    await lobby.world.execute(party, c.SetPresence("bob", connected=True))
    async with lobby.deadlines():
        lobby.world.clock.advance(WAITING_S)
        await lobby.wait_for_presence()
        assert (await lobby.world.now(party)).member("bob") is not None


async def test_a_party_without_connected_members_expires(lobby: LiveLobby) -> None:
    party = await lobby.world.party("ann", "bob")
    await loses(lobby, party, "ann", "bob")
    async with lobby.deadlines():
        lobby.world.clock.advance(WAITING_S)
        await lobby.wait_until(party, is_closed)
    left = [event for event in await lobby.world.events(party) if isinstance(event, MemberLeft)]
    assert [event.reason for event in left] == [LeaveReason.TIMED_OUT] * 2
    assert (await lobby.world.events(party))[-1] == PartyClosed(CloseReason.EXPIRED, (left[-1].player.id,))


async def test_an_absent_leader_is_succeeded_after_the_leader_grace_period(lobby: LiveLobby) -> None:
    party = await lobby.world.party("ann", "bob", "cid")
    await loses(lobby, party, "ann")
    async with lobby.deadlines():
        lobby.world.clock.advance(LEADER_S - 0.001)
        await lobby.wait_for_presence()
        assert (await lobby.world.now(party)).leader_id == "ann"
        lobby.world.clock.advance(0.001)
        led = await lobby.wait_until(party, lambda now: now.leader_id == "bob")
    change = (await lobby.world.events(party))[-1]
    assert change == LeaderChanged(player("ann"), player("bob"), LeaderChangeReason.LEADER_DISCONNECTED, 2)
    assert led.member("ann") is not None


async def test_a_leader_who_reconnects_does_not_lead_again(lobby: LiveLobby) -> None:
    party = await lobby.world.party("ann", "bob")
    await loses(lobby, party, "ann")
    async with lobby.deadlines():
        lobby.world.clock.advance(LEADER_S)
        await lobby.wait_until(party, lambda now: now.leader_id == "bob")
        await lobby.world.execute(party, c.SetPresence("ann", connected=True))
        lobby.world.clock.advance(3600)
        await lobby.wait_for_presence()
        assert (await lobby.world.now(party)).leader_id == "bob"


async def test_an_idle_party_expires(lobby: LiveLobby) -> None:
    party = await lobby.world.party("ann", "bob")
    async with lobby.deadlines():
        lobby.world.clock.advance(BOUNDS.idle_ms / 1000 - 1)
        await lobby.wait_for_presence()
        done(await lobby.world.post_message("ann", "still here", party))
        lobby.world.clock.advance(BOUNDS.idle_ms / 1000 - 1)
        await lobby.wait_for_presence()
        assert not (await lobby.world.now(party)).is_closed
        lobby.world.clock.advance(1)
        await lobby.wait_until(party, is_closed)


async def test_after_a_restart_absent_members_have_the_full_grace_period(lobby: LiveLobby) -> None:
    party = await lobby.world.party("ann", "bob")
    await loses(lobby, party, "bob")
    lobby.world.clock.advance(3600)
    async with lobby.deadlines():
        await lobby.wait_until(party, lambda now: now.version > 3)
        bob = (await lobby.world.now(party)).member("bob")
        assert bob is not None
        assert bob.remove_at == lobby.world.clock.now() + WAITING_S * 1000
        lobby.world.clock.advance(WAITING_S - 0.001)
        await lobby.wait_for_presence()
        assert (await lobby.world.now(party)).member("bob") is not None
        lobby.world.clock.advance(0.001)
        await lobby.wait_until(party, lambda now: now.member("bob") is None)


async def test_a_member_who_reconnects_after_a_restart_stays(lobby: LiveLobby) -> None:
    party = await lobby.world.party("ann", "bob")
    await loses(lobby, party, "bob")
    lobby.world.clock.advance(3600)
    async with lobby.deadlines():
        await lobby.wait_for_presence()
        await lobby.world.execute(party, c.SetPresence("bob", connected=True))
        lobby.world.clock.advance(2 * WAITING_S)
        await lobby.wait_for_presence()
        assert (await lobby.world.now(party)).member("bob") is not None


async def test_after_a_restart_the_leader_has_the_full_grace_period(lobby: LiveLobby) -> None:
    party = await lobby.world.party("ann", "bob")
    await loses(lobby, party, "ann")
    lobby.world.clock.advance(20)
    async with lobby.deadlines():
        lobby.world.clock.advance(LEADER_S - 1)
        await lobby.wait_for_presence()
        assert (await lobby.world.now(party)).leader_id == "ann"
        lobby.world.clock.advance(6)  # the store hands out again what nobody moved, every 5 s
        await lobby.wait_until(party, lambda now: now.leader_id == "bob")


async def test_a_countdown_that_ended_during_a_restart_begins_the_session(lobby: LiveLobby) -> None:
    party = await lobby.world.party("ann", countdown_s=5)
    await lobby.world.execute(party, c.StartSession(player("ann"), "run"))
    lobby.world.clock.advance(20)
    async with lobby.deadlines():
        await lobby.wait_until(party, lambda now: now.state is PartyState.IN_PROGRESS)


async def test_a_countdown_that_ended_too_long_ago_is_cancelled(lobby: LiveLobby) -> None:
    party = await lobby.world.party("ann", countdown_s=5)
    await lobby.world.execute(party, c.StartSession(player("ann"), "run"))
    lobby.world.clock.advance(3600)
    async with lobby.deadlines():
        waiting = await lobby.wait_until(party, lambda now: now.state is PartyState.WAITING)
        assert (waiting.session, waiting.member("ann") is not None) == (None, True)


async def test_a_deadline_that_failed_comes_again(lobby: LiveLobby) -> None:
    party = await lobby.world.party("ann", "bob")
    await loses(lobby, party, "bob")
    async with lobby.deadlines():
        lobby.world.disk.release(fails=True)
        lobby.world.clock.advance(WAITING_S)
        await lobby.wait_for_presence()
        lobby.world.disk.release()
        assert (await lobby.world.now(party)).member("bob") is not None
        lobby.world.clock.advance(6)
        await lobby.wait_until(party, lambda now: now.member("bob") is None)


async def test_many_deadlines_of_one_moment_are_carried_out_concurrently(lobby: LiveLobby) -> None:
    parties = [await lobby.world.party(f"player {number}") for number in range(250)]
    for number, party in enumerate(parties):
        await loses(lobby, party, f"player {number}")
    groups = lobby.world.disk.groups
    async with lobby.deadlines():
        lobby.world.clock.advance(WAITING_S)
        for party in parties:
            await lobby.wait_until(party, is_closed)
    assert lobby.world.disk.groups - groups < 20


async def test_a_player_who_has_been_gone_for_long_waits_no_longer(lobby: LiveLobby) -> None:
    party = await lobby.world.party("ann", max_members=1)
    for name in ("bob", "cid"):
        await lobby.world.execute(party, c.JoinParty(player(name), wait=True))
    lobby.world.connections.players.add("bob")
    async with lobby.deadlines():
        lobby.world.clock.advance_ms(BOUNDS.waiting_check_ms)
        await lobby.wait_until(party, lambda now: [each.was_absent for each in now.waiting] == [False, True])
        lobby.world.clock.advance_ms(BOUNDS.waiting_check_ms)
        await lobby.wait_until(party, lambda now: [each.player.id for each in now.waiting] == ["bob"])
