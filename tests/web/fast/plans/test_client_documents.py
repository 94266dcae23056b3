from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from graphql import OperationType, VariableDefinitionNode, is_input_type, type_from_ast
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lobby.auth.caller import Caller
from lobby.live.frames import Frame
from schema.events import EVENT_TYPES
from tests.web.fast.plans.comparing import Compared
from tests.web.fast.plans.differing import silence
from tests.web.fast.plans.generated.choices import Choices
from tests.web.fast.plans.generated.input_values import InputValues
from tests.web.fast.plans.planning import operation, planned
from tests.web.fast.plans.staged.parties import EVENT_KINDS, FRAMES, PARTIES
from tests.web.fast.plans.subjects import CALLERS, LOBBY, lobby_stage
from web.fast.plans.code_generator import FIELDS_MAX
from web.graphql.execution.client_documents import client_documents

ROOT = Path(__file__).parents[4]
GAME_SERVERS = client_documents(ROOT / "client_queries/game_server")
DOCUMENTS = client_documents(ROOT / "client_queries") | GAME_SERVERS
AS_SERVICE = {*GAME_SERVERS, "HostReportPlayers", "HostSpendTicket"}
"""Also the calls of a host that a game server has: a host's own need a term that is seldom drawn."""


@st.composite
def _variables(draw: st.DrawFn, definitions: Sequence[VariableDefinitionNode]) -> dict[str, Any]:
    """Right ones for a document, though what they ask for may not be there."""
    values = InputValues(Choices(draw), LOBBY.taste)
    variables = {}
    for declared in definitions:
        type_ = type_from_ast(LOBBY.schema._schema, declared.type)
        assert is_input_type(type_)
        variables[declared.variable.name.value] = values.json(type_)
    return variables


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_document_of_the_clients_has_a_plan_with_room_to_spare(name: str) -> None:
    assert planned(LOBBY.schema, DOCUMENTS[name]).fields < FIELDS_MAX / 2


@pytest.mark.parametrize("name", DOCUMENTS)
async def test_it_is_answered_as_graphql_core_answers_it(name: str) -> None:
    compared = Compared(LOBBY.schema, DOCUMENTS[name])
    make_stage = lobby_stage(Caller(is_service=True) if name in AS_SERVICE else CALLERS[0], FRAMES[:3])
    definitions = operation(LOBBY.schema, DOCUMENTS[name]).definition.variable_definitions or ()
    asked: list[dict[str, Any]] = []

    @settings(max_examples=5, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
    @given(_variables(definitions))
    def collect(variables: dict[str, Any]) -> None:
        asked.append(variables)

    collect()
    finished = 0
    with silence():
        for variables in asked:
            answer = await compared.planned(variables, make_stage())
            assert await compared.interpreted(variables, make_stage()) == answer
            if compared.kind is not OperationType.SUBSCRIPTION:
                finished += await compared.finished(variables, make_stage())
    assert finished or compared.kind is OperationType.SUBSCRIPTION


def test_every_kind_of_event_is_played() -> None:
    assert EVENT_TYPES.keys() == EVENT_KINDS


@pytest.fixture(scope="module")
def watch_party() -> Compared:
    return Compared(LOBBY.schema, DOCUMENTS["WatchParty"])


@pytest.mark.parametrize("frame", FRAMES, ids=lambda frame: type(getattr(frame, "event", frame)).__name__)
async def test_every_event_is_told_as_graphql_core_tells_it(frame: Frame, watch_party: Compared) -> None:
    """The plan executes all frames except the last, which no executor can."""
    make_stage = lobby_stage(frames=[frame])
    with silence():
        told = await watch_party.planned({"partyId": "waiting"}, make_stage())

        assert await watch_party.interpreted({"partyId": "waiting"}, make_stage()) == told
    assert (b'"errors"' in told.texts[0]) is (frame is FRAMES[-1])


@pytest.mark.parametrize("party_id", [*PARTIES, "nowhere"])
async def test_a_party_is_told_as_graphql_core_tells_it(party_id: str) -> None:
    compared = Compared(LOBBY.schema, DOCUMENTS["Party"])
    told = await compared.planned({"id": party_id}, lobby_stage()())

    assert await compared.interpreted({"id": party_id}, lobby_stage()()) == told
    assert await compared.finished({"id": party_id}, lobby_stage()())
