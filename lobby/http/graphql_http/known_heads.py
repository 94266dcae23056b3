"""Heads of requests that have been read before.

A client says the same head with each of its requests, to the byte, but for the length of the body: its host, its token, its media
types. What httptools and the endpoint made of it the first time need not be made again. Only plain heads are kept (see
`read_head`), so that nothing else hangs on them; the same bytes at the start of a message mean the same.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Sequence

from lobby.http.body import is_json
from lobby.http.graphql_http.media_types import JSON, answer_type, prefers_events
from lobby.http.refusal import Refusal
from lobby.value import Value

HEAD_BYTES_MAX = 4_096
"""Of a head that is kept; those of Unity's clients have some 700."""
HEADS_BYTES_MAX = 16_777_216
"""Some 30,000 heads: as many clients may take turns without a head being read twice."""
END = b"\r\n\r\n"

_PLAIN = frozenset(
    {
        b"accept",
        b"accept-encoding",
        b"accept-language",
        b"authorization",
        b"cache-control",
        b"connection",
        b"content-length",
        b"content-type",
        b"host",
        b"pragma",
        b"user-agent",
        b"x-forwarded-for",
        b"x-forwarded-host",
        b"x-forwarded-port",
        b"x-forwarded-proto",
        b"x-real-ip",
        b"x-unity-version",
    }
)
"""The headers that a kept head may have. A head with any other goes the long way, each time."""

_LENGTH = re.compile(rb"\r\n[Cc]ontent-[Ll]ength: ?(\d{1,6})\r\n")

Headers = Sequence[tuple[bytes, bytes]]


class KnownHead(Value):
    """What a head says: whom the request is from, by their own word and by that of proxies."""

    authorization: str | None
    forwarded_for: str | None


class KnownHeads:
    """The latest heads by their bytes, blank line included and the line with the body's length left out; the oldest go first."""

    def __init__(self, bytes_max: int = HEADS_BYTES_MAX) -> None:
        self._heads: OrderedDict[bytes, KnownHead] = OrderedDict()
        self._bytes = 0
        self._bytes_max = bytes_max

    def get(self, head: bytes) -> tuple[KnownHead, int] | None:
        """What the head says, and how many bytes its body has."""
        said = _LENGTH.search(head)
        known = self._heads.get(_without(said, head)) if said is not None else None
        return (known, int(said[1])) if said is not None and known is not None else None

    def learn(self, head: bytes, headers: Headers) -> None:
        """`headers` are what the parser has read from `head`, which begins a POST on a path that has known answers."""
        known = read_head(headers) if len(head) <= HEAD_BYTES_MAX and _has_plain_lines(head) else None
        said = _LENGTH.search(head)
        if known is None or said is None:
            return
        key = _without(said, head)
        self._heads[key] = known
        self._bytes += len(key)
        while self._bytes > self._bytes_max:
            oldest, _ = self._heads.popitem(last=False)
            self._bytes -= len(oldest)


def read_head(headers: Headers) -> KnownHead | None:
    """None unless each header is plain, is there once, and asks for nothing but a JSON answer to a JSON body."""
    by_name = dict(headers)
    if len(by_name) != len(headers) or not by_name.keys() <= _PLAIN:
        return None
    length, connection = by_name.get(b"content-length", b""), by_name.get(b"connection", b"keep-alive")
    if not length.isdigit() or connection.lower() != b"keep-alive":
        return None
    accept = _text(by_name.get(b"accept"))
    content_type = _text(by_name.get(b"content-type"))
    if content_type is None or not is_json(content_type) or not _takes_json(accept):
        return None
    return KnownHead(_text(by_name.get(b"authorization")), _text(by_name.get(b"x-forwarded-for")))


def _without(said: re.Match[bytes], head: bytes) -> bytes:
    return head[: said.start()] + head[said.end() - len(b"\r\n") :]


def _takes_json(accept: str | None) -> bool:
    try:
        return answer_type(accept) == JSON and not prefers_events(accept)
    except Refusal:
        return False


def _has_plain_lines(head: bytes) -> bool:
    """Whether lines end in CRLF alone, and none goes on in the next: then a head ends at its first blank line for everybody."""
    ends = head.count(b"\r\n")
    return head.count(b"\n") == ends == head.count(b"\r") and b"\r\n " not in head and b"\r\n\t" not in head


def _text(value: bytes | None) -> str | None:
    return value.decode("latin-1") if value is not None else None
