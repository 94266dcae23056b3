"""Scenes of a session that a player hosts."""

from __future__ import annotations

from lobby.domain import commands as c
from lobby.domain.model import Endpoint
from tests.lobby.domain.scenes import Scene, player

ANN, BOB, CID, DEE = player("ann"), player("bob"), player("cid"), player("dee")
FIRST, SECOND = Endpoint("udp", "ann.example", 7777), Endpoint("relay", relay_code="BOB234")
ID = "session-1"


def hosted(*names: str) -> Scene:
    """A running session that the first of the players hosts, with an endpoint."""
    return (
        Scene(*names).running(is_hosted=True).does(c.UpdateSession(player(names[0]), ID, endpoint=FIRST, host_term=1))
    )


def reports(name: str, term: int | None, endpoint: Endpoint = SECOND) -> c.UpdateSession:
    return c.UpdateSession(player(name), ID, endpoint=endpoint, host_term=term)


def lost_to(scene: Scene) -> str | None:
    """The player who is asked to host."""
    assert scene.session.migration is not None
    candidate = scene.session.migration.candidate
    return candidate.id if candidate is not None else None
