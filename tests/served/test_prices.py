"""Every request has a cost on every transport, with the default rates."""

from __future__ import annotations

import time
from typing import Any

import httpx
import pytest

from lobby.domain.rejections import RejectionCode
from tests.graphql_ws_client import acknowledged_client
from tests.serving import served
from tests.stores_of_servers import fresh_store
from web.app import create_app
from web.settings.limits import MutationRate
from web.settings.settings import Settings

REFRESH = """mutation { refreshCredentials(refreshToken: "x") { ... on Rejection { code } } }"""


@pytest.mark.parametrize("path", ["/openapi.json", "/metrics", "/sessions"])
def test_requests_past_the_fields_of_their_address_are_rate_limited(path: str) -> None:
    settings = Settings(store=fresh_store(), rate_limits=True, fields_per_address_burst=20_000, fields_per_address_s=1)
    with served(create_app(settings)) as url, httpx.Client() as client:
        statuses = [client.get(f"{url}{path}").status_code for _ in range(12)]
        assert statuses[-1] == 429
        assert client.get(f"{url}/healthz").status_code == 200


def test_refreshes_have_a_rate() -> None:
    settings = Settings(
        store=fresh_store(), rate_limits=True, refreshes_per_address_min=3, refusals_per_address_s=1_000
    )
    with served(create_app(settings)) as url, httpx.Client() as client:
        answers = [client.post(f"{url}/graphql", json={"query": REFRESH}).json() for _ in range(4)]
    codes = [answer["data"]["refreshCredentials"]["code"] for answer in answers]
    assert codes == [RejectionCode.INVALID_CREDENTIALS.value] * 3 + [RejectionCode.RATE_LIMITED.value]


def test_an_entry_of_a_log_costs_more_than_its_selection() -> None:
    query = 'query ($n: Int!) { partyHistory(partyId: "p", first: $n) { seq } }'
    settings = Settings(store=fresh_store(), rate_limits=True, operation_cost_max=5_000)
    with served(create_app(settings)) as url, httpx.Client() as client:
        codes = [
            client.post(f"{url}/graphql", json={"query": query, "variables": {"n": first}}).json()["errors"][0][
                "extensions"
            ]["code"]
            for first in (200, 400)
        ]
    assert codes == ["UNAUTHENTICATED", "LIMIT_EXCEEDED"]


def test_the_data_of_a_checkpoint_costs_more_than_a_field() -> None:
    """Otherwise one request could read and send megabytes."""
    settings = Settings(store=fresh_store(), rate_limits=True, operation_cost_max=5_000)
    with served(create_app(settings)) as url, httpx.Client() as client:
        codes = []
        for count in (9, 10):
            fields = " ".join(f'data{number}: checkpointData(sessionId: "{number}")' for number in range(count))
            answer = client.post(f"{url}/graphql", json={"query": f"{{ {fields} }}"}).json()
            codes.append(answer["errors"][0]["extensions"]["code"])
    assert codes == ["UNAUTHENTICATED", "LIMIT_EXCEEDED"]


SIGN_IN = """mutation { signInAsGuest(input: { displayName: "Ann" }) {
    ... on CredentialsGranted { credentials { accessToken } } } }"""
CREATE = "mutation { createParty(input: {}) { ... on PartyChanged { party { id cursor } } } }"
POST = """mutation ($id: ID!) { postMessage(input: { partyId: $id, text: "hello" }) { ... on Rejection { code } } }"""
REPLAY = "subscription ($id: ID!, $after: Cursor) { partyEvents(partyId: $id, after: $after) { seq } }"


async def test_a_replay_waits_for_the_rate_of_its_player_and_loses_nothing() -> None:
    settings = Settings(
        store=fresh_store(),
        rate_limits=True,
        fields_per_player_s=1_000,
        fields_per_player_burst=800,
        mutations_per_player_burst=1_000,
        mutation_rates={"post_message": MutationRate(per_s=1_000, burst=1_000)},
    )
    with served(create_app(settings)) as url:
        async with httpx.AsyncClient(base_url=url) as client:

            async def run(query: str, token: str | None = None, **variables: object) -> Any:
                headers = {"authorization": f"Bearer {token}"} if token is not None else {}
                answer = await client.post("/graphql", json={"query": query, "variables": variables}, headers=headers)
                return answer.json()["data"]

            token = (await run(SIGN_IN))["signInAsGuest"]["credentials"]["accessToken"]
            party = (await run(CREATE, token))["createParty"]["party"]
            for _ in range(60):
                assert (await run(POST, token, id=party["id"]))["postMessage"] == {}
        async with acknowledged_client(url, {"authorization": token}) as socket:
            began_at = time.monotonic()
            variables = {"id": party["id"], "after": party["cursor"]}
            await socket.ask(REPLAY, variables=variables)
            frames = await socket.receive_many(60)
    seqs = [frame["payload"]["data"]["partyEvents"]["seq"] for frame in frames]
    assert seqs == list(range(seqs[0], seqs[0] + 60))
    assert time.monotonic() - began_at > 0.3
