"""An attempt at each mutation, on a party whose session runs."""

from __future__ import annotations

from tests.privacy.scenes import Scene
from tests.web.rest_client import Rest

ATTEMPTS = {
    "signInAsGuest": 'input: {displayName: "Eve"}',
    "signInWith": 'input: {provider: "discord", token: "x"}',
    "linkIdentity": 'input: {provider: "discord", token: "x"}',
    "refreshCredentials": 'refreshToken: "x"',
    "createParty": "input: {}",
    "joinParty": 'input: {partyId: PARTY, clientVersion: "1.0"}',
    "enterParty": 'input: {externalKey: "another-activity"}',
    "quickJoin": 'input: {filter: {nameContains: "nothing by this name"}}',
    "invitePlayer": 'input: {partyId: PARTY, playerId: "a friend"}',
    "acceptInvite": 'input: {inviteId: "x"}',
    "declineInvite": 'input: {inviteId: "x"}',
    "revokeInvite": 'input: {inviteId: "x"}',
    "blockPlayer": 'input: {playerId: "a foe"}',
    "unblockPlayer": 'input: {playerId: "a foe"}',
    "updateParty": 'input: {partyId: PARTY, settings: {name: "Mine"}}',
    "kickMember": "input: {partyId: PARTY, playerId: PLAYER}",
    "promoteMember": "input: {partyId: PARTY, playerId: PLAYER}",
    "rotateJoinCode": "input: {partyId: PARTY}",
    "disbandParty": "input: {partyId: PARTY}",
    "cancelStart": "input: {partyId: PARTY}",
    "startSession": "input: {partyId: PARTY}",
    "claimLeadership": "input: {partyId: PARTY}",
    "leaveParty": "input: {partyId: PARTY}",
    "stopWaiting": "input: {partyId: PARTY}",
    "updateMember": 'input: {partyId: PARTY, characterClass: "Rogue"}',
    "setReady": "input: {partyId: PARTY, ready: true, settingsVersion: 1}",
    "setTeam": "input: {partyId: PARTY, team: 1}",
    "shuffleTeams": "input: {partyId: PARTY}",
    "muteMember": "input: {partyId: PARTY, playerId: PLAYER, muted: true}",
    "postMessage": 'input: {partyId: PARTY, text: "hello"}',
    "joinSession": "input: {sessionId: SESSION}",
    "leaveSession": "input: {sessionId: SESSION}",
    "markLoaded": "input: {sessionId: SESSION}",
    "updateSession": "input: {sessionId: SESSION, floor: 3}",
    "yieldHost": "input: {sessionId: SESSION}",
    "completeSession": "input: {sessionId: SESSION}",
    "saveCheckpoint": 'input: {sessionId: SESSION, data: "x"}',
    "continueRun": "input: {sessionId: SESSION}",
    "abandonSession": "input: {sessionId: SESSION}",
    "heartbeatSession": "input: {sessionId: SESSION}",
    "reportPlayer": 'input: {partyId: PARTY, playerId: PLAYER, reason: "rude"}',
    "banPlayer": 'input: {playerId: PLAYER, reason: "rude"}',
    "unbanPlayer": 'input: {playerId: PLAYER, reason: "sorry"}',
    "removePlayer": 'input: {playerId: PLAYER, reason: "rude"}',
    "closeParty": 'input: {partyId: PARTY, reason: "rude"}',
    "announce": 'input: {text: "hello"}',
    "setMaintenance": "input: {}",
    "resolveReport": 'input: {reportId: "r", resolution: "warned"}',
    "erasePlayer": 'input: {playerId: PLAYER, reason: "as asked"}',
    "reportPlayers": "input: {sessionId: SESSION, entered: [PLAYER]}",
    "startSearch": "input: {partyId: PARTY, criteria: {gameType: COOP, size: 8}}",
    "cancelSearch": 'input: {searchId: "unknown.1"}',
    "acceptMatch": 'input: {searchId: "unknown.1"}',
    "declineMatch": 'input: {searchId: "unknown.1"}',
    "spendTicket": 'input: {sessionId: SESSION, ticket: "x"}',
}


def outcome(client: Rest, scene: Scene, mutation: str) -> str:
    """The code of the rejection or error; "yes" if the mutation is accepted."""
    arguments = ATTEMPTS[mutation]
    ids = {"PARTY": scene.party_id, "SESSION": scene.session_id, "PLAYER": scene.viewers["inside"].id}
    for name, value in ids.items():
        arguments = arguments.replace(name, f'"{value}"')
    text = f"mutation {{ {mutation}({arguments}) {{ __typename ... on Rejection {{ code }} }} }}"
    answer = client.post("/graphql", {"query": text}).json()
    if "errors" in answer:
        return str(answer["errors"][0]["extensions"]["code"])
    return str(answer["data"][mutation].get("code", "yes"))
