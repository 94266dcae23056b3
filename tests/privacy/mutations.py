"""One good try at each mutation, as anybody may make it on a party that has a session running."""

from __future__ import annotations

from tests.http.rest_client import Rest
from tests.privacy.scenes import Scene

ACTS = {
    "signInAsGuest": 'input: {displayName: "Eve"}',
    "refreshCredentials": 'refreshToken: "x"',
    "createParty": "input: {}",
    "joinParty": "input: {partyId: PARTY}",
    "quickJoin": 'input: {filter: {nameContains: "nothing by this name"}}',
    "updateParty": 'input: {partyId: PARTY, settings: {name: "Mine"}}',
    "kickMember": "input: {partyId: PARTY, playerId: PLAYER}",
    "promoteMember": "input: {partyId: PARTY, playerId: PLAYER}",
    "rotateJoinCode": "input: {partyId: PARTY}",
    "disbandParty": "input: {partyId: PARTY}",
    "cancelStart": "input: {partyId: PARTY}",
    "startSession": "input: {partyId: PARTY}",
    "claimLeadership": "input: {partyId: PARTY}",
    "leaveParty": "input: {partyId: PARTY}",
    "updateMember": 'input: {partyId: PARTY, characterClass: "Rogue"}',
    "setReady": "input: {partyId: PARTY, ready: true, settingsVersion: 1}",
    "postMessage": 'input: {partyId: PARTY, text: "hello"}',
    "joinSession": "input: {sessionId: SESSION}",
    "leaveSession": "input: {sessionId: SESSION}",
    "updateSession": "input: {sessionId: SESSION, floor: 3}",
    "completeSession": "input: {sessionId: SESSION}",
    "abandonSession": "input: {sessionId: SESSION}",
    "heartbeatSession": "input: {sessionId: SESSION}",
    "reportPlayers": "input: {sessionId: SESSION, entered: [PLAYER]}",
    "spendTicket": 'input: {sessionId: SESSION, ticket: "x"}',
}


def outcome(client: Rest, scene: Scene, mutation: str) -> str:
    """The code of the refusal; "yes" where there is none."""
    arguments = ACTS[mutation]
    ids = {"PARTY": scene.party_id, "SESSION": scene.session_id, "PLAYER": scene.viewers["inside"].id}
    for name, value in ids.items():
        arguments = arguments.replace(name, f'"{value}"')
    text = f"mutation {{ {mutation}({arguments}) {{ __typename ... on Rejection {{ code }} }} }}"
    answer = client.post("/graphql", {"query": text}).json()
    if "errors" in answer:
        return str(answer["errors"][0]["extensions"]["code"])
    return str(answer["data"][mutation].get("code", "yes"))
