"""Somebody tries to be somebody else."""

from __future__ import annotations

import asyncio
from base64 import urlsafe_b64decode, urlsafe_b64encode
from json import dumps, loads
from typing import Any

import pytest

from lobby.auth.authentication import CHECKED_MAX, Authentication
from lobby.auth.credentials import Credentials
from lobby.auth.secret import Secret
from lobby.domain.rejections import Rejection
from tests.auth.desk import Desk, granted

DAY_S = 24 * 3600
LATE_S = 61
"""Past the time in which an answer that was lost may be asked for again."""


def rewritten(token: str, **claims: Any) -> str:
    """The same token, with other claims and the old signature."""
    head, payload, signature = token.split(".")
    said = loads(urlsafe_b64decode(payload + "==")) | claims
    return f"{head}.{urlsafe_b64encode(dumps(said).encode()).rstrip(b'=').decode()}.{signature}"


async def refused(desk: Desk, token: str) -> bool:
    return isinstance(await desk.credentials.refresh(token), Rejection)


async def test_a_thief_and_the_player_can_t_both_go_on(desk: Desk) -> None:
    """Whoever of the two comes second shows an old token; both are out, and only one of them can sign in anew."""
    player = await desk.guest()
    stolen = player.refresh_token
    thief = granted(await desk.credentials.refresh(stolen))
    desk.clock.passes(LATE_S)
    assert await refused(desk, player.refresh_token)
    assert await refused(desk, thief.refresh_token)


async def test_a_thief_who_comes_second_ends_it_too(desk: Desk) -> None:
    player = await desk.guest()
    fresh = granted(await desk.credentials.refresh(player.refresh_token))
    desk.clock.passes(LATE_S)
    assert await refused(desk, player.refresh_token)
    assert await refused(desk, fresh.refresh_token)


async def test_a_family_that_ended_stays_so_for_all_its_tokens(desk: Desk) -> None:
    tokens = [(await desk.guest()).refresh_token]
    for _ in range(4):
        tokens.append(granted(await desk.credentials.refresh(tokens[-1])).refresh_token)
    assert await refused(desk, tokens[0])
    assert [await refused(desk, token) for token in tokens] == [True] * len(tokens)


async def test_of_many_who_use_one_token_at_once_all_have_the_same_next_one(desk: Desk) -> None:
    """So a race makes no second branch that could live beside the first."""
    token = (await desk.guest()).refresh_token
    outcomes = await asyncio.gather(*(desk.credentials.refresh(token) for _ in range(20)))
    assert len({granted(outcome).refresh_token for outcome in outcomes}) == 1


@pytest.mark.parametrize(
    "claims", [{"gen": 2}, {"gen": 0}, {"fam": "x"}, {"exp": 2**40}, {"typ": "access", "sub": "x"}]
)
async def test_a_refresh_token_that_was_changed_is_none_and_harms_nobody(desk: Desk, claims: dict[str, Any]) -> None:
    player = await desk.guest()
    assert await refused(desk, rewritten(player.refresh_token, **claims))
    assert not await refused(desk, player.refresh_token)


async def test_a_stranger_can_t_end_a_family_by_its_name(desk: Desk) -> None:
    """The token of another server, or of another player, with the family's name in it."""
    player, other = await desk.guest(), await desk.guest()
    family = loads(urlsafe_b64decode(player.refresh_token.split(".")[1] + "=="))["fam"]
    foreign = Credentials(Secret.made(), desk.store, desk.clock)
    forged = granted(await foreign.sign_in_as_guest("Eve")).refresh_token
    for token in (rewritten(other.refresh_token, fam=family), rewritten(forged, fam=family, gen=0)):
        assert await refused(desk, token)
    assert not await refused(desk, player.refresh_token)


async def test_an_access_token_with_another_name_in_it_is_none(desk: Desk) -> None:
    guest, victim = await desk.guest(), await desk.guest()
    for claims in ({"sub": victim.player.id}, {"name": "Admin"}, {"exp": 2**40}):
        assert desk.authentication.caller(f"Bearer {rewritten(guest.access_token, **claims)}").player is None


async def test_a_flood_of_tokens_is_not_remembered_without_bound(desk: Desk) -> None:
    authentication = Authentication(desk.credentials, desk.clock)
    guest = await desk.guest()
    for number in range(50):
        authentication.caller(f"Bearer {guest.access_token}{number}")
    assert len(authentication._checked) == 0 < CHECKED_MAX


async def test_long_tokens_are_forgotten_sooner(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    guests = [await desk.guest(f"Guest {number}") for number in range(10)]
    headers = [f"Bearer {guest.access_token}" for guest in guests]
    monkeypatch.setattr("lobby.auth.authentication.CHECKED_CHARS_MAX", 3 * len(headers[0]))
    authentication = Authentication(desk.credentials, desk.clock)
    for guest, header in zip(guests, headers, strict=True):
        assert authentication.caller(header).player == guest.player
    assert list(authentication._checked) == headers[-3:]


async def test_a_secret_is_changed_without_signing_anybody_out(desk: Desk) -> None:
    player, new = await desk.guest(), Secret.made()
    changed = Credentials(new, desk.store, desk.clock, previous=[desk.secret])
    assert changed.caller(player.access_token).player == player.player
    fresh = granted(await changed.refresh(player.refresh_token))
    done = Credentials(new, desk.store, desk.clock)
    assert done.caller(fresh.access_token).player == player.player
    assert done.caller(player.access_token).player is None
    assert not isinstance(await done.refresh(fresh.refresh_token), Rejection)
