"""An HTTP answer, and how it is sent."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.types import Send

from lobby.http.graphql_http.media_types import JSON, RESPONSE_JSON
from lobby.http.refusal import Headers, Refusal
from lobby.http.request_id import REQUEST_ID_HEADER
from lobby.operations import Result, is_request_error
from lobby.operations.errors import UNAUTHENTICATED
from lobby.operations.json_text import encode_json
from lobby.operations.result import error_codes, error_entry, request_error

_CONTENT_TYPES = {media: (b"content-type", f"{media}; charset=utf-8".encode()) for media in (JSON, RESPONSE_JSON)}
_NO_STORE = (b"cache-control", b"no-store")
_CHALLENGE = ((b"www-authenticate", b"Bearer"),)


@dataclass(frozen=True, slots=True)
class Answer:
    """A status, a JSON body of a media type, and the headers that go with the status."""

    status: int
    media: str
    body: bytes
    headers: Headers = ()

    async def send(self, send: Send, request_id: str) -> None:
        headers = [
            _CONTENT_TYPES[self.media],
            (b"content-length", b"%d" % len(self.body)),
            (REQUEST_ID_HEADER, request_id.encode()),
            _NO_STORE,
            *self.headers,
        ]
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        await send({"type": "http.response.body", "body": self.body})


def answer_result(result: Result, media: str) -> Answer:
    """The answer to a request that was well-formed."""
    status = 200 if media == JSON else _status(result)
    return Answer(status, media, encode_json(result), _CHALLENGE if status == 401 else ())


def answer_refusal(refusal: Refusal, media: str) -> Answer:
    """The answer to a request that was not, in the shape of a GraphQL result."""
    body = encode_json(request_error([error_entry(refusal.code, refusal.message)]))
    return Answer(refusal.status, media, body, refusal.headers)


def _status(result: Result) -> int:
    if is_request_error(result):
        return 400
    if result["data"] is None and UNAUTHENTICATED in error_codes(result):
        return 401
    return 200
