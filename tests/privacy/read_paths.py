"""Every way to read a party. Each returns whether the party exists for the viewer, and records the fields that it saw."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from urllib.parse import urlencode

from tests.privacy.scenes import Scene
from tests.privacy.visible_fields import TYPES, VisibleFields, document, result_type
from tests.web.event_client import events
from tests.web.rest_client import Rest, good, guest
from tests.web.updates_client import updates

REMOVED = "removed"
"""The log up to the entry by which the viewer left, and only with a cursor from before that entry."""


@dataclass(slots=True)
class Visit:
    """One viewer reads one party. `after`: a cursor that the viewer got as a member."""

    client: Rest
    scene: Scene
    after: str = ""
    visible: VisibleFields = field(default_factory=VisibleFields)

    def query(self, root: str, **arguments: Any) -> Any:
        """A field of Query with every field below it; None if it is null or an error."""
        kind = result_type("Query", root)
        asked = {"query": document("Query", root, *arguments), "variables": arguments}
        answer = self.client.post("/graphql", asked).json()
        value = (answer["data"] or {}).get(root) if "data" in answer else None
        codes = {error["extensions"]["code"] for error in answer.get("errors", ())}
        assert codes <= {"UNAUTHENTICATED", "NOT_FOUND"}, answer
        self.visible.take(kind, value)
        return value

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.client.token}"} if self.client.token else {}


async def party(visit: Visit) -> str:
    return _yes(visit.query("party", id=visit.scene.party_id) is not None)


async def session(visit: Visit) -> str:
    return _yes(visit.query("session", id=visit.scene.session_id) is not None)


async def parties(visit: Visit) -> str:
    nodes = visit.query("parties", first=50)["nodes"]
    return _yes(visit.scene.party_id in [node["id"] for node in nodes])


async def sessions(visit: Visit) -> str:
    visit.query("sessions", first=5)
    pages = [
        visit.query("sessions", filter={"partyId": visit.scene.party_id, **status}, first=5)
        for status in ({}, {"status": "COMPLETE"}, {"status": "ABANDONED"})
    ]
    return _yes(any(page["nodes"] for page in pages))


async def party_history(visit: Visit) -> str:
    return _yes(bool(visit.query("partyHistory", partyId=visit.scene.party_id, first=100)))


async def me(visit: Visit) -> str:
    return _yes(visit.query("me") is not None)


async def my_party(visit: Visit) -> str:
    return _yes((visit.query("myParty") or {}).get("id") == visit.scene.party_id)


async def party_events(visit: Visit) -> str:
    return await _streamed(visit, "partyEvents", partyId=visit.scene.party_id)


async def session_events(visit: Visit) -> str:
    return await _streamed(visit, "sessionEvents", sessionId=visit.scene.session_id)


async def lobby_events(visit: Visit) -> str:
    """The listed parties come first, then the changes: so the test creates a party and reads the stream up to it."""
    follow = document("Subscription", "lobbyEvents")
    listed = set()
    async with events(visit.client.url, follow, visit.headers) as stream, asyncio.timeout(10):
        last = guest(visit.client.url)
        marker = ""
        while not marker or marker not in listed:
            heard = await stream.receive()
            if heard is None or "errors" in heard.result:
                return "no"
            marker = marker or last.makes(name="Marker")["party_id"]
            event = heard.result["data"]["lobbyEvents"]
            visit.visible.take(TYPES["LobbyEvent"], event)
            listed.add(event["partyId"])
    last.post(f"/party/{marker}/leave")
    return _yes(visit.scene.party_id in listed)


async def server_info(visit: Visit) -> str:
    return _yes(visit.query("serverInfo") is not None)


async def acts(visit: Visit) -> str:
    """The result of a mutation shows no more than queries do, whether the mutation is accepted or not."""
    kind = TYPES["PartyResult"]
    message = {"partyId": visit.scene.party_id, "text": "hello"}
    asked = {"query": document("Mutation", "postMessage", "input"), "variables": {"input": message}}
    answer = visit.client.post("/graphql", asked).json()
    outcome = (answer["data"] or {}).get("postMessage")
    visit.visible.take(kind, outcome)
    return _yes(outcome is not None and outcome["__typename"] == "PartyChanged")


async def get_party(visit: Visit) -> str:
    answer = visit.client.get(f"/party/{visit.scene.party_id}")
    visit.visible.take_view("Party", answer.json() if answer.status_code == 200 else None)
    return _answered(answer.status_code)


async def get_session(visit: Visit) -> str:
    answer = visit.client.get(f"/session/{visit.scene.session_id}")
    visit.visible.take_view("Session", answer.json() if answer.status_code == 200 else None)
    return _answered(answer.status_code)


async def get_sessions(visit: Visit) -> str:
    rows = [row for row in good(visit.client.get("/sessions")) if row["session_id"] == visit.scene.session_id]
    visit.visible.take_view("Session", rows)
    return _yes(bool(rows))


async def get_updates(visit: Visit) -> str:
    if await _update(visit, "") == "PartySnapshot":
        return "yes"
    return REMOVED if visit.after and await _update(visit, visit.after) == "Removed" else "no"


async def _update(visit: Visit, after: str) -> str:
    """Read up to a snapshot, the removal of the viewer or an error, and return its type."""
    asked = {"party_id": visit.scene.party_id, "token": visit.client.token, "after": after}
    async with updates(visit.client.url, path=f"/updates?{urlencode(asked)}") as client:
        while True:
            frame = await client.receive()
            if frame["type"] in ("error", "closing"):
                return str(frame["type"])
            _take_unless_own_past(visit, frame["seq"], partial(visit.visible.take_update, frame))
            if frame["type"] in ("PartySnapshot", "Removed"):
                return str(frame["type"])


async def _streamed(visit: Visit, root: str, **arguments: str) -> str:
    if await _event(visit, root, **arguments) == "PartySnapshot":
        return "yes"
    return REMOVED if visit.after and await _event(visit, root, **arguments, after=visit.after) == "Removed" else "no"


async def _event(visit: Visit, root: str, **arguments: str) -> str:
    follow = document("Subscription", root, *arguments)
    async with events(visit.client.url, follow, visit.headers, **arguments) as stream:
        while True:
            heard = await stream.receive()
            if heard is None or "errors" in heard.result:
                return "error"
            event = heard.result["data"][root]
            _take_unless_own_past(visit, event["seq"], partial(visit.visible.take, TYPES["PartyEvent"], event))
            if event["__typename"] in ("PartySnapshot", "Removed"):
                return str(event["__typename"])


def _take_unless_own_past(visit: Visit, seq: int, take: Callable[[], None]) -> None:
    """Skip entries from before the viewer left: it was a member then, and this is about what it may see now."""
    if not visit.after or seq >= visit.scene.left_at.get(visit.client.id, 0):
        take()


def _yes(holds: bool) -> str:
    return "yes" if holds else "no"


def _answered(status: int) -> str:
    assert status in (200, 401, 404), status
    return _yes(status == 200)


READ_PATHS: dict[str, Callable[[Visit], Awaitable[str]]] = {
    "Query.party": party,
    "Query.session": session,
    "Query.parties": parties,
    "Query.sessions": sessions,
    "Query.partyHistory": party_history,
    "Query.myParty": my_party,
    "Query.me": me,
    "Query.serverInfo": server_info,
    "Mutation.postMessage": acts,
    "Subscription.partyEvents": party_events,
    "Subscription.sessionEvents": session_events,
    "Subscription.lobbyEvents": lobby_events,
    "GET /party/{party_id}": get_party,
    "GET /session/{session_id}": get_session,
    "GET /sessions": get_sessions,
    "/updates": get_updates,
}
"""By the names in the table of docs/security.md."""
