"""One scripted conversation with a server over all its transports, recorded without what differs from run to run."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from tests.serving import socket_url
from tests.web.wire import WAIT_S, Wire, post
from web.app import CLIENT_QUERIES
from web.graphql.execution.client_documents import client_documents
from web.graphql.execution.documents import document_hash

DOCUMENTS = client_documents(CLIENT_QUERIES)
NAMES = ("Ann", "Bob", "Cid", "Dee", "Eve", "Fay", "Gus", "Hal")
REPEATS = 3
"""The fast path knows a head from its second request on."""
UNTRUSTED_REPEATS = 6
"""An untrusted document has a plan from its fourth use on."""

_DIFFERENT = re.compile(
    rb"(?P<uuid>[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12})"
    rb"|(?P<time>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z)"
    rb"|(?P<token>eyJ[\w-]+\.[\w-]+\.[\w-]+)"
    rb"|(?P<refresh>(?<=\"refreshToken\":\")[^\"]+)"
    rb"|(?P<code>(?<=\"joinCode\":\")\w{6}|(?<=\"join_code\":\")\w{6})"
    rb"|(?P<epoch>[0-9a-f]{16,24})(?=-[0-9a-f]+\.\d)"
    rb"|(?P<since>-[0-9a-f]{8,})(?=\.\d)"
    rb"|(?P<page>(?<=\"endCursor\":\")[^\"]+)"
    rb"|(?P<seed>(?<=\"seed\":\")\d+)"
    rb"|(?P<wait>(?<=\"retryAfterMs\":)\d+|(?<=retry-after: )\d+)"
    rb"|(?P<date>(?<=date: )[^\r\n]+)"
    rb"|(?P<request>(?<=x-request-id: )[^\r\n]+|(?<=\"requestId\":\")[^\"]+)"
)


class Recording:
    """All responses and frames, in the order of the script. Ids are numbered in the order in which they first came."""

    def __init__(self) -> None:
        self.entries: list[tuple[str, bytes]] = []
        self._numbers: dict[bytes, int] = {}

    def add(self, label: str, text: bytes) -> None:
        self.entries.append((_DIFFERENT.sub(self._name, label.encode()).decode(), _DIFFERENT.sub(self._name, text)))

    def add_response(self, label: str, head: bytes, body: bytes) -> None:
        """The order of header lines is free, so they are sorted. The length of a body with a seed depends on its digits."""
        status, *headers = head.lower().split(b"\r\n")
        if b'"seed":"' in body:
            headers = [header for header in headers if not header.startswith(b"content-length:")]
        self.add(label, b"\n".join((status, *sorted(headers), b"", body)))

    def _name(self, match: re.Match[bytes]) -> bytes:
        kind = match.lastgroup or ""
        if kind in ("uuid", "epoch", "code"):
            return f"<{kind} {self._numbers.setdefault(match[0], len(self._numbers))}>".encode()
        return f"<{kind}>".encode()


class Conversation:
    """The script's clients: eight players, each with one HTTP connection."""

    def __init__(self, url: str, recording: Recording) -> None:
        self.url = url
        self.recording = recording
        self._stack = ExitStack()
        self._wires: dict[str, Wire] = {}
        self.tokens: dict[str, str] = {}
        self.player_ids: dict[str, str] = {}

    def __enter__(self) -> Conversation:
        for name in ("", *NAMES):
            self._wires[name] = self._stack.enter_context(Wire(self.url))
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def sign_in(self) -> None:
        for name in NAMES:
            answer = self.run("", "SignInAsGuest", input={"displayName": name})["signInAsGuest"]["credentials"]
            self.tokens[name], self.player_ids[name] = answer["accessToken"], answer["player"]["id"]

    def send(self, name: str, label: str, body: bytes, *headers: str, path: str = "/graphql") -> Any:
        """A POST by a player, or by a stranger without a name; returns the decoded response."""
        token = (f"Authorization: Bearer {self.tokens[name]}",) if name else ()
        return self.send_raw(name, label, post(body, *token, *headers, path=path))

    def send_raw(self, name: str, label: str, request: bytes) -> Any:
        wire = self._wires[name]
        wire.send(request)
        head, body = wire.answer()
        self.recording.add_response(f"{name} {label}", head, body)
        return json.loads(body) if body[:1] in (b"{", b"[") else None

    def run(self, name: str, operation: str, **variables: Any) -> Any:
        """A client document by its hash."""
        body = {"documentId": document_hash(DOCUMENTS[operation]), "variables": variables}
        return self.send(name, operation, json.dumps(body).encode())["data"]

    def query(self, name: str, text: str, **variables: Any) -> Any:
        """A document that the server does not know."""
        return self.send(name, text, json.dumps({"query": text, "variables": variables}).encode())

    @contextmanager
    def socket(self, path: str, subprotocol: str | None, name: str) -> Iterator[ClientConnection]:
        headers = {"Authorization": f"Bearer {self.tokens[name]}"}
        protocols = [Subprotocol(subprotocol)] if subprotocol is not None else None
        with connect(
            socket_url(self.url, path),
            subprotocols=protocols,
            additional_headers=headers,
            compression=None,
            ping_interval=None,
            proxy=None,
        ) as socket:
            yield socket


class Stream:
    """One player's stream of a party; its frames are read at the end."""

    def __init__(self, label: str, socket: ClientConnection, is_last: Callable[[str], bool]) -> None:
        self._label = label
        self._socket = socket
        self._is_last = is_last
        self._frames: list[str] = []

    def send(self, **message: Any) -> None:
        self._socket.send(json.dumps(message))

    def read_until(self, holds: Callable[[str], bool]) -> None:
        while not self._frames or not holds(self._frames[-1]):
            frame = self._socket.recv(WAIT_S)
            assert isinstance(frame, str)
            self._frames.append(frame)

    def is_of(self, name: str) -> bool:
        return self._label.endswith(f" of {name}")

    def record(self, recording: Recording) -> None:
        self.read_until(self._is_last)
        for frame in self._frames:
            recording.add(self._label, frame.encode())
