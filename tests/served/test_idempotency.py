"""Each mutation of the schema happens once for one key, over HTTP, over a socket, and side by side."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from graphql import GraphQLInputObjectType, build_schema, get_named_type

from tests.journey.parties import session_of
from tests.journey.players import DOCUMENTS, Player, guest
from tests.served.acts import SCENES, Act
from tests.served.lobby import guests, history, lobby
from tools.demo.address import Address
from tools.demo.answers import Answer
from tools.demo.http_client import HttpClient, http_client

SCHEMA = Path(__file__).parents[2] / "schema/schema.graphql"
SIGN_IN = {"signInAsGuest", "signInWith", "refreshCredentials"}
"""They take no key: nobody has signed in yet."""
OF_GAME_SERVERS = {"abandonSession", "heartbeatSession", "reportPlayers", "spendTicket"}
"""The scenes have no game server; tests/served/game_server.py tests these."""
OF_ACCOUNTS = {"linkIdentity"}
"""Needs an issuer of accounts; see test_accounts.py."""
OF_MODERATION = {
    "announce",
    "banPlayer",
    "closeParty",
    "erasePlayer",
    "removePlayer",
    "resolveReport",
    "setMaintenance",
} | {
    "reportPlayer",
    "unbanPlayer",
}
"""They have a log of their own; tests/nodes/test_moderation.py tests these."""


@pytest.fixture(scope="module")
def address() -> Iterator[Address]:
    """Long graces: nobody here has a stream."""
    with lobby(grace_waiting_s=60, grace_starting_s=60, grace_in_progress_s=60) as address:
        yield address


@pytest.fixture
async def http(address: Address) -> AsyncIterator[HttpClient]:
    async with http_client(address, DOCUMENTS) as client:
        yield client


@pytest.fixture
async def pair(http: HttpClient, address: Address) -> tuple[Player, Player]:
    ann, bob = await guests(http, address, 2)
    return ann, bob


def without_ticket(answer: Answer) -> Answer:
    """All of an answer that has to be the same again."""
    return {name: value for name, value in answer.items() if name not in ("ticket", "replayed")}


async def log_of(act: Act, answer: Answer) -> list[Answer]:
    """The log as a former member may still read it."""
    party_id = act.party_id or answer["party"]["id"]
    return await history(act.witness, party_id)


def test_every_mutation_that_takes_a_key_has_its_scene() -> None:
    root = build_schema(SCHEMA.read_text(encoding="utf-8")).mutation_type
    assert root is not None
    inputs = {
        name: get_named_type(field.args["input"].type) for name, field in root.fields.items() if "input" in field.args
    }
    keyed = {
        n
        for n, given in inputs.items()
        if isinstance(given, GraphQLInputObjectType) and "idempotencyKey" in given.fields
    }
    assert keyed == root.fields.keys() - SIGN_IN
    assert {name.split()[0] for name in SCENES} == keyed - OF_GAME_SERVERS - OF_MODERATION - OF_ACCOUNTS, (
        "tests/served/acts.py needs a scene"
    )


@pytest.mark.parametrize("name", SCENES)
async def test_a_key_answers_the_same_again_and_changes_nothing_again(pair: tuple[Player, Player], name: str) -> None:
    act = await SCENES[name](*pair)
    keyed = {**act.fields, "idempotencyKey": str(uuid4())}
    first = await act.actor.does(act.operation, **keyed)
    before = await log_of(act, first)
    again = await act.actor.does(act.operation, **keyed)
    assert (first["replayed"], again["replayed"]) == (False, True)
    assert without_ticket(again) == without_ticket(first)
    assert await log_of(act, first) == before


@pytest.mark.parametrize("name", SCENES)
async def test_a_key_used_with_another_input_is_refused(pair: tuple[Player, Player], name: str) -> None:
    act = await SCENES[name](*pair)
    keyed = {**act.fields, "idempotencyKey": str(uuid4())}
    first = await act.actor.does(act.operation, **keyed)
    before = await log_of(act, first)
    other = await act.actor.tries(act.operation, **{**keyed, **act.other})
    if act.other.get("sessionId") == "other":
        assert other["code"] == "NOT_FOUND", "there is no such session to begin with"
    else:
        assert (other["code"], other["field"]) == ("IDEMPOTENCY_KEY_REUSED", "input.idempotencyKey")
    assert await log_of(act, first) == before


@pytest.mark.parametrize("name", SCENES)
async def test_side_by_side_one_changes_and_all_answer_the_same(pair: tuple[Player, Player], name: str) -> None:
    act = await SCENES[name](*pair)
    keyed = {**act.fields, "idempotencyKey": str(uuid4())}
    async with act.actor.connected() as socket:
        over_socket = (socket.run(act.operation, {"input": keyed}) for _ in range(2))
        over_http = (act.actor.tries(act.operation, **keyed) for _ in range(3))
        answers: list[Answer] = await asyncio.gather(*over_http, *over_socket)
    assert Counter(answer.get("replayed") for answer in answers) == {False: 1, True: 4}
    assert all(without_ticket(answer) == without_ticket(answers[0]) for answer in answers)


async def test_a_key_of_one_mutation_is_taken_for_every_other(pair: tuple[Player, Player]) -> None:
    act = await SCENES["postMessage"](*pair)
    key = str(uuid4())
    await act.actor.does(act.operation, **act.fields, idempotencyKey=key)
    other = await act.actor.tries("LeaveParty", partyId=act.party_id, idempotencyKey=key)
    assert other["code"] == "IDEMPOTENCY_KEY_REUSED"


async def test_null_and_left_out_are_one_input(pair: tuple[Player, Player]) -> None:
    act = await SCENES["updateMember"](*pair)
    key = str(uuid4())
    await act.actor.does(act.operation, **act.fields, idempotencyKey=key)
    again = await act.actor.does(act.operation, **act.fields, attributes=None, idempotencyKey=key)
    assert again["replayed"]


async def test_a_replay_brings_a_fresh_ticket_while_the_session_runs(pair: tuple[Player, Player]) -> None:
    ann, bob = pair
    _, session = await session_of(ann, bob)
    asking: Answer = {"sessionId": session["id"], "idempotencyKey": str(uuid4())}
    tickets = [(await bob.does("JoinSession", **asking))["ticket"]["token"] for _ in range(3)]
    assert len(set(tickets)) == 3
    await ann.does("CompleteSession", sessionId=session["id"])
    late = await bob.does("JoinSession", **asking)
    assert (late["replayed"], late["ticket"]) == (True, None)


async def test_joining_late_with_a_key_brings_a_fresh_ticket_too(
    pair: tuple[Player, Player], http: HttpClient, address: Address
) -> None:
    party, _ = await session_of(*pair)
    eve = await guest(http, address)
    joining: Answer = {"partyId": party["id"], "idempotencyKey": str(uuid4())}
    tickets = [(await eve.does("JoinById", **joining))["ticket"]["token"] for _ in range(2)]
    assert len(set(tickets)) == 2


@pytest.mark.parametrize("key", ["", "x" * 65])
async def test_a_key_that_is_none_is_refused(pair: tuple[Player, Player], key: str) -> None:
    refusal: Any = await pair[0].tries("CreateParty", idempotencyKey=key)
    assert (refusal["code"], refusal["field"]) == ("INVALID_INPUT", "input.idempotencyKey")
