"""Join codes as people type them, and the same result for everything that the caller may not know of."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from lobby.app.join_service import JoinTarget
from lobby.domain import commands as c
from lobby.domain.rejections import NOT_FOUND, RejectionCode
from lobby.domain.values import Visibility
from lobby.runtime.ids import CODE_ALPHABET, CODE_CHARS, new_join_code
from tests.lobby.app.world import World, code, done
from tests.lobby.domain.scenes import player

REST_S = 600


def spaced(join_code: str) -> str:
    return f" {join_code[:3]} {join_code[3:]} "


def hyphened(join_code: str) -> str:
    return f"{join_code[:2]}-{join_code[2:4]}-{join_code[4:]}"


def full_width(join_code: str) -> str:
    return "".join(chr(ord(char) + 0xFEE0) for char in join_code)


def separated(separator: str) -> Callable[[str], str]:
    return lambda join_code: f"{join_code[:3]}{separator}{join_code[3:]}"


SEPARATORS = ("\u00a0", "\u202f", "\u3000", "\u2010", "\u2013", "\u2014", "\uff0d", "\u2212", "\u200b", "\u00ad")


@pytest.mark.parametrize(
    "typed", [str, str.lower, str.swapcase, spaced, hyphened, full_width, *map(separated, SEPARATORS)]
)
async def test_a_code_is_read_as_people_type_it(world: World, typed: Callable[[str], str]) -> None:
    party = await world.party("ann")
    assert done(await world.join("bob", typed(party.join_code))).party.id == party.id


async def test_wrong_code_unknown_id_and_private_id_have_the_same_result(world: World) -> None:
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


async def test_a_private_party_can_be_joined_by_its_code(world: World) -> None:
    private = await world.party("ann", visibility=Visibility.PRIVATE)
    assert code(await world.join("bob", private.join_code)) is None


async def test_a_member_can_join_a_private_party_by_its_id_again(world: World) -> None:
    private = await world.party("ann", "bob", visibility=Visibility.PRIVATE)
    assert done(await world.join_by_id("bob", private.id)).seq == private.version


async def test_the_code_of_a_closed_party_says_so_until_it_is_free_again(world: World) -> None:
    party = await world.party("ann")
    await world.execute(party, c.DisbandParty(player("ann")))
    assert code(await world.join("bob", party.join_code)) is RejectionCode.PARTY_CLOSED
    world.clock.advance(REST_S)
    assert await world.join("bob", party.join_code) == NOT_FOUND


async def test_a_rotated_code_stops_working_at_once(world: World) -> None:
    party = await world.party("ann")
    new = new_join_code()
    await world.execute(party, c.RotateJoinCode(player("ann"), new))
    assert await world.join("bob", party.join_code) == NOT_FOUND
    assert code(await world.join("bob", new)) is None


@pytest.mark.parametrize("target", [JoinTarget(), JoinTarget("some-id", "BCDFGH")])
async def test_a_join_needs_exactly_one_of_id_and_code(world: World, target: JoinTarget) -> None:
    assert code(await world.join_service.join(target, c.JoinParty(player("eve")))) is RejectionCode.INVALID_INPUT


async def test_codes_use_the_alphabet_and_differ(world: World) -> None:
    codes = {new_join_code() for _ in range(1000)}
    assert len(codes) > 990
    assert all(len(one) == CODE_CHARS and set(one) <= set(CODE_ALPHABET) for one in codes)
