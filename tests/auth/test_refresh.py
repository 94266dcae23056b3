"""Refresh tokens: each is good once, and one that turns up again late ends them all."""

from __future__ import annotations

import asyncio

import pytest

from lobby.domain.rejections import Rejection, RejectionCode
from lobby.ports import Unavailable
from tests.auth.desk import Desk, granted

DAY_S = 24 * 3600
GRACE_S = 60


async def is_good(desk: Desk, token: str) -> bool:
    """Whether it was good; if so it has been used now."""
    outcome = await desk.credentials.refresh(token)
    if isinstance(outcome, Rejection):
        assert (outcome.code, outcome.retryable) == (RejectionCode.INVALID_CREDENTIALS, False)
    return not isinstance(outcome, Rejection)


async def test_a_refresh_token_brings_new_credentials_of_the_same_player(desk: Desk) -> None:
    guest = await desk.guest()
    desk.clock.passes(600)
    fresh = granted(await desk.credentials.refresh(guest.refresh_token))
    assert (fresh.player, fresh.refresh_token != guest.refresh_token) == (guest.player, True)
    assert fresh.expires_at == desk.clock.now() + 15 * 60 * 1000
    assert desk.authentication.caller(f"Bearer {fresh.access_token}").player == guest.player


async def test_a_chain_of_refreshes_goes_on(desk: Desk) -> None:
    token = (await desk.guest()).refresh_token
    for _ in range(5):
        desk.clock.passes(DAY_S)
        token = granted(await desk.credentials.refresh(token)).refresh_token
    assert await is_good(desk, token)


async def test_an_answer_that_was_lost_can_be_asked_for_again(desk: Desk) -> None:
    guest = await desk.guest()
    first = granted(await desk.credentials.refresh(guest.refresh_token))
    desk.clock.passes(GRACE_S)
    again = granted(await desk.credentials.refresh(guest.refresh_token))
    assert again.refresh_token == first.refresh_token
    assert await is_good(desk, first.refresh_token)


async def test_an_old_token_that_turns_up_late_ends_the_family(desk: Desk) -> None:
    """Somebody has a copy; which of the two is the player nobody can tell."""
    guest = await desk.guest()
    fresh = granted(await desk.credentials.refresh(guest.refresh_token))
    desk.clock.passes(GRACE_S + 0.001)
    assert [await is_good(desk, token) for token in (guest.refresh_token, fresh.refresh_token)] == [False, False]


async def test_the_grace_is_for_the_last_token_but_one_only(desk: Desk) -> None:
    guest = await desk.guest()
    second = granted(await desk.credentials.refresh(guest.refresh_token))
    third = granted(await desk.credentials.refresh(second.refresh_token))
    assert [await is_good(desk, token) for token in (guest.refresh_token, third.refresh_token)] == [False, False]


async def test_other_sign_ins_live_on_when_a_family_ends(desk: Desk) -> None:
    guest, other = await desk.guest("Ada"), await desk.guest("Ada")
    granted(await desk.credentials.refresh(guest.refresh_token))
    desk.clock.passes(GRACE_S + 1)
    await is_good(desk, guest.refresh_token)
    assert await is_good(desk, other.refresh_token)


async def test_refreshes_at_once_bring_the_same_token(desk: Desk) -> None:
    """Two devices, or a client that retried early. They must not spin against each other either."""
    guest = await desk.guest()
    async with asyncio.timeout(5):
        outcomes = await asyncio.gather(*(desk.credentials.refresh(guest.refresh_token) for _ in range(5)))
    assert len({granted(outcome).refresh_token for outcome in outcomes}) == 1


async def test_a_refresh_token_lives_for_a_month_from_its_last_use(desk: Desk) -> None:
    guest = await desk.guest()
    desk.clock.passes(29 * DAY_S)
    fresh = granted(await desk.credentials.refresh(guest.refresh_token))
    desk.clock.passes(30 * DAY_S - 1)
    assert await is_good(desk, fresh.refresh_token)


async def test_a_refresh_token_expires(desk: Desk) -> None:
    guest = await desk.guest()
    desk.clock.passes(30 * DAY_S)
    assert not await is_good(desk, guest.refresh_token)


async def test_what_is_no_refresh_token_is_refused(desk: Desk) -> None:
    guest = await desk.guest()
    tokens = ("", "x", guest.access_token, guest.refresh_token[:-2], "x" * 10_000)
    assert [await is_good(desk, token) for token in tokens] == [False] * len(tokens)


async def test_a_disk_that_fails_leaves_the_token_good(desk: Desk) -> None:
    guest = await desk.guest()
    desk.disk.release(fails=True)
    with pytest.raises(Unavailable):
        await desk.credentials.refresh(guest.refresh_token)
    desk.disk.release()
    assert await is_good(desk, guest.refresh_token)


async def test_a_refresh_is_answered_once_it_is_durable(desk: Desk) -> None:
    """Else a crash would bring the old generation back, and the player's new token would look stolen."""
    guest = await desk.guest()
    desk.disk.hold()
    refreshing = asyncio.create_task(desk.credentials.refresh(guest.refresh_token))
    await desk.disk.asked.wait()
    assert not refreshing.done()
    desk.disk.release()
    granted(await refreshing)
