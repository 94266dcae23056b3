"""Rate limits on every transport: a client over its rate learns how long to wait."""

from __future__ import annotations

import time
from collections.abc import Iterator

import httpx
import pytest
from websockets.exceptions import InvalidStatus

from lobby.limits.rate_limiter import Rate, RateLimits
from tests.graphql_ws_client import LEGACY, TRANSPORT, socket_client
from tests.journey.players import DOCUMENTS
from tests.web.graphql_app import RunningServer, ServerOptions
from tests.web.graphql_app import running as sample
from tests.web.rest_client import SIGN_IN, Rest, good, guest, problem, running
from web.http.rate_limits import FIELDS_MIN

RESPONSE_JSON = {"accept": "application/graphql-response+json"}
AS_ANN = {"authorization": "Bearer ann"}
SERVER_INFO = {"query": DOCUMENTS["ServerInfo"]}
SAY = 'mutation ($id: ID!) { postMessage(input: {partyId: $id, text: "x"}) { ... on Rejection { code retryAfterMs } } }'
SIGN_IN_OR_NOT = SIGN_IN.replace("{ ...", "{ ... on Rejection { code } ...", 1)
TWO_QUERIES = Rate(FIELDS_MIN / 10, 2 * FIELDS_MIN)
"""Two queries at once, and one every ten seconds."""


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """The whole server. A player has three mutations at once, one party among them, then one every ten seconds. An
    address has four guests."""
    rates = {"create_party": {"per_s": 0.1, "burst": 1}}
    with running(
        rate_limits=True,
        mutations_per_player_burst=3,
        mutations_per_player_s=0.1,
        mutation_rates=rates,
        guests_per_address_min=4,
    ) as url:
        yield url


def asked(server: RunningServer, query: str, headers: dict[str, str] | None = None) -> httpx.Response:
    return httpx.post(f"{server.url}/graphql", json={"query": query}, headers=headers)


def test_a_mutation_over_its_rate_is_rejected(url: str) -> None:
    ann = guest(url)
    party = ann.makes()["party_id"]
    answers = [ann.graphql(SAY, id=party)["postMessage"] for _ in range(3)]

    assert answers[:2] == [{}, {}]
    assert answers[2]["code"] == "RATE_LIMITED"
    assert 9_000 < answers[2]["retryAfterMs"] <= 10_000


def test_rest_answers_a_mutation_over_its_rate_with_429_and_retry_after(url: str) -> None:
    ann = guest(url)
    ann.makes()
    response = ann.post("/party", {"leave_current": True})

    assert (problem(response)["code"], response.status_code) == ("RATE_LIMITED", 429)
    assert response.headers["retry-after"] == "10"


def test_new_guests_are_limited_by_address(url: str) -> None:
    answers = [Rest(url).graphql(SIGN_IN_OR_NOT, name="Ann")["signInAsGuest"] for _ in range(5)]

    assert answers[-1] == {"code": "RATE_LIMITED"}


def test_a_query_over_its_rate_is_an_error_that_unity_can_read() -> None:
    """Unity throws on any status but 200. A client that accepts the newer media type gets the status too."""
    with sample(ServerOptions(rates=RateLimits(fields_per_player=TWO_QUERIES))) as server:
        answers = [asked(server, "{ who }", AS_ANN | headers) for headers in ({}, {}, {}, RESPONSE_JSON)]
        stranger = asked(server, "{ who }")

    assert ["errors" in good(answer) for answer in answers[:3]] == [False, False, True]
    extensions = answers[2].json()["errors"][0]["extensions"]
    assert extensions["code"] == "RATE_LIMITED"
    assert 5_000 < extensions["retryAfterMs"] <= 10_000
    assert answers[3].status_code == 429
    assert 5 < int(answers[3].headers["retry-after"]) <= 10
    assert "errors" not in good(stranger)


def test_queries_over_their_rate_do_not_limit_mutations() -> None:
    with sample(ServerOptions(rates=RateLimits(fields_per_player=TWO_QUERIES))) as server:
        for _ in range(3):
            asked(server, "{ who }", AS_ANN)

        assert good(asked(server, "mutation { bump }", AS_ANN)) == {"data": {"bump": 1}}


def test_anonymous_clients_are_limited_by_address() -> None:
    with sample(ServerOptions(rates=RateLimits(fields_per_address=TWO_QUERIES))) as server:
        assert ["errors" in asked(server, "{ hello }").json() for _ in range(3)] == [False, False, True]


@pytest.mark.parametrize("subprotocol", [TRANSPORT, LEGACY])
async def test_a_socket_sends_rate_limited_as_a_result_and_stays_open(subprotocol: str) -> None:
    with sample(ServerOptions(rates=RateLimits(fields_per_address=TWO_QUERIES))) as server:
        async with socket_client(server.url, subprotocol) as client:
            await client.send({"type": "connection_init"})
            while (await client.receive())["type"] != ("ka" if subprotocol == LEGACY else "connection_ack"):
                pass
            answers = [await client.answer("{ hello }", str(number)) for number in range(3)]
            last = await client.answer("mutation { bump }", "last")

    assert ["errors" in answer for answer in answers] == [False, False, True]
    assert (answers[2]["data"], answers[2]["errors"][0]["extensions"]["code"]) == (None, "RATE_LIMITED")
    assert "errors" not in last


def test_unknown_documents_are_limited_and_known_documents_are_not() -> None:
    with sample(ServerOptions(rates=RateLimits(document_chars_per_address=Rate(0.1, 100)))) as server:
        answers = [asked(server, f"{{ hello }} {'#' * 40}{number}").json() for number in (1, 1, 1, 2)]

    assert ["errors" in answer for answer in answers] == [False, False, False, True]
    assert answers[3]["errors"][0]["extensions"]["code"] == "RATE_LIMITED"


async def test_a_flood_from_one_address_gets_429_for_requests_and_handshakes(caplog: pytest.LogCaptureFixture) -> None:
    """The fast path limits too."""
    with running(rate_limits=True, requests_per_address_burst=5, requests_per_address_s=0.5) as url:
        async with httpx.AsyncClient() as client:
            responses = [await client.post(f"{url}/graphql", json=SERVER_INFO) for _ in range(6)]
        with pytest.raises(InvalidStatus) as refused:
            async with socket_client(url):
                pass

    assert [response.status_code for response in responses] == [200] * 5 + [429]
    assert responses[-1].headers["retry-after"] == "2"
    assert responses[-1].json()["errors"][0]["extensions"]["code"] == "RATE_LIMITED"
    assert refused.value.response.status_code == 429
    assert [record for record in caplog.records if record.levelname == "ERROR"] == []


async def test_a_flood_of_socket_messages_is_read_at_the_allowed_rate() -> None:
    """Twenty pings, of which five may come at once and fifty a second, are all answered, but it takes 0.3 s."""
    with sample(ServerOptions(rates=RateLimits(requests_per_address=Rate(50, 5)))) as server:
        async with socket_client(server.url) as client:
            await client.init()
            began_s = time.monotonic()
            await client.send(*({"type": "ping"} for _ in range(20)))
            answers = await client.receive_many(20)

    assert {answer["type"] for answer in answers} == {"pong"}
    assert time.monotonic() - began_s > 0.25
