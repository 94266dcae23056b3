"""Entering a party by its external key: the first player creates it, the others join it as by a code."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from lobby.app.idempotency import CommandResult, IdempotencyKey
from lobby.domain import commands as c
from lobby.domain.model import Party
from lobby.domain.party_settings import SettingsPatch
from lobby.domain.rejections import Rejection, RejectionCode
from lobby.domain.values import LeaveReason, Visibility
from tests.lobby.app.world import World, a_key, code, done, rejection_of
from tests.lobby.app.world import world as made
from tests.lobby.domain.scenes import player

KEY = "activity-1"


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with made() as world:
        yield world


async def enter(
    world: World,
    who: str,
    key: str = KEY,
    leave_current: bool = False,
    idempotency_key: IdempotencyKey | None = None,
    **settings: Any,
) -> CommandResult | Rejection:
    create = c.CreateParty(player(who), SettingsPatch(**settings), external_key=key)
    return await world.join_service.enter(create, c.JoinParty(player(who)), leave_current, idempotency_key)


def names(party: Party) -> list[str]:
    return [member.player.id for member in party.members]


async def test_the_first_creates_and_the_next_joins_whatever_settings_it_names(world: World) -> None:
    first = done(await enter(world, "ann", name="Ours", visibility=Visibility.PRIVATE)).party
    second = done(await enter(world, "bob", name="Mine")).party
    assert (first.id, first.external_key, names(second)) == (second.id, KEY, ["ann", "bob"])
    assert second.settings.name == "Ours"
    assert done(await enter(world, "bob")).seq == second.version, "a member changes nothing"


async def test_eight_at_once_on_a_new_key_make_one_party(world: World) -> None:
    outcomes = await asyncio.gather(*(enter(world, f"p{n}") for n in range(8)))
    (party_id,) = {done(outcome).party.id for outcome in outcomes}
    party = await world.store.party(party_id)
    assert party is not None
    assert sorted(names(party)) == [f"p{n}" for n in range(8)]
    assert code(await enter(world, "late")) is RejectionCode.PARTY_FULL


async def test_the_key_passes_nothing_but_private(world: World) -> None:
    party = done(await enter(world, "ann", visibility=Visibility.PRIVATE, password="open sesame")).party
    assert code(await enter(world, "bob")) is RejectionCode.WRONG_PASSWORD
    await world.execute(party, c.UpdateParty(player("ann"), SettingsPatch(password="", locked=True)))
    assert code(await enter(world, "bob")) is RejectionCode.PARTY_LOCKED
    await world.execute(party, c.UpdateParty(player("ann"), SettingsPatch(locked=False)))
    done(await enter(world, "bob"))
    await world.execute(party, c.KickMember(player("ann"), "bob", ban=True))
    assert code(await enter(world, "bob")) is RejectionCode.BANNED


async def test_a_player_of_another_party_leaves_it_only_when_told_to(world: World) -> None:
    other = await world.party("zoe", "bob")
    done(await enter(world, "ann"))
    assert code(await enter(world, "bob")) is RejectionCode.ALREADY_IN_PARTY
    assert code(await enter(world, "bob", "new")) is RejectionCode.ALREADY_IN_PARTY
    assert names(done(await enter(world, "bob", leave_current=True)).party) == ["ann", "bob"]
    departure = (await world.now(other)).departure("bob")
    assert departure is not None
    assert departure.reason is LeaveReason.JOINED_ANOTHER


async def test_the_next_party_of_a_key_comes_after_the_end_of_the_last(world: World) -> None:
    first = done(await enter(world, "ann")).party
    await world.execute(first, c.DisbandParty(player("ann")))
    second = done(await enter(world, "bob")).party
    assert second.id != first.id
    assert names(second) == ["bob"]


async def test_an_entering_happens_once_by_its_key(world: World) -> None:
    first = done(await enter(world, "ann", idempotency_key=a_key())).party
    done(await enter(world, "bob"))
    await world.execute(first, c.LeaveParty(player("ann")))
    again = done(await enter(world, "ann", idempotency_key=a_key()))
    assert again.replayed
    assert again.party == first
    assert names(await world.now(first)) == ["bob"]


@pytest.mark.parametrize("key", ["", "x" * 65, "with space", "ключ", "a\n", "a/b"])
async def test_a_bad_key_is_refused_by_its_field(world: World, key: str) -> None:
    refused = rejection_of(await enter(world, "ann", key))
    assert (refused.code, refused.field) == (RejectionCode.INVALID_INPUT, "external_key")
