"""The upper limit for a Python server: the same uvicorn without an application. It returns and broadcasts recorded bytes.
`PUT /<name>` sets what `POST /<name>` answers; `PUT /frame` sets what `POST /emit` sends to every socket of the party before it
answers. The party is the first `partyId` in the text of the request, and of the message that subscribes.
"""

from __future__ import annotations

import os
import re
from collections import defaultdict

import uvicorn
from starlette.types import Receive, Scope, Send

JSON = (b"content-type", b"application/json")
answers: dict[str, bytes] = {}
followers: defaultdict[str, set[Send]] = defaultdict(set)
"""By party."""
_PARTY = re.compile(r'"partyId": ?"([^"]+)"')


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "http":
        await _answer(scope, receive, send)
    elif scope["type"] == "websocket":
        await _follow(receive, send)


async def _answer(scope: Scope, receive: Receive, send: Send) -> None:
    body = b""
    is_whole = False
    while not is_whole:
        message = await receive()
        body += message.get("body", b"")
        is_whole = not message.get("more_body")
    if scope["method"] == "PUT":
        answers[scope["path"]] = body
    elif scope["path"] == "/emit":
        await _emit(_party_id(body.decode()), answers["/frame"].decode())
    answer = answers.get(scope["path"], b"{}")
    length = (b"content-length", str(len(answer)).encode())
    await send({"type": "http.response.start", "status": 200, "headers": [JSON, length]})
    await send({"type": "http.response.body", "body": answer})


async def _emit(party_id: str, frame: str) -> None:
    for follower in followers[party_id]:
        await follower({"type": "websocket.send", "text": frame})


async def _follow(receive: Receive, send: Send) -> None:
    """The words of graphql-transport-ws are answered as far as a client waits for them."""
    await receive()
    await send({"type": "websocket.accept", "subprotocol": "graphql-transport-ws"})
    party_id = ""
    try:
        while (message := await receive())["type"] == "websocket.receive":
            if "connection_init" in message["text"]:
                await send({"type": "websocket.send", "text": '{"type":"connection_ack"}'})
            else:
                party_id = _party_id(message["text"])
                followers[party_id].add(send)
    finally:
        followers[party_id].discard(send)


def _party_id(text: str) -> str:
    found = _PARTY.search(text)
    return found[1] if found else ""


if __name__ == "__main__":
    uvicorn.run(
        app,
        host="127.0.0.1",
        port=int(os.environ["BENCH_PORT"]),
        http="httptools",
        loop="uvloop",
        ws="websockets-sansio",
        ws_per_message_deflate=False,
        lifespan="off",
        log_level="warning",
        access_log=False,
        server_header=False,
    )
