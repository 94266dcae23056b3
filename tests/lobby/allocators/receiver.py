"""The operator's side of the webhook, over real HTTP: a test sets its responses, and it records the requests."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import anyio
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tests.serving import served


@dataclass(slots=True)
class Sent:
    headers: dict[str, str]
    body: bytes

    @property
    def message(self) -> Any:
        return json.loads(self.body)


@dataclass(slots=True)
class Receiver:
    """Sends the `answers` one after the other, and repeats the last one."""

    url: str = ""
    answers: list[tuple[int, Any, dict[str, str]]] = field(default_factory=lambda: [(200, {"endpoint": None}, {})])
    sent: list[Sent] = field(default_factory=list)
    delay_s: float = 0.0
    refused: set[str] = field(default_factory=set)
    """A message with one of these texts is refused with 400."""

    def respond(self, status: int, body: Any = None, **headers: str) -> None:
        self.answers = [(status, body, headers)]

    async def answer(self, request: Request) -> Response:
        sent = Sent(dict(request.headers), await request.body())
        self.sent.append(sent)
        await anyio.sleep(self.delay_s)
        if any(f'"{text}"'.encode() in sent.body for text in self.refused):
            return Response(status_code=400)
        status, body, headers = self.answers[0] if len(self.answers) == 1 else self.answers.pop(0)
        text = body if isinstance(body, bytes) else json.dumps(body).encode()
        return Response(text, status, {name.replace("_", "-"): value for name, value in headers.items()})


@contextmanager
def receiver() -> Iterator[Receiver]:
    receiving = Receiver()
    app = Starlette(routes=[Route("/{path:path}", receiving.answer, methods=["POST"])])
    with served(app) as url:
        receiving.url = f"{url}/allocate"
        yield receiving
