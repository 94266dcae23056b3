"""Lost races: a command is decided again, a bounded number of times."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable

import pytest

from lobby.app import command_handler
from lobby.app.command_handler import ATTEMPTS_MAX, UNAVAILABLE, ProposedChange
from lobby.domain import commands as c
from lobby.domain.events import MessagePosted
from lobby.domain.model import Party
from lobby.domain.rejections import Rejection, RejectionCode
from tests.lobby.app.world import World, a_key, code, done
from tests.lobby.domain.scenes import player

Drafting = Callable[[], Awaitable[ProposedChange | Rejection]]


def contested(world: World, party: Party, races: int) -> tuple[Drafting, Counter[str]]:
    """Bob proposes a message, and Ann posts one in between for the first `races` proposals."""
    drafts: Counter[str] = Counter()

    async def draft() -> ProposedChange | Rejection:
        newest = await world.store.latest(party.id)
        assert newest is not None
        drafts["bob"] += 1
        if drafts["bob"] <= races:
            done(await world.post_message("ann", f"before {drafts['bob']}", party))
        return await world.handler.propose(newest, c.PostMessage(player("bob"), "at last"))

    return draft, drafts


async def test_after_a_lost_race_a_command_is_decided_on_the_new_state(world: World) -> None:
    party = await world.party("ann", "bob")
    draft, drafts = contested(world, party, races=2)
    answer = done(await world.handler.commit(draft, "bob", None, "post_message"))
    said = [event.text for event in await world.events(party) if isinstance(event, MessagePosted)]
    assert (said, answer.seq, drafts["bob"]) == (["before 1", "before 2", "at last"], 5, 3)


async def test_a_command_that_loses_every_race_is_unavailable(world: World) -> None:
    party = await world.party("ann", "bob")
    draft, drafts = contested(world, party, races=1000)
    assert (await world.handler.commit(draft, "bob", None, "post_message"), drafts["bob"]) == (
        UNAVAILABLE,
        ATTEMPTS_MAX,
    )


async def test_no_attempt_begins_after_the_time_for_attempts(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a slow store sixteen attempts would take minutes."""
    monkeypatch.setattr(command_handler, "ATTEMPTS_S_MAX", 0.0)
    party = await world.party("ann", "bob")
    draft, drafts = contested(world, party, races=1000)
    assert (await world.handler.commit(draft, "bob", None, "post_message"), drafts["bob"]) == (UNAVAILABLE, 1)


async def test_the_key_of_a_command_that_lost_every_race_can_be_used_again(world: World) -> None:
    party = await world.party("ann", "bob")
    draft, _ = contested(world, party, races=ATTEMPTS_MAX)
    await world.handler.commit(draft, "bob", a_key(), "post_message")
    assert not done(await world.post_message("bob", "hello", party, a_key())).replayed


async def test_many_joins_at_once_fill_the_party_and_no_more(world: World) -> None:
    party = await world.party("ann", max_members=5)
    answers = await asyncio.gather(*(world.join(f"player {number}", party.join_code) for number in range(40)))
    assert Counter(map(code, answers)) == {None: 4, RejectionCode.PARTY_FULL: 36}
    assert len((await world.now(party)).members) == 5


async def test_many_joins_with_a_password_at_once_fill_the_party_and_no_more(world: World) -> None:
    """Hashing takes time in which others are first, so each join is decided again on the newest state."""
    party = await world.party("ann", max_members=5, password="sesame")
    answers = await asyncio.gather(
        *(world.join(f"player {number}", party.join_code, password="sesame") for number in range(12))
    )
    assert Counter(map(code, answers)) == {None: 4, RejectionCode.PARTY_FULL: 8}


async def test_a_password_is_verified_once_also_in_a_busy_party(world: World) -> None:
    """After a lost race a right password must not wait for another 20 ms of hashing, and lose again."""
    party = await world.party("ann", password="sesame")
    joining = asyncio.create_task(world.join("bob", party.join_code, password="sesame"))
    said = 0
    while not joining.done():
        done(await world.post_message("ann", "knock knock", party))
        said += 1
    assert said > 1
    assert code(await joining) is None
