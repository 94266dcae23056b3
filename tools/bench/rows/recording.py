"""Records what the lobby sends in each row, so that the bare server can send the same bytes."""

from __future__ import annotations

from contextlib import closing
from uuid import uuid4

from tools.bench.contenders import LOBBY
from tools.bench.load.followers import EVENT, follow
from tools.bench.load.wrk import KEY_MARK
from tools.bench.rows.http import ROWS
from tools.bench.rows.requests import ready_mutation
from tools.bench.serving import DidNotServe, RunningServer, start_server
from tools.bench.setup import Setup


def record_answers(setup: Setup) -> dict[str, str]:
    """The body of one response, by row. Raises `DidNotServe`, also for a response with errors."""
    with start_server(LOBBY, setup) as server:
        return {row: _answer(server, setup, row) for row in ROWS}


def record_frame(setup: Setup) -> str:
    """The message of one event. Raises `DidNotServe`, `ConnectionLost`."""
    party = setup.world.parties[0]
    with start_server(LOBBY, setup) as server, closing(follow(server, party, party.members[0])) as follower:
        request = ready_mutation(LOBBY, party, party.members[0], True, str(uuid4()))
        follower.receive()  # The snapshot shows that the server has subscribed.
        server.request("POST", "/graphql", request.body, request.token)
        return follower.receive_with(EVENT).decode()


def _answer(server: RunningServer, setup: Setup, row: str) -> str:
    request = next(ROWS[row](LOBBY, setup.world.parties))
    answer = server.request("POST", "/graphql", request.body.replace(KEY_MARK, str(uuid4())), request.token)
    if '"errors"' in answer or '"Rejection"' in answer:
        raise DidNotServe(f"the lobby answered {answer[:300]}")
    return answer
