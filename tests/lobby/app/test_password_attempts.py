"""Guessing a party's password: five wrong ones a minute, for one player and one party."""

from __future__ import annotations

import asyncio

from lobby.app.idempotency import CommandResult
from lobby.domain import commands as c
from lobby.domain.model import Party
from lobby.domain.party_settings import SettingsPatch
from lobby.domain.rejections import Rejection, RejectionCode
from tests.lobby.app import world as worlds
from tests.lobby.app.world import World, code, done, rejection_of
from tests.lobby.domain.scenes import player

RIGHT, WRONG = "sesame", "simsim"


async def guess(
    world: World, party: Party, password: str | None = WRONG, name: str = "eve"
) -> CommandResult | Rejection:
    return await world.join(name, party.join_code, password=password)


async def test_each_wrong_password_reports_the_attempts_left(world: World) -> None:
    party = await world.party("ann", password=RIGHT)
    refusals = [rejection_of(await guess(world, party)) for _ in range(5)]
    assert [refusal.code for refusal in refusals] == [RejectionCode.WRONG_PASSWORD] * 5
    assert [refusal.attempts_left for refusal in refusals] == [4, 3, 2, 1, 0]


async def test_after_five_wrong_passwords_the_right_one_has_to_wait(world: World) -> None:
    party = await world.party("ann", password=RIGHT)
    for _ in range(5):
        await guess(world, party)
    world.clock.advance(20)
    refusal = rejection_of(await guess(world, party, RIGHT))
    assert (refusal.code, refusal.retry_after_ms) == (RejectionCode.RATE_LIMITED, 40_000)


async def test_a_minute_after_the_first_wrong_password_another_attempt_is_free(world: World) -> None:
    party = await world.party("ann", password=RIGHT)
    for _ in range(5):
        await guess(world, party)
    world.clock.advance(60)
    assert code(await guess(world, party, RIGHT)) is None


async def test_attempts_are_counted_by_player_and_party(world: World) -> None:
    party, other = await world.party("ann", password=RIGHT), await world.party("bob", password=RIGHT)
    for _ in range(5):
        await guess(world, party)
    assert code(await guess(world, party, RIGHT, "fay")) is None
    assert code(await guess(world, other, RIGHT)) is None


async def test_a_right_password_is_not_counted(world: World) -> None:
    party = await world.party("ann", password=RIGHT)
    for _ in range(6):
        done(await guess(world, party, RIGHT))
        await world.execute(party, c.LeaveParty(player("eve")))
    assert rejection_of(await guess(world, party)).attempts_left == 4


async def test_a_join_without_a_password_is_not_counted(world: World) -> None:
    party = await world.party("ann", password=RIGHT)
    for _ in range(6):
        refusal = rejection_of(await guess(world, party, None))
        assert (refusal.code, refusal.attempts_left) == (RejectionCode.WRONG_PASSWORD, None)


async def test_neither_join_code_nor_id_replaces_the_password(world: World) -> None:
    party = await world.party("ann", password=RIGHT)
    answers = [await world.join("eve", party.join_code), await world.join_by_id("eve", party.id)]
    assert [code(answer) for answer in answers] == [RejectionCode.WRONG_PASSWORD] * 2


async def test_attempts_at_the_same_time_are_counted(world: World) -> None:
    """Sixty at once are five looked at and the rest refused; not sixty looked at before the first is counted."""
    party = await world.party("ann", password=RIGHT)
    answers = await asyncio.gather(*(guess(world, party, f"{WRONG} {number}") for number in range(60)))
    codes = [code(answer) for answer in answers]
    assert codes.count(RejectionCode.WRONG_PASSWORD) == 5
    assert codes.count(RejectionCode.RATE_LIMITED) == 55


async def test_a_hash_above_the_queue_is_unavailable() -> None:
    async with worlds.world(hashes_waiting_max=2) as world:
        answers = await asyncio.gather(*(world.create(name, password=RIGHT) for name in ("ann", "bob", "cid")))
        assert [code(answer) for answer in answers] == [None, None, RejectionCode.UNAVAILABLE]


async def test_no_event_and_no_state_contains_the_password(world: World) -> None:
    party = await world.party("ann", "bob", password=RIGHT)
    await world.execute(party, c.UpdateParty(player("ann"), SettingsPatch(password=WRONG)))
    text = repr(await world.log(party))
    assert "$argon2id$" in text
    assert RIGHT not in text
    assert WRONG not in text
