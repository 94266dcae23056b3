"""HTTP by hand: an attacker says what it likes, and reads what comes back."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any

from attack.target import Target

ANSWER_WAIT_S = 10.0
ANSWER_BYTES_MAX = 16_777_216


@dataclass(frozen=True, slots=True)
class Answer:
    """`status` 0: none came, the connection was closed or reset. `closed`: the server closed it behind the answer."""

    status: int
    body: bytes
    took_s: float

    @property
    def code(self) -> str:
        """What a program goes by: the code of the first error, of a rejection, or of a problem; "ok" where there is none."""
        try:
            told: Any = json.loads(self.body)
        except ValueError:
            return "text" if self.body else "nothing"
        return _code(told) if isinstance(told, dict) else "?"


class Wire:
    """One connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self.writer = writer

    async def say(self, *parts: bytes) -> Answer:
        """Send bytes, and read one answer."""
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
        head = await self._reader.readuntil(b"\r\n\r\n")
        fields = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:] if b": " in line)
        length = min(int(fields.get(b"content-length", b"0")), ANSWER_BYTES_MAX)
        return int(head.split(b" ", 2)[1]), await self._reader.readexactly(length)


@asynccontextmanager
async def wire(target: Target) -> AsyncIterator[Wire]:
    local = (target.source, 0) if target.source else None
    reader, writer = await asyncio.open_connection(target.host, target.port, local_addr=local)
    try:
        yield Wire(reader, writer)
    finally:
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()


async def post(target: Target, body: bytes, token: str = "", path: str = "/graphql") -> Answer:
    """One request on a connection of its own."""
    try:
        async with wire(target) as link:
            return await link.say(posted(body, token, path))
    except OSError:
        return Answer(0, b"", 0.0)


def posted(body: bytes, token: str = "", path: str = "/graphql") -> bytes:
    own = f"authorization: Bearer {token}\r\n" if token else ""
    head = f"POST {path} HTTP/1.1\r\nhost: lobby\r\ncontent-type: application/json\r\n{own}content-length: {len(body)}\r\n\r\n"
    return head.encode("latin-1", "replace") + body


def operation(query: str, **variables: object) -> bytes:
    return json.dumps({"query": query, "variables": variables}).encode()


def _code(told: dict[str, Any]) -> str:
    errors = told.get("errors")
    if isinstance(errors, list) and errors:
        return str(errors[0].get("extensions", {}).get("code", "?"))
    if "code" in told:
        return str(told["code"])
    data = told.get("data")
    fields = data.values() if isinstance(data, dict) else ()
    return next((str(field["code"]) for field in fields if isinstance(field, dict) and "code" in field), "ok")
