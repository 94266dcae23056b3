"""docs/security.md, held against a running server."""

from __future__ import annotations

import jwt
import pytest

from tests.http.rest_client import Rest
from tests.privacy.acts import ACTS, outcome
from tests.privacy.conftest import House
from tests.privacy.looking import WAYS, Look
from tests.privacy.scenes import FORMER, Scene
from tests.privacy.shown import Shown
from tests.privacy.table import NONE, Row, rows

THERE, SHOWN, ACTED = rows("What is there"), rows("What it shows"), rows("Who may do what")
VIEWERS = tuple(SHOWN[0].cells)
READ = ("Query.party", "Query.session", "Query.sessions", "Query.partyHistory")
"""What is enough to see all that there is of a party."""

Looked = dict[tuple[str, str, str], str]
"""What came of looking: by way, kind of party, and viewer."""


@pytest.fixture(scope="package")
async def looked(house: House, scenes: dict[str, Scene]) -> tuple[Looked, dict[str, Shown]]:
    """Everyone has looked at everything, in every way; first at the party that was made last, whose countdown runs."""
    found: Looked = {}
    shown = {viewer: Shown() for viewer in VIEWERS}
    for kind, scene in reversed(scenes.items()):
        for viewer in VIEWERS:
            client = house.viewer(viewer, scene)
            for way, look in WAYS.items() if client is not None else ():
                if kind not in ("ended", "starting") or way in READ:
                    found[way, kind, viewer] = await look(_look(client, scene, viewer, shown[viewer]))
    return found, shown


def _look(client: Rest | None, scene: Scene, viewer: str, shown: Shown) -> Look:
    assert client is not None
    after = scene.farewell_from if viewer in FORMER else scene.last_seen if viewer == "last" else ""
    return Look(client, scene, after, shown)


@pytest.mark.parametrize("row", THERE, ids=lambda row: f"{row.names[0]} {row.of}")
async def test_what_is_there(row: Row, looked: tuple[Looked, dict[str, Shown]]) -> None:
    found, _ = looked
    kind = "public" if row.of == "any" else row.of
    for way in row.names:
        seen = {viewer: found.get((way, kind, viewer), NONE) for viewer in row.cells}
        told = row.cells if row.of != "any" else {**row.cells, "last": NONE}
        assert seen == told, way


@pytest.mark.parametrize("row", SHOWN, ids=lambda row: row.names[0])
async def test_what_it_shows(row: Row, looked: tuple[Looked, dict[str, Shown]]) -> None:
    _, shown = looked
    for name in row.names:
        if name == "ServerInfo.characterClasses":
            continue  # empty where any class goes
        for viewer, cell in row.cells.items():
            assert shown[viewer].sees(name) is (cell != "no"), f"{name} to {viewer}"


async def test_what_is_ones_own_is_nobody_elses(
    looked: tuple[Looked, dict[str, Shown]], scenes: dict[str, Scene]
) -> None:
    _, shown = looked
    for viewer in VIEWERS:
        own = {scene.viewers[viewer].id for scene in scenes.values() if viewer in scene.viewers}
        tokens = [token for token in shown[viewer].values["SessionTicket.token"] if token is not None]
        subjects = {jwt.decode(token, options={"verify_signature": False})["sub"] for token in tokens}
        assert subjects <= own, viewer


async def test_a_refusal_shows_nothing_of_a_private_party(scenes: dict[str, Scene], house: House) -> None:
    for viewer in ("outsider", *FORMER):
        client = house.viewer(viewer, scenes["private"])
        assert client is not None
        shown = Shown()
        assert await WAYS["Mutation.postMessage"](Look(client, scenes["private"], shown=shown)) == "no"
        assert (shown.sees("Rejection.code"), shown.sees("Rejection.current")) == (True, False), viewer


@pytest.mark.parametrize("row", ACTED, ids=lambda row: row.names[0])
async def test_who_may_do_what(row: Row, scenes: dict[str, Scene], house: House) -> None:
    """Refusals change nothing, so all can be tried on one party; what goes through is what the other tests do."""
    scene = scenes["public"]
    for mutation in row.names:
        for viewer, cell in row.cells.items():
            client = house.viewer(viewer, scene)
            if cell not in (NONE, "yes"):
                assert client is not None
                assert outcome(client, scene, mutation) == cell, f"{mutation} by {viewer}"


@pytest.mark.parametrize(
    "mutation", [name for name in ACTS if name not in ("signInAsGuest", "createParty", "quickJoin")]
)
async def test_a_private_party_is_not_there_to_be_acted_on(
    mutation: str, scenes: dict[str, Scene], house: House
) -> None:
    refusals = {"NOT_FOUND", "UNAUTHENTICATED", "INVALID_CREDENTIALS"}
    assert outcome(house.everywhere["outsider"], scenes["private"], mutation) in refusals
