"""Waiting for a seat where two nodes share a store."""

from __future__ import annotations

import asyncio

from lobby.app.join_service import JoinTarget
from lobby.domain import commands as c
from lobby.domain.model import Party
from lobby.domain.party_settings import SettingsPatch
from lobby.domain.rejections import Rejection
from tests.lobby.app.world import done
from tests.lobby.domain.scenes import player
from tests.manual_clock import ManualClock
from tests.nodes.node import Node, wait_for_presence
from tests.waiting import wait_until

ROUNDS = 8


async def full_party(node: Node, leader: str, *others: str) -> Party:
    party = await node.create(leader)
    for name in others:
        done(await node.join_service.join(JoinTarget(party.id), c.JoinParty(player(name))))
    done(
        await node.handler.execute(party.id, c.UpdateParty(player(leader), SettingsPatch(max_members=1 + len(others))))
    )
    return party


async def wait(node: Node, name: str, party: Party) -> None:
    done(await node.join_service.join(JoinTarget(party.id), c.JoinParty(player(name), wait=True)))


async def held(node: Node, party: Party) -> list[str]:
    now = await node.store.party(party.id)
    return [held.player.id for held in now.reservations] if now is not None else []


async def test_a_seat_that_one_node_frees_is_held_for_a_player_of_the_other(here: Node, there: Node) -> None:
    party = await full_party(here, "ann", "bob")
    await wait(there, "cid", party)
    await wait(there, "dee", party)
    with there.presence.open_inbox("dee"):
        await here.handler.execute(party.id, c.LeaveParty(player("bob")))

        async def is_held() -> bool:
            return await held(here, party) == ["dee"]

        await wait_until(is_held, within_s=20)
    joined = done(await here.join_service.join(JoinTarget(party.id), c.JoinParty(player("dee"))))
    assert joined.party.member("dee") is not None


async def test_of_two_nodes_that_want_the_freed_seat_exactly_one_gets_it(here: Node, there: Node) -> None:
    for count in range(ROUNDS):
        party = await full_party(here, f"ann{count}", f"bob{count}")
        await wait(here, f"cid{count}", party)
        await wait(there, f"dee{count}", party)
        await here.handler.execute(party.id, c.LeaveParty(player(f"bob{count}")))
        outcomes = await asyncio.gather(
            here.join_service.join(JoinTarget(party.id), c.JoinParty(player(f"cid{count}"))),
            there.join_service.join(JoinTarget(party.id), c.JoinParty(player(f"dee{count}"))),
            here.handler.execute(party.id, c.OfferSeats((f"cid{count}", f"dee{count}"))),
        )
        now = await there.store.party(party.id)
        assert now is not None
        assert len(now.members) + len(now.reservations) == 2
        seated = [outcome for outcome in outcomes[:2] if not isinstance(outcome, Rejection)]
        assert len(seated) == len(now.members) - 1


async def test_a_player_who_waits_for_two_parties_at_once_waits_in_one(here: Node, there: Node) -> None:
    for count in range(ROUNDS):
        one, other = await full_party(here, f"ann{count}"), await full_party(there, f"bob{count}")
        outcomes = await asyncio.gather(
            here.join_service.join(JoinTarget(one.id), c.JoinParty(player(f"cid{count}"), wait=True)),
            there.join_service.join(JoinTarget(other.id), c.JoinParty(player(f"cid{count}"), wait=True)),
        )
        assert not any(isinstance(outcome, Rejection) for outcome in outcomes)
        parties = [await there.store.party(party.id) for party in (one, other)]
        lists = [party.waiting for party in parties if party is not None]
        assert sorted(map(len, lists)) == [0, 1]


async def test_a_held_seat_goes_to_the_next_player_in_time(here: Node, there: Node, clock: ManualClock) -> None:
    party = await full_party(here, "ann", "bob")
    await wait(there, "cid", party)
    await wait(here, "dee", party)
    with (
        here.presence.open_stream("ann", party.id),
        there.presence.open_inbox("cid"),
        here.presence.open_inbox("dee"),
    ):
        await wait_for_presence(here, there)
        await there.handler.execute(party.id, c.LeaveParty(player("bob")))

        async def cid_has_it() -> bool:
            return await held(there, party) == ["cid"]

        await wait_until(cid_has_it, within_s=20)

        async def cid_has_it_no_more() -> bool:
            clock.advance(2)  # the end comes later if a node was silent under load
            return "cid" not in await held(there, party)

        async def dee_has_it() -> bool:
            return await held(there, party) == ["dee"]

        await wait_until(cid_has_it_no_more, within_s=20)
        await wait_until(dee_has_it, within_s=20)
