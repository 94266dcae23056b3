"""The verdict before the click: what joining would be answered, without joining."""

from __future__ import annotations

from typing import Any

from lobby.domain import commands as c
from lobby.domain.model import Party
from lobby.domain.party_settings import SettingsPatch
from lobby.domain.rejections import Rejection, RejectionCode
from lobby.domain.values import Visibility
from tests.lobby.app.world import World, code, rejection_of
from tests.lobby.domain.scenes import player


async def verdict(world: World, name: str, party: Party, **fields: Any) -> RejectionCode | None:
    found = await world.join_service.verdict(party, c.JoinParty(player(name), **fields))
    return found.code if found is not None else None


async def test_the_verdict_is_the_rejection_that_joining_gives(world: World) -> None:
    await world.party("eve")
    full = await world.party("ann", "bob", max_members=2)
    locked = await world.party("cid", locked=True)
    versioned = await world.party("dee", client_version="1.0", unique_classes=True)
    for name in ("eve", "fay"):
        for party in (full, locked, versioned):
            assert await verdict(world, name, party) is code(await world.join_by_id(name, party.id))
    assert await verdict(world, "fay", full) is RejectionCode.PARTY_FULL
    assert await verdict(world, "fay", versioned) is RejectionCode.VERSION_MISMATCH
    assert await verdict(world, "fay", versioned, client_version="1.0") is None
    assert await verdict(world, "eve", versioned, client_version="1.0") is RejectionCode.ALREADY_IN_PARTY
    assert await verdict(world, "fay", versioned, client_version="1.0", character_class=" ") is (
        RejectionCode.INVALID_INPUT
    )


async def test_a_member_and_a_player_who_would_get_a_seat_have_no_verdict_against_them(world: World) -> None:
    party = await world.party("ann")
    assert await verdict(world, "ann", party) is None
    assert await verdict(world, "bob", party) is None
    assert await world.store.party_of_player("bob") is None


async def test_a_password_is_asked_for_without_work_and_without_an_attempt(world: World) -> None:
    party = await world.party("ann", password="open sesame")
    for _ in range(9):
        assert await verdict(world, "bob", party) is RejectionCode.WRONG_PASSWORD
    wrong: Rejection = rejection_of(await world.join("bob", party.join_code, password="nope"))
    assert wrong.attempts_left == 4


async def test_the_verdict_holds_for_the_version_that_is_shown(world: World) -> None:
    before = await world.party("ann")
    await world.handler.execute(before.id, c.UpdateParty(player("ann"), SettingsPatch(locked=True)))
    now = await world.store.latest(before.id)
    assert now is not None
    assert await verdict(world, "bob", before) is None
    assert await verdict(world, "bob", now) is RejectionCode.PARTY_LOCKED


async def test_a_private_party_is_not_found_as_by_its_id(world: World) -> None:
    party = await world.party("ann", visibility=Visibility.PRIVATE)
    assert await verdict(world, "bob", party) is RejectionCode.NOT_FOUND
