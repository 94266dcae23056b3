"""The limit: the same uvicorn with nothing behind it. It answers bytes that it was given, and sends them to whoever follows.

`PUT /<name>` sets what `POST /<name>` answers; `PUT /frame` sets what `POST /emit` sends to every socket before it answers.
"""

from __future__ import annotations

import os

import uvicorn
from starlette.types import Receive, Scope, Send

JSON = (b"content-type", b"application/json")
answers: dict[str, bytes] = {}
followers: set[Send] = set()


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
        await _emit(answers["/frame"].decode())
    answer = answers.get(scope["path"], b"{}")
    length = (b"content-length", str(len(answer)).encode())
    await send({"type": "http.response.start", "status": 200, "headers": [JSON, length]})
    await send({"type": "http.response.body", "body": answer})


async def _emit(frame: str) -> None:
    for follower in followers:
        await follower({"type": "websocket.send", "text": frame})


async def _follow(receive: Receive, send: Send) -> None:
    """The words of graphql-transport-ws are answered as far as a client waits for them."""
    await receive()
    await send({"type": "websocket.accept", "subprotocol": "graphql-transport-ws"})
    try:
        while (message := await receive())["type"] == "websocket.receive":
            if "connection_init" in message["text"]:
                await send({"type": "websocket.send", "text": '{"type":"connection_ack"}'})
            else:
                followers.add(send)
    finally:
        followers.discard(send)


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
