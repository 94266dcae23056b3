"""Each cell of the table of waiting lists in docs/security.md is compared with a running server."""

from __future__ import annotations

import pytest

from tests.privacy.conftest import Deployment
from tests.privacy.read_paths import Visit
from tests.privacy.scenes import Scene, done
from tests.privacy.security_page import Row, rows
from tests.privacy.visible_fields import VisibleFields
from tests.web.rest_client import Rest, guest


@pytest.fixture(scope="module")
def full(deployment: Deployment) -> tuple[str, dict[str, Rest]]:
    """A full party with a waiting list, and its viewers."""
    viewers = {name: guest(deployment.url, name.title()) for name in ("leader", "waiting", "member", "next")}
    settings = "{visibility: PRIVATE, maxMembers: 2}"
    attributes = '[{key: "mood", value: "grim"}]'
    party = done(viewers["leader"], f"createParty(input: {{settings: {settings}}})")["party"]
    for name in ("member", "waiting", "next"):
        done(viewers[name], f'joinParty(input: {{joinCode: "{party["joinCode"]}", wait: true}})')
    done(viewers["member"], f'updateMember(input: {{partyId: "{party["id"]}", attributes: {attributes}}})')
    return party["id"], {**deployment.shared_viewers, **viewers}


def visible_to(full: tuple[str, dict[str, Rest]], viewer: str) -> VisibleFields:
    party_id, viewers = full
    visit = Visit(viewers[viewer], Scene(party_id, {}))
    visit.query("party", id=party_id)
    visit.query("partyHistory", partyId=party_id, first=50)
    answer = visit.client.get(f"/party/{party_id}")
    visit.visible.take_view("Party", answer.json() if answer.status_code == 200 else None)
    return visit.visible


@pytest.mark.parametrize("row", rows("Waiting for a seat"), ids=lambda row: row.names[0])
def test_who_sees_what_of_a_waiting_list(row: Row, full: tuple[str, dict[str, Rest]]) -> None:
    for viewer, cell in row.cells.items():
        visible = visible_to(full, viewer)
        for name in row.names:
            assert visible.sees(name) is (cell != "no"), f"{name} to {viewer}"


def test_a_player_who_waits_sees_no_more_than_a_stranger_of_a_public_party(full: tuple[str, dict[str, Rest]]) -> None:
    visible = visible_to(full, "waiting")
    assert visible.sees("Party.members")
    for name in ("Party.joinCode", "Party.joinUrl", "Member.attributes", "PartyEvent.seq"):
        assert not visible.sees(name), name


def test_a_player_who_waits_cannot_follow_the_party(full: tuple[str, dict[str, Rest]]) -> None:
    party_id, viewers = full
    text = f'mutation {{ setReady(input: {{partyId: "{party_id}", ready: true, settingsVersion: 1}}) '
    text += "{ ... on Rejection { code } } }"
    assert viewers["waiting"].graphql(text)["setReady"]["code"] == "NOT_FOUND"
