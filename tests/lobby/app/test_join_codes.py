"""The code as it is typed, and the one answer for all that is not there for the asker."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from lobby.domain import commands as c
from lobby.domain.rejections import NOT_FOUND, RejectionCode
from lobby.domain.values import Visibility
from lobby.entering import Target
from lobby.mint import CODE_ALPHABET, CODE_CHARS, new_join_code
from tests.domain.scenes import player
from tests.service.world import World, code, done

REST_S = 600


def spaced(join_code: str) -> str:
    return f" {join_code[:3]} {join_code[3:]} "


def hyphened(join_code: str) -> str:
    return f"{join_code[:2]}-{join_code[2:4]}-{join_code[4:]}"


@pytest.mark.parametrize("typed", [str, str.lower, str.swapcase, spaced, hyphened])
async def test_a_code_is_taken_as_people_type_it(world: World, typed: Callable[[str], str]) -> None:
    party = await world.party("ann")
    assert done(await world.join("bob", typed(party.join_code))).party.id == party.id


async def test_a_wrong_code_an_unknown_id_and_a_private_partys_id_answer_alike(world: World) -> None:
    private = await world.party("ann", visibility=Visibility.PRIVATE)
    wrong = "B" * CODE_CHARS if private.join_code != "B" * CODE_CHARS else "C" * CODE_CHARS
    answers = [
        await world.join("eve", wrong),
        await world.join("eve", "no code at all"),
        await world.join("eve", ""),
        await world.join_by_id("eve", "no id at all"),
        await world.join_by_id("eve", private.id),
        await world.join_by_id("eve", private.id, password="whatever"),
    ]
    assert answers == [NOT_FOUND] * len(answers)


async def test_a_private_party_takes_in_who_has_its_code(world: World) -> None:
    private = await world.party("ann", visibility=Visibility.PRIVATE)
    assert code(await world.join("bob", private.join_code)) is None


async def test_to_a_member_a_private_party_is_there_by_its_id(world: World) -> None:
    private = await world.party("ann", "bob", visibility=Visibility.PRIVATE)
    assert done(await world.join_by_id("bob", private.id)).seq == private.version


async def test_a_closed_partys_code_says_so_while_it_rests_and_then_leads_nowhere(world: World) -> None:
    party = await world.party("ann")
    await world.does(party, c.DisbandParty(player("ann")))
    assert code(await world.join("bob", party.join_code)) is RejectionCode.PARTY_CLOSED
    world.clock.passes(REST_S)
    assert await world.join("bob", party.join_code) == NOT_FOUND


async def test_a_rotated_code_stops_working_at_once(world: World) -> None:
    party = await world.party("ann")
    new = new_join_code()
    await world.does(party, c.RotateJoinCode(player("ann"), new))
    assert await world.join("bob", party.join_code) == NOT_FOUND
    assert code(await world.join("bob", new)) is None


@pytest.mark.parametrize("target", [Target(), Target("some-id", "BCDFGH")])
async def test_exactly_one_of_id_and_code_is_to_be_given(world: World, target: Target) -> None:
    assert code(await world.entrance.join(target, c.JoinParty(player("eve")))) is RejectionCode.INVALID_INPUT


async def test_codes_are_of_the_alphabet_and_differ(world: World) -> None:
    codes = {new_join_code() for _ in range(1000)}
    assert len(codes) > 990
    assert all(len(one) == CODE_CHARS and set(one) <= set(CODE_ALPHABET) for one in codes)
