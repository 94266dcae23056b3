"""Refresh tokens: each is valid until its successor is used, and an older one revokes the whole family."""

from __future__ import annotations

import asyncio

import jwt
import pytest

from lobby.auth.guest_credentials import GuestCredentials, GuestPolicy
from lobby.domain.rejections import Rejection, RejectionCode
from lobby.ports import Unavailable
from tests.lobby.auth import auth_services
from tests.lobby.auth.auth_services import AuthServices, accepted

DAY_S = 24 * 3600
GRACE_S = 60


async def is_good(services: AuthServices, token: str) -> bool:
    """True if the token was accepted. It has been used then."""
    outcome = await services.credentials.refresh(token)
    if isinstance(outcome, Rejection):
        assert (outcome.code, outcome.retryable) == (RejectionCode.INVALID_CREDENTIALS, False)
    return not isinstance(outcome, Rejection)


async def test_a_refresh_gives_new_credentials_of_the_same_player(services: AuthServices) -> None:
    guest = await services.guest()
    services.clock.advance(600)
    fresh = accepted(await services.credentials.refresh(guest.refresh_token))
    assert (fresh.player, fresh.refresh_token != guest.refresh_token) == (guest.player, True)
    assert fresh.expires_at == services.clock.now() + 15 * 60 * 1000
    assert services.authentication.authenticate(f"Bearer {fresh.access_token}").player == guest.player


async def test_refreshes_can_follow_each_other(services: AuthServices) -> None:
    token = (await services.guest()).refresh_token
    for _ in range(5):
        services.clock.advance(DAY_S)
        token = accepted(await services.credentials.refresh(token)).refresh_token
    assert await is_good(services, token)


async def test_a_lost_response_can_be_requested_again(services: AuthServices) -> None:
    guest = await services.guest()
    first = accepted(await services.credentials.refresh(guest.refresh_token))
    services.clock.advance(GRACE_S)
    again = accepted(await services.credentials.refresh(guest.refresh_token))
    assert again.refresh_token == first.refresh_token
    assert await is_good(services, first.refresh_token)


async def test_a_lost_response_can_be_requested_again_at_any_time(services: AuthServices) -> None:
    """This is possible until a successor is used, and also if further responses are lost."""
    guest = await services.guest()
    for _ in range(4):
        accepted(await services.credentials.refresh(guest.refresh_token))
        services.clock.advance(DAY_S)
    again = accepted(await services.credentials.refresh(guest.refresh_token))
    assert await is_good(services, again.refresh_token)
    assert not await is_good(services, guest.refresh_token)


async def test_two_clients_with_the_same_token_revoke_the_family(services: AuthServices) -> None:
    """One uses the old token later, the other has its successor: the lobby cannot know which of the two is the player."""
    guest = await services.guest()
    fresh = accepted(await services.credentials.refresh(guest.refresh_token))
    services.clock.advance(GRACE_S + 0.001)
    copy = accepted(await services.credentials.refresh(guest.refresh_token))
    assert copy.refresh_token != fresh.refresh_token
    assert [await is_good(services, token) for token in (fresh.refresh_token, copy.refresh_token)] == [False, False]


async def test_requests_for_a_lost_response_at_once_get_the_same_token(services: AuthServices) -> None:
    guest = await services.guest()
    accepted(await services.credentials.refresh(guest.refresh_token))
    services.clock.advance(DAY_S)
    outcomes = await asyncio.gather(*(services.credentials.refresh(guest.refresh_token) for _ in range(5)))
    assert len({accepted(outcome).refresh_token for outcome in outcomes}) == 1


async def test_a_token_newer_than_a_restored_store_is_accepted(services: AuthServices) -> None:
    guest = await services.guest()
    family_id = jwt.decode(guest.refresh_token, options={"verify_signature": False})["fam"]
    in_backup = await services.store.refresh_family(family_id)
    assert in_backup is not None
    token = guest.refresh_token
    for _ in range(3):
        services.clock.advance(20 * DAY_S)
        token = accepted(await services.credentials.refresh(token)).refresh_token
    await services.store.save_refresh_family(in_backup, 4)  # even its expiry has passed
    fresh = accepted(await services.credentials.refresh(token))
    assert fresh.player == guest.player
    assert await is_good(services, fresh.refresh_token)
    assert not await is_good(services, token)


async def test_a_guest_of_a_store_that_lost_the_sign_in_stays_signed_in(services: AuthServices) -> None:
    async with auth_services.opened() as restored:
        guest = await services.guest()
        credentials = GuestCredentials(services.secret, restored.store, services.clock, GuestPolicy())
        outcomes = await asyncio.gather(*(credentials.refresh(guest.refresh_token) for _ in range(3)))
        assert len({accepted(outcome).refresh_token for outcome in outcomes}) == 1
        fresh = accepted(await credentials.refresh(accepted(outcomes[0]).refresh_token))
        assert fresh.player == guest.player


async def test_a_late_copy_of_a_refresh_revokes_nothing(services: AuthServices) -> None:
    """The client repeated a slow request, had the first response and refreshed again. Then the copy comes."""
    guest = await services.guest()
    second = accepted(await services.credentials.refresh(guest.refresh_token))
    third = accepted(await services.credentials.refresh(second.refresh_token))
    services.clock.advance(GRACE_S)
    assert not await is_good(services, guest.refresh_token)
    assert await is_good(services, third.refresh_token)


async def test_a_revoked_family_stays_revoked(services: AuthServices) -> None:
    guest = await services.guest()
    second = accepted(await services.credentials.refresh(guest.refresh_token))
    third = accepted(await services.credentials.refresh(second.refresh_token))
    services.clock.advance(GRACE_S + 0.001)
    assert not await is_good(services, guest.refresh_token)
    services.clock.advance(10 * DAY_S)
    tokens = (guest.refresh_token, second.refresh_token, third.refresh_token)
    assert [await is_good(services, token) for token in tokens] == [False] * 3


async def test_the_grace_period_is_only_for_the_previous_token(services: AuthServices) -> None:
    guest = await services.guest()
    second = accepted(await services.credentials.refresh(guest.refresh_token))
    third = accepted(await services.credentials.refresh(second.refresh_token))
    services.clock.advance(GRACE_S + 0.001)
    assert [await is_good(services, token) for token in (guest.refresh_token, third.refresh_token)] == [False, False]


async def test_other_sign_ins_stay_valid_when_a_family_is_revoked(services: AuthServices) -> None:
    guest, other = await services.guest("Ada"), await services.guest("Ada")
    fresh = accepted(await services.credentials.refresh(guest.refresh_token))
    accepted(await services.credentials.refresh(fresh.refresh_token))
    assert not await is_good(services, guest.refresh_token)
    assert await is_good(services, other.refresh_token)


async def test_refreshes_at_once_get_the_same_token(services: AuthServices) -> None:
    """Two devices, or a client that retried early. They must not keep conflicting with each other either."""
    guest = await services.guest()
    async with asyncio.timeout(5):
        outcomes = await asyncio.gather(*(services.credentials.refresh(guest.refresh_token) for _ in range(5)))
    assert len({accepted(outcome).refresh_token for outcome in outcomes}) == 1


async def test_a_refresh_token_is_valid_for_a_month_after_its_last_use(services: AuthServices) -> None:
    guest = await services.guest()
    services.clock.advance(29 * DAY_S)
    fresh = accepted(await services.credentials.refresh(guest.refresh_token))
    services.clock.advance(30 * DAY_S - 1)
    assert await is_good(services, fresh.refresh_token)


async def test_a_refresh_token_expires(services: AuthServices) -> None:
    guest = await services.guest()
    services.clock.advance(30 * DAY_S)
    assert not await is_good(services, guest.refresh_token)


async def test_invalid_refresh_tokens_are_rejected(services: AuthServices) -> None:
    guest = await services.guest()
    tokens = ("", "x", guest.access_token, guest.refresh_token[:-2], "x" * 10_000)
    assert [await is_good(services, token) for token in tokens] == [False] * len(tokens)


async def test_a_failing_disk_leaves_the_token_valid(services: AuthServices) -> None:
    guest = await services.guest()
    services.disk.release(fails=True)
    with pytest.raises(Unavailable):
        await services.credentials.refresh(guest.refresh_token)
    services.disk.release()
    assert await is_good(services, guest.refresh_token)


async def test_a_refresh_returns_when_it_is_durable(services: AuthServices) -> None:
    """Otherwise a crash would restore the old generation, and the player's new token would look stolen."""
    guest = await services.guest()
    services.disk.hold()
    refreshing = asyncio.create_task(services.credentials.refresh(guest.refresh_token))
    await services.disk.write_waits.wait()
    assert not refreshing.done()
    services.disk.release()
    accepted(await refreshing)
