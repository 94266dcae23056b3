"""Somebody else was first: decide again, a bounded number of times."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable

from lobby.domain import commands as c
from lobby.domain.events import MessagePosted
from lobby.domain.model import Party
from lobby.domain.rejections import Rejection, RejectionCode
from lobby.service import ATTEMPTS_MAX, UNAVAILABLE, Draft
from tests.domain.scenes import player
from tests.service.world import World, code, done, once

Drafting = Callable[[], Awaitable[Draft | Rejection]]


def contested(world: World, party: Party, races: int) -> tuple[Drafting, Counter[str]]:
    """Bob drafts a message, and for the first `races` drafts Ann is in between with one of hers."""
    drafts: Counter[str] = Counter()

    async def draft() -> Draft | Rejection:
        newest = await world.store.newest(party.id)
        assert newest is not None
        drafts["bob"] += 1
        if drafts["bob"] <= races:
            done(await world.says("ann", f"before {drafts['bob']}", party))
        return await world.lobby.drafted(newest, c.PostMessage(player("bob"), "at last"))

    return draft, drafts


async def test_a_lost_race_is_decided_again_on_what_won(world: World) -> None:
    party = await world.party("ann", "bob")
    draft, drafts = contested(world, party, races=2)
    answer = done(await world.lobby.commit(draft, "bob", None, "post_message"))
    said = [event.text for event in await world.events(party) if isinstance(event, MessagePosted)]
    assert (said, answer.seq, drafts["bob"]) == (["before 1", "before 2", "at last"], 5, 3)


async def test_whoever_loses_every_race_is_told_to_come_again(world: World) -> None:
    party = await world.party("ann", "bob")
    draft, drafts = contested(world, party, races=1000)
    assert (await world.lobby.commit(draft, "bob", None, "post_message"), drafts["bob"]) == (UNAVAILABLE, ATTEMPTS_MAX)


async def test_a_key_whose_command_lost_every_race_is_free_again(world: World) -> None:
    party = await world.party("ann", "bob")
    draft, _ = contested(world, party, races=ATTEMPTS_MAX)
    await world.lobby.commit(draft, "bob", once(), "post_message")
    assert not done(await world.says("bob", "hello", party, once())).replayed


async def test_many_at_once_fill_the_seats_and_not_one_more(world: World) -> None:
    party = await world.party("ann", max_members=5)
    answers = await asyncio.gather(*(world.join(f"player {number}", party.join_code) for number in range(40)))
    assert Counter(map(code, answers)) == {None: 4, RejectionCode.PARTY_FULL: 36}
    assert len((await world.now(party)).members) == 5


async def test_many_with_the_password_at_once_fill_the_seats_and_not_one_more(world: World) -> None:
    """Hashing gives the others time to be first: each of them has to be decided again on who is there by then."""
    party = await world.party("ann", max_members=5, password="sesame")
    answers = await asyncio.gather(
        *(world.join(f"player {number}", party.join_code, password="sesame") for number in range(12))
    )
    assert Counter(map(code, answers)) == {None: 4, RejectionCode.PARTY_FULL: 8}


async def test_a_password_is_checked_once_however_busy_the_party_is(world: World) -> None:
    """A right password that lost a race for the commit is not to wait for another 20 ms of hashing, and lose again."""
    party = await world.party("ann", password="sesame")
    joining = asyncio.create_task(world.join("bob", party.join_code, password="sesame"))
    said = 0
    while not joining.done():
        done(await world.says("ann", "knock knock", party))
        said += 1
    assert said > 1
    assert code(await joining) is None
