"""Each cell of the table of saved runs in docs/security.md is compared with a running server."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from tests.privacy.conftest import Deployment
from tests.privacy.read_paths import Visit
from tests.privacy.scenes import Scene, done
from tests.privacy.security_page import Row, rows
from tests.privacy.visible_fields import VisibleFields
from tests.web.rest_client import Rest, guest, wait_for_answer


@dataclass(frozen=True, slots=True)
class Continued:
    """A party that continues a run, with its session running, and the viewers of the table."""

    party_id: str
    session_id: str
    run_id: str
    viewers: dict[str, Rest]


def start(leader: Rest, party_id: str) -> str:
    session: str = done(leader, f'startSession(input: {{partyId: "{party_id}", force: true}})')["session"]["id"]
    wait_for_answer(lambda: leader.get(f"/session/{session}"), lambda found: found["status"] == "in_progress")
    return session


@pytest.fixture(scope="module")
def continued(deployment: Deployment) -> Continued:
    names = ("leader", "run", "held", "member")
    viewers = {name: guest(deployment.url, name.title()) for name in names}
    leader = viewers["leader"]
    settings = "{visibility: PUBLIC, countdownSeconds: 0, teams: 2}"
    party = done(leader, f"createParty(input: {{settings: {settings}}})")["party"]["id"]
    for name in ("run", "held"):
        done(viewers[name], f'joinParty(input: {{partyId: "{party}", characterClass: "Bard"}})')
    run = start(leader, party)
    done(leader, f'saveCheckpoint(input: {{sessionId: "{run}", data: "state", label: "the bridge"}})')
    done(leader, f'completeSession(input: {{sessionId: "{run}", outcome: "won"}})')
    for name in ("run", "held"):
        done(viewers[name], f'leaveParty(input: {{partyId: "{party}"}})')
    opened = done(leader, f'continueRun(input: {{sessionId: "{run}", leaveCurrent: true}})')["party"]["id"]
    done(leader, f'kickMember(input: {{partyId: "{opened}", playerId: "{viewers["run"].id}"}})')
    done(viewers["member"], f'joinParty(input: {{partyId: "{opened}"}})')
    return Continued(opened, start(leader, opened), run, {**viewers, **deployment.shared_viewers})


def visible_to(continued: Continued, viewer: str) -> VisibleFields:
    """The fields that the viewer sees by all ways that lead to them."""
    scene = Scene(continued.party_id, {}, session_id=continued.session_id)
    visit = Visit(continued.viewers[viewer], scene)
    visit.query("party", id=continued.party_id)
    visit.query("session", id=continued.session_id)
    runs = visit.query("myRuns")
    data = visit.query("checkpointData", sessionId=continued.run_id)
    own = (runs or {}).get("nodes") or None
    visit.visible.values["Query.myRuns"].append(own)
    visit.visible.values["Query.checkpointData"].append(data)
    if own is None:
        visit.visible.values["RunConnection.pageInfo"].clear()
    for path, kind in ((f"/party/{continued.party_id}", "Party"), (f"/session/{continued.session_id}", "Session")):
        answer = visit.client.get(path)
        visit.visible.take_view(kind, answer.json() if answer.status_code == 200 else None)
    return visit.visible


@pytest.mark.parametrize("row", rows("Saved runs"), ids=lambda row: row.names[0])
def test_who_sees_what_of_a_saved_run(row: Row, continued: Continued) -> None:
    for viewer, cell in row.cells.items():
        visible = visible_to(continued, viewer)
        for name in row.names:
            assert visible.sees(name) is (cell != "no"), f"{name} to {viewer}"


def test_rest_shows_reservations_and_checkpoint_as_flat_objects(continued: Continued) -> None:
    member, held = continued.viewers["member"], continued.viewers["held"]
    (reservation,) = member.get(f"/party/{continued.party_id}").json()["reservations"]
    assert (reservation["player_id"], reservation["display_name"]) == (held.id, "Held")
    assert (reservation["reason"], reservation["character_class"], reservation["team"]) == ("continued_run", "Bard", 1)
    assert reservation["until"].endswith("Z")
    checkpoint = member.get(f"/session/{continued.session_id}").json()["checkpoint"]
    assert (checkpoint["bytes"], checkpoint["floor"], checkpoint["label"]) == (5, 1, "the bridge")


def test_the_data_is_read_by_the_session_that_continues_too(continued: Continued) -> None:
    for viewer, data in (("member", "state"), ("held", "state"), ("server", "state"), ("outsider", None)):
        text = f'{{ checkpointData(sessionId: "{continued.session_id}") }}'
        assert continued.viewers[viewer].post("/graphql", {"query": text}).json()["data"]["checkpointData"] == data


def test_a_game_server_saves_and_loads_with_its_service_key(deployment: Deployment) -> None:
    leader, server = guest(deployment.url), deployment.server
    party = done(leader, "createParty(input: {settings: {countdownSeconds: 0}})")["party"]["id"]
    session = start(leader, party)
    for data in ("first", "second"):
        done(server, f'saveCheckpoint(input: {{sessionId: "{session}", data: "{data}"}})')
    done(server, f'completeSession(input: {{sessionId: "{session}"}})')
    text = f'{{ checkpointData(sessionId: "{session}") }}'
    assert server.post("/graphql", {"query": text}).json()["data"]["checkpointData"] == "second"
    assert leader.post("/graphql", {"query": text}).json()["data"]["checkpointData"] == "second"
