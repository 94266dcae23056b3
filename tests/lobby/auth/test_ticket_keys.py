"""The keys of tickets change with time, without a ticket ever meeting a game server that has not heard of its key."""

from __future__ import annotations

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lobby.auth.secret import Secret
from lobby.auth.ticket_keys import TicketKeys
from lobby.auth.tickets import Ticket, Tickets
from lobby.domain.values import Instant
from tests.domain.scenes import START, Scene

SECRET = Secret.of("a test's")
PERIOD_MS = 3_600_000
INSTANTS = st.integers(START, START + 10 * PERIOD_MS)


def tickets(secret: Secret = SECRET, *previous: Secret) -> Tickets:
    return Tickets(TicketKeys(secret, PERIOD_MS, previous))


def issued(by: Tickets, at: Instant) -> Ticket:
    ticket = by.issue(Scene("ann").running().party, "ann", at)
    assert ticket is not None
    return ticket


def kids(of: Tickets, at: Instant) -> list[str]:
    return [key["kid"] for key in of.key_set(at)["keys"]]


def kid(ticket: Ticket) -> str:
    return str(jwt.get_unverified_header(ticket.token)["kid"])


def test_the_key_that_signs_comes_first_then_the_next_and_the_last() -> None:
    now, later, sooner = (kids(tickets(), at)[0] for at in (START, START + PERIOD_MS, START - PERIOD_MS))

    assert kids(tickets(), START) == [now, later, sooner]


@given(issued_at=INSTANTS, kept_ms=st.integers(0, PERIOD_MS))
def test_a_key_set_that_is_kept_for_a_period_has_the_key_of_every_ticket_meanwhile(
    issued_at: Instant, kept_ms: int
) -> None:
    assert kid(issued(tickets(), issued_at)) in kids(tickets(), issued_at - kept_ms)


@given(issued_at=INSTANTS, age_ms=st.integers(0, PERIOD_MS))
def test_a_ticket_that_is_out_when_the_key_changes_stays_good(issued_at: Instant, age_ms: int) -> None:
    shown = tickets().read(issued(tickets(), issued_at).token, issued_at + age_ms)

    assert shown is not None
    assert shown.player_id == "ann"


def test_a_key_is_withdrawn_in_the_end() -> None:
    ticket = issued(tickets(), START)

    assert tickets().read(ticket.token, START + 2 * PERIOD_MS) is None
    assert kid(ticket) not in kids(tickets(), START + 2 * PERIOD_MS)


def test_nodes_with_one_secret_agree_on_the_keys_whatever_they_did_before() -> None:
    one, other = tickets(), tickets()
    for at in range(START, START + 5 * PERIOD_MS, PERIOD_MS // 3):
        one.key_set(at)

    assert one.key_set(START + 5 * PERIOD_MS) == other.key_set(START + 5 * PERIOD_MS)


@pytest.mark.parametrize("skew_ms", [-PERIOD_MS, -60_000, 60_000, PERIOD_MS])
def test_a_node_whose_clock_is_off_knows_the_tickets_of_the_others(skew_ms: int) -> None:
    assert tickets().read(issued(tickets(), START).token, START + skew_ms) is not None


def test_the_tickets_of_a_secret_that_was_replaced_stay_good_where_it_is_named() -> None:
    ticket = issued(tickets(), START)
    new = Secret.of("another")

    assert tickets(new, SECRET).read(ticket.token, START) is not None
    assert kid(issued(tickets(new, SECRET), START)) == kids(tickets(new), START)[0]
    assert tickets(new).read(ticket.token, START) is None


@pytest.mark.parametrize(
    "token",
    [
        "",
        "x",
        "a.b.c",
        "x" * 5000,
        "\ud800.\ud800.\ud800",
        "eyJhbGciOiJub25lIn0.e30.",
        jwt.encode({"sub": "ann", "session": "s", "jti": "j", "exp": 9**12}, "secret" * 8, "HS256"),
    ],
)
def test_what_is_no_ticket_of_ours_is_none(token: str) -> None:
    assert tickets().read(token, START) is None


def test_an_access_token_is_no_ticket() -> None:
    """Nor is anything else that is signed with a ticket's key and lacks what tickets have."""
    key = TicketKeys(SECRET, PERIOD_MS).signing(START)
    for claims in (
        {"iss": "adventurebot2-lobby"},
        {"iss": "adventurebot2-lobby", "sub": 1, "session": 2, "jti": 3, "exp": 4},
    ):
        token = jwt.encode(dict(claims), key.private, "EdDSA", headers={"kid": key.id})
        assert tickets().read(token, START) is None


def test_a_ticket_whose_claims_were_changed_is_none() -> None:
    head, _, signature = issued(tickets(), START).token.split(".")
    forged = jwt.encode({"sub": "eve"}, "secret" * 8, "HS256").split(".")[1]

    assert tickets().read(f"{head}.{forged}.{signature}", START) is None
