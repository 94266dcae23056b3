"""HTTP over a plain connection, so that attackers can send any bytes."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any

from tools.attack.target import Target

ANSWER_WAIT_S = 10.0
ANSWER_BYTES_MAX = 16_777_216


@dataclass(frozen=True, slots=True)
class Answer:
    """A response. `status` 0: the connection was closed or reset without one."""

    status: int
    body: bytes
    took_s: float

    @property
    def code(self) -> str:
        """The code of the first GraphQL error, of a rejection, or of a problem document; "ok" without one."""
        try:
            decoded: Any = json.loads(self.body)
        except ValueError:
            return "text" if self.body else "nothing"
        return _code(decoded) if isinstance(decoded, dict) else "?"


class RawConnection:
    """One connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def send(self, *parts: bytes) -> Answer:
        """Send bytes and read one response."""
        began_s = time.perf_counter()
        try:
            async with asyncio.timeout(ANSWER_WAIT_S):
                with suppress(OSError):
                    if parts:
                        self.writer.write(b"".join(parts))
                    await self.writer.drain()
                status, body = await self._answer()
        except (OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            status, body = 0, b""
        return Answer(status, body, time.perf_counter() - began_s)

    async def _answer(self) -> tuple[int, bytes]:
        head = await self.reader.readuntil(b"\r\n\r\n")
        fields = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:] if b": " in line)
        length = min(int(fields.get(b"content-length", b"0")), ANSWER_BYTES_MAX)
        return int(head.split(b" ", 2)[1]), await self.reader.readexactly(length)


@asynccontextmanager
async def open_connection(target: Target) -> AsyncIterator[RawConnection]:
    local = (target.source, 0) if target.source else None
    reader, writer = await asyncio.open_connection(target.host, target.port, local_addr=local)
    try:
        yield RawConnection(reader, writer)
    finally:
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()


async def post(target: Target, body: bytes, token: str = "", path: str = "/graphql") -> Answer:
    """One POST request on a new connection."""
    try:
        async with open_connection(target) as link:
            return await link.send(encode_post(body, token, path))
    except OSError:
        return Answer(0, b"", 0.0)


def encode_post(body: bytes, token: str = "", path: str = "/graphql") -> bytes:
    own = f"authorization: Bearer {token}\r\n" if token else ""
    head = f"POST {path} HTTP/1.1\r\nhost: lobby\r\ncontent-type: application/json\r\n{own}content-length: {len(body)}\r\n\r\n"
    return head.encode("latin-1", "replace") + body


def encode_operation(query: str, **variables: object) -> bytes:
    return json.dumps({"query": query, "variables": variables}).encode()


def _code(decoded: dict[str, Any]) -> str:
    errors = decoded.get("errors")
    if isinstance(errors, list) and errors:
        return str(errors[0].get("extensions", {}).get("code", "?"))
    if "code" in decoded:
        return str(decoded["code"])
    data = decoded.get("data")
    fields = data.values() if isinstance(data, dict) else ()
    return next((str(field["code"]) for field in fields if isinstance(field, dict) and "code" in field), "ok")
