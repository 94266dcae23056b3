"""Leaving one party for another in one step. Nobody ever has two seats, or loses one for nothing."""

from __future__ import annotations

import asyncio
from collections import Counter
from itertools import chain, permutations

from lobby.app.command_handler import UNAVAILABLE
from lobby.domain.events import Event, LeaderChanged, MemberJoined, MemberLeft, PartyClosed, PartyCreated
from lobby.domain.model import Party
from lobby.domain.rejections import RejectionCode
from lobby.domain.values import CloseReason, Instant, LeaderChangeReason, LeaveReason
from tests.lobby.app.world import World, code, done
from tests.lobby.domain.scenes import player


def names(party: Party) -> list[str]:
    return [member.player.id for member in party.members]


async def test_a_move_is_in_both_logs(world: World) -> None:
    old, new = await world.party("ann", "bob"), await world.party("cid")
    done(await world.join("bob", new.join_code, leave_current=True))
    assert (await world.events(old))[-1] == MemberLeft(player("bob"), LeaveReason.JOINED_ANOTHER)
    assert (await world.events(new))[-1] == MemberJoined(player("bob"), None, late_join=False)
    assert await world.store.party_of_player("bob") == new.id


class TickingClock:
    """A clock that shows another time each time it is read."""

    def __init__(self, now: Instant) -> None:
        self._now = now

    def now(self) -> Instant:
        self._now += 1
        return self._now


async def test_a_move_has_one_time_in_both_logs(world: World) -> None:
    old, new = await world.party("ann", "bob"), await world.party("cid", password="sesame")
    world.handler.clock = TickingClock(world.clock.now())
    done(await world.join("bob", new.join_code, leave_current=True, password="sesame"))
    assert (await world.log(old))[-1].at == (await world.log(new))[-1].at
    created = done(await world.create("bob", leave_current=True, password="sesame")).party
    assert (await world.log(new))[-1].at == (await world.log(created))[-1].at


async def test_a_move_publishes_a_hint_for_both_parties(world: World) -> None:
    old, new = await world.party("ann", "bob"), await world.party("cid")
    world.hints.published.clear()
    done(await world.join("bob", new.join_code, leave_current=True))
    assert set(world.hints.published) == {(old.id, 3), (new.id, 2)}


async def test_the_result_of_a_move_is_the_new_party(world: World) -> None:
    await world.party("ann", "bob")
    new = await world.party("cid")
    answer = done(await world.join("bob", new.join_code, leave_current=True))
    assert (answer.party.id, names(answer.party)) == (new.id, ["cid", "bob"])


async def test_a_leader_who_moves_is_succeeded(world: World) -> None:
    old, new = await world.party("ann", "bob"), await world.party("cid")
    done(await world.join("ann", new.join_code, leave_current=True))
    change = (await world.events(old))[-1]
    assert change == LeaderChanged(None, player("bob"), LeaderChangeReason.LEADER_LEFT, 2)


async def test_the_last_member_to_move_away_closes_the_party(world: World) -> None:
    old, new = await world.party("ann"), await world.party("cid")
    done(await world.join("ann", new.join_code, leave_current=True))
    assert (await world.events(old))[-2:] == [
        MemberLeft(player("ann"), LeaveReason.JOINED_ANOTHER),
        PartyClosed(CloseReason.LAST_MEMBER_LEFT, ("ann",)),
    ]


async def test_a_player_can_leave_a_party_for_a_new_one(world: World) -> None:
    old = await world.party("ann", "bob")
    new = done(await world.create("bob", leave_current=True)).party
    assert (names(await world.now(old)), await world.store.party_of_player("bob")) == (["ann"], new.id)
    assert [type(event) for event in await world.events(new)] == [PartyCreated]


async def test_joining_the_current_party_again_leaves_nothing(world: World) -> None:
    party = await world.party("ann", "bob")
    assert done(await world.join("bob", party.join_code, leave_current=True)).seq == party.version


async def test_a_player_whose_move_is_rejected_stays_in_the_old_party(world: World) -> None:
    old, new = await world.party("ann", "bob"), await world.party("cid", max_members=1)
    answer = await world.join("bob", new.join_code, leave_current=True)
    assert (code(answer), await world.now(old)) == (RejectionCode.PARTY_FULL, old)


async def test_without_leave_current_a_member_of_another_party_is_rejected(world: World) -> None:
    await world.party("ann", "bob")
    new = await world.party("cid")
    answers = (await world.join("bob", new.join_code), await world.create("bob"))
    assert [code(answer) for answer in answers] == [RejectionCode.ALREADY_IN_PARTY] * 2


async def test_a_party_joined_while_the_password_is_verified_is_not_left(world: World) -> None:
    """Two requests of a player at once: the slower one must not leave the party that the faster one has joined."""
    guarded, other = await world.party("ann", password="sesame"), await world.party("cid")
    slow = asyncio.create_task(world.join("bob", guarded.join_code, password="sesame"))
    await asyncio.sleep(0)
    done(await world.join("bob", other.join_code))
    assert (code(await slow), await world.store.party_of_player("bob")) == (RejectionCode.ALREADY_IN_PARTY, other.id)


async def test_a_party_joined_while_the_password_is_hashed_is_not_left(world: World) -> None:
    other = await world.party("cid")
    slow = asyncio.create_task(world.create("bob", password="sesame"))
    await asyncio.sleep(0)
    done(await world.join("bob", other.join_code))
    assert (code(await slow), await world.store.party_of_player("bob")) == (RejectionCode.ALREADY_IN_PARTY, other.id)


async def test_a_failing_disk_leaves_both_parties_unchanged(world: World) -> None:
    old, new = await world.party("ann", "bob"), await world.party("cid")
    world.disk.release(fails=True)
    assert await world.join("bob", new.join_code, leave_current=True) == UNAVAILABLE
    assert (await world.now(old), await world.now(new)) == (old, new)
    assert (await world.store.party_of_player("bob"), len(await world.log(old)), len(await world.log(new))) == (
        old.id,
        2,
        1,
    )


async def test_no_party_shows_a_move_before_it_is_durable(world: World) -> None:
    old, new = await world.party("ann", "bob"), await world.party("cid")
    world.disk.hold()
    moving = asyncio.create_task(world.join("bob", new.join_code, leave_current=True))
    await world.disk.write_waits.wait()
    assert (await world.now(old), await world.now(new)) == (old, new)
    world.disk.release()
    done(await moving)
    assert (names(await world.now(old)), names(await world.now(new))) == (["ann"], ["cid", "bob"])


async def test_a_player_with_many_moves_at_once_ends_in_one_party(world: World) -> None:
    parties = [await world.party(leader) for leader in ("ann", "bob", "cid", "dan")]
    runners = ["eve", "fay", "gus"]
    routes = list(permutations(parties, 3))
    moves = [
        (runner, party)
        for number, runner in enumerate(runners)
        for route in routes[number :: len(runners)]
        for party in route
    ]
    answers = await asyncio.gather(
        *(world.join(runner, party.join_code, leave_current=True) for runner, party in moves)
    )
    assert {code(answer) for answer in answers} == {None}
    present = [names(await world.now(party)) for party in parties]
    seats = Counter(chain.from_iterable(present))
    assert {runner: seats[runner] for runner in runners} == dict.fromkeys(runners, 1)
    for party in parties:
        assert names(await world.now(party)) == _present(await world.events(party))


def _present(events: list[Event]) -> list[str]:
    """The members by the log alone."""
    present: list[str] = []
    for event in events:
        if isinstance(event, PartyCreated) and event.creator is not None:
            present.append(event.creator.id)
        if isinstance(event, MemberJoined):
            present.append(event.player.id)
        if isinstance(event, MemberLeft):
            present.remove(event.player.id)
    return present
