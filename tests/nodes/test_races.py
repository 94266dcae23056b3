"""Two nodes that want the same at the same time."""

from __future__ import annotations

import asyncio

import pytest

from lobby.domain import commands as c
from lobby.domain.events import CountdownStarted, MessagePosted, SessionStarted
from lobby.domain.rejections import Rejection, RejectionCode
from lobby.entering import Target
from lobby.ports import TAKEN_MS
from lobby.service import Done
from tests.domain.scenes import player
from tests.nodes.node import Node, until
from tests.service.world import ManualClock, done, once

ROUNDS = 10


async def test_of_two_joins_for_the_last_seat_exactly_one_gets_it(here: Node, there: Node) -> None:
    for count in range(ROUNDS):
        party = await here.create(f"ann{count}")
        await here.lobby.execute(party.id, c.UpdateParty(player(f"ann{count}"), c.SettingsPatch(max_members=2)))
        outcomes = await asyncio.gather(
            here.entrance.join(Target(party.id), c.JoinParty(player(f"bob{count}"))),
            there.entrance.join(Target(party.id), c.JoinParty(player(f"cat{count}"))),
        )
        refused = [outcome for outcome in outcomes if isinstance(outcome, Rejection)]
        assert [refusal.code for refusal in refused] == [RejectionCode.PARTY_FULL]
        now = await there.store.party(party.id)
        assert now is not None
        assert len(now.members) == 2


async def test_one_key_on_two_nodes_is_one_mutation(here: Node, there: Node) -> None:
    party = await here.create("ann")
    for count in range(ROUNDS):
        message = party.id, c.PostMessage(player("ann"), f"message {count}"), once(f"key{count}")
        outcomes = await asyncio.gather(here.lobby.execute(*message), there.lobby.execute(*message))
        seqs = {done(outcome).seq for outcome in outcomes}
        assert len(seqs) == 1
    entries = await here.store.entries(party.id, 0, 1000)
    assert sum(isinstance(entry.event, MessagePosted) for entry in entries) == ROUNDS


async def test_one_key_for_two_parties_counts_for_one(here: Node, there: Node) -> None:
    ann, bob = await here.create("ann"), await here.create("bob")
    joins = [
        node.entrance.join(Target(party.id), c.JoinParty(player("cat")), False, once("key", party.id))
        for node, party in ((here, ann), (there, bob))
    ]
    outcomes = await asyncio.gather(*joins)
    refused = [outcome for outcome in outcomes if isinstance(outcome, Rejection)]
    assert [refusal.code for refusal in refused] == [RejectionCode.IDEMPOTENCY_KEY_REUSED]


async def test_of_two_who_take_one_code_one_does(here: Node, there: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    party = await here.create("zoe")
    codes = iter([party.join_code, party.join_code, "BCDFGH", "BCDFGJ", "BCDFGK", "BCDFGL"])
    monkeypatch.setattr("lobby.entering.new_join_code", lambda: next(codes))
    made = await asyncio.gather(here.create("ann"), there.create("bob"))
    assert len({party.join_code, *(one.join_code for one in made)}) == 3
    assert await there.store.party_of_code(made[0].join_code) == made[0].id


async def test_a_player_enters_one_of_two_parties(here: Node, there: Node) -> None:
    for count in range(ROUNDS):
        ann, bob = await here.create(f"ann{count}"), await there.create(f"bob{count}")
        joining = c.JoinParty(player(f"cat{count}"))
        outcomes = await asyncio.gather(
            here.entrance.join(Target(ann.id), joining), there.entrance.join(Target(bob.id), joining)
        )
        assert sum(isinstance(outcome, Done) for outcome in outcomes) == 1
        parties = [await here.store.party(party.id) for party in (ann, bob)]
        assert sum(one is not None and one.member(f"cat{count}") is not None for one in parties) == 1


async def test_a_deadline_is_met_once_though_both_nodes_look(here: Node, there: Node, clock: ManualClock) -> None:
    party = await here.create("ann")
    await here.lobby.execute(party.id, c.StartSession(player("ann"), "run", force=True))
    clock.passes(5)

    async def has_started() -> bool:
        now = await there.store.party(party.id)
        return now is not None and now.session is not None and now.starts_at is None

    await until(has_started)
    events = [entry.event for entry in await here.store.entries(party.id, 0, 100)]
    assert [sum(isinstance(e, kind) for e in events) for kind in (CountdownStarted, SessionStarted)] == [1, 1]


async def test_a_deadline_that_a_node_died_with_is_met_by_another(here: Node, there: Node, clock: ManualClock) -> None:
    await here.deadlines.close()
    await there.deadlines.close()
    party = await here.create("ann")
    await here.lobby.execute(party.id, c.StartSession(player("ann"), "run", force=True))
    clock.passes(5)
    assert list(await there.store.take_due(clock.now(), 10)) == [party.id]
    await there.dies()
    clock.passes(TAKEN_MS / 1000)
    assert list(await here.store.take_due(clock.now(), 10)) == [party.id]
