"""Each cell of the table of invites and blocks in docs/security.md is compared with a running server."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from tests.privacy.conftest import Deployment
from tests.privacy.read_paths import READ_PATHS, Visit
from tests.privacy.scenes import Scene
from tests.privacy.security_page import Row, rows
from tests.privacy.visible_fields import VisibleFields
from tests.web.rest_client import Rest, guest


@dataclass(frozen=True, slots=True)
class Invited:
    """A party with a pending invite, a hidden one and one that has ended, and the viewers of the table."""

    scene: Scene
    viewers: dict[str, Rest]


def run(client: Rest, act: str) -> None:
    answer = client.graphql(f"mutation {{ {act} {{ __typename }} }}")
    assert next(iter(answer.values()))["__typename"] != "Rejection", answer


@pytest.fixture(scope="module")
def invited(deployment: Deployment) -> Invited:
    names = ("leader", "member", "invitee", "blocker", "revoked")
    viewers = {name: guest(deployment.url, name.title()) for name in names}
    leader = viewers["leader"]
    party = leader.graphql("mutation { createParty(input: {}) { ... on PartyChanged { party { id } } } }")
    scene = Scene(party["createParty"]["party"]["id"], viewers)
    run(viewers["member"], f'joinParty(input: {{partyId: "{scene.party_id}"}})')
    run(viewers["blocker"], f'blockPlayer(input: {{playerId: "{leader.id}"}})')
    for name in ("revoked", "invitee", "blocker"):
        run(leader, f'invitePlayer(input: {{partyId: "{scene.party_id}", playerId: "{viewers[name].id}"}})')
    (received,) = viewers["revoked"].graphql("{ invites { id } }")["invites"]
    run(leader, f'revokeInvite(input: {{inviteId: "{received["id"]}"}})')
    return Invited(scene, {**viewers, **deployment.shared_viewers})


async def visible_to(invited: Invited, viewer: str) -> VisibleFields:
    """The fields that the viewer sees by all ways that lead to them."""
    visit = Visit(invited.viewers[viewer], invited.scene)
    for path in ("Query.party", "Query.partyHistory", "Query.myParty", "GET /party/{party_id}", "/updates"):
        await READ_PATHS[path](visit)
    await READ_PATHS["Subscription.partyEvents"](visit)
    for root in ("invites", "blockedPlayers"):
        visit.visible.values[f"Query.{root}"].append(visit.query(root))
    return visit.visible


@pytest.mark.parametrize("row", rows("Invites and blocks"), ids=lambda row: row.names[0])
async def test_who_sees_what_of_invites_and_blocks(row: Row, invited: Invited) -> None:
    for viewer, cell in row.cells.items():
        visible = await visible_to(invited, viewer)
        for name in row.names:
            assert visible.sees(name) is (cell != "no"), f"{name} to {viewer}"


def test_an_invitee_sees_no_invite_but_the_own(invited: Invited) -> None:
    invitee = invited.viewers["invitee"]
    (received,) = invitee.graphql("{ invites { to { id } party { invites { id } joinCode } } }")["invites"]
    assert received == {"to": {"id": invitee.id}, "party": {"invites": [], "joinCode": None}}


def test_rest_shows_members_the_pending_invites_with_their_players(invited: Invited) -> None:
    leader, member = invited.viewers["leader"], invited.viewers["member"]
    shown = member.get(f"/party/{invited.scene.party_id}").json()["invites"]
    assert [invite["to"]["player_id"] for invite in shown] == [
        invited.viewers[name].id for name in ("invitee", "blocker")
    ]
    assert shown[0]["from"] == {"player_id": leader.id, "display_name": "Leader"}
    assert shown[0].keys() == shown[1].keys() == {"id", "from", "to", "state", "created_at", "expires_at"}
    assert [invite["state"] for invite in shown] == ["pending", "pending"], "nothing tells that one is hidden"
