"""Tickets: a game server verifies them with the published key alone; only players in the session get one."""

from __future__ import annotations

from typing import Any

import jwt
import pytest

from lobby.auth.secret import Secret
from lobby.auth.tickets import Ticket, TicketKeys, Tickets
from lobby.domain.commands import LeaveSession, SetTeam, StartSession
from lobby.struct import replace
from tests.lobby.domain.scenes import START, Scene, player

SECRET = Secret.from_setting("a test's")
TICKETS = Tickets(TicketKeys(SECRET))


def checked(ticket: Ticket | None, tickets: Tickets = TICKETS) -> dict[str, Any]:
    """The claims as a game server reads them, which only has the key set.

    It does not check the times, because the clock of the scenes is not that of the machine.
    """
    assert ticket is not None
    key = jwt.PyJWKSet.from_dict(tickets.key_set(START))[jwt.get_unverified_header(ticket.token)["kid"]]
    claims: dict[str, Any] = jwt.decode(
        ticket.token, key, algorithms=["EdDSA"], options={"verify_exp": False, "verify_iat": False}
    )
    return claims


def test_a_ticket_can_be_verified_offline_and_has_all_claims() -> None:
    scene = Scene("ann", "bob").chooses("bob", "Knight").running()
    ticket = TICKETS.issue(scene.party, "bob", scene.at)
    claims = checked(ticket)
    assert {name: claims[name] for name in ("sub", "party", "session", "class")} == {
        "sub": "bob",
        "party": scene.party.id,
        "session": scene.session.id,
        "class": "Knight",
    }


def test_a_ticket_has_seed_class_and_team_as_they_were_on_entering() -> None:
    scene = Scene("ann", "bob", teams=2).chooses("bob", "Knight")
    scene.does(StartSession(player("ann"), "session", force=True, seed=2**63 - 1)).after(5).begins()
    scene.chooses("bob", "Mage").does(SetTeam(player("ann"), 1, "bob"))
    claims = checked(TICKETS.issue(scene.party, "bob", scene.at))
    assert (claims["seed"], claims["class"], claims["team"]) == (str(2**63 - 1), "Knight", 2)


def test_a_ticket_into_a_session_of_before_there_were_seats_has_the_present_class() -> None:
    scene = Scene("ann").chooses("ann", "Mage").running()
    party = replace(scene.party, session=replace(scene.session, seats=()))
    claims = checked(TICKETS.issue(party, "ann", scene.at))
    assert (claims["class"], claims["team"], claims["seed"]) == ("Mage", None, None)


def test_a_ticket_is_valid_for_a_minute() -> None:
    scene = Scene("ann").running()
    ticket = TICKETS.issue(scene.party, "ann", scene.at)
    claims = checked(ticket)
    assert ticket is not None
    assert (claims["exp"] - claims["iat"], ticket.expires_at) == (60, scene.at + 60_000)


def test_a_ticket_has_the_time_of_game_servers_while_the_clock_is_ahead() -> None:
    """After the system's clock was set back. Strict libraries reject a token that was issued in the future."""
    ahead = Tickets(TicketKeys(SECRET), ahead_ms=lambda: 3_600_000)
    scene = Scene("ann").running()
    ticket = ahead.issue(scene.party, "ann", scene.at + 3_600_000)
    claims = checked(ticket)
    assert ticket is not None
    assert claims["iat"] == scene.at // 1000
    assert ticket.expires_at == scene.at + 3_660_000
    read = ahead.read(ticket.token, scene.at + 3_600_000)
    assert read is not None
    assert read.expires_at == ticket.expires_at


def test_without_a_character_class_the_ticket_has_none() -> None:
    scene = Scene("ann").running()
    assert checked(TICKETS.issue(scene.party, "ann", scene.at))["class"] is None


def test_each_ticket_has_an_id_of_its_own() -> None:
    scene = Scene("ann").running()
    ids = {checked(TICKETS.issue(scene.party, "ann", scene.at))["jti"] for _ in range(100)}
    assert len(ids) == 100


def test_strangers_and_players_who_left_the_session_get_no_ticket() -> None:
    scene = Scene("ann", "bob").running()
    scene.does(LeaveSession(player("bob"), scene.session.id))
    assert [TICKETS.issue(scene.party, name, scene.at) for name in ("bob", "eve")] == [None, None]


def test_there_is_no_ticket_before_the_start_and_after_the_end() -> None:
    scene = Scene("ann")
    states = [scene.party, scene.starts().party, scene.after(5).begins().completes().party]
    assert [TICKETS.issue(party, "ann", scene.at) for party in states] == [None] * 3


def test_a_late_joiner_gets_a_ticket() -> None:
    scene = Scene("ann").running().joins("bob")
    assert checked(TICKETS.issue(scene.party, "bob", scene.at))["sub"] == "bob"


def test_a_ticket_of_another_server_is_rejected() -> None:
    scene = Scene("ann").running()
    forged = Tickets(TicketKeys(Secret.random())).issue(scene.party, "ann", scene.at)
    with pytest.raises(KeyError):
        checked(forged)
    assert forged is not None
    published = jwt.PyJWKSet.from_dict(TICKETS.key_set(START)).keys[0]
    with pytest.raises(jwt.InvalidSignatureError):
        jwt.decode(forged.token, published, algorithms=["EdDSA"])


def test_the_key_stays_the_same_after_a_restart() -> None:
    assert Tickets(TicketKeys(SECRET)).key_set(START) == TICKETS.key_set(START)


def test_the_key_set_has_no_private_keys() -> None:
    for key in TICKETS.key_set(START)["keys"]:
        assert set(key) == {"kty", "crv", "x", "kid", "use", "alg"}
