"""Each cell of the table of the console in docs/security.md is compared with a running server; what operators read is logged."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from lobby.auth.api_keys import hash_key, new_key
from tests.privacy.read_paths import Visit
from tests.privacy.scenes import Scene
from tests.privacy.security_page import Row, rows
from tests.privacy.visible_fields import VisibleFields
from tests.web.rest_client import Rest, guest, running, wait_for_answer

FIELDS = ("operatorKey", "node", "nodeLoad", "throttled", "settings")
POST = 'mutation {{ p: postMessage(input: {{partyId: "{}", text: "hi"}}) {{ __typename }} }}'


@dataclass(frozen=True)
class Place:
    viewers: dict[str, Rest]
    party_id: str
    operator_name: str


@pytest.fixture(scope="module")
def place() -> Iterator[Place]:
    """A lobby with a private party whose player writes too fast."""
    service, operator, moderator = new_key("service"), new_key("operator"), new_key("moderator")
    keys = {"service_keys": [hash_key(service)], "operator_keys": [hash_key(operator)]}
    slow = {"mutation_rates": {"post_message": {"per_s": 0.001, "burst": 1}}}
    with running(
        rate_limits=True,
        refusals_per_address_burst=10_000,
        moderator_keys=[f"mia={hash_key(moderator)}"],
        **keys,
        **slow,
        allocator="static",
        game_servers=["udp://127.0.0.1:7777"],
    ) as url:
        player = guest(url, "Ann")
        party = player.makes(visibility="private", name="Hidden", countdown_seconds=0)
        player.starts(party)
        wait_for_answer(lambda: player.get(f"/party/{party['party_id']}"), lambda seen: seen["state"] == "in_progress")
        for _ in range(2):
            player.graphql(POST.format(party["party_id"]))
        viewers = {
            "stranger": Rest(url),
            "player": player,
            "operator": Rest(url, operator),
            "moderator": Rest(url, moderator),
            "server": Rest(url, service),
        }
        yield Place(viewers, party["party_id"], f"operator {hash_key(operator)[7:15]}")


@pytest.mark.parametrize("row", rows("The console"), ids=lambda row: row.names[0])
def test_who_sees_what_of_the_console(row: Row, place: Place) -> None:
    for viewer, cell in row.cells.items():
        visit = Visit(place.viewers[viewer], Scene("", {}), visible=VisibleFields())
        for field in FIELDS:
            visit.visible.values[f"Query.{field}"].append(visit.query(field))
        visit.visible.values["Query.liveParties"].append(visit.query("liveParties", search="ann"))
        for name in row.names:
            assert visit.visible.sees(name) is (cell == "yes"), f"{name} to {viewer}"


def test_each_operator_who_reads_a_private_party_is_in_the_log_once(place: Place) -> None:
    moderator = place.viewers["moderator"]
    before = views(moderator)
    for viewer in ("operator", "moderator"):
        for _ in range(2):
            assert place.viewers[viewer].graphql(f'{{ party(id: "{place.party_id}") {{ id }} }}')["party"]
            assert place.viewers[viewer].graphql(f'{{ partyHistory(partyId: "{place.party_id}") {{ seq }} }}')
    new = views(moderator)[: -len(before) or None]
    assert new == [("mia", place.party_id), (place.operator_name, place.party_id)]


def test_reading_a_public_party_or_a_list_is_not_in_the_log(place: Place) -> None:
    operator, moderator = place.viewers["operator"], place.viewers["moderator"]
    public = guest(operator.url, "Bob").makes(name="Open")
    before = views(moderator)
    assert operator.graphql(f'{{ party(id: "{public["party_id"]}") {{ id }} }}')["party"]
    assert operator.graphql('{ liveParties(search: "Hidden") { nodes { id } } }')["liveParties"]["nodes"]
    assert views(moderator) == before


def test_nobody_is_listed_as_throttled_after_a_player_was_erased(place: Place) -> None:
    moderator = place.viewers["moderator"]
    asked = "{ throttled { client } }"
    assert place.viewers["player"].id in [one["client"] for one in moderator.graphql(asked)["throttled"]]
    erased = guest(moderator.url, "Eve")
    moderator.graphql(
        f'mutation {{ e: erasePlayer(input: {{playerId: "{erased.id}", reason: "asked"}}) {{ __typename }} }}'
    )
    assert moderator.graphql(asked)["throttled"] == []


def views(moderator: Rest) -> list[tuple[str, str]]:
    """The looks at parties in the log of moderation, the latest first."""
    log = moderator.graphql("{ moderationLog { by action partyId } }")["moderationLog"]
    return [(entry["by"], entry["partyId"]) for entry in log if entry["action"] == "viewParty"]
