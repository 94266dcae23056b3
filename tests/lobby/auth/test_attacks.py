"""Attacks on tokens."""

from __future__ import annotations

import asyncio
from base64 import urlsafe_b64decode, urlsafe_b64encode
from json import dumps, loads
from typing import Any

import pytest

from lobby.auth.api_keys import HashedKeys
from lobby.auth.authentication import CACHED_MAX, Authentication
from lobby.auth.guest_credentials import GuestCredentials, GuestPolicy
from lobby.auth.secret import Secret
from lobby.domain.rejections import Rejection
from tests.lobby.auth.auth_services import AuthServices, accepted

DAY_S = 24 * 3600
LATE_S = 61
"""Past the time in which an answer that was lost may be asked for again."""


def rewritten(token: str, **claims: Any) -> str:
    """The same token, with other claims and the old signature."""
    head, payload, signature = token.split(".")
    said = loads(urlsafe_b64decode(payload + "==")) | claims
    return f"{head}.{urlsafe_b64encode(dumps(said).encode()).rstrip(b'=').decode()}.{signature}"


async def refused(services: AuthServices, token: str) -> bool:
    return isinstance(await services.credentials.refresh(token), Rejection)


async def test_a_thief_and_the_player_cannot_both_refresh(services: AuthServices) -> None:
    """The second of them voids the token of the first. Once the first one uses it, both are signed out."""
    player = await services.guest()
    stolen = player.refresh_token
    thief = accepted(await services.credentials.refresh(stolen))
    services.clock.advance(LATE_S)
    fresh = accepted(await services.credentials.refresh(player.refresh_token))
    assert await refused(services, thief.refresh_token)
    assert await refused(services, fresh.refresh_token)


async def test_a_thief_who_refreshes_second_revokes_the_family(services: AuthServices) -> None:
    player = await services.guest()
    fresh = accepted(await services.credentials.refresh(player.refresh_token))
    services.clock.advance(LATE_S)
    stolen = accepted(await services.credentials.refresh(player.refresh_token))
    assert await refused(services, fresh.refresh_token)
    assert await refused(services, stolen.refresh_token)


async def test_a_thief_with_a_token_whose_successor_was_used_revokes_the_family(services: AuthServices) -> None:
    player = await services.guest()
    fresh = accepted(await services.credentials.refresh(player.refresh_token))
    newest = accepted(await services.credentials.refresh(fresh.refresh_token))
    services.clock.advance(LATE_S)
    assert await refused(services, player.refresh_token)
    assert await refused(services, newest.refresh_token)


async def test_a_shorter_validity_does_not_restore_a_revoked_family(services: AuthServices) -> None:
    """The store keeps the revoked family until the longest token of it has expired."""
    player = await services.guest()
    shorter = GuestCredentials(services.secret, services.store, services.clock, GuestPolicy(refresh_ms=3_600_000))
    token = accepted(await shorter.refresh(player.refresh_token)).refresh_token
    accepted(await shorter.refresh(token))
    assert await refused(services, player.refresh_token)
    services.clock.advance(2 * DAY_S)
    await services.store.sweep(services.clock.now())
    assert await refused(services, player.refresh_token)


async def test_all_tokens_of_a_revoked_family_stay_invalid(services: AuthServices) -> None:
    tokens = [(await services.guest()).refresh_token]
    for _ in range(4):
        tokens.append(accepted(await services.credentials.refresh(tokens[-1])).refresh_token)
    assert await refused(services, tokens[0])
    assert [await refused(services, token) for token in tokens] == [True] * len(tokens)


async def test_many_refreshes_of_one_token_at_once_get_the_same_token(services: AuthServices) -> None:
    """So a race does not create a second chain of tokens beside the first."""
    token = (await services.guest()).refresh_token
    outcomes = await asyncio.gather(*(services.credentials.refresh(token) for _ in range(20)))
    assert len({accepted(outcome).refresh_token for outcome in outcomes}) == 1


@pytest.mark.parametrize(
    "claims", [{"gen": 2}, {"gen": 0}, {"fam": "x"}, {"exp": 2**40}, {"typ": "access", "sub": "x"}]
)
async def test_a_changed_refresh_token_is_rejected_and_revokes_nothing(
    services: AuthServices, claims: dict[str, Any]
) -> None:
    player = await services.guest()
    assert await refused(services, rewritten(player.refresh_token, **claims))
    assert not await refused(services, player.refresh_token)


async def test_a_stranger_cannot_revoke_a_family_by_its_id(services: AuthServices) -> None:
    """The token of another server, or of another player, with the id of the family in it."""
    player, other = await services.guest(), await services.guest()
    family = loads(urlsafe_b64decode(player.refresh_token.split(".")[1] + "=="))["fam"]
    foreign = GuestCredentials(Secret.random(), services.store, services.clock, GuestPolicy())
    forged = accepted(await foreign.sign_in_as_guest("Eve")).refresh_token
    for token in (rewritten(other.refresh_token, fam=family), rewritten(forged, fam=family, gen=0)):
        assert await refused(services, token)
    assert not await refused(services, player.refresh_token)


async def test_an_access_token_with_changed_claims_is_rejected(services: AuthServices) -> None:
    guest, victim = await services.guest(), await services.guest()
    for claims in ({"sub": victim.player.id}, {"name": "Admin"}, {"exp": 2**40}):
        assert services.authentication.authenticate(f"Bearer {rewritten(guest.access_token, **claims)}").player is None


async def test_invalid_tokens_are_not_cached(services: AuthServices) -> None:
    authentication = Authentication(services.credentials, services.clock, HashedKeys(), HashedKeys(), ())
    guest = await services.guest()
    for number in range(50):
        authentication.authenticate(f"Bearer {guest.access_token}{number}")
    assert len(authentication._cache) == 0 < CACHED_MAX


async def test_the_cache_is_bounded_by_characters(services: AuthServices, monkeypatch: pytest.MonkeyPatch) -> None:
    guests = [await services.guest(f"Guest {number}") for number in range(10)]
    headers = [f"Bearer {guest.access_token}" for guest in guests]
    monkeypatch.setattr("lobby.auth.authentication.CACHED_CHARS_MAX", 3 * len(headers[0]))
    authentication = Authentication(services.credentials, services.clock, HashedKeys(), HashedKeys(), ())
    for guest, header in zip(guests, headers, strict=True):
        assert authentication.authenticate(header).player == guest.player
    assert [header for header, _ in authentication._cache.items()] == headers[-3:]


async def test_a_changed_secret_signs_nobody_out(services: AuthServices) -> None:
    player, new = await services.guest(), Secret.random()
    changed = GuestCredentials(new, services.store, services.clock, GuestPolicy(), [services.secret])
    assert changed.authenticate(player.access_token).player == player.player
    fresh = accepted(await changed.refresh(player.refresh_token))
    done = GuestCredentials(new, services.store, services.clock, GuestPolicy())
    assert done.authenticate(fresh.access_token).player == player.player
    assert done.authenticate(player.access_token).player is None
    assert not isinstance(await done.refresh(fresh.refresh_token), Rejection)
