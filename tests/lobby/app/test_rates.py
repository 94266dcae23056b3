"""Rate limits of commands and of wrong codes."""

from __future__ import annotations

import asyncio
from uuid import uuid4

from lobby.domain.commands import UpdateParty
from lobby.domain.model import Party
from lobby.domain.rejections import Rejection, RejectionCode
from lobby.domain.sizes import written_bytes
from lobby.limits.attempt_limiter import AttemptLimits
from lobby.limits.rate_limiter import CommandLimiter, Rate, RateLimits, Write
from tests.lobby.app import world as worlds
from tests.lobby.app.world import World, a_key, code, done, rejection_of
from tests.lobby.stores.changes import party_creation, player

RATES = RateLimits(mutations_per_player=Rate(10, 3), of_mutation={"post_message": Rate(1, 2)})
ATTEMPT_LIMITS = AttemptLimits(codes_per_player=3, codes_per_address=5)
NO_CODE = "222222"


async def post_messages(world: World, party: Party, times: int, name: str = "ann") -> list[RejectionCode | None]:
    return [code(await world.post_message(name, "hello", party)) for _ in range(times)]


async def guesses(world: World, name: str, times: int, address: str = "there") -> list[RejectionCode | None]:
    return [code(await world.join(name, NO_CODE, address=address)) for _ in range(times)]


async def test_all_commands_of_a_player_are_counted_together() -> None:
    async with worlds.world(rates=RateLimits(mutations_per_player=Rate(10, 3), of_mutation={})) as world:
        party = await world.party("ann")

        assert await post_messages(world, party, 3) == [None, None, RejectionCode.RATE_LIMITED]


async def test_a_kind_of_command_can_have_a_stricter_rate() -> None:
    async with worlds.world(rates=RATES) as world:
        party = await world.party("ann")
        world.clock.advance(10)

        assert await post_messages(world, party, 3) == [None, None, RejectionCode.RATE_LIMITED]


async def test_a_retry_after_the_given_time_succeeds() -> None:
    async with worlds.world(rates=RATES) as world:
        party = await world.party("ann")
        await post_messages(world, party, 2)
        refusal = rejection_of(await world.post_message("ann", "hello", party))
        assert refusal.retryable
        assert refusal.retry_after_ms is not None

        world.clock.advance(refusal.retry_after_ms / 1000)

        assert code(await world.post_message("ann", "hello", party)) is None


async def test_the_key_of_a_rate_limited_command_can_be_used_again() -> None:
    async with worlds.world(rates=RATES) as world:
        party = await world.party("ann")
        await post_messages(world, party, 2)
        assert code(await world.post_message("ann", "last", party, a_key())) is RejectionCode.RATE_LIMITED
        world.clock.advance(60)

        assert not done(await world.post_message("ann", "last", party, a_key())).replayed


async def test_a_retry_of_a_done_command_gets_its_result_past_the_rate_limit() -> None:
    """A phone that lost the answer sends the same again: it has done nothing too often."""
    async with worlds.world(rates=RATES) as world:
        party = await world.party("ann")
        done(await world.post_message("ann", "first", party, a_key()))
        await post_messages(world, party, 5)

        assert all([done(await world.post_message("ann", "first", party, a_key())).replayed for _ in range(20)])


async def test_the_rate_limit_of_a_player_does_not_affect_others() -> None:
    async with worlds.world(rates=RATES) as world:
        party = await world.party("ann", "bob")
        await post_messages(world, party, 10)

        assert await post_messages(world, party, 1, "bob") == [None]


async def test_after_some_wrong_codes_the_right_one_has_to_wait() -> None:
    async with worlds.world(attempt_limits=ATTEMPT_LIMITS) as world:
        party = await world.party("ann")
        assert await guesses(world, "eve", 3) == [RejectionCode.NOT_FOUND] * 3

        refusal = rejection_of(await world.join("eve", party.join_code, address="there"))
        assert (refusal.code, refusal.field, refusal.retry_after_ms) == (
            RejectionCode.RATE_LIMITED,
            "join_code",
            60_000,
        )
        world.clock.advance(60)

        assert code(await world.join("eve", party.join_code, address="there")) is None


async def test_wrong_codes_are_also_counted_by_address() -> None:
    async with worlds.world(attempt_limits=ATTEMPT_LIMITS) as world:
        await guesses(world, "eve", 3)
        assert await guesses(world, "eva", 3) == [RejectionCode.NOT_FOUND] * 2 + [RejectionCode.RATE_LIMITED]

        assert await guesses(world, "ann", 1, "elsewhere") == [RejectionCode.NOT_FOUND]


async def test_right_codes_are_not_counted() -> None:
    async with worlds.world(attempt_limits=ATTEMPT_LIMITS) as world:
        party = await world.party("ann")

        assert {None} == {code(await world.join(f"p{n}", party.join_code, address="there")) for n in range(7)}


async def test_texts_that_cannot_be_codes_are_not_counted() -> None:
    async with worlds.world(attempt_limits=ATTEMPT_LIMITS) as world:
        answers = [code(await world.join("eve", "AEIOU", address="there")) for _ in range(9)]

        assert answers == [RejectionCode.NOT_FOUND] * 9


async def test_the_new_passwords_of_a_player_are_limited() -> None:
    async with worlds.world(attempt_limits=AttemptLimits(new_passwords_per_player=2)) as world:
        outcomes = [await world.create("ann", leave_current=True, password="sesame") for _ in range(3)]
        assert list(map(code, outcomes)) == [None, None, RejectionCode.RATE_LIMITED]
        assert code(await world.create("bob", password="sesame")) is None
        world.clock.advance(60)
        assert code(await world.create("ann", leave_current=True, password="sesame")) is None


LARGE = tuple((f"k{number}", "x" * 1_000) for number in range(20))


async def write_large(world: World, party: Party, times: int, name: str = "ann") -> list[RejectionCode | None]:
    """Commands that write 24 KB each."""
    outcomes = []
    for _ in range(times):
        changes = (*LARGE[1:], ("k0", str(uuid4())))
        outcomes.append(code(await world.handler.execute(party.id, UpdateParty(player(name), attributes=changes))))
        world.clock.advance(1)
    return outcomes


async def test_the_bytes_that_a_player_writes_have_a_rate() -> None:
    rates = RateLimits(written_bytes_per_player=Rate(1_000, 50_000))
    async with worlds.world(rates=rates) as world:
        party = await world.party("ann", "bob")
        assert await write_large(world, party, 4) == [None, None, None, RejectionCode.RATE_LIMITED]
        assert code(await world.post_message("bob", "hello", party)) is None, "others are not refused for it"

        refusal = rejection_of(await world.post_message("ann", "hello", party))
        assert refusal.retry_after_ms is not None
        world.clock.advance(refusal.retry_after_ms / 1000)
        assert code(await world.post_message("ann", "hello", party)) is None


async def test_a_command_that_changes_nothing_writes_nothing() -> None:
    rates = RateLimits(written_bytes_per_player=Rate(1, 10_000))
    async with worlds.world(rates=rates) as world:
        party = await world.party("ann")
        for _ in range(10):
            assert code(await world.handler.execute(party.id, UpdateParty(player("ann")))) is None
            world.clock.advance(1)


def test_the_players_of_an_address_are_charged_together() -> None:
    limiter = CommandLimiter(RateLimits(written_bytes_per_address=Rate(1_000, 20_000)))
    made = party_creation().after
    for name, address in (("ann", "here"), ("bob", "here"), ("cleo", "there"), ("dov", "")):
        limiter.note_address(name, address)
    limiter.charge_bytes("ann", 6 * written_bytes(made), 0)
    limiter.charge_bytes("dov", 100 * written_bytes(made), 0)
    refused = {name: limiter.count(name, "set_ready", 0) is not None for name in ("ann", "bob", "cleo", "dov", "eve")}
    assert refused == {"ann": True, "bob": True, "cleo": False, "dov": False, "eve": False}
    limiter.note_address("bob", "there")
    assert limiter.count("bob", "set_ready", 0) is None


async def test_commands_at_the_same_moment_write_no_more_than_the_rate() -> None:
    rates = RateLimits(mutations_per_player=Rate(100, 100), written_bytes_per_player=Rate(1_000, 50_000))
    async with worlds.world(rates=rates) as world:
        party = await world.party("ann")
        outcomes = await asyncio.gather(*(write_large(world, party, 1) for _ in range(20)))
        written = sum(outcome == [None] for outcome in outcomes)
        assert 1 <= written <= 3
        assert all(outcome in ([None], [RejectionCode.RATE_LIMITED]) for outcome in outcomes)


async def test_the_bytes_that_a_player_writes_in_a_day_have_a_bound() -> None:
    day = Rate(100_000 / 86_400, 100_000)
    async with worlds.world(rates=RateLimits(written_bytes_per_player_day=day)) as world:
        party = await world.party("ann", "bob")
        written = await write_large(world, party, 12)
        assert written.count(None) in (4, 5, 6)
        assert written[-1] is RejectionCode.RATE_LIMITED
        assert code(await world.post_message("bob", "hello", party)) is None
        world.clock.advance(24 * 3_600)
        assert code(await world.post_message("ann", "hello", party)) is None


async def test_a_commit_that_fails_is_not_charged() -> None:
    limiter = CommandLimiter(RateLimits(written_bytes_per_player=Rate(1, 1_000)))
    for _ in range(10):
        write = limiter.begin_write("ann", 900, 0)
        assert isinstance(write, Write)
        assert isinstance(limiter.begin_write("ann", 900, 0), Write), "one that is on its way leaves room"
        limiter.end_write(write, False, 0)
        limiter.end_write(write, False, 0)
    write = limiter.begin_write("ann", 1_500, 0)
    assert isinstance(write, Write)
    assert isinstance(limiter.begin_write("ann", 1, 0), Rejection)
    limiter.end_write(write, True, 0)
    assert isinstance(limiter.begin_write("ann", 1, 0), Rejection)
