"""Tickets: a game server checks them with the published key alone; only who is inside gets one."""

from __future__ import annotations

from typing import Any

import jwt
import pytest

from lobby.auth.secret import Secret
from lobby.auth.ticket_keys import TicketKeys
from lobby.auth.tickets import Ticket, Tickets
from lobby.domain.commands import LeaveSession
from tests.domain.scenes import START, Scene, player

SECRET = Secret.of("a test's")
TICKETS = Tickets(TicketKeys(SECRET))


def checked(ticket: Ticket | None, tickets: Tickets = TICKETS) -> dict[str, Any]:
    """The claims, as a game server reads them: it has the key set, and nothing else of ours.

    The scenes' clock is not this machine's, so the times are left to the tests.
    """
    assert ticket is not None
    key = jwt.PyJWKSet.from_dict(tickets.key_set(START))[jwt.get_unverified_header(ticket.token)["kid"]]
    claims: dict[str, Any] = jwt.decode(
        ticket.token, key, algorithms=["EdDSA"], options={"verify_exp": False, "verify_iat": False}
    )
    return claims


def test_a_ticket_can_be_checked_offline_and_tells_all_that_a_game_server_needs() -> None:
    scene = Scene("ann", "bob").chooses("bob", "Knight").running()
    ticket = TICKETS.issue(scene.party, "bob", scene.at)
    claims = checked(ticket)
    assert {name: claims[name] for name in ("sub", "party", "session", "class")} == {
        "sub": "bob",
        "party": scene.party.id,
        "session": scene.session.id,
        "class": "Knight",
    }


def test_a_ticket_lives_for_a_minute() -> None:
    scene = Scene("ann").running()
    ticket = TICKETS.issue(scene.party, "ann", scene.at)
    claims = checked(ticket)
    assert ticket is not None
    assert (claims["exp"] - claims["iat"], ticket.expires_at) == (60, scene.at + 60_000)


def test_who_chose_no_class_has_none_in_the_ticket() -> None:
    scene = Scene("ann").running()
    assert checked(TICKETS.issue(scene.party, "ann", scene.at))["class"] is None


def test_each_ticket_can_be_told_from_every_other() -> None:
    scene = Scene("ann").running()
    ids = {checked(TICKETS.issue(scene.party, "ann", scene.at))["jti"] for _ in range(100)}
    assert len(ids) == 100


def test_a_stranger_and_who_left_the_dungeon_get_none() -> None:
    scene = Scene("ann", "bob").running()
    scene.does(LeaveSession(player("bob"), scene.session.id))
    assert [TICKETS.issue(scene.party, name, scene.at) for name in ("bob", "eve")] == [None, None]


def test_there_is_none_before_the_start_and_after_the_end() -> None:
    scene = Scene("ann")
    states = [scene.party, scene.starts().party, scene.after(5).begins().completes().party]
    assert [TICKETS.issue(party, "ann", scene.at) for party in states] == [None] * 3


def test_who_joins_late_gets_one() -> None:
    scene = Scene("ann").running().joins("bob")
    assert checked(TICKETS.issue(scene.party, "bob", scene.at))["sub"] == "bob"


def test_another_servers_key_does_not_fit() -> None:
    scene = Scene("ann").running()
    forged = Tickets(TicketKeys(Secret.made())).issue(scene.party, "ann", scene.at)
    with pytest.raises(KeyError):
        checked(forged)
    assert forged is not None
    published = jwt.PyJWKSet.from_dict(TICKETS.key_set(START)).keys[0]
    with pytest.raises(jwt.InvalidSignatureError):
        jwt.decode(forged.token, published, algorithms=["EdDSA"])


def test_the_key_stays_the_same_over_a_restart() -> None:
    assert Tickets(TicketKeys(SECRET)).key_set(START) == TICKETS.key_set(START)


def test_the_published_key_is_public_alone() -> None:
    for key in TICKETS.key_set(START)["keys"]:
        assert set(key) == {"kty", "crv", "x", "kid", "use", "alg"}
