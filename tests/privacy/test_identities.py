"""The identities of a player are seen by nobody else."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from lobby.auth.api_keys import hash_key
from tests.lobby.auth.external.fake_issuer import publishing
from tests.privacy.security_page import rows
from tests.web.rest_client import Rest, guest, running

KEY = "the key of an operator"
SERVICE_KEY = "the key of a game server of these tests"
SUBJECT = "ada@example.org"
QUERY = "{ myIdentities { provider subject linkedAt } }"
LINK = """
mutation ($provider: String!, $token: String!) {
  linkIdentity(input: {provider: $provider, token: $token}) { ... on IdentitiesChanged { identities { subject } } }
}
"""
PARTY = "query ($id: ID!) { party(id: $id) { members { player { id displayName } } leader { player { id } } } }"


@pytest.fixture(scope="module")
def viewers() -> Iterator[dict[str, Rest]]:
    keys = {"operator_keys": [hash_key(KEY)], "service_keys": [hash_key(SERVICE_KEY)]}
    with publishing() as issuer, running(issuers=[issuer.settings()], **keys) as url:
        owner = guest(url)
        linked = owner.graphql(LINK, provider=issuer.issuer, token=issuer.token(sub=SUBJECT))
        assert linked["linkIdentity"]["identities"] == [{"subject": SUBJECT}]
        yield {
            "owner": owner,
            "stranger": Rest(url),
            "player": guest(url, "Bob"),
            "operator": Rest(url, KEY),
            "server": Rest(url, SERVICE_KEY),
        }


def test_a_player_sees_the_own_identities_alone(viewers: dict[str, Rest]) -> None:
    (row,) = rows("Identities")
    for viewer, cell in row.cells.items():
        answer = viewers[viewer].post("/graphql", {"query": QUERY}).json()
        if cell == "own":
            assert answer["data"]["myIdentities"] == []
        else:
            assert answer["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED", viewer
    assert [one["subject"] for one in viewers["owner"].graphql(QUERY)["myIdentities"]] == [SUBJECT]


def test_a_party_shows_no_identity_of_its_members(viewers: dict[str, Rest]) -> None:
    party = viewers["owner"].makes()
    for viewer in ("owner", "player", "operator"):
        seen = viewers[viewer].post("/graphql", {"query": PARTY, "variables": {"id": party["party_id"]}}).text
        assert viewers["owner"].id in seen
        assert SUBJECT not in seen
