"""Waiting for a seat through the join service: one waits in one place, and a free seat goes to one player."""

from __future__ import annotations

import asyncio

from lobby.app.idempotency import CommandResult
from lobby.app.join_service import JoinTarget
from lobby.domain import commands as c
from lobby.domain.blocks import BlockList, block_player
from lobby.domain.listing import PartyFilter
from lobby.domain.model import Party
from lobby.domain.party_settings import SettingsPatch
from lobby.domain.rejections import Rejection, RejectionCode
from lobby.live.seat_offers import SeatOffers
from tests.lobby.app.world import World, a_key, code, done
from tests.lobby.domain.scenes import player


async def wait(
    world: World, name: str, party: Party, leave_current: bool = False, key: str | None = None
) -> CommandResult | Rejection:
    command, idempotency_key = c.JoinParty(player(name), wait=True), a_key(key) if key is not None else None
    return await world.join_service.join(JoinTarget(party.id), command, leave_current, idempotency_key)


async def now(world: World, party: Party) -> Party:
    latest = await world.store.latest(party.id)
    assert latest is not None
    return latest


async def waiting(world: World, party: Party) -> list[str]:
    return [waiting.player.id for waiting in (await now(world, party)).waiting]


async def test_the_answer_is_the_party_with_the_player_on_the_list(world: World) -> None:
    party = await world.party("ann", max_members=1)
    answer = done(await wait(world, "bob", party))
    assert [waiting.player.id for waiting in answer.party.waiting] == ["bob"]
    assert await world.query_service.party_of("bob") is None


async def test_a_repeated_request_waits_once(world: World) -> None:
    party = await world.party("ann", max_members=1)
    first, again = done(await wait(world, "bob", party, key="k")), done(await wait(world, "bob", party, key="k"))
    assert (first.replayed, again.replayed, again.seq) == (False, True, first.seq)
    assert await waiting(world, party) == ["bob"]


async def test_waiting_elsewhere_moves_the_place(world: World) -> None:
    party, other = await world.party("ann", max_members=1), await world.party("cid", max_members=1)
    await wait(world, "bob", party)
    done(await wait(world, "bob", other))
    assert (await waiting(world, party), await waiting(world, other)) == ([], ["bob"])


async def test_joining_creating_and_quick_joining_end_the_wait(world: World) -> None:
    full, open_party = await world.party("ann", max_members=1), await world.party("cid")
    quick = c.JoinParty(player("fay"))
    for name in ("dee", "eve", "fay"):
        done(await wait(world, name, full))
    done(await world.join("dee", open_party.join_code))
    done(await world.create("eve"))
    done(await world.join_service.quick_join(quick, PartyFilter(), None))
    assert await waiting(world, full) == []


async def test_a_member_of_another_party_has_to_leave_it_to_wait(world: World) -> None:
    full, other = await world.party("ann", max_members=1), await world.party("bob", "cid")
    assert code(await wait(world, "cid", full)) is RejectionCode.ALREADY_IN_PARTY
    done(await wait(world, "cid", full, leave_current=True))
    assert await waiting(world, full) == ["cid"]
    assert (await now(world, other)).member("cid") is None


async def test_a_refused_join_elsewhere_keeps_the_place(world: World) -> None:
    full, locked = await world.party("ann", max_members=1), await world.party("bob", locked=True)
    done(await wait(world, "cid", full))
    assert code(await world.join("cid", locked.join_code)) is RejectionCode.PARTY_LOCKED
    assert await waiting(world, full) == ["cid"]


async def test_a_player_who_waits_is_in_no_other_party_for_the_verdict(world: World) -> None:
    full, open_party = await world.party("ann", max_members=1), await world.party("cid")
    done(await wait(world, "bob", full))
    assert await world.join_service.verdict(open_party, c.JoinParty(player("bob"))) is None
    verdict = await world.join_service.verdict(await now(world, full), c.JoinParty(player("bob")))
    assert verdict is not None
    assert verdict.code is RejectionCode.PARTY_FULL


async def test_a_connected_player_on_the_list_is_before_others_and_quick_join_passes_by(world: World) -> None:
    full, other = await world.party("ann", "bob", max_members=2), await world.party("cid")
    done(await wait(world, "dee", full))
    world.connections.players.add("dee")
    await world.handler.execute(full.id, c.LeaveParty(player("bob")))
    assert code(await world.join("eve", full.join_code)) is RejectionCode.PARTY_FULL
    joined = done(await world.join_service.quick_join(c.JoinParty(player("eve")), PartyFilter(), None))
    assert joined.party.id == other.id
    assert done(await world.join("dee", full.join_code)).party.member("dee") is not None


async def test_of_many_who_want_the_freed_seat_exactly_one_gets_it(world: World) -> None:
    names = [f"w{number}" for number in range(8)]
    full = await world.party("ann", "bob", max_members=2)
    for name in names:
        done(await wait(world, name, full))
    await world.handler.execute(full.id, c.LeaveParty(player("bob")))
    outcomes = await asyncio.gather(*(world.join(name, full.join_code) for name in (*names, "out1", "out2")))
    assert [code(outcome) for outcome in outcomes].count(None) == 1
    assert len((await now(world, full)).members) == 2


async def test_an_offer_reaches_the_first_who_connects(world: World) -> None:
    full, offers = await world.party("ann", "bob", max_members=2), SeatOffers(world.handler, world.connections)
    for name in ("cid", "dee"):
        done(await wait(world, name, full))
    await world.handler.execute(full.id, c.LeaveParty(player("bob")))
    await offers.offer(await now(world, full))
    assert (await now(world, full)).reservations == ()
    world.connections.players.add("dee")
    await offers.on_connected("dee")
    await offers.on_connected("nobody")
    assert [held.player.id for held in (await now(world, full)).reservations] == ["dee"]


async def test_a_held_seat_and_lower_max_members_never_make_too_many(world: World) -> None:
    full, offers = await world.party("ann", "bob", max_members=2), SeatOffers(world.handler, world.connections)
    done(await wait(world, "cid", full))
    world.connections.players.add("cid")
    await world.handler.execute(full.id, c.LeaveParty(player("bob")))
    await offers.offer(await now(world, full))
    lower = c.UpdateParty(player("ann"), SettingsPatch(max_members=1))
    joined, lowered = await asyncio.gather(world.join("cid", full.join_code), world.handler.execute(full.id, lower))
    party = await now(world, full)
    assert len(party.members) + len(party.reservations) <= party.settings.max_members
    assert (code(joined) is None) is not (code(lowered) is None)
    assert ("cid" in await waiting(world, full)) is (code(lowered) is None)


async def block(world: World, name: str, other: str) -> None:
    blocks = block_player(BlockList(name), player(other), world.clock.now(), world.handler.bounds)
    assert isinstance(blocks, BlockList)
    await world.store.save_block_list(blocks)


async def test_no_seat_is_held_for_a_player_whom_a_block_keeps_apart(world: World) -> None:
    full = await world.party("ann", "bob", "cid", max_members=3)
    for name in ("dee", "eve", "fay"):
        done(await wait(world, name, full))
    world.connections.players.update(("dee", "eve", "fay"))
    await block(world, "bob", "dee")
    await block(world, "eve", "fay")
    await world.handler.execute(full.id, c.LeaveParty(player("cid")))
    await world.handler.execute(full.id, c.UpdateParty(player("ann"), SettingsPatch(max_members=4)))
    await SeatOffers(world.handler, world.connections).offer(await now(world, full))
    party = await now(world, full)
    assert [held.player.id for held in party.reservations] == ["eve"]
    assert await waiting(world, full) == ["dee", "fay"]


async def test_a_block_after_the_offer_keeps_the_player_from_the_held_seat(world: World) -> None:
    full = await world.party("ann", "bob", "cid", max_members=3)
    done(await wait(world, "dee", full))
    world.connections.players.add("dee")
    await world.handler.execute(full.id, c.LeaveParty(player("cid")))
    await SeatOffers(world.handler, world.connections).offer(await now(world, full))
    await block(world, "dee", "bob")
    assert code(await world.join_by_id("dee", full.id)) is RejectionCode.NOT_FOUND
    assert (await now(world, full)).member("dee") is None
