"""What players wish for makes sense for the server and for those who check."""

from __future__ import annotations

from chaos.chance import chance
from chaos.checks.claims import DEEDS_OF, MARKED
from chaos.json_value import Json
from chaos.players.board import Board
from chaos.players.wishes import Outlook, Wish, next_wish
from chaos.servers.cluster import ROOT
from chaos.truth.shown_party import shown_party
from lobby.domain.standing import Standing
from lobby.operations.client_documents import client_documents
from tests.domain.scenes import Scene

DRAWS = 2_000


def shown(scene: Scene) -> Json:
    return shown_party(scene.party, Standing.MEMBER)


def wishes(player_id: str, party: Json | None) -> list[Wish]:
    """Many of them, for one who is in `party`; there is another party that anybody may join."""
    board = Board(parties_max=10)
    board.note({**shown(Scene("eve")), "id": "elsewhere"})
    drawn = chance(1, player_id)
    made = (next_wish(Outlook(player_id, party, board, drawn, f"mark {number}")) for number in range(DRAWS))
    return [wish for wish in made if wish is not None]


def all_wishes() -> list[Wish]:
    running = shown(Scene("ann", "bob").running())
    return [*wishes("ann", None), *wishes("ann", running), *wishes("bob", running)]


def test_every_mutation_that_is_checked_is_wished_for() -> None:
    assert {wish.operation for wish in all_wishes()} == set(DEEDS_OF)


def test_every_wish_is_a_document_of_the_client() -> None:
    assert {wish.operation for wish in all_wishes()} <= client_documents(ROOT / "client_queries").keys()


def test_a_wish_that_can_carry_a_mark_does() -> None:
    marked = {operation for operation, whats in DEEDS_OF.items() if MARKED & set(whats)}

    assert all(wish.mark is not None for wish in all_wishes() if wish.operation in marked)


def test_only_who_leads_wishes_to_lead_but_for_some() -> None:
    party = shown(Scene("ann", "bob"))
    kicks = {name: sum(wish.operation == "KickMember" for wish in wishes(name, party)) for name in ("ann", "bob")}

    assert kicks["ann"] > 5 * kicks["bob"]


def test_the_same_seed_brings_the_same_wishes() -> None:
    assert wishes("ann", None) == wishes("ann", None)


def test_a_closed_party_is_no_longer_told_of() -> None:
    board, drawn = Board(parties_max=1), chance(1)
    board.note(shown(Scene("ann")))
    assert not board.wants_more

    board.note(shown(Scene("ann").disbands()))

    assert board.wants_more
    assert board.any_id(drawn) is None
