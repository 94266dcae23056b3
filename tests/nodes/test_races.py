"""Races between two nodes."""

from __future__ import annotations

import asyncio
from math import ceil

import pytest

from lobby.app.idempotency import CommandResult
from lobby.app.join_service import JoinTarget
from lobby.app.run_service import RunService
from lobby.domain import commands as c
from lobby.domain.events import CountdownStarted, MessagePosted, SessionStarted
from lobby.domain.listing import PartyFilter
from lobby.domain.party_settings import SettingsPatch
from lobby.domain.rejections import Rejection, RejectionCode
from lobby.ports import TAKE_LEASE_MS
from tests.lobby.app.world import a_key, done
from tests.lobby.domain.scenes import player
from tests.manual_clock import ManualClock
from tests.nodes.node import Node
from tests.waiting import wait_until

ROUNDS = 10


async def test_of_two_joins_for_the_last_seat_exactly_one_succeeds(here: Node, there: Node) -> None:
    for count in range(ROUNDS):
        party = await here.create(f"ann{count}")
        await here.handler.execute(party.id, c.UpdateParty(player(f"ann{count}"), SettingsPatch(max_members=2)))
        outcomes = await asyncio.gather(
            here.join_service.join(JoinTarget(party.id), c.JoinParty(player(f"bob{count}"))),
            there.join_service.join(JoinTarget(party.id), c.JoinParty(player(f"cat{count}"))),
        )
        refused = [outcome for outcome in outcomes if isinstance(outcome, Rejection)]
        assert [refusal.code for refusal in refused] == [RejectionCode.PARTY_FULL]
        now = await there.store.party(party.id)
        assert now is not None
        assert len(now.members) == 2


@pytest.mark.parametrize("players", [8, 9, 64])
@pytest.mark.parametrize("node_count", [1, 2])
async def test_quick_joins_at_once_make_one_party_more_for_each_further_node(
    here: Node, there: Node, node_count: int, players: int
) -> None:
    nodes = (here, there)[:node_count]
    outcomes = await asyncio.gather(
        *(
            nodes[number % node_count].join_service.quick_join(
                c.JoinParty(player(f"p{number}")), PartyFilter(), c.CreateParty(player(f"p{number}"), SettingsPatch())
            )
            for number in range(players)
        )
    )
    assert len({done(outcome).party.id for outcome in outcomes}) <= ceil(players / 8) + node_count - 1


async def test_quick_join_fills_the_fullest_party_that_fits_of_all_nodes(here: Node, there: Node) -> None:
    parties = {}
    for name, node, members, version in (
        ("small", here, 2, "1.0"),
        ("big", there, 4, "1.0"),
        ("other", here, 6, "1.1"),
    ):
        creating = c.CreateParty(player(f"{name}0"), SettingsPatch(), client_version=version)
        parties[name] = done(await node.join_service.create(creating)).party.id
        for number in range(1, members):
            joining = c.JoinParty(player(f"{name}{number}"), client_version=version)
            done(await node.join_service.join(JoinTarget(parties[name]), joining))
    for number, node in enumerate((here, there, here, there)):
        joining = c.JoinParty(player(f"quick{number}"), client_version="1.0")
        assert done(await node.join_service.quick_join(joining, PartyFilter(), None)).party.id == parties["big"]
    fifth = await there.join_service.quick_join(c.JoinParty(player("fifth"), client_version="1.0"), PartyFilter(), None)
    assert done(fifth).party.id == parties["small"]


async def test_a_run_that_is_continued_on_two_nodes_at_once_has_one_party(here: Node, there: Node) -> None:
    names = ("ann", "bob", "cid", "dee")
    party = await here.create("ann")
    for name in names[1:]:
        await here.join(name, party)
    for command in (c.StartSession(player("ann"), "s1", force=True), c.BeginSession("s1")):
        done(await here.handler.execute(party.id, command))
        clock = here.handler.clock
        assert isinstance(clock, ManualClock)
        clock.at += 10_000
    services = [RunService(node.handler, node.join_service.proposals) for node in (here, there)]
    done(await services[0].save(c.SaveCheckpoint(player("ann"), "s1", "state")))
    for end in (c.CompleteSession(None, "s1"), c.DisbandParty(player("ann"))):
        done(await here.handler.execute(party.id, end))
    outcomes = await asyncio.gather(
        *(services[number % 2].continue_run(player(name), "s1") for number, name in enumerate(names))
    )
    (party_id,) = {done(outcome).party.id for outcome in outcomes}
    assert await there.store.continuation_of("s1") == party_id
    continued = await there.store.party(party_id)
    assert continued is not None
    assert {member.player.id for member in continued.members} == set(names)
    assert await services[1].checkpoint_data("s1", "dee") == "state"


async def test_eight_who_enter_by_one_key_on_two_nodes_make_one_party(here: Node, there: Node) -> None:
    for count in range(ROUNDS // 2):
        key, names = f"activity-{count}", [f"p{count}.{number}" for number in range(8)]
        outcomes = await asyncio.gather(
            *(
                (here, there)[number % 2].join_service.enter(
                    c.CreateParty(player(name), external_key=key), c.JoinParty(player(name))
                )
                for number, name in enumerate(names)
            )
        )
        (party_id,) = {done(outcome).party.id for outcome in outcomes}
        assert await here.store.party_of_external_key(key) == await there.store.party_of_external_key(key) == party_id
        party = await there.store.party(party_id)
        assert party is not None
        assert {member.player.id for member in party.members} == set(names)


async def test_one_key_on_two_nodes_is_one_mutation(here: Node, there: Node) -> None:
    party = await here.create("ann")
    for count in range(ROUNDS):
        message = party.id, c.PostMessage(player("ann"), f"message {count}"), a_key(f"key{count}")
        outcomes = await asyncio.gather(here.handler.execute(*message), there.handler.execute(*message))
        seqs = {done(outcome).seq for outcome in outcomes}
        assert len(seqs) == 1
    entries = await here.store.entries(party.id, 0, 1000)
    assert sum(isinstance(entry.event, MessagePosted) for entry in entries) == ROUNDS


async def test_one_key_for_two_parties_changes_one_party(here: Node, there: Node) -> None:
    ann, bob = await here.create("ann"), await here.create("bob")
    joins = [
        node.join_service.join(JoinTarget(party.id), c.JoinParty(player("cat")), False, a_key("key", party.id))
        for node, party in ((here, ann), (there, bob))
    ]
    outcomes = await asyncio.gather(*joins)
    refused = [outcome for outcome in outcomes if isinstance(outcome, Rejection)]
    assert [refusal.code for refusal in refused] == [RejectionCode.IDEMPOTENCY_KEY_REUSED]


async def test_two_nodes_never_give_parties_the_same_code(
    here: Node, there: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    party = await here.create("zoe")
    codes = iter([party.join_code, party.join_code, "BCDFGH", "BCDFGJ", "BCDFGK", "BCDFGL"])
    monkeypatch.setattr("lobby.app.join_proposals.new_join_code", lambda: next(codes))
    made = await asyncio.gather(here.create("ann"), there.create("bob"))
    assert len({party.join_code, *(one.join_code for one in made)}) == 3
    assert await there.store.party_of_code(made[0].join_code) == made[0].id


async def test_a_player_enters_one_of_two_parties(here: Node, there: Node) -> None:
    for count in range(ROUNDS):
        ann, bob = await here.create(f"ann{count}"), await there.create(f"bob{count}")
        joining = c.JoinParty(player(f"cat{count}"))
        outcomes = await asyncio.gather(
            here.join_service.join(JoinTarget(ann.id), joining), there.join_service.join(JoinTarget(bob.id), joining)
        )
        assert sum(isinstance(outcome, CommandResult) for outcome in outcomes) == 1
        parties = [await here.store.party(party.id) for party in (ann, bob)]
        assert sum(one is not None and one.member(f"cat{count}") is not None for one in parties) == 1


async def test_a_deadline_on_two_nodes_is_carried_out_once(here: Node, there: Node, clock: ManualClock) -> None:
    party = await here.create("ann")
    await here.handler.execute(party.id, c.StartSession(player("ann"), "run", force=True))
    clock.advance(5)

    async def has_started() -> bool:
        now = await there.store.party(party.id)
        return now is not None and now.session is not None and now.starts_at is None

    await wait_until(has_started)
    events = [entry.event for entry in await here.store.entries(party.id, 0, 100)]
    assert [sum(isinstance(e, kind) for e in events) for kind in (CountdownStarted, SessionStarted)] == [1, 1]


async def test_a_deadline_taken_by_a_dead_node_is_carried_out_by_another(
    here: Node, there: Node, clock: ManualClock
) -> None:
    await here.deadlines.close()
    await there.deadlines.close()
    party = await here.create("ann")
    await here.handler.execute(party.id, c.StartSession(player("ann"), "run", force=True))
    clock.advance(5)
    assert list(await there.store.take_due(clock.now(), 10)) == [party.id]
    await there.crash()
    clock.advance(TAKE_LEASE_MS / 1000)
    assert list(await here.store.take_due(clock.now(), 10)) == [party.id]
