"""Each cell of the tables in docs/security.md is compared with a running server."""

from __future__ import annotations

import jwt
import pytest

from tests.privacy.conftest import PARTLY_READ, Deployment
from tests.privacy.mutations import ATTEMPTS, outcome
from tests.privacy.read_paths import READ_PATHS, Visit
from tests.privacy.scenes import FORMER, Scene
from tests.privacy.security_page import NONE, Row, rows
from tests.privacy.visible_fields import VisibleFields
from tests.web.rest_client import Rest

EXISTENCE, VISIBILITY, PERMISSIONS = rows("What is there"), rows("What it shows"), rows("Who may do what")
VIEWERS = tuple(VISIBILITY[0].cells)
READ = ("Query.party", "Query.session", "Query.sessions", "Query.partyHistory")
"""These are enough to see every field of a party."""

Findings = dict[tuple[str, str, str], str]
"""The findings of each read path, by read path, kind of party, and viewer."""


@pytest.fixture(scope="package")
async def findings(deployment: Deployment, scenes: dict[str, Scene]) -> tuple[Findings, dict[str, VisibleFields]]:
    """Every viewer has read every party in every way. The party that was created last comes first, while its countdown runs."""
    found: Findings = {}
    visible = {viewer: VisibleFields() for viewer in VIEWERS}
    for kind, scene in reversed(scenes.items()):
        for viewer in VIEWERS:
            client = deployment.viewer(viewer, scene)
            for way, visit in READ_PATHS.items() if client is not None else ():
                if kind not in PARTLY_READ or way in READ:
                    found[way, kind, viewer] = await visit(_visit(client, scene, viewer, visible[viewer]))
    return found, visible


def _visit(client: Rest | None, scene: Scene, viewer: str, visible: VisibleFields) -> Visit:
    assert client is not None
    after = scene.removal_cursor if viewer in FORMER else scene.last_seen if viewer == "last" else ""
    return Visit(client, scene, after, visible)


@pytest.mark.parametrize("row", EXISTENCE, ids=lambda row: f"{row.names[0]} {row.of}")
async def test_whether_a_party_exists_for_a_viewer(
    row: Row, findings: tuple[Findings, dict[str, VisibleFields]]
) -> None:
    found, _ = findings
    kind = "public" if row.of == "any" else row.of
    for way in row.names:
        seen = {viewer: found.get((way, kind, viewer), NONE) for viewer in row.cells}
        listed = row.cells if row.of != "any" else {**row.cells, "last": NONE}
        assert seen == listed, way


@pytest.mark.parametrize("row", VISIBILITY, ids=lambda row: row.names[0])
async def test_which_fields_a_viewer_sees(row: Row, findings: tuple[Findings, dict[str, VisibleFields]]) -> None:
    _, visible = findings
    for name in row.names:
        if name in ("ServerInfo.characterClasses", "ServerInfo.signInProviders"):
            continue  # empty where any class goes, and where nobody signs in with an account elsewhere
        for viewer, cell in row.cells.items():
            assert visible[viewer].sees(name) is (cell != "no"), (
                f"{name} to {viewer}; a new field needs a value in tests/privacy/scenes.py"
            )


async def test_a_ticket_is_seen_by_its_owner_only(
    findings: tuple[Findings, dict[str, VisibleFields]], scenes: dict[str, Scene]
) -> None:
    _, visible = findings
    for viewer in VIEWERS:
        own = {scene.viewers[viewer].id for scene in scenes.values() if viewer in scene.viewers}
        tokens = [token for token in visible[viewer].values["SessionTicket.token"] if token is not None]
        subjects = {jwt.decode(token, options={"verify_signature": False})["sub"] for token in tokens}
        assert subjects <= own, viewer


async def test_a_rejection_shows_nothing_of_a_private_party(scenes: dict[str, Scene], deployment: Deployment) -> None:
    for viewer in ("outsider", *FORMER):
        client = deployment.viewer(viewer, scenes["private"])
        assert client is not None
        visible = VisibleFields()
        assert await READ_PATHS["Mutation.postMessage"](Visit(client, scenes["private"], visible=visible)) == "no"
        assert (visible.sees("Rejection.code"), visible.sees("Rejection.current")) == (True, False), viewer


@pytest.mark.parametrize("row", PERMISSIONS, ids=lambda row: row.names[0])
async def test_which_mutations_a_viewer_may_use(row: Row, scenes: dict[str, Scene], deployment: Deployment) -> None:
    """A rejection changes nothing, so all can be tried on one party. Other tests cover what is accepted."""
    scene = scenes["public"]
    for mutation in row.names:
        for viewer, cell in row.cells.items():
            client = deployment.viewer(viewer, scene)
            if cell not in (NONE, "yes"):
                assert client is not None
                assert outcome(client, scene, mutation) == cell, f"{mutation} by {viewer}"


OWN_AFFAIRS = {"signInAsGuest", "createParty", "enterParty", "quickJoin", "blockPlayer", "unblockPlayer"}
"""Mutations that are about no party that the attempt names."""


@pytest.mark.parametrize("mutation", [name for name in ATTEMPTS if name not in OWN_AFFAIRS])
async def test_a_private_party_cannot_be_changed_by_outsiders(
    mutation: str, scenes: dict[str, Scene], deployment: Deployment
) -> None:
    refusals = {"NOT_FOUND", "UNAUTHENTICATED", "INVALID_CREDENTIALS"}
    if mutation in ("signInWith", "linkIdentity"):
        refusals = {"INVALID_INPUT"}  # this server knows no provider
    assert outcome(deployment.shared_viewers["outsider"], scenes["private"], mutation) in refusals
