"""Every way to read a party, as one viewer goes it. Each answers whether the party was there, and notes what was to see."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from tests.http.event_client import events
from tests.http.rest_client import Rest, good, guest
from tests.http.updates_client import updates
from tests.privacy.scenes import Scene
from tests.privacy.shown import TYPES, Shown, answered_by, everything

FAREWELL = "farewell"
"""Only up to the viewer's own leaving, and only with a cursor from before it."""


@dataclass(slots=True)
class Look:
    """One viewer before one scene. `after`: a cursor of the viewer's own, of a time before it left."""

    client: Rest
    scene: Scene
    after: str = ""
    shown: Shown = field(default_factory=Shown)

    def asks(self, root: str, arguments: str) -> Any:
        """A field of Query with all that is in it; None where there is nothing, or an error."""
        kind = answered_by("Query", root)
        text = f"{{ {root}{arguments} {everything(kind)} }}"
        answer = self.client.post("/graphql", {"query": text}).json()
        value = (answer["data"] or {}).get(root) if "data" in answer else None
        codes = {error["extensions"]["code"] for error in answer.get("errors", ())}
        assert codes <= {"UNAUTHENTICATED", "NOT_FOUND"}, answer
        self.shown.take(kind, value)
        return value

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.client.token}"} if self.client.token else {}


async def party(look: Look) -> str:
    return _yes(look.asks("party", f'(id: "{look.scene.party_id}")') is not None)


async def session(look: Look) -> str:
    return _yes(look.asks("session", f'(id: "{look.scene.session_id}")') is not None)


async def parties(look: Look) -> str:
    nodes = look.asks("parties", "(first: 50)")["nodes"]
    return _yes(look.scene.party_id in [node["id"] for node in nodes])


async def sessions(look: Look) -> str:
    look.asks("sessions", "(first: 5)")
    page = look.asks("sessions", f'(filter: {{partyId: "{look.scene.party_id}"}}, first: 5)')
    return _yes(bool(page["nodes"]))


async def party_history(look: Look) -> str:
    return _yes(bool(look.asks("partyHistory", f'(partyId: "{look.scene.party_id}", first: 50)')))


async def me(look: Look) -> str:
    return _yes(look.asks("me", "") is not None)


async def my_party(look: Look) -> str:
    return _yes((look.asks("myParty", "") or {}).get("id") == look.scene.party_id)


async def party_events(look: Look) -> str:
    return await _streamed(look, f'partyEvents(partyId: "{look.scene.party_id}"')


async def session_events(look: Look) -> str:
    return await _streamed(look, f'sessionEvents(sessionId: "{look.scene.session_id}"')


async def lobby_events(look: Look) -> str:
    """What the list has begins to come before what is new on it."""
    follow = f"subscription {{ lobbyEvents {everything(TYPES['LobbyEvent'])} }}"
    told = set()
    async with events(look.client.url, follow, look.headers) as stream, asyncio.timeout(10):
        last = guest(look.client.url)
        marker = ""
        while not marker or marker not in told:
            heard = await stream.hear()
            if heard is None or "errors" in heard.result:
                return "no"
            marker = marker or last.makes(name="Marker")["party_id"]
            event = heard.result["data"]["lobbyEvents"]
            look.shown.take(TYPES["LobbyEvent"], event)
            told.add(event["partyId"])
    last.post(f"/party/{marker}/leave")
    return _yes(look.scene.party_id in told)


async def server_info(look: Look) -> str:
    return _yes(look.asks("serverInfo", "") is not None)


async def acts(look: Look) -> str:
    """What a mutation answers shows no more than what can be asked for, whether it goes through or not."""
    kind = TYPES["PartyResult"]
    act = f'postMessage(input: {{partyId: "{look.scene.party_id}", text: "hello"}})'
    answer = look.client.post("/graphql", {"query": f"mutation {{ {act} {everything(kind)} }}"}).json()
    outcome = (answer["data"] or {}).get("postMessage")
    look.shown.take(kind, outcome)
    return _yes(outcome is not None and outcome["__typename"] == "PartyChanged")


async def get_party(look: Look) -> str:
    answer = look.client.get(f"/party/{look.scene.party_id}")
    look.shown.take_shape("Party", answer.json() if answer.status_code == 200 else None)
    return _answered(answer.status_code)


async def get_session(look: Look) -> str:
    answer = look.client.get(f"/session/{look.scene.session_id}")
    look.shown.take_shape("Session", answer.json() if answer.status_code == 200 else None)
    return _answered(answer.status_code)


async def get_sessions(look: Look) -> str:
    rows = [row for row in good(look.client.get("/sessions")) if row["session_id"] == look.scene.session_id]
    look.shown.take_shape("Session", rows)
    return _yes(bool(rows))


async def get_updates(look: Look) -> str:
    if await _update(look, "") == "PartySnapshot":
        return "yes"
    return FAREWELL if look.after and await _update(look, look.after) == "Removed" else "no"


async def _update(look: Look, after: str) -> str:
    """The type of the first frame that ends it: a snapshot, the farewell, or a refusal."""
    asked = {"party_id": look.scene.party_id, "token": look.client.token, "after": after}
    async with updates(look.client.url, path=f"/updates?{urlencode(asked)}") as client:
        while True:
            frame = await client.hear()
            if frame["type"] in ("error", "closing"):
                return str(frame["type"])
            _take_foreign(look, frame["seq"], lambda frame=frame: look.shown.take_frame(frame))  # type: ignore[misc]
            if frame["type"] in ("PartySnapshot", "Removed"):
                return str(frame["type"])


async def _streamed(look: Look, call: str) -> str:
    if await _event(look, f"{call})") == "PartySnapshot":
        return "yes"
    return FAREWELL if look.after and await _event(look, f'{call}, after: "{look.after}")') == "Removed" else "no"


async def _event(look: Look, call: str) -> str:
    follow = f"subscription {{ it: {call} {everything(TYPES['PartyEvent'])} }}"
    async with events(look.client.url, follow, look.headers) as stream:
        while True:
            heard = await stream.hear()
            if heard is None or "errors" in heard.result:
                return "error"
            event = heard.result["data"]["it"]
            _take_foreign(look, event["seq"], lambda event=event: look.shown.take(TYPES["PartyEvent"], event))  # type: ignore[misc]
            if event["__typename"] in ("PartySnapshot", "Removed"):
                return str(event["__typename"])


def _take_foreign(look: Look, seq: int, take: Callable[[], None]) -> None:
    """What was before the viewer's own leaving it saw as a member: that says nothing about what it may see now."""
    if not look.after or seq >= look.scene.left_at.get(look.client.id, 0):
        take()


def _yes(holds: bool) -> str:
    return "yes" if holds else "no"


def _answered(status: int) -> str:
    assert status in (200, 401, 404), status
    return _yes(status == 200)


WAYS: dict[str, Callable[[Look], Awaitable[str]]] = {
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
"""By the names that they have in the table."""
