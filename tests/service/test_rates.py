"""How often a player may do something, and guess."""

from __future__ import annotations

from lobby.domain.model import Party
from lobby.domain.rejections import RejectionCode
from lobby.rates.attempts import TryLimits
from lobby.rates.buckets import Rate
from lobby.rates.rates import RateLimits
from tests.service import world as worlds
from tests.service.world import World, code, done, once, refused

RATES = RateLimits(mutations_per_player=Rate(10, 3), of_mutation={"post_message": Rate(1, 2)})
TRIES = TryLimits(codes_per_player=3, codes_per_address=5)
NO_CODE = "222222"


async def says(world: World, party: Party, times: int, name: str = "ann") -> list[RejectionCode | None]:
    return [code(await world.says(name, "hello", party)) for _ in range(times)]


async def guesses(world: World, name: str, times: int, address: str = "there") -> list[RejectionCode | None]:
    return [code(await world.join(name, NO_CODE, address=address)) for _ in range(times)]


async def test_commands_of_all_kinds_count_together() -> None:
    async with worlds.world(rates=RateLimits(mutations_per_player=Rate(10, 3), of_mutation={})) as world:
        party = await world.party("ann")

        assert await says(world, party, 3) == [None, None, RejectionCode.RATE_LIMITED]


async def test_a_kind_may_have_a_rate_of_its_own() -> None:
    async with worlds.world(rates=RATES) as world:
        party = await world.party("ann")
        world.clock.passes(10)

        assert await says(world, party, 3) == [None, None, RejectionCode.RATE_LIMITED]


async def test_who_comes_again_when_told_to_gets_through() -> None:
    async with worlds.world(rates=RATES) as world:
        party = await world.party("ann")
        await says(world, party, 2)
        refusal = refused(await world.says("ann", "hello", party))
        assert refusal.retryable
        assert refusal.retry_after_ms is not None

        world.clock.passes(refusal.retry_after_ms / 1000)

        assert code(await world.says("ann", "hello", party)) is None


async def test_a_refused_command_leaves_its_key_free() -> None:
    async with worlds.world(rates=RATES) as world:
        party = await world.party("ann")
        await says(world, party, 2)
        assert code(await world.says("ann", "last", party, once())) is RejectionCode.RATE_LIMITED
        world.clock.passes(60)

        assert not done(await world.says("ann", "last", party, once())).replayed


async def test_what_was_done_is_answered_again_however_often_it_is_asked() -> None:
    """A phone that lost the answer sends the same again: it has done nothing too often."""
    async with worlds.world(rates=RATES) as world:
        party = await world.party("ann")
        done(await world.says("ann", "first", party, once()))
        await says(world, party, 5)

        assert all([done(await world.says("ann", "first", party, once())).replayed for _ in range(20)])


async def test_one_player_holds_up_no_other() -> None:
    async with worlds.world(rates=RATES) as world:
        party = await world.party("ann", "bob")
        await says(world, party, 10)

        assert await says(world, party, 1, "bob") == [None]


async def test_after_some_wrong_codes_even_the_right_one_has_to_wait() -> None:
    async with worlds.world(tries=TRIES) as world:
        party = await world.party("ann")
        assert await guesses(world, "eve", 3) == [RejectionCode.NOT_FOUND] * 3

        refusal = refused(await world.join("eve", party.join_code, address="there"))
        assert (refusal.code, refusal.field, refusal.retry_after_ms) == (
            RejectionCode.RATE_LIMITED,
            "join_code",
            60_000,
        )
        world.clock.passes(60)

        assert code(await world.join("eve", party.join_code, address="there")) is None


async def test_a_new_player_from_the_same_address_does_not_begin_anew() -> None:
    async with worlds.world(tries=TRIES) as world:
        await guesses(world, "eve", 3)
        assert await guesses(world, "eva", 3) == [RejectionCode.NOT_FOUND] * 2 + [RejectionCode.RATE_LIMITED]

        assert await guesses(world, "ann", 1, "elsewhere") == [RejectionCode.NOT_FOUND]


async def test_right_codes_are_no_guesses() -> None:
    async with worlds.world(tries=TRIES) as world:
        party = await world.party("ann")

        assert {None} == {code(await world.join(f"p{n}", party.join_code, address="there")) for n in range(7)}


async def test_what_can_be_no_code_is_no_guess() -> None:
    async with worlds.world(tries=TRIES) as world:
        answers = [code(await world.join("eve", "AEIOU", address="there")) for _ in range(9)]

        assert answers == [RejectionCode.NOT_FOUND] * 9
