"""Request smuggling: malformed requests that a proxy and a server may parse differently."""

from __future__ import annotations

from itertools import cycle

from tools.attack.context import Attack, AttackContext, Outcome
from tools.attack.raw_http import Answer, open_connection

BODY = b'{"query":"{serverInfo{version}}"}'
JSON = b"host: lobby\r\ncontent-type: application/json\r\n"
LENGTH = b"content-length: %d\r\n" % len(BODY)
POST = b"POST /graphql HTTP/1.1\r\n"

MALFORMED_REQUESTS = (
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


async def _send(context: AttackContext, request: bytes) -> Answer:
    """Send the request and close the sending side: the server never answers half of a request."""
    try:
        async with open_connection(context.target) as link:
            link.writer.write(request)
            link.writer.write_eof()
            return await link.send()
    except OSError:
        return Answer(0, b"", 0.0)


async def _desync(context: AttackContext) -> Outcome:
    requests = cycle(MALFORMED_REQUESTS)
    return await context.repeat(lambda _: _send(context, next(requests)), may_close=True)


async def _pipeline(context: AttackContext) -> Outcome:
    request = POST + JSON + LENGTH + b"\r\n" + BODY

    async def many(_: int) -> Answer:
        try:
            async with open_connection(context.target) as link:
                answer = await link.send(request * 300)
                for _ in range(299):
                    answer = await link.send()
                return answer
        except OSError:
            return Answer(0, b"", 0.0)

    return await context.repeat(many, concurrency=2, may_close=True)


ATTACKS = (
    Attack("two readings", f"{len(MALFORMED_REQUESTS)} malformed requests", _desync),
    Attack("pipelines", "300 requests at once", _pipeline),
)
