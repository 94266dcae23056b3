"""The table of operations covers all mutations of the client, and players draw from it."""

from __future__ import annotations

import pytest
from graphql import OperationDefinitionNode, OperationType, parse

from lobby.domain.commands import StartSearch
from lobby.domain.search import SearchCriteria
from lobby.domain.values import GameType
from lobby.domain.viewer_access import AccessLevel
from tests.lobby.domain.scenes import Scene, player
from tools.chaos.actions.situation import Action, Situation
from tools.chaos.expected_state.party import expected_party
from tools.chaos.json_value import Json, canonical
from tools.chaos.operations import NOT_PLAYED, OPERATIONS, next_action
from tools.chaos.plan import random_for
from tools.chaos.players.context import KnownParties
from tools.chaos.servers.cluster import ROOT
from web.graphql.execution.client_documents import client_documents

DRAWS = 2_000
MARKED = ("CreateParty", "UpdateParty", "UpdateMember", "PostMessage", "UpdateSession", "CompleteSession")


def client_mutations() -> set[str]:
    """The operation names of all mutations in `client_queries/`."""
    documents = client_documents(ROOT / "client_queries")
    return {name for name, text in documents.items() if _is_mutation(text)}


def _is_mutation(text: str) -> bool:
    definition = parse(text).definitions[0]
    return isinstance(definition, OperationDefinitionNode) and definition.operation is OperationType.MUTATION


def party_of(scene: Scene) -> Json:
    return expected_party(scene.party, AccessLevel.MEMBER)


def draw(player_id: str, party: Json | None) -> list[Action]:
    """Many actions of a player in `party`; there is another party that everybody may join."""
    known_parties = KnownParties(parties_max=10)
    known_parties.note({**party_of(Scene("eve").invites("eve", player_id)), "id": "elsewhere"})
    random = random_for(1, player_id)
    drawn = (next_action(Situation(player_id, party, known_parties, random, f"mark {n}")) for n in range(DRAWS))
    return [action for action in drawn if action is not None]


@pytest.fixture(scope="module")
def actions() -> list[Action]:
    """The actions of players in no party, as a leader and as a member, and in a party that searches."""
    running = party_of(Scene("ann", "bob").running(is_hosted=True).invites("bob", "eve"))
    search = StartSearch(player("ann"), SearchCriteria(GameType.COOP, size=4), "party.1")
    searching = party_of(Scene("ann", "bob").does(search))
    return [*draw("ann", None), *draw("ann", running), *draw("bob", running), *draw("ann", searching)]


def test_every_mutation_of_the_client_is_an_operation() -> None:
    missing = client_mutations() - OPERATIONS.keys() - NOT_PLAYED

    assert not missing, f"OPERATIONS in tools/chaos/operations.py lacks {sorted(missing)} of client_queries/"


def test_every_operation_is_a_mutation_of_the_client() -> None:
    unknown = (OPERATIONS.keys() | NOT_PLAYED) - client_mutations()

    assert not unknown, f"tools/chaos/operations.py has {sorted(unknown)}, and client_queries/ does not"


def test_every_operation_is_drawn(actions: list[Action]) -> None:
    assert {action.operation for action in actions} == OPERATIONS.keys()


def test_an_action_that_can_carry_its_mark_does(actions: list[Action]) -> None:
    marked = [action for action in actions if action.operation in MARKED]

    assert all(action.mark is not None and canonical(action.mark) in canonical(action.input) for action in marked)


def test_leaders_kick_more_often_than_members() -> None:
    party = party_of(Scene("ann", "bob"))
    kicks = {name: sum(action.operation == "KickMember" for action in draw(name, party)) for name in ("ann", "bob")}

    assert kicks["ann"] > 5 * kicks["bob"]


def test_the_same_seed_draws_the_same_actions() -> None:
    assert draw("ann", None) == draw("ann", None)


def test_a_closed_party_is_no_longer_known() -> None:
    known_parties = KnownParties(parties_max=1)
    known_parties.note(party_of(Scene("ann")))
    assert not known_parties.wants_more

    known_parties.note(party_of(Scene("ann").disbands()))

    assert known_parties.wants_more
    assert known_parties.any_id(random_for(1)) is None
