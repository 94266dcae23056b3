"""Each cell of the table of the inbox in docs/security.md is compared with a running server."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from tests.privacy.conftest import Deployment
from tests.privacy.scenes import done
from tests.privacy.security_page import Row, rows
from tests.web.event_client import events
from tests.web.rest_client import Rest, guest

FOLLOW = """
subscription ($after: Cursor) {
  inbox(after: $after) {
    __typename seq cursor at
    ... on InboxSnapshot { party { id joinCode } invites { id party { id joinCode } } }
    ... on MembershipChanged { party { id joinCode } leaveReason }
    ... on WaitingUpdated { party { id joinCode } isWaiting heldUntil }
    ... on SearchUpdated { search { id state party { id joinCode } } }
    ... on Announced { text }
    ... on InviteUpdated { invite { id state party { id joinCode } } }
  }
}
"""
INVITE = """
mutation ($input: InvitePlayerInput!) { invitePlayer(input: $input) { ... on InviteChanged { invite { id } } } }
"""


@dataclass(frozen=True, slots=True)
class Scene:
    """A player who was invited into a party, came into it, searched with it, got a message from a moderator, was kicked, and
    waits for a seat in another one."""

    viewers: dict[str, Rest]
    party_id: str
    start: str
    """The cursor of the player before that."""


async def inbox(client: Rest, after: str | None, count: int) -> list[dict[str, Any]] | None:
    """The first events; None for a viewer without an inbox."""
    headers = {"Authorization": f"Bearer {client.token}"} if client.token else {}
    found: list[dict[str, Any]] = []
    async with events(client.url, FOLLOW, headers, after=after) as stream:
        for _ in range(count):
            event = await stream.receive()
            assert event is not None
            if event.result["data"] is None:
                assert event.result["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
                return None
            found.append(event.result["data"]["inbox"])
    return found


@pytest.fixture(scope="module")
async def scene(deployment: Deployment) -> Scene:
    leader, player = guest(deployment.url, "Leader"), guest(deployment.url, "Player")
    first = await inbox(player, None, 1)
    assert first is not None
    party = done(leader, "createParty(input: {settings: {visibility: INVITE_ONLY}})")["party"]["id"]
    invite = leader.graphql(INVITE, input={"partyId": party, "playerId": player.id})["invitePlayer"]["invite"]["id"]
    done(player, f'acceptInvite(input: {{inviteId: "{invite}"}})')
    criteria = '{gameType: COOP, size: 8, region: "of the inbox tests"}'
    done(leader, f'startSearch(input: {{partyId: "{party}", criteria: {criteria}}})')
    told = f'announce(input: {{text: "words for members", partyId: "{party}"}})'
    act = deployment.moderator.graphql(f"mutation {{ act: {told} {{ __typename }} }}")["act"]
    assert act["__typename"] == "Moderated"
    done(leader, f'kickMember(input: {{partyId: "{party}", playerId: "{player.id}"}})')
    other = guest(deployment.url, "Other")
    full = done(other, "createParty(input: {settings: {maxMembers: 1}})")["party"]["id"]
    done(player, f'joinParty(input: {{partyId: "{full}", wait: true}})')
    viewers = {"player": player, "leader": leader, **deployment.shared_viewers}
    return Scene(viewers, party, first[0]["cursor"])


@pytest.mark.parametrize("row", rows("The inbox"), ids=lambda row: row.names[0])
async def test_who_sees_what_of_an_inbox(row: Row, scene: Scene) -> None:
    for viewer, cell in row.cells.items():
        replayed = await inbox(scene.viewers[viewer], scene.start, 7)
        snapshot = await inbox(scene.viewers[viewer], None, 1)
        assert (replayed is not None) is (snapshot is not None) is (cell == "own")
        seen = {f"{event['__typename']}.{name}" for event in (*(replayed or ()), *(snapshot or ())) for name in event}
        seen |= {"InboxEvent.seq", "InboxEvent.cursor", "InboxEvent.at", "Subscription.inbox"} if replayed else set()
        assert seen >= (set(row.names) if cell == "own" else set()), viewer


async def test_an_inbox_shows_what_its_player_may_see_now(scene: Scene) -> None:
    """The player was a member when the entry was written, and is a stranger when it is sent."""
    replayed = await inbox(scene.viewers["player"], scene.start, 6)
    assert replayed is not None
    kinds = [event["__typename"] for event in replayed]
    assert sorted(kinds) == [
        "Announced",
        "InviteUpdated",
        "InviteUpdated",
        "MembershipChanged",
        "MembershipChanged",
        "SearchUpdated",
    ]
    parties = [
        event.get("party") or (event.get("invite") or event.get("search") or {}).get("party") for event in replayed
    ]
    assert {party["joinCode"] for party in parties if party} == {None}


async def test_words_for_a_party_are_in_no_other_inbox(scene: Scene, deployment: Deployment) -> None:
    """Nor are they in the log of the party, which a member reads later."""
    other = await inbox(deployment.shared_viewers["outsider"], None, 1)
    assert other is not None
    leader = scene.viewers["leader"]
    history = leader.graphql(
        "query ($id: ID!) { partyHistory(partyId: $id) { __typename ... on MessagePosted { text } } }",
        id=scene.party_id,
    )
    assert "words for members" not in str(history) + str(other)


async def test_the_cursor_of_another_player_reveals_nothing(scene: Scene) -> None:
    replayed = await inbox(scene.viewers["player"], scene.start, 1)
    assert replayed is not None
    other = await inbox(scene.viewers["outsider"], replayed[0]["cursor"], 1)
    assert other is not None
    assert (other[0]["__typename"], other[0]["party"], other[0]["invites"]) == ("InboxSnapshot", None, [])
