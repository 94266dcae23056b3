"""What time brings: the ends of countdowns, of graces, of parties that nobody needs any more."""

from __future__ import annotations

from lobby.domain import commands as c
from lobby.domain.bounds import Bounds
from lobby.domain.events import LeaderChanged, MemberLeft, PartyClosed
from lobby.domain.model import Party
from lobby.domain.values import CloseReason, LeaderChangeReason, LeaveReason, PartyState
from tests.domain.scenes import player
from tests.live.house import House
from tests.service.world import done

WAITING_S, LEADER_S = 30, 10
BOUNDS = Bounds()


def is_closed(party: Party) -> bool:
    return party.is_closed


async def loses(house: House, party: Party, *names: str) -> None:
    for name in names:
        await house.world.does(party, c.SetPresence(name, connected=False))


async def test_a_countdown_ends_on_time_and_no_sooner(house: House) -> None:
    party = await house.world.party("ann", countdown_s=5)
    await house.world.does(party, c.StartSession(player("ann"), "run"))
    async with house.deadlines():
        house.world.clock.passes(4.999)
        await house.presence_settles()
        assert (await house.world.now(party)).state is PartyState.STARTING
        house.world.clock.passes(0.001)
        running = await house.comes_to(party, lambda now: now.state is PartyState.IN_PROGRESS)
    assert running.session is not None
    assert running.session.started_at == house.world.clock.now()


async def test_no_countdown_is_over_at_once(house: House) -> None:
    party = await house.world.party("ann", countdown_s=0)
    async with house.deadlines():
        await house.world.does(party, c.StartSession(player("ann"), "run"))
        await house.comes_to(party, lambda now: now.state is PartyState.IN_PROGRESS)


async def test_a_cancelled_countdown_begins_nothing(house: House) -> None:
    party = await house.world.party("ann", countdown_s=5)
    async with house.deadlines():
        await house.world.does(party, c.StartSession(player("ann"), "run"))
        await house.world.does(party, c.CancelStart(player("ann")))
        house.world.clock.passes(5)
        await house.presence_settles()
        assert (await house.world.now(party)).state is PartyState.WAITING


async def test_who_does_not_come_back_in_time_loses_the_seat(house: House) -> None:
    party = await house.world.party("ann", "bob")
    await loses(house, party, "bob")
    async with house.deadlines():
        house.world.clock.passes(WAITING_S - 0.001)
        await house.presence_settles()
        assert (await house.world.now(party)).member("bob") is not None
        house.world.clock.passes(0.001)
        await house.comes_to(party, lambda now: now.member("bob") is None)
    assert (await house.world.events(party))[-1] == MemberLeft(player("bob"), LeaveReason.TIMED_OUT)
    assert await house.world.store.seat_of("bob") is None


async def test_who_comes_back_in_time_keeps_it(house: House) -> None:
    party = await house.world.party("ann", "bob")
    await loses(house, party, "bob")
    await house.world.does(party, c.SetPresence("bob", connected=True))
    async with house.deadlines():
        house.world.clock.passes(WAITING_S)
        await house.presence_settles()
        assert (await house.world.now(party)).member("bob") is not None


async def test_a_party_that_all_have_lost_expires(house: House) -> None:
    party = await house.world.party("ann", "bob")
    await loses(house, party, "ann", "bob")
    async with house.deadlines():
        house.world.clock.passes(WAITING_S)
        await house.comes_to(party, is_closed)
    left = [event for event in await house.world.events(party) if isinstance(event, MemberLeft)]
    assert [event.reason for event in left] == [LeaveReason.TIMED_OUT] * 2
    assert (await house.world.events(party))[-1] == PartyClosed(CloseReason.EXPIRED, (left[-1].player.id,))


async def test_a_leader_who_is_gone_hands_over_after_a_grace_of_its_own(house: House) -> None:
    party = await house.world.party("ann", "bob", "cid")
    await loses(house, party, "ann")
    async with house.deadlines():
        house.world.clock.passes(LEADER_S - 0.001)
        await house.presence_settles()
        assert (await house.world.now(party)).leader_id == "ann"
        house.world.clock.passes(0.001)
        led = await house.comes_to(party, lambda now: now.leader_id == "bob")
    change = (await house.world.events(party))[-1]
    assert change == LeaderChanged(player("ann"), player("bob"), LeaderChangeReason.LEADER_DISCONNECTED, 2)
    assert led.member("ann") is not None


async def test_the_lead_is_not_handed_back(house: House) -> None:
    party = await house.world.party("ann", "bob")
    await loses(house, party, "ann")
    async with house.deadlines():
        house.world.clock.passes(LEADER_S)
        await house.comes_to(party, lambda now: now.leader_id == "bob")
        await house.world.does(party, c.SetPresence("ann", connected=True))
        house.world.clock.passes(3600)
        await house.presence_settles()
        assert (await house.world.now(party)).leader_id == "bob"


async def test_a_party_in_which_nothing_happens_expires(house: House) -> None:
    party = await house.world.party("ann", "bob")
    async with house.deadlines():
        house.world.clock.passes(BOUNDS.idle_ms / 1000 - 1)
        await house.presence_settles()
        done(await house.world.says("ann", "still here", party))
        house.world.clock.passes(BOUNDS.idle_ms / 1000 - 1)
        await house.presence_settles()
        assert not (await house.world.now(party)).is_closed
        house.world.clock.passes(1)
        await house.comes_to(party, is_closed)


async def test_a_deadline_survives_a_restart_with_a_full_grace_from_then(house: House) -> None:
    party = await house.world.party("ann", "bob")
    await loses(house, party, "bob")
    house.world.clock.passes(3600)
    async with house.deadlines():
        await house.comes_to(party, lambda now: now.version > 3)
        bob = (await house.world.now(party)).member("bob")
        assert bob is not None
        assert bob.remove_at == house.world.clock.now() + WAITING_S * 1000
        house.world.clock.passes(WAITING_S - 0.001)
        await house.presence_settles()
        assert (await house.world.now(party)).member("bob") is not None
        house.world.clock.passes(0.001)
        await house.comes_to(party, lambda now: now.member("bob") is None)


async def test_who_comes_back_after_the_restart_keeps_the_seat(house: House) -> None:
    party = await house.world.party("ann", "bob")
    await loses(house, party, "bob")
    house.world.clock.passes(3600)
    async with house.deadlines():
        await house.presence_settles()
        await house.world.does(party, c.SetPresence("bob", connected=True))
        house.world.clock.passes(2 * WAITING_S)
        await house.presence_settles()
        assert (await house.world.now(party)).member("bob") is not None


async def test_after_a_restart_the_leader_has_a_full_grace_too(house: House) -> None:
    party = await house.world.party("ann", "bob")
    await loses(house, party, "ann")
    house.world.clock.passes(20)
    async with house.deadlines():
        house.world.clock.passes(LEADER_S - 1)
        await house.presence_settles()
        assert (await house.world.now(party)).leader_id == "ann"
        house.world.clock.passes(6)  # the store hands out again what nobody moved, every 5 s
        await house.comes_to(party, lambda now: now.leader_id == "bob")


async def test_a_countdown_that_ended_while_the_server_was_down_begins_the_session_now(house: House) -> None:
    party = await house.world.party("ann", countdown_s=5)
    await house.world.does(party, c.StartSession(player("ann"), "run"))
    house.world.clock.passes(20)
    async with house.deadlines():
        await house.comes_to(party, lambda now: now.state is PartyState.IN_PROGRESS)


async def test_a_countdown_that_ended_too_long_ago_is_cancelled(house: House) -> None:
    party = await house.world.party("ann", countdown_s=5)
    await house.world.does(party, c.StartSession(player("ann"), "run"))
    house.world.clock.passes(3600)
    async with house.deadlines():
        waiting = await house.comes_to(party, lambda now: now.state is PartyState.WAITING)
        assert (waiting.session, waiting.member("ann") is not None) == (None, True)


async def test_a_deadline_that_could_not_be_met_comes_again(house: House) -> None:
    party = await house.world.party("ann", "bob")
    await loses(house, party, "bob")
    async with house.deadlines():
        house.world.disk.release(fails=True)
        house.world.clock.passes(WAITING_S)
        await house.presence_settles()
        house.world.disk.release()
        assert (await house.world.now(party)).member("bob") is not None
        house.world.clock.passes(6)
        await house.comes_to(party, lambda now: now.member("bob") is None)


async def test_many_deadlines_of_one_moment_are_met_side_by_side(house: House) -> None:
    parties = [await house.world.party(f"player {number}") for number in range(250)]
    for number, party in enumerate(parties):
        await loses(house, party, f"player {number}")
    groups = house.world.disk.groups
    async with house.deadlines():
        house.world.clock.passes(WAITING_S)
        for party in parties:
            await house.comes_to(party, is_closed)
    assert house.world.disk.groups - groups < 20
