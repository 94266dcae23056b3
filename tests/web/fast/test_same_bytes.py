"""The plain server and the fast one send the same bytes, except for times and ids."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

import pytest

from tests.serving import served
from tests.stores_of_servers import fresh_store
from tests.web.fast.conversation import (
    DOCUMENTS,
    NAMES,
    REPEATS,
    UNTRUSTED_REPEATS,
    Conversation,
    Recording,
    Stream,
)
from tests.web.wire import Wire
from web.app import create_app
from web.connections.request_interceptor import PendingResponse, RequestInterceptor
from web.settings.settings import Settings

FAST_REQUESTS_MIN = 100
"""How many requests of the conversation have to take the fast path at least."""
UNTRUSTED = (
    "{ me { id displayName } serverInfo { version } }",
    "query ($id: ID!) { party(id: $id) { ...P members { ...M } } } fragment P on Party { id name version } "
    "fragment M on Member { player { displayName } ready isLeader attributes { key value } }",
    'query ($id: ID!, $short: Boolean = false) { a: party(id: $id) { name @skip(if: $short) } b: party(id: "none") { name } }',
    "query ($id: ID!) { party(id: $id) { name @include(if: false) @skip(if: $a) } }",
    "query ($id: ID!, $a: Boolean = true) { party(id: $id) { id name @include(if: false) @skip(if: $a) } }",
    "{ nothing }",
    "{ parties(first: 1000) { nodes { id } } }",
    "query ($id: Int!) { party(id: $id) { id } }",
    'mutation { postMessage(input: {partyId: "none", text: ""}) { __typename ... on Rejection { code message field } } }',
)


def converse(url: str) -> Recording:
    recording = Recording()
    with Conversation(url, recording) as talk, ExitStack() as stack:
        talk.sign_in()
        _watch_the_list(talk)
        party = _gather(talk)
        streams = [*_graphql_streams(talk, stack, party), *_update_streams(talk, stack, party)]
        events = _event_stream(talk, stack, party)
        _play(talk, party, [stream for stream in streams if not stream.is_of("Hal")], events)
        _ask(talk, party)
        _rest(talk, party)
        _err(talk)
        talk.run("Ann", "DisbandParty", input={"partyId": party})
        for stream in streams:
            stream.record(recording)
        events.read_until(b"event: complete\ndata:\n\n")
        recording.add("events", _without_chunks(events.received))
    return recording


def _watch_the_list(talk: Conversation) -> None:
    """A stranger, a member and a stranger with a filter watch the public list; each change is read before the next one."""
    made = talk.run("Hal", "CreateParty", input={"settings": {"name": "The H\u00e4ll", "visibility": "PUBLIC"}})
    party = made["createParty"]["party"]["id"]
    with ExitStack() as stack:
        streams = []
        for name, wanted in (("Ann", {}), ("Hal", {}), ("Bob", {"gameType": "PVP"})):
            socket = stack.enter_context(talk.socket("/graphql", "graphql-transport-ws", name))
            stream = Stream(f"list of {name}", socket, lambda frame: '"DELISTED"' in frame)
            stream.send(type="connection_init")
            payload = {"query": DOCUMENTS["WatchLobby"], "variables": {"filter": wanted}}
            stream.send(type="subscribe", id="1", payload=payload)
            streams.append(stream)
        ann, hal, _ = streams
        for stream in (ann, hal):
            stream.read_until(lambda frame: '"LISTED"' in frame)
        for settings, concerned in (
            ({"name": "The W\u00e4ll"}, (ann, hal)),
            ({"gameType": "PVP", "difficulty": "Hard"}, streams),
            ({"maxMembers": 3}, streams),
        ):
            talk.run("Hal", "UpdateParty", input={"partyId": party, "settings": settings})
            changed = json.dumps(settings, ensure_ascii=False, separators=(",", ":"))[1:-1]
            for stream in concerned:
                stream.read_until(lambda frame, changed=changed: changed in frame)  # type: ignore[misc]
        talk.run("Hal", "DisbandParty", input={"partyId": party})
        for stream in streams:
            stream.record(talk.recording)


def _gather(talk: Conversation) -> str:
    """A party of eight, which is known from here on."""
    settings = {"name": "The Crypt", "maxMembers": 8, "countdownSeconds": 0}
    made = talk.run("Ann", "CreateParty", input={"settings": settings})["createParty"]
    party: str = made["party"]["id"]
    for name in NAMES[1:]:
        talk.run(name, "JoinById", input={"partyId": party})
    return party


def _graphql_streams(talk: Conversation, stack: ExitStack, party: str) -> list[Stream]:
    streams = []
    for number, name in enumerate(NAMES):
        legacy = number == len(NAMES) - 1
        socket = stack.enter_context(talk.socket("/graphql", "graphql-ws" if legacy else "graphql-transport-ws", name))
        operation_id = "1" if number % 2 else f"operation {number}"
        stream = Stream(f"socket of {name}", socket, lambda frame: '"type":"complete"' in frame)
        stream.send(type="connection_init")
        payload = {"query": DOCUMENTS["WatchParty"], "variables": {"partyId": party}}
        stream.send(type="start" if legacy else "subscribe", id=operation_id, payload=payload)
        stream.read_until(lambda frame: "PartySnapshot" in frame)
        streams.append(stream)
    return streams


def _update_streams(talk: Conversation, stack: ExitStack, party: str) -> list[Stream]:
    streams = []
    for name in NAMES[:3]:
        socket = stack.enter_context(talk.socket("/updates", None, name))
        stream = Stream(f"updates of {name}", socket, lambda frame: '"type":"unsubscribed"' in frame)
        stream.send(type="nonsense")
        stream.send(type="subscribe", party_id=party)
        stream.read_until(lambda frame: "PartySnapshot" in frame)
        streams.append(stream)
    return streams


def _event_stream(talk: Conversation, stack: ExitStack, party: str) -> Wire:
    wire = stack.enter_context(Wire(talk.url))
    body = json.dumps({"query": DOCUMENTS["WatchParty"], "variables": {"partyId": party}}).encode()
    headers = ("Accept: text/event-stream", f"Authorization: Bearer {talk.tokens['Bob']}")
    wire.send(
        b"POST /graphql HTTP/1.1\r\nHost: lobby\r\nContent-Type: application/json\r\n"
        + "".join(f"{header}\r\n" for header in headers).encode()
        + b"Content-Length: %d\r\n\r\n" % len(body)
        + body
    )
    wire.read_until(b"PartySnapshot")
    return wire


def _play(talk: Conversation, party: str, streams: list[Stream], events: Wire) -> None:
    """Every kind of mutation that members see. `streams` and `events` are of those who see the session start.

    A stream that learns of the start once the session has ended has no ticket, so the session ends after all have learned of it.
    """
    version = talk.run("Ann", "Party", id=party)["party"]["settings"]["version"]
    hal = talk.player_ids["Hal"]
    for name in NAMES:
        talk.run(name, "SetReady", input={"partyId": party, "ready": True, "settingsVersion": version})
    talk.run("Bob", "UpdateMember", input={"partyId": party, "attributes": [{"key": "hat", "value": "r\u00e9d"}]})
    talk.run("Bob", "UpdateMember", input={"partyId": party, "clientVersion": "1.0"})
    talk.run("Ann", "UpdateParty", input={"partyId": party, "settings": {"teams": 2}})
    for team in (1, 1, 2, 3):
        talk.run("Bob", "SetTeam", input={"partyId": party, "team": team})
    for text in ("hello", "hello", ""):
        talk.run("Bob", "PostMessage", input={"partyId": party, "text": text, "idempotencyKey": f"key {text}"})
    for muted in (True, True, False):
        talk.run("Ann", "MuteMember", input={"partyId": party, "playerId": talk.player_ids["Bob"], "muted": muted})
        talk.run("Bob", "PostMessage", input={"partyId": party, "text": "muted?"})
    talk.run("Ann", "KickMember", input={"partyId": party, "playerId": hal})
    talk.run("Ann", "PromoteMember", input={"partyId": party, "playerId": talk.player_ids["Bob"]})
    talk.run("Bob", "PromoteMember", input={"partyId": party, "playerId": talk.player_ids["Ann"]})
    started = talk.run("Ann", "StartSession", input={"partyId": party, "force": True})["startSession"]
    session = started["party"]["session"]["id"]
    for stream in streams:
        stream.read_until(lambda frame: "SessionStarted" in frame)
    events.read_until(b"SessionStarted")
    endpoint = {"address": "game.example", "port": 7777, "protocol": "udp"}
    talk.run("Ann", "UpdateSession", input={"sessionId": session, "floor": 1, "endpoint": endpoint})
    talk.run("Bob", "MarkLoaded", input={"sessionId": session})
    talk.run("Bob", "Session", id=session)
    for label in ("the bridge", "the b\u00e9ll"):
        talk.run("Ann", "SaveCheckpoint", input={"sessionId": session, "data": '{"hp": 3}', "label": label})
    _change_host(talk, session, streams, events)
    talk.run("Ann", "CompleteSession", input={"sessionId": session, "outcome": "victory"})
    talk.run("Cid", "LeaveParty", input={"partyId": party})
    for name in ("Cid", "Hal"):
        talk.run(name, "ContinueRun", input={"sessionId": session})
        talk.run(name, "MyRuns")
        talk.run(name, "CheckpointData", sessionId=session)
    talk.run("Ann", "UpdateParty", input={"partyId": party, "settings": {"name": "The Vault"}})


def _change_host(talk: Conversation, session: str, streams: list[Stream], events: Wire) -> None:
    """Ann, who hosts, lets Bob do it. Each stream learns of it while the new ticket can be issued."""
    talk.run("Ann", "YieldHost", input={"sessionId": session})
    talk.run("Ann", "JoinSession", input={"sessionId": session})
    relay = {"relayCode": "BOB234", "protocol": "relay"}
    for name, term in (("Ann", 1), ("Cid", 2), ("Bob", 2), ("Bob", 2), ("Ann", 1), ("Ann", None)):
        talk.run(name, "ReportEndpoint", input={"sessionId": session, "endpoint": relay, "hostTerm": term})
    for stream in streams:
        stream.read_until(lambda frame: "HostChanged" in frame)
    events.read_until(b"HostChanged")


def _ask(talk: Conversation, party: str) -> None:
    """Queries by members, by one who has left, and by a stranger; each so often that the fast path knows it."""
    for _ in range(REPEATS):
        for name in ("Ann", "Bob", "Cid", ""):
            for operation in ("ServerInfo", "Me", "MyParty", "Parties", "Sessions"):
                talk.run(name, operation)
            talk.run(name, "Party", id=party)
            talk.run(name, "PartyHistory", partyId=party)
    for text in UNTRUSTED:
        for _ in range(UNTRUSTED_REPEATS):
            talk.query("Ann", text, id=party)
    for _ in range(UNTRUSTED_REPEATS):
        talk.query("Ann", UNTRUSTED[4], id=party, a=None)


def _rest(talk: Conversation, party: str) -> None:
    for name in ("Ann", "Hal", ""):
        token = f"Authorization: Bearer {talk.tokens[name]}\r\n" if name else ""
        for path in (f"/session/{party}", "/sessions", "/nothing", "/healthz"):
            talk.send_raw(name, path, f"GET {path} HTTP/1.1\r\nHost: lobby\r\n{token}\r\n".encode())
    talk.send("Hal", "join", b'{"password": 1}', path=f"/party/{party}/join")
    talk.send("Hal", "join", b"{}", path=f"/party/{party}/join")
    talk.send("Hal", "join", b'{"client_version": "1.0"}', path=f"/party/{party}/join")
    talk.send("Ann", "join", b"{}", path=f"/party/{party}/join")


def _err(talk: Conversation) -> None:
    """Requests that can not be answered, each twice under the same head."""
    bodies: tuple[Any, ...] = (
        b"{",
        b"[]",
        b"{}",
        b'{"query": 1}',
        b'{"query": "{"}',
        b'{"documentId": "0"}',
        b'{"query": "query A { me { id } } query B { me { id } }"}',
    )
    for body in bodies:
        for _ in range(2):
            talk.send("Ann", f"error {body!r}", body)
    get = b"GET /graphql?query=mutation%7Bx%7D HTTP/1.1\r\nHost: lobby\r\n\r\n"
    talk.send_raw("", "a mutation by GET", get)
    talk.send_raw("", "a method", b"PUT /graphql HTTP/1.1\r\nHost: lobby\r\nContent-Length: 0\r\n\r\n")
    talk.send("Ann", "a media type", b"{}", "Accept: image/png")


def _without_chunks(received: bytes) -> bytes:
    """The events; how they are cut into chunks follows from the time at which they came."""
    _, _, chunks = received.partition(b"\r\n\r\n")
    body = b""
    while chunks:
        length, _, rest = chunks.partition(b"\r\n")
        body += rest[: int(length, 16)]
        chunks = rest[int(length, 16) + 2 :]
    return body


@pytest.fixture(scope="module")
def recordings() -> tuple[Recording, Recording]:
    """The recordings of the plain server and of the fast server."""
    plain, fast = (_record(fast) for fast in (False, True))
    return plain, fast


def _record(fast: bool) -> Recording:
    app = create_app(Settings(store=fresh_store(), fast=fast, heartbeat_s=1_000, introspection=False))
    with served(app, drain=app.drain) as url:
        if app.interceptor is None:
            assert not fast
            return converse(url)
        counting = app.interceptor = CountingInterceptor(app.interceptor)
        recording = converse(url)
        assert counting.handled > FAST_REQUESTS_MIN
        return recording


class CountingInterceptor:
    """Counts the requests that take the fast path."""

    def __init__(self, inner: RequestInterceptor) -> None:
        self.handled = 0
        self._inner = inner
        self.unknown_head, self.learn = inner.unknown_head, inner.learn

    def try_handle(self, request: bytes, address_of: Callable[[str | None], str]) -> PendingResponse | None:
        pending = self._inner.try_handle(request, address_of)
        self.handled += pending is not None
        return pending


def test_both_servers_send_the_same_bytes(recordings: tuple[Recording, Recording]) -> None:
    plain, fast = recordings
    for expected, sent in zip(plain.entries, fast.entries, strict=True):
        assert sent == expected


def test_the_conversation_has_every_kind_of_answer(recordings: tuple[Recording, Recording]) -> None:
    """Or the comparison would say little."""
    sent = b"\n".join(text for _, text in recordings[0].entries)
    kinds = (
        "SessionStarted",
        "HostLost",
        "HostChanged",
        "HOST_CHANGED",
        "NOT_HOST",
        "PartyClosed",
        "Removed",
        "MemberLeft",
        "MessagePosted",
        "Rejection",
        "LeaderChanged",
    )
    for kind in (*kinds, "GRAPHQL_PARSE_FAILED", "UNAUTHENTICATED", "problem+json", "event: next"):
        assert kind.encode() in sent, kind
