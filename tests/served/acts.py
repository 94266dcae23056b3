"""Every mutation that takes an idempotency key: a scene in which it goes through, and another input that differs."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from tests.journey.parties import party_of, proposed_search, ready, session_of
from tests.journey.players import Player
from tools.demo.answers import Answer


@dataclass(frozen=True, slots=True)
class Act:
    """`operation` of client_queries with `fields`, done by `actor`; `other` replaces some of them."""

    actor: Player
    operation: str
    fields: Answer
    other: Answer
    party_id: str | None
    """The party whose log must not grow by a replay; None where the act makes it."""
    witness: Player
    """Who can read that log, also when the actor no longer can."""


Scene = Callable[[Player, Player], Awaitable[Act]]


@dataclass(frozen=True, slots=True)
class InParty:
    """Ann leads, Bob is in; either acts."""

    operation: str
    other: Answer
    fields: Answer = field(default_factory=dict)
    by_leader: bool = True
    names_bob: bool = False
    settings: Answer = field(default_factory=dict)

    async def __call__(self, ann: Player, bob: Player) -> Act:
        party = await party_of(ann, bob, **self.settings)
        fields = {"partyId": party["id"], **self.fields, **({"playerId": bob.id} if self.names_bob else {})}
        return Act(ann if self.by_leader else bob, self.operation, fields, self.other, party["id"], ann)


@dataclass(frozen=True, slots=True)
class InSession:
    """The same while a session runs."""

    operation: str
    other: Answer
    fields: Answer = field(default_factory=dict)
    by_leader: bool = True

    async def __call__(self, ann: Player, bob: Player) -> Act:
        party, session = await session_of(ann, bob)
        fields = {"sessionId": session["id"], **self.fields}
        return Act(ann if self.by_leader else bob, self.operation, fields, self.other, party["id"], ann)


async def creating(ann: Player, bob: Player) -> Act:
    return Act(ann, "CreateParty", {"settings": {"name": "Mine"}}, {"settings": {"name": "Other"}}, None, ann)


async def joining(ann: Player, bob: Player) -> Act:
    party = await party_of(ann)
    return Act(bob, "JoinById", {"partyId": party["id"]}, {"characterClass": "Knight"}, party["id"], ann)


async def joining_by_code(ann: Player, bob: Player) -> Act:
    party = await party_of(ann)
    return Act(bob, "JoinByCode", {"joinCode": party["joinCode"]}, {"characterClass": "Knight"}, party["id"], ann)


async def joining_quickly(ann: Player, bob: Player) -> Act:
    """Found by an attribute that no other party has."""
    party = await party_of(ann)
    mark = [{"key": "mark", "value": ann.id}]
    await ann.does("UpdateParty", partyId=party["id"], attributes=mark)
    return Act(bob, "QuickJoin", {"filter": {"attributes": mark}}, {"characterClass": "Knight"}, party["id"], ann)


async def claiming(ann: Player, bob: Player) -> Act:
    """The lead that one has can be claimed at any time; that is stored like anything else."""
    party = await party_of(ann, bob)
    return Act(ann, "ClaimLeadership", {"partyId": party["id"]}, {"ifVersion": party["version"]}, party["id"], ann)


async def starting(ann: Player, bob: Player) -> Act:
    party = await party_of(ann, bob, countdownSeconds=30)
    await ready(party, bob)
    return Act(ann, "StartSession", {"partyId": party["id"]}, {"force": True}, party["id"], ann)


async def cancelling(ann: Player, bob: Player) -> Act:
    act = await starting(ann, bob)
    await ann.does("StartSession", **act.fields)
    return Act(ann, "CancelStart", act.fields, {"ifVersion": 1}, act.party_id, ann)


async def cancelling_search(ann: Player, bob: Player) -> Act:
    party = await party_of(ann, bob)
    criteria = {"gameType": "COOP", "size": 8, "region": "nowhere"}
    search = (await ann.does("StartSearch", partyId=party["id"], criteria=criteria))["search"]
    return Act(ann, "CancelSearch", {"searchId": search["id"]}, {"searchId": "other.1"}, party["id"], ann)


@dataclass(frozen=True, slots=True)
class Answering:
    """The parties of Ann and Bob are proposed a match, and Ann answers first."""

    operation: str

    async def __call__(self, ann: Player, bob: Player) -> Act:
        criteria = {"gameType": "COOP", "size": 2, "region": ann.id[:32]}
        parties = [await party_of(player) for player in (ann, bob)]
        for player, party in zip((ann, bob), parties, strict=True):
            await player.does("StartSearch", partyId=party["id"], criteria=criteria)
        search = await proposed_search(ann)
        return Act(ann, self.operation, {"searchId": search["id"]}, {"searchId": "other.1"}, parties[0]["id"], ann)


async def entering(ann: Player, bob: Player) -> Act:
    return Act(ann, "EnterParty", {"externalKey": f"key-{ann.id}"}, {"characterClass": "Knight"}, None, ann)


async def inviting(ann: Player, bob: Player) -> Act:
    party = await party_of(ann)
    fields = {"partyId": party["id"], "playerId": bob.id}
    return Act(ann, "InvitePlayer", fields, {"playerId": ann.id}, party["id"], ann)


@dataclass(frozen=True, slots=True)
class WithInvite:
    """Ann has invited Bob to her party."""

    operation: str
    by_inviter: bool = False

    async def __call__(self, ann: Player, bob: Player) -> Act:
        party = await party_of(ann)
        invite = (await ann.does("InvitePlayer", partyId=party["id"], playerId=bob.id))["invite"]
        other = {"inviteId": f"{party['id']}.other"}
        return Act(ann if self.by_inviter else bob, self.operation, {"inviteId": invite["id"]}, other, party["id"], ann)


async def giving_up_a_wait(ann: Player, bob: Player) -> Act:
    party = await party_of(ann, maxMembers=1)
    await bob.does("JoinById", partyId=party["id"], wait=True)
    return Act(bob, "StopWaiting", {"partyId": party["id"]}, {"ifVersion": 1}, party["id"], ann)


async def blocking(ann: Player, bob: Player) -> Act:
    """The party is there for its log, which blocks do not change."""
    party = await party_of(ann)
    return Act(ann, "BlockPlayer", {"playerId": bob.id}, {"playerId": party["id"]}, party["id"], ann)


async def unblocking(ann: Player, bob: Player) -> Act:
    act = await blocking(ann, bob)
    await ann.does("BlockPlayer", **act.fields)
    return Act(ann, "UnblockPlayer", act.fields, act.other, act.party_id, ann)


async def continuing(ann: Player, bob: Player) -> Act:
    party, session = await session_of(ann, bob)
    await ann.does("SaveCheckpoint", sessionId=session["id"], data="state")
    await ann.does("CompleteSession", sessionId=session["id"])
    await ann.does("LeaveParty", partyId=party["id"])
    return Act(ann, "ContinueRun", {"sessionId": session["id"]}, {"leaveCurrent": True}, None, ann)


SCENES: dict[str, Scene] = {
    "createParty": creating,
    "joinParty": joining,
    "joinParty by code": joining_by_code,
    "quickJoin": joining_quickly,
    "updateParty": InParty("UpdateParty", {"settings": {"name": "Other"}}, {"settings": {"name": "New"}}),
    "leaveParty": InParty("LeaveParty", {"ifVersion": 1}, by_leader=False),
    "disbandParty": InParty("DisbandParty", {"ifVersion": 1}),
    "kickMember": InParty("KickMember", {"ban": True}, names_bob=True),
    "promoteMember": InParty("PromoteMember", {"ifVersion": 1}, names_bob=True),
    "claimLeadership": claiming,
    "rotateJoinCode": InParty("RotateJoinCode", {"ifVersion": 1}),
    "muteMember": InParty("MuteMember", {"muted": False}, {"muted": True}, names_bob=True),
    "updateMember": InParty("UpdateMember", {"characterClass": "Mage"}, {"characterClass": "Knight"}, by_leader=False),
    "setTeam": InParty("SetTeam", {"team": 2}, {"team": 1}, by_leader=False, settings={"teams": 2}),
    "shuffleTeams": InParty("ShuffleTeams", {"ifVersion": 1}, settings={"teams": 2}),
    "setReady": InParty("SetReady", {"ready": False}, {"ready": True, "settingsVersion": 1}, by_leader=False),
    "postMessage": InParty("PostMessage", {"text": "bye"}, {"text": "hello"}, by_leader=False),
    "startSearch": InParty(
        "StartSearch",
        {"criteria": {"gameType": "PVP", "size": 8}},
        {"criteria": {"gameType": "COOP", "size": 8, "region": "nowhere"}},
    ),
    "cancelSearch": cancelling_search,
    "acceptMatch": Answering("AcceptMatch"),
    "declineMatch": Answering("DeclineMatch"),
    "startSession": starting,
    "cancelStart": cancelling,
    "joinSession": InSession("JoinSession", {"sessionId": "other"}, by_leader=False),
    "leaveSession": InSession("LeaveSession", {"sessionId": "other"}, by_leader=False),
    "markLoaded": InSession("MarkLoaded", {"sessionId": "other"}, by_leader=False),
    "updateSession": InSession("UpdateSession", {"floor": 3}, {"floor": 2}),
    "yieldHost": InSession("YieldHost", {"sessionId": "other"}),
    "saveCheckpoint": InSession("SaveCheckpoint", {"data": "other"}, {"data": "state"}),
    "continueRun": continuing,
    "enterParty": entering,
    "invitePlayer": inviting,
    "acceptInvite": WithInvite("AcceptInvite"),
    "declineInvite": WithInvite("DeclineInvite"),
    "revokeInvite": WithInvite("RevokeInvite", by_inviter=True),
    "stopWaiting": giving_up_a_wait,
    "blockPlayer": blocking,
    "unblockPlayer": unblocking,
    "completeSession": InSession("CompleteSession", {"outcome": "lost"}, {"outcome": "won"}),
}
"""By the name of the mutation, and what sets it apart where there are two ways."""
