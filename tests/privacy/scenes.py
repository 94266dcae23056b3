"""Parties with everyone in them whom docs/security.md tells apart, and with something to see in every field."""

from __future__ import annotations

import asyncio
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from itertools import count

from tests.http.event_client import EventClient, events
from tests.http.rest_client import Answer, Rest, guest, once
from tests.privacy.shown import answered_by

MEMBERS = ("leader", "member", "inside", "late")
FORMER = ("kicked", "banned", "left")
JOIN = """mutation ($code: String!) { joinParty(input: {joinCode: $code, characterClass: "Bard"}) {
  __typename ... on PartyChanged { party { id joinCode cursor } ticket { token } } } }"""
ATTRIBUTES = '[{key: "mood", value: "grim"}]'
ENDPOINT = '{address: "10.0.0.7", port: 7777, protocol: "udp"}'
RELAY = '{relayCode: "RELAY1", protocol: "relay"}'
_names = count(1)


@dataclass(slots=True)
class Scene:
    """One party. `viewers` are its own members and former members; who is neither is the same for all scenes."""

    party_id: str
    viewers: dict[str, Rest]
    farewell_from: str = ""
    """A cursor from when kicked, banned and left were all members."""
    last_seen: str = ""
    """A cursor from shortly before the end."""
    session_id: str = ""
    left_at: dict[str, int] = field(default_factory=dict)
    """The entry by which a former member left, by its id."""

    def stays(self) -> AbstractAsyncContextManager[EventClient]:
        """Meanwhile somebody is there: a party is listed only while anybody is, and looking at a stream ends one's own."""
        return _watching(self, "here")

    @property
    def leader(self) -> Rest:
        return self.viewers["leader"]

    def does(self, act: str, who: str = "leader") -> Answer:
        """A mutation by its text, `PARTY` and `SESSION` being the ids. It must go through."""
        return done(
            self.viewers[who], act.replace("PARTY", f'"{self.party_id}"').replace("SESSION", f'"{self.session_id}"')
        )


def done(client: Rest, act: str) -> Answer:
    granted = GRANTED[answered_by("Mutation", act.partition("(")[0]).name]
    answer: Answer = client.graphql(
        f"mutation {{ {act} {{ __typename ... on Rejection {{ code message }} {granted} }} }}"
    )
    outcome: Answer = next(iter(answer.values()))
    assert outcome["__typename"] != "Rejection", (act, outcome)
    return outcome


GRANTED = {
    "PartyResult": "... on PartyChanged { seq party { id joinCode cursor session { id } } ticket { token } }",
    "SessionResult": "... on SessionChanged { party { id cursor } session { id status } ticket { token } }",
}


async def gathered(url: str, visibility: str = "PUBLIC", countdown_s: int = 0) -> Scene:
    """A party in which some wait, some have gone, and one has lost the connection."""
    names = ("leader", *FORMER, "member", "inside", "gone", "here")
    viewers = {name: guest(url, f"{name.title()} {next(_names)}") for name in names}
    settings = f"{{visibility: {visibility}, countdownSeconds: 30}}"
    made = _made(viewers["leader"], f"createParty(input: {{settings: {settings}, attributes: {ATTRIBUTES}}})")
    scene = Scene(made["id"], viewers)
    for name in names[1:]:
        joined = viewers[name].graphql(JOIN, code=made["joinCode"])["joinParty"]["party"]
    scene.farewell_from = joined["cursor"]
    for name in ("leader", "inside"):
        scene.does(f'updateMember(input: {{partyId: PARTY, characterClass: "Knight", attributes: {ATTRIBUTES}}})', name)
    for name, ban in (("kicked", "false"), ("banned", "true")):
        answer = scene.does(f'kickMember(input: {{partyId: PARTY, playerId: "{viewers[name].id}", ban: {ban}}})')
        scene.left_at[viewers[name].id] = answer["seq"]
    scene.left_at[viewers["left"].id] = scene.does("leaveParty(input: {partyId: PARTY})", "left")["seq"]
    scene.does('postMessage(input: {partyId: PARTY, text: "to battle"})')
    scene.does("startSession(input: {partyId: PARTY, force: true})")
    scene.does("cancelStart(input: {partyId: PARTY})")
    settings = f'{{difficulty: "Hard", countdownSeconds: {countdown_s}}}'
    scene.does(f"updateParty(input: {{partyId: PARTY, settings: {settings}}})")
    scene.does(f'promoteMember(input: {{partyId: PARTY, playerId: "{viewers["inside"].id}"}})')
    scene.does(f'promoteMember(input: {{partyId: PARTY, playerId: "{viewers["leader"].id}"}})', "inside")
    await _lost(scene, "gone")
    return scene


async def started(scene: Scene) -> Scene:
    """The countdown to its session runs, or its session."""
    scene.session_id = scene.does("startSession(input: {partyId: PARTY, force: true})")["session"]["id"]
    return scene


async def entered(scene: Scene, server: Rest, endpoint: str) -> Scene:
    """One member is not in the session, one came late, a game server is there, one has spent a ticket."""
    await started(scene)
    leader, path = scene.leader, f"/session/{scene.session_id}"
    once(lambda: leader.get(path), lambda session: session["status"] == "in_progress")
    scene.does("leaveSession(input: {sessionId: SESSION})", "member")
    scene.viewers["late"] = guest(leader.url, f"Late {next(_names)}")
    code = scene.does('postMessage(input: {partyId: PARTY, text: "wait"})')["party"]["joinCode"]
    scene.viewers["late"].graphql(JOIN, code=code)
    ticket = scene.does("joinSession(input: {sessionId: SESSION})", "inside")["ticket"]["token"]
    scene.does(
        f"updateSession(input: {{sessionId: SESSION, floor: 2, endpoint: {endpoint}, attributes: {ATTRIBUTES}}})"
    )
    done(server, f'heartbeatSession(input: {{sessionId: "{scene.session_id}"}})')
    done(server, f'spendTicket(input: {{sessionId: "{scene.session_id}", ticket: "{ticket}"}})')
    return scene


async def ended(scene: Scene) -> Scene:
    scene.does('completeSession(input: {sessionId: SESSION, outcome: "the dragon sleeps"})')
    return scene


async def closed(scene: Scene) -> Scene:
    """Who was a member is one of the last ones now."""
    scene.last_seen = scene.does('postMessage(input: {partyId: PARTY, text: "farewell"})')["party"]["cursor"]
    scene.does("disbandParty(input: {partyId: PARTY})")
    scene.viewers = {**{name: scene.viewers[name] for name in FORMER}, "last": scene.viewers["member"]}
    return scene


def _made(leader: Rest, act: str) -> Answer:
    party: Answer = done(leader, act)["party"]
    return party


def _watching(scene: Scene, who: str) -> AbstractAsyncContextManager[EventClient]:
    follow = "subscription ($id: ID!) { partyEvents(partyId: $id) { __typename } }"
    client = scene.viewers[who]
    return events(client.url, follow, {"Authorization": f"Bearer {client.token}"}, id=scene.party_id)


async def _lost(scene: Scene, who: str) -> None:
    """Only a stream that ends shows at once that somebody has gone."""
    async with _watching(scene, who) as stream:
        await stream.hear()
    seat = f"/party/{scene.party_id}"
    async with asyncio.timeout(10):
        while not any(m["connection"] == "disconnected" for m in scene.leader.get(seat).json()["members"]):  # noqa: ASYNC110
            await asyncio.sleep(0.02)
