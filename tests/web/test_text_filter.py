"""The filter for names and texts on the whole server: what players write is refused with the field, and nothing changes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.web.rest_client import Rest, code, guest, running

REFUSED = "__typename ... on Rejection { code field } ... on PartyChanged { party { id version } }"
CREATE = "createParty(input: {%s})"


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    words: Path = tmp_path_factory.mktemp("words") / "words.txt"
    words.write_text("darn\n")
    with running(word_list=words) as url:
        yield url


def does(client: Rest, act: str) -> dict[str, object]:
    data: dict[str, dict[str, object]] = client.graphql(f"mutation {{ act: {act} {{ {REFUSED} }} }}")
    return data["act"]


def test_a_guest_cannot_take_a_name_of_the_list(url: str) -> None:
    signed_in = 'signInAsGuest(input: {displayName: "D4RN"}) { ... on Rejection { code field } }'
    answer = Rest(url).graphql(f"mutation {{ {signed_in} }}")["signInAsGuest"]
    assert answer == {"code": "NOT_ALLOWED", "field": "input.displayName"}


def test_every_text_of_a_player_is_checked_and_the_refused_field_is_named(url: str) -> None:
    ann = guest(url)
    value = '[{key: "a", value: "ok"}, {key: "b", value: "oh, Därn!"}]'
    for act, field in (
        (CREATE % 'settings: {name: "darn it"}', "input.settings.name"),
        (CREATE % f"attributes: {value}", "input.attributes.1.value"),
        (CREATE % 'characterClass: "darn"', "input.characterClass"),
        ('quickJoin(input: {createIfNone: {name: "darn"}})', "input.createIfNone.name"),
    ):
        assert does(ann, act) == {"__typename": "Rejection", "code": "NOT_ALLOWED", "field": field}
    created = does(ann, CREATE % 'settings: {name: "fine"}')["party"]
    assert isinstance(created, dict)
    party = f'partyId: "{created["id"]}"'
    for act, field in (
        (f'updateParty(input: {{{party}, settings: {{name: "darn"}}}})', "input.settings.name"),
        (f"updateMember(input: {{{party}, attributes: {value}}})", "input.attributes.1.value"),
        (f'postMessage(input: {{{party}, text: "d a r n"}})', "input.text"),
    ):
        assert does(ann, act) == {"__typename": "Rejection", "code": "NOT_ALLOWED", "field": field}
    said = does(ann, f'postMessage(input: {{{party}, text: "hello"}})')["party"]
    assert isinstance(said, dict)
    assert said["version"] == created["version"] + 1


def test_rest_answers_with_the_same_code(url: str) -> None:
    response = guest(url).post("/party", {"settings": {"name": "darn"}})
    assert code(response) == (422, "NOT_ALLOWED")
