"""The reference load stays below the default rates of its address, so that only attacks can slow it down."""

from __future__ import annotations

from graphql import OperationDefinitionNode, parse

from lobby.limits.rate_limiter import RateLimits
from resolvers.root import schema
from tools.attack.reference_client import PLAYERS, ROOT
from tools.attack.reference_load import MUTATION_EVERY, REQUESTS_PER_S
from web.graphql.execution.client_documents import client_documents
from web.graphql.execution.cost import Cost


def test_the_load_is_below_the_default_rates_of_an_address_and_of_its_players() -> None:
    limits = RateLimits()
    queries_s = REQUESTS_PER_S * (1 - 1 / MUTATION_EVERY)
    fields_s = queries_s * _cost("MyParty")
    assert limits.requests_per_address.per_s > REQUESTS_PER_S
    assert fields_s < limits.fields_per_address.per_s
    assert fields_s / PLAYERS < limits.fields_per_player.per_s
    assert limits.mutations_per_player.per_s > REQUESTS_PER_S / MUTATION_EVERY / PLAYERS


def _cost(name: str) -> int:
    document = parse(client_documents(ROOT / "client_queries")[name])
    operation = next(node for node in document.definitions if isinstance(node, OperationDefinitionNode))
    return Cost(schema._schema, document, operation).of({})
