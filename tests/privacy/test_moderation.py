"""Each cell of the table of moderation in docs/security.md is compared with a running server."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from lobby.auth.api_keys import hash_key, new_key
from tests.privacy.conftest import BIG
from tests.privacy.read_paths import Visit
from tests.privacy.scenes import Scene
from tests.privacy.security_page import Row, rows
from tests.privacy.visible_fields import VisibleFields
from tests.web.rest_client import Rest, guest, running


@pytest.fixture(scope="module")
def viewers() -> Iterator[dict[str, Rest]]:
    """A lobby with a ban, a report that is resolved, and a maintenance that is announced."""
    service, operator, moderator = new_key("service"), new_key("operator"), new_key("moderator")
    keys = {"service_keys": [hash_key(service)], "operator_keys": [hash_key(operator)]}
    with running(rate_limits=False, moderator_keys=[f"mia={hash_key(moderator)}"], **keys, **BIG) as url:
        mia, player, banned = Rest(url, moderator), guest(url, "Ann"), guest(url, "Bob")
        party = player.makes()
        banned.joins(party)
        said = (
            f'postMessage(input: {{partyId: "{party["party_id"]}", text: "rude"}}) {{ ... on PartyChanged {{ seq }} }}'
        )
        seq = banned.graphql(f"mutation {{ said: {said} }}")["said"]["seq"]
        subject = f'partyId: "{party["party_id"]}", playerId: "{banned.id}", reason: "rude", seq: {seq}'
        reported = player.graphql(
            f"mutation {{ r: reportPlayer(input: {{{subject}}}) {{ ... on Reported {{ reportId }} }} }}"
        )
        for act in (
            f'resolveReport(input: {{reportId: "{reported["r"]["reportId"]}", resolution: "banned"}})',
            f'banPlayer(input: {{playerId: "{banned.id}", until: "2100-01-01T00:00:00Z", reason: "rude"}})',
            'setMaintenance(input: {startsAt: "2100-01-01T00:00:00Z", text: "An update"})',
            f'closeParty(input: {{partyId: "{party["party_id"]}", reason: "rude"}})',
        ):
            assert mia.graphql(f"mutation {{ act: {act} {{ __typename }} }}")["act"]["__typename"] == "Moderated"
        others = {"stranger": Rest(url), "operator": Rest(url, operator), "server": Rest(url, service)}
        yield {**others, "player": player, "banned": banned, "moderator": mia}


@pytest.mark.parametrize("row", rows("Moderation"), ids=lambda row: row.names[0])
def test_who_sees_what_of_moderation(row: Row, viewers: dict[str, Rest]) -> None:
    for viewer, cell in row.cells.items():
        visit = Visit(viewers[viewer], Scene("", {}), visible=VisibleFields())
        visit.query("serverInfo")
        reads: dict[str, dict[str, Any]] = {
            "bans": {},
            "reports": {"unresolved": False},
            "moderationLog": {},
            "playerData": {"playerId": viewers["player"].id},
        }
        for field, arguments in reads.items():
            visit.visible.values[f"Query.{field}"].append(visit.query(field, **arguments))
        for name in row.names:
            assert visit.visible.sees(name) is (cell == "yes"), f"{name} to {viewer}"
