"""What is measured side by side is the same work: each rival answers what the lobby answers."""

from __future__ import annotations

import json
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import pytest

from bench.contenders import APOLLO, LOBBY, MERCURIUS, STRAWBERRY, YOGA, Contender
from bench.fill import Size
from bench.load.crowd import EVENT
from bench.load.following import follow
from bench.load.loop import Loop
from bench.request import Request
from bench.rows.asks import party_queries, ready_mutation, untrusted_queries
from bench.rows.settling import settle
from bench.rows.teaching import teach
from bench.serving import Served, served
from bench.stage import Stage, staged

KEY = "00000000-0000-4000-8000-000000000000"
RIVALS = [rival for rival in (MERCURIUS, YOGA, APOLLO, STRAWBERRY) if not rival.missing]
"""Those on Node are no part of what the tests install: they are held to it where scripts/bench has brought them."""


@dataclass(frozen=True, slots=True)
class Said:
    """Answers and a follower's event, decoded; `event` without the time at which it happened."""

    party: Any
    untrusted: Any
    mutation: Any
    event: Any


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Stage:
    return staged(tmp_path_factory.mktemp("bench") / "stage", Size(parties=2, members=4, known=2, signed_in=4))


@pytest.fixture(scope="module")
def lobby_said(stage: Stage) -> Said:
    return said(LOBBY, stage)


@pytest.fixture(scope="module", params=RIVALS, ids=lambda rival: rival.name)
def rival_said(stage: Stage, request: pytest.FixtureRequest) -> Said:
    rival: Contender = request.param
    return said(rival, stage)


def said(contender: Contender, stage: Stage) -> Said:
    party = stage.world.parties[0]
    change = ready_mutation(contender, party, party.members[1], True, KEY)
    with (
        served(contender, stage) as server,
        closing(follow(server, party, party.members[2])) as follower,
        Loop() as loop,
    ):
        settle(server, loop)
        known = asked(server, next(party_queries(contender, [party])))
        untrusted = asked(server, next(untrusted_queries(contender, [party])))
        mutation = asked(server, change)
        while EVENT not in (message := follower.next()):
            """A snapshot, where the protocol of the lobby begins with one."""
    event = json.loads(message)["payload"]["data"]["partyEvents"]
    event.pop("at")
    return Said(known, untrusted, mutation, event)


def asked(server: Served, request: Request) -> Any:
    teach(server, request)
    return json.loads(server.request("POST", "/graphql", request.body, request.token))


def test_a_rival_answers_the_clients_party_query_as_the_lobby_does(lobby_said: Said, rival_said: Said) -> None:
    assert lobby_said.party == rival_said.party


def test_a_rival_answers_a_text_of_its_own_as_the_lobby_does(lobby_said: Said, rival_said: Said) -> None:
    assert lobby_said.untrusted == rival_said.untrusted


def test_a_rival_makes_the_change_that_the_lobby_makes(lobby_said: Said, rival_said: Said) -> None:
    assert lobby_said.mutation == rival_said.mutation


def test_a_rivals_followers_hear_what_the_lobbys_hear(lobby_said: Said, rival_said: Said) -> None:
    assert lobby_said.event == rival_said.event
