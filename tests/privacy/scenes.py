"""Parties with each viewer of docs/security.md in them, and with a value in every field."""

from __future__ import annotations

import asyncio
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from itertools import count

from tests.privacy.visible_fields import result_type
from tests.web.event_client import EventClient, events
from tests.web.rest_client import Answer, Rest, guest, wait_for_answer

MEMBERS = ("leader", "member", "inside", "late")
FORMER = ("kicked", "banned", "left")
JOIN = """mutation ($code: String!) { joinParty(input: {joinCode: $code, characterClass: "Bard", clientVersion: "1.0"}) {
  __typename ... on PartyChanged { party { id joinCode cursor } ticket { token } } } }"""
ATTRIBUTES = '[{key: "mood", value: "grim"}]'
PINGS = 'pings: [{region: "eu", ms: 20}]'
ENDPOINT = '{address: "10.0.0.7", port: 7777, protocol: "udp"}'
RELAY = '{relayCode: "RELAY1", protocol: "relay"}'
_names = count(1)


@dataclass(slots=True)
class Scene:
    """One party. `viewers` are its members and former members; the other viewers are shared by all scenes."""

    party_id: str
    viewers: dict[str, Rest]
    removal_cursor: str = ""
    """A cursor from a time when the viewers kicked, banned and left were members."""
    last_seen: str = ""
    """A cursor from shortly before the end."""
    session_id: str = ""
    left_at: dict[str, int] = field(default_factory=dict)
    """By the player's id: the entry by which a former member left."""

    def stays(self) -> AbstractAsyncContextManager[EventClient]:
        """Keep one member connected while the context is open: a party is listed only while a member is connected."""
        return _watching(self, "here")

    @property
    def leader(self) -> Rest:
        return self.viewers["leader"]

    def does(self, act: str, who: str = "leader") -> Answer:
        """Send a mutation; `PARTY` and `SESSION` in its text stand for the ids. The test fails if it is rejected."""
        return done(
            self.viewers[who], act.replace("PARTY", f'"{self.party_id}"').replace("SESSION", f'"{self.session_id}"')
        )


def done(client: Rest, act: str) -> Answer:
    granted = GRANTED[result_type("Mutation", act.partition("(")[0]).name]
    answer: Answer = client.graphql(
        f"mutation {{ {act} {{ __typename ... on Rejection {{ code message }} {granted} }} }}"
    )
    outcome: Answer = next(iter(answer.values()))
    assert outcome["__typename"] != "Rejection", (act, outcome)
    return outcome


GRANTED = {
    "PartyResult": "... on PartyChanged { seq party { id joinCode cursor session { id } } ticket { token } }",
    "SessionResult": "... on SessionChanged { party { id cursor } session { id status } ticket { token } }",
    "SearchOutcome": "... on SearchChanged { search { id state } }",
}


async def create_party_scene(url: str, visibility: str = "PUBLIC", countdown_s: int = 0) -> Scene:
    """A party with members, former members, and one member who has lost the connection."""
    names = ("leader", *FORMER, "member", "inside", "gone", "here")
    viewers = {name: guest(url, f"{name.title()} {next(_names)}") for name in names}
    settings = f"{{visibility: {visibility}, countdownSeconds: 30, teams: 2, loadWaitSeconds: 1}}"
    given = f'externalKey: "scene-{next(_names)}", settings: {settings}, clientVersion: "1.0"'
    made = _create_party(viewers["leader"], f"enterParty(input: {{{given}}})")
    scene = Scene(made["id"], viewers)
    for name in names[1:]:
        joined = viewers[name].graphql(JOIN, code=made["joinCode"])["joinParty"]["party"]
    scene.removal_cursor = joined["cursor"]
    for name in ("leader", "inside"):
        scene.does(
            f'updateMember(input: {{partyId: PARTY, characterClass: "Knight", attributes: {ATTRIBUTES}, {PINGS}}})',
            name,
        )
    for name, ban in (("kicked", "false"), ("banned", "true")):
        answer = scene.does(f'kickMember(input: {{partyId: PARTY, playerId: "{viewers[name].id}", ban: {ban}}})')
        scene.left_at[viewers[name].id] = answer["seq"]
    scene.left_at[viewers["left"].id] = scene.does("leaveParty(input: {partyId: PARTY})", "left")["seq"]
    scene.does('postMessage(input: {partyId: PARTY, text: "to battle"})')
    scene.does("startSession(input: {partyId: PARTY, force: true})")
    scene.does("cancelStart(input: {partyId: PARTY})")
    settings = f'{{difficulty: "Hard", countdownSeconds: {countdown_s}}}'
    scene.does(f"updateParty(input: {{partyId: PARTY, settings: {settings}, attributes: {ATTRIBUTES}}})")
    scene.does(f'promoteMember(input: {{partyId: PARTY, playerId: "{viewers["inside"].id}"}})')
    scene.does(f'promoteMember(input: {{partyId: PARTY, playerId: "{viewers["leader"].id}"}})', "inside")
    await _lose_connection(scene, "gone")
    return scene


async def started(scene: Scene) -> Scene:
    """The countdown of its session has begun."""
    scene.session_id = scene.does("startSession(input: {partyId: PARTY, force: true})")["session"]["id"]
    return scene


async def hosted(scene: Scene, endpoint: str) -> Scene:
    """The session of the party runs, with its second host."""
    await migrating(scene)
    scene.does(f"updateSession(input: {{sessionId: SESSION, endpoint: {endpoint}, hostTerm: 2}})", "inside")
    return scene


async def migrating(scene: Scene) -> Scene:
    """The session of the party runs. The leader hosted it and has called `yieldHost`, so `inside` is asked to host it."""
    await started(scene)
    leader, path = scene.leader, f"/session/{scene.session_id}"
    wait_for_answer(lambda: leader.get(path), lambda session: session["status"] == "in_progress")
    scene.does("leaveSession(input: {sessionId: SESSION})", "member")
    scene.does("yieldHost(input: {sessionId: SESSION})")
    return scene


async def entered(scene: Scene, server: Rest, endpoint: str) -> Scene:
    """The session of the party runs on a game server, after two hosts: one member is outside, one joined late, one has spent a
    ticket."""
    await hosted(scene, endpoint)
    scene.viewers["late"] = guest(scene.leader.url, f"Late {next(_names)}")
    code = scene.does('postMessage(input: {partyId: PARTY, text: "wait"})')["party"]["joinCode"]
    scene.viewers["late"].graphql(JOIN, code=code)
    await _repeat_events(scene, endpoint)
    ticket = scene.does("joinSession(input: {sessionId: SESSION})", "inside")["ticket"]["token"]
    done(server, f'heartbeatSession(input: {{sessionId: "{scene.session_id}"}})')
    scene.does(
        f"updateSession(input: {{sessionId: SESSION, floor: 2, endpoint: {endpoint}, attributes: {ATTRIBUTES}}})"
    )
    scene.does("markLoaded(input: {sessionId: SESSION})", "inside")
    wait_for_answer(
        lambda: scene.leader.get(f"/session/{scene.session_id}"), lambda session: session["go_at"] is not None
    )
    done(server, f'spendTicket(input: {{sessionId: "{scene.session_id}", ticket: "{ticket}"}})')
    return scene


async def _repeat_events(scene: Scene, endpoint: str) -> None:
    """Repeat the events from before the late player came: a player sees no event from before they first joined."""
    scene.does("updateParty(input: {partyId: PARTY, settings: {countdownSeconds: 30}})")
    for name, leader in (("inside", "leader"), ("leader", "inside")):
        scene.does(f'promoteMember(input: {{partyId: PARTY, playerId: "{scene.viewers[name].id}"}})', leader)
    scene.does("leaveParty(input: {partyId: PARTY})", "gone")
    await _lose_connection(scene, "late")
    scene.does('updateMember(input: {partyId: PARTY, characterClass: "Rogue"})', "late")
    scene.does("yieldHost(input: {sessionId: SESSION})", "inside")
    scene.does(f"updateSession(input: {{sessionId: SESSION, endpoint: {endpoint}, hostTerm: 3}})")


async def ended(scene: Scene) -> Scene:
    scene.does('completeSession(input: {sessionId: SESSION, outcome: "the dragon sleeps"})')
    scene.does("startSession(input: {partyId: PARTY, force: true})")
    scene.does("cancelStart(input: {partyId: PARTY})")
    return scene


async def closed(scene: Scene) -> Scene:
    """The party is closed: its members have become the last members."""
    scene.last_seen = scene.does('postMessage(input: {partyId: PARTY, text: "farewell"})')["party"]["cursor"]
    scene.does("disbandParty(input: {partyId: PARTY})")
    scene.viewers = {**{name: scene.viewers[name] for name in FORMER}, "last": scene.viewers["member"]}
    return scene


def _create_party(leader: Rest, act: str) -> Answer:
    party: Answer = done(leader, act)["party"]
    return party


def _watching(scene: Scene, who: str) -> AbstractAsyncContextManager[EventClient]:
    follow = "subscription ($id: ID!) { partyEvents(partyId: $id) { __typename } }"
    client = scene.viewers[who]
    return events(client.url, follow, {"Authorization": f"Bearer {client.token}"}, id=scene.party_id)


async def _lose_connection(scene: Scene, who: str) -> None:
    """Open a stream and end it: that disconnects the player at once."""
    async with _watching(scene, who) as stream:
        await stream.receive()
    seat = f"/party/{scene.party_id}"
    async with asyncio.timeout(10):
        while not any(m["connection"] == "disconnected" for m in scene.leader.get(seat).json()["members"]):  # noqa: ASYNC110
            await asyncio.sleep(0.02)
