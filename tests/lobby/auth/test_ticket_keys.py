"""The keys of tickets change with time, but a game server always knows the key of a ticket."""

from __future__ import annotations

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lobby.auth.secret import Secret
from lobby.auth.tickets import Ticket, TicketKeys, Tickets
from lobby.domain.values import Instant
from tests.lobby.domain.scenes import START, Scene

SECRET = Secret.from_setting("a test's")
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


def test_the_key_set_has_the_current_the_next_and_the_last_key() -> None:
    now, later, sooner = (kids(tickets(), at)[0] for at in (START, START + PERIOD_MS, START - PERIOD_MS))

    assert kids(tickets(), START) == [now, later, sooner]


@given(issued_at=INSTANTS, kept_ms=st.integers(0, PERIOD_MS))
def test_a_key_set_cached_for_a_period_has_the_key_of_every_ticket(issued_at: Instant, kept_ms: int) -> None:
    assert kid(issued(tickets(), issued_at)) in kids(tickets(), issued_at - kept_ms)


@given(issued_at=INSTANTS, age_ms=st.integers(0, PERIOD_MS))
def test_a_ticket_stays_valid_when_the_key_changes(issued_at: Instant, age_ms: int) -> None:
    shown = tickets().read(issued(tickets(), issued_at).token, issued_at + age_ms)

    assert shown is not None
    assert shown.player_id == "ann"


def test_an_old_key_is_no_longer_published() -> None:
    ticket = issued(tickets(), START)

    assert tickets().read(ticket.token, START + 2 * PERIOD_MS) is None
    assert kid(ticket) not in kids(tickets(), START + 2 * PERIOD_MS)


def test_nodes_with_one_secret_always_have_the_same_keys() -> None:
    one, other = tickets(), tickets()
    for at in range(START, START + 5 * PERIOD_MS, PERIOD_MS // 3):
        one.key_set(at)

    assert one.key_set(START + 5 * PERIOD_MS) == other.key_set(START + 5 * PERIOD_MS)


@pytest.mark.parametrize("skew_ms", [-PERIOD_MS, -60_000, 60_000, PERIOD_MS])
def test_a_node_with_another_clock_accepts_the_tickets_of_others(skew_ms: int) -> None:
    assert tickets().read(issued(tickets(), START).token, START + skew_ms) is not None


def test_tickets_of_a_previous_secret_are_accepted() -> None:
    ticket = issued(tickets(), START)
    new = Secret.from_setting("another")

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
def test_tokens_of_others_are_rejected_as_tickets(token: str) -> None:
    assert tickets().read(token, START) is None


def test_an_access_token_is_rejected_as_a_ticket() -> None:
    """The same holds for other tokens that are signed with a ticket's key and lack a claim."""
    key = TicketKeys(SECRET, PERIOD_MS).signing_key(START)
    for claims in (
        {"iss": "adventurebot2-lobby"},
        {"iss": "adventurebot2-lobby", "sub": 1, "session": 2, "jti": 3, "exp": 4},
    ):
        token = jwt.encode(dict(claims), key.private, "EdDSA", headers={"kid": key.id})
        assert tickets().read(token, START) is None


def test_a_ticket_with_changed_claims_is_rejected() -> None:
    head, _, signature = issued(tickets(), START).token.split(".")
    forged = jwt.encode({"sub": "eve"}, "secret" * 8, "HS256").split(".")[1]

    assert tickets().read(f"{head}.{forged}.{signature}", START) is None
