"""Each cell of the table of searches in docs/security.md is compared with a running server."""

from __future__ import annotations

import pytest

from tests.privacy.conftest import Deployment
from tests.privacy.read_paths import Visit
from tests.privacy.scenes import Scene, done
from tests.privacy.security_page import Row, rows
from tests.privacy.visible_fields import VisibleFields
from tests.web.rest_client import Rest, guest, wait_for_answer

CRITERIA = '{gameType: COOP, size: 2, region: "of the privacy tests"}'


@pytest.fixture(scope="module")
def matched(deployment: Deployment) -> tuple[dict[str, Rest], dict[str, str]]:
    """The viewers who have a part in a match, and their parties: the party that stays, and the party that has closed."""
    match(deployment)  # so that the searches of the next one have an estimate
    return match(deployment)


def match(deployment: Deployment) -> tuple[dict[str, Rest], dict[str, str]]:
    viewers = {name: guest(deployment.url, name.title()) for name in ("member", "former")}
    parties = {name: done(viewer, "createParty(input: {})")["party"]["id"] for name, viewer in viewers.items()}
    for name, party in parties.items():
        done(viewers[name], f'cancelSearch(input: {{searchId: "{start(viewers[name], party)}"}})')
    searches = {name: start(viewers[name], party) for name, party in parties.items()}
    for name, search in searches.items():
        wait_for_answer(
            lambda name=name: viewers[name].get(f"/party/{parties[name]}"),  # type: ignore[misc]
            lambda party: party["search"]["state"] == "proposed",
        )
        done(viewers[name], f'acceptMatch(input: {{searchId: "{search}"}})')
    return viewers, parties


def start(leader: Rest, party_id: str) -> str:
    search: str = done(leader, f'startSearch(input: {{partyId: "{party_id}", criteria: {CRITERIA}}})')["search"]["id"]
    return search


def visible_to(client: Rest, *party_ids: str) -> VisibleFields:
    visible = VisibleFields()
    for party_id in party_ids:
        visit = Visit(client, Scene(party_id, {}), visible=visible)
        visit.query("party", id=party_id)
        visit.query("partyHistory", partyId=party_id, first=50)
        answer = client.get(f"/party/{party_id}")
        visible.take_view("Party", answer.json() if answer.status_code == 200 else None)
    return visible


@pytest.mark.parametrize("row", rows("Searches for other parties"), ids=lambda row: row.names[0])
def test_who_sees_what_of_a_search(
    row: Row, deployment: Deployment, matched: tuple[dict[str, Rest], dict[str, str]]
) -> None:
    viewers, parties = matched
    for viewer, cell in row.cells.items():
        if viewer in viewers:
            visible = visible_to(viewers[viewer], parties[viewer])
        else:
            visible = visible_to(deployment.shared_viewers[viewer], *parties.values())
        for name in row.names:
            assert visible.sees(name) is (cell != "no"), f"{name} to {viewer}"


def test_rest_shows_a_search_as_a_flat_object(matched: tuple[dict[str, Rest], dict[str, str]]) -> None:
    viewers, parties = matched
    search = viewers["member"].get(f"/party/{parties['member']}").json()["search"]
    assert (search["state"], search["matched_party_id"]) == ("matched", parties["member"])
    assert "party" not in search
    assert search["accepted"] == [viewers["member"].id]
