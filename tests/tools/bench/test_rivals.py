"""All servers of the benchmark do the same work: each rival answers as the lobby does."""

from __future__ import annotations

import json
import re
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import pytest

from tools.bench.contenders import (
    APOLLO,
    LOBBY,
    MERCURIUS,
    MERCURIUS_DURABLE,
    STRAWBERRY,
    YOGA,
    YOGA_DURABLE,
    Contender,
)
from tools.bench.documents import Request
from tools.bench.load.followers import EVENT, LISTING, MESSAGE, follow, follow_list, quiesce
from tools.bench.load.socket_loop import SocketLoop
from tools.bench.load.websocket import WebSocketConnection
from tools.bench.rows.requests import (
    attribute_mutation,
    message_mutation,
    party_queries,
    ready_mutation,
    register_document,
    untrusted_queries,
)
from tools.bench.serving import RunningServer, start_server
from tools.bench.setup import Setup, Size, build_setup

CURSOR_ENDS = re.compile(r'"([0-9a-f]{16})(?:[0-9a-f]{8})?(?:-[0-9a-f]+)?\.(\d+)"')
KEY = "00000000-0000-4000-8000-000000000000"
EVENT_WAIT_S = 20.0
RIVALS = [rival for rival in (MERCURIUS, YOGA, APOLLO, STRAWBERRY) if not rival.missing]
"""The tests do not install the rivals on Node. They are tested on machines where scripts/bench has installed them."""


@dataclass(frozen=True, slots=True)
class Answers:
    """Decoded responses, and the events of a follower and of a watcher of the list, without their times."""

    party: Any
    untrusted: Any
    mutation: Any
    event: Any


@dataclass(frozen=True, slots=True)
class RoomAnswers:
    """For the mutations of the rows rooms and list: the responses, the event of the follower, and the event of a watcher of the
    list."""

    message: Any
    message_event: Any
    attribute: Any
    listing: Any


@pytest.fixture(scope="module")
def setup(tmp_path_factory: pytest.TempPathFactory) -> Setup:
    return build_setup(tmp_path_factory.mktemp("bench") / "setup", Size(parties=2, members=4, known=2, signed_in=4))


@pytest.fixture(scope="module")
def lobby(setup: Setup) -> Answers:
    return collect_answers(LOBBY, setup)


@pytest.fixture(scope="module", params=RIVALS, ids=lambda rival: rival.name)
def rival(setup: Setup, request: pytest.FixtureRequest) -> Answers:
    contender: Contender = request.param
    return collect_answers(contender, setup)


def collect_answers(contender: Contender, setup: Setup) -> Answers:
    party = setup.world.parties[0]
    change = ready_mutation(contender, party, party.members[1], True, KEY)
    with (
        start_server(contender, setup) as server,
        closing(follow(server, party, party.members[2])) as follower,
        SocketLoop() as loop,
    ):
        quiesce(server, loop)
        known = send(server, next(party_queries(contender, [party])))
        untrusted = send(server, next(untrusted_queries(contender, [party])))
        mutation = send(server, change)
        event = event_of(follower, EVENT)
    return Answers(known, untrusted, mutation, event)


def collect_room_answers(contender: Contender, setup: Setup) -> RoomAnswers:
    party = setup.world.parties[0]
    with (
        start_server(contender, setup) as server,
        closing(follow(server, party, party.members[2])) as follower,
        closing(follow_list(server, party.members[3], {"nameContains": party.name})) as watcher,
        SocketLoop() as loop,
    ):
        quiesce(server, loop)
        message = send(server, message_mutation(contender, party, party.members[1], "hello", KEY))
        message_event = event_of(follower, MESSAGE)
        attribute = send(server, attribute_mutation(contender, party, "1", KEY))
        return RoomAnswers(message, message_event, attribute, event_of(watcher, LISTING))


def event_of(follower: WebSocketConnection, mark: bytes) -> Any:
    (event,) = load(follower.receive_with(mark, EVENT_WAIT_S))["payload"]["data"].values()
    event.pop("at")
    event["party"].pop("createdAt", None)
    return event


def send(server: RunningServer, request: Request) -> Any:
    register_document(server, request)
    return load(server.request("POST", "/graphql", request.body, request.token))


def load(text: bytes | str) -> Any:
    """The JSON of a server. A cursor of the lobby has more in it than a rival's, which differs between two runs."""
    return json.loads(CURSOR_ENDS.sub(r'"\1.\2"', text if isinstance(text, str) else text.decode()))


def test_a_rival_answers_the_trusted_party_query_as_the_lobby_does(lobby: Answers, rival: Answers) -> None:
    assert lobby.party == rival.party


def test_a_rival_answers_an_untrusted_query_as_the_lobby_does(lobby: Answers, rival: Answers) -> None:
    assert lobby.untrusted == rival.untrusted


def test_a_rival_makes_the_same_change_as_the_lobby(lobby: Answers, rival: Answers) -> None:
    assert lobby.mutation == rival.mutation


def test_followers_of_a_rival_receive_the_same_event_as_those_of_the_lobby(lobby: Answers, rival: Answers) -> None:
    assert lobby.event == rival.event


def test_rivals_tell_followers_and_watchers_of_the_list_what_the_lobby_does(setup: Setup) -> None:
    expected = collect_room_answers(LOBBY, setup)
    for rival in (each for each in RIVALS if "list" in each.rows):
        assert collect_room_answers(rival, setup) == expected, rival.name


def test_durable_rivals_check_tokens_and_replay_a_change(setup: Setup) -> None:
    party = setup.world.parties[0]
    for durable in (each for each in (MERCURIUS_DURABLE, YOGA_DURABLE) if not each.missing):
        change = ready_mutation(durable, party, party.members[1], True, KEY)
        forged = Request(f"{party.members[1].id}.forged", change.body)
        with start_server(durable, setup) as server:
            refused = send(server, forged)["data"]["setReady"]
            first, again = (send(server, change)["data"]["setReady"] for _ in range(2))
        assert refused["code"] == "NOT_MEMBER", durable.name
        assert (first["replayed"], again["replayed"]) == (False, True), durable.name
        assert first["seq"] == again["seq"], durable.name
