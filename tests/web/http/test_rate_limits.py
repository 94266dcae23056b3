"""Who asks too often is told when to come again, on each of the ways in."""

from __future__ import annotations

import time
from collections.abc import Iterator

import httpx
import pytest
from websockets.exceptions import InvalidStatus

from lobby.http.admission import FIELDS_MIN
from lobby.rates.buckets import Rate
from lobby.rates.rates import RateLimits
from tests.http.graphql_app import Running, Setting
from tests.http.graphql_app import running as sample
from tests.http.graphql_client import LEGACY, TRANSPORT, socket_client
from tests.http.rest_client import SIGN_IN, Rest, good, guest, problem, running
from tests.journey.players import DOCUMENTS

RESPONSE_JSON = {"accept": "application/graphql-response+json"}
AS_ANN = {"authorization": "Bearer ann"}
SERVER_INFO = {"query": DOCUMENTS["ServerInfo"]}
SAY = 'mutation ($id: ID!) { postMessage(input: {partyId: $id, text: "x"}) { ... on Rejection { code retryAfterMs } } }'
SIGN_IN_OR_NOT = SIGN_IN.replace("{ ...", "{ ... on Rejection { code } ...", 1)
TWO_QUERIES = Rate(FIELDS_MIN / 10, 2 * FIELDS_MIN)
"""Two at once, and one every ten seconds."""


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """The whole server: three mutations at once and one of them a party, then one every ten seconds; and four guests."""
    rates = {"create_party": {"per_s": 0.1, "burst": 1}}
    with running(
        rate_limits=True,
        mutations_per_player_burst=3,
        mutations_per_player_s=0.1,
        mutation_rates=rates,
        guests_per_address_min=4,
    ) as url:
        yield url


def asked(server: Running, query: str, headers: dict[str, str] | None = None) -> httpx.Response:
    return httpx.post(f"{server.url}/graphql", json={"query": query}, headers=headers)


def test_a_mutation_too_often_is_a_rejection(url: str) -> None:
    ann = guest(url)
    party = ann.makes()["party_id"]
    answers = [ann.graphql(SAY, id=party)["postMessage"] for _ in range(3)]

    assert answers[:2] == [{}, {}]
    assert answers[2]["code"] == "RATE_LIMITED"
    assert 9_000 < answers[2]["retryAfterMs"] <= 10_000


def test_over_rest_it_is_a_429_with_retry_after(url: str) -> None:
    ann = guest(url)
    ann.makes()
    response = ann.post("/party", {"leave_current": True})

    assert (problem(response)["code"], response.status_code) == ("RATE_LIMITED", 429)
    assert response.headers["retry-after"] == "10"


def test_guests_are_counted_by_their_address(url: str) -> None:
    answers = [Rest(url).graphql(SIGN_IN_OR_NOT, name="Ann")["signInAsGuest"] for _ in range(5)]

    assert answers[-1] == {"code": "RATE_LIMITED"}


def test_a_query_too_often_is_an_error_that_unity_can_read() -> None:
    """Unity throws on any status but 200; who asks for the newer media type gets the status too."""
    with sample(Setting(rates=RateLimits(fields_per_player=TWO_QUERIES))) as server:
        answers = [asked(server, "{ who }", AS_ANN | headers) for headers in ({}, {}, {}, RESPONSE_JSON)]
        stranger = asked(server, "{ who }")

    assert ["errors" in good(answer) for answer in answers[:3]] == [False, False, True]
    extensions = answers[2].json()["errors"][0]["extensions"]
    assert extensions["code"] == "RATE_LIMITED"
    assert 9_000 < extensions["retryAfterMs"] <= 10_000
    assert (answers[3].status_code, answers[3].headers["retry-after"]) == (429, "10")
    assert "errors" not in good(stranger)


def test_mutations_are_not_held_up_by_queries() -> None:
    with sample(Setting(rates=RateLimits(fields_per_player=TWO_QUERIES))) as server:
        for _ in range(3):
            asked(server, "{ who }", AS_ANN)

        assert good(asked(server, "mutation { bump }", AS_ANN)) == {"data": {"bump": 1}}


def test_strangers_are_counted_by_their_address() -> None:
    with sample(Setting(rates=RateLimits(fields_per_address=TWO_QUERIES))) as server:
        assert ["errors" in asked(server, "{ hello }").json() for _ in range(3)] == [False, False, True]


@pytest.mark.parametrize("subprotocol", [TRANSPORT, LEGACY])
async def test_over_a_socket_it_is_a_result_and_the_socket_goes_on(subprotocol: str) -> None:
    with sample(Setting(rates=RateLimits(fields_per_address=TWO_QUERIES))) as server:
        async with socket_client(server.url, subprotocol) as client:
            await client.say({"type": "connection_init"})
            while (await client.hear())["type"] != ("ka" if subprotocol == LEGACY else "connection_ack"):
                pass
            answers = [await client.answer("{ hello }", str(number)) for number in range(3)]
            last = await client.answer("mutation { bump }", "last")

    assert ["errors" in answer for answer in answers] == [False, False, True]
    assert (answers[2]["data"], answers[2]["errors"][0]["extensions"]["code"]) == (None, "RATE_LIMITED")
    assert "errors" not in last


def test_documents_that_are_new_are_counted_and_known_ones_are_not() -> None:
    with sample(Setting(rates=RateLimits(document_chars_per_address=Rate(1, 100)))) as server:
        answers = [asked(server, f"{{ hello }} {'#' * 40}{number}").json() for number in (1, 1, 1, 2)]

    assert ["errors" in answer for answer in answers] == [False, False, False, True]
    assert answers[3]["errors"][0]["extensions"]["code"] == "RATE_LIMITED"


async def test_a_flood_from_one_address_is_a_429_unread_and_a_handshake_too(caplog: pytest.LogCaptureFixture) -> None:
    """By the short way of what is asked again and again as well."""
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


async def test_a_flood_of_messages_is_read_as_slowly_as_it_may_come() -> None:
    """Twenty pings where five may come at once and fifty a second: all are answered, in 0.3 s and not at once."""
    with sample(Setting(rates=RateLimits(requests_per_address=Rate(50, 5)))) as server:
        async with socket_client(server.url) as client:
            await client.init()
            began_s = time.monotonic()
            await client.say(*({"type": "ping"} for _ in range(20)))
            answers = await client.hear_many(20)

    assert {answer["type"] for answer in answers} == {"pong"}
    assert time.monotonic() - began_s > 0.25
