"""What the lobby itself says in each row, for the limit to say: the same bytes."""

from __future__ import annotations

from contextlib import closing
from uuid import uuid4

from bench.contenders import LOBBY
from bench.load.crowd import EVENT
from bench.load.following import follow
from bench.load.wrk import KEY_PLACE
from bench.rows.asks import ready_mutation
from bench.rows.http import ROWS
from bench.serving import DidNotServe, Served, served
from bench.stage import Stage


def recorded_answers(stage: Stage) -> dict[str, str]:
    """Raises `DidNotServe`, for an answer with errors too."""
    with served(LOBBY, stage) as server:
        return {row: _answer(server, stage, row) for row in ROWS}


def recorded_frame(stage: Stage) -> str:
    """Raises `DidNotServe`."""
    party = stage.world.parties[0]
    with served(LOBBY, stage) as server, closing(follow(server, party, party.members[0])) as follower:
        request = ready_mutation(LOBBY, party, party.members[0], True, str(uuid4()))
        follower.next()  # The snapshot: from here on the follower is there.
        server.request("POST", "/graphql", request.body, request.token)
        while EVENT not in (message := follower.next()):
            """Not yet the event."""
        return message.decode()


def _answer(server: Served, stage: Stage, row: str) -> str:
    request = next(ROWS[row](LOBBY, stage.world.parties))
    answer = server.request("POST", "/graphql", request.body.replace(KEY_PLACE, str(uuid4())), request.token)
    if '"errors"' in answer or '"Rejection"' in answer:
        raise DidNotServe(f"the lobby answered {answer[:300]}")
    return answer
