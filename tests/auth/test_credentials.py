"""Access tokens: who they are for, for how long, and which are not ours."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from typing import Any

import jwt
import pytest

from lobby.auth.authentication import Authentication
from lobby.auth.caller import Caller
from lobby.auth.credentials import ALGORITHM, ISSUER, TOKEN_CHARS_MAX, Credentials
from lobby.auth.secret import Secret
from lobby.domain.rejections import Rejection, RejectionCode
from tests.auth.desk import SERVICE_KEY, Desk

ACCESS_S = 15 * 60
DEEP = f"{urlsafe_b64encode(b'[' * 2_000).decode()}.e30.x"
"""Nested too deep to be read."""


def bearer(desk: Desk, token: str) -> Caller:
    return desk.authentication.caller(f"Bearer {token}")


def is_refused(caller: Caller) -> bool:
    """Refused, and taken for nobody."""
    return caller.refusal is not None and caller.player is None and not caller.is_service


def signed(desk: Desk, algorithm: str = ALGORITHM, key: bytes | None = None, **claims: Any) -> str:
    """A token like ours, but for what a test wants to be different; a claim of None is left out."""
    now_s = desk.clock.now() // 1000
    ours = {"iss": ISSUER, "typ": "access", "sub": "ada", "name": "Ada", "iat": now_s, "exp": now_s + 60, **claims}
    kept = {name: claim for name, claim in ours.items() if claim is not None}
    return jwt.encode(kept, key or desk.secret.key("credentials"), algorithm)


async def test_a_guest_is_a_new_player_by_the_name_given(desk: Desk) -> None:
    first, second = await desk.guest("  Ada "), await desk.guest("Ada")
    assert (first.player.display_name, first.player.id != second.player.id) == ("Ada", True)


@pytest.mark.parametrize("name", ["", "   ", "x" * 33, "a\x00b", "\u202eevil", "\u200b"])
async def test_a_name_that_nobody_could_read_is_refused(desk: Desk, name: str) -> None:
    refusal = await desk.credentials.sign_in_as_guest(name)
    assert isinstance(refusal, Rejection)
    assert (refusal.code, refusal.field) == (RejectionCode.INVALID_INPUT, "display_name")


async def test_an_access_token_tells_who_is_asking(desk: Desk) -> None:
    guest = await desk.guest()
    assert bearer(desk, guest.access_token) == Caller(guest.player, guest.expires_at)


@pytest.mark.parametrize("header", [None, "", "  ", "Bearer", "bearer ", "Bearer   "])
async def test_no_token_is_a_stranger_and_no_error(desk: Desk, header: str | None) -> None:
    assert desk.authentication.caller(header) == Caller()


@pytest.mark.parametrize("scheme", ["bearer", "BEARER", " Bearer "])
async def test_the_scheme_is_taken_in_any_case(desk: Desk, scheme: str) -> None:
    guest = await desk.guest()
    assert desk.authentication.caller(f"{scheme} {guest.access_token}").player == guest.player


@pytest.mark.parametrize("header", ["Basic YTpi", "nonsense", "Token abc"])
async def test_another_scheme_is_refused(desk: Desk, header: str) -> None:
    assert is_refused(desk.authentication.caller(header))


async def test_a_token_is_good_until_it_expires(desk: Desk) -> None:
    guest = await desk.guest()
    assert guest.expires_at == desk.clock.now() + ACCESS_S * 1000
    desk.clock.passes(ACCESS_S - 0.001)
    assert bearer(desk, guest.access_token).player == guest.player
    desk.clock.passes(0.001)
    assert is_refused(bearer(desk, guest.access_token))


async def test_a_token_that_was_never_seen_before_it_expired_is_refused_too(desk: Desk) -> None:
    guest = await desk.guest()
    desk.clock.passes(ACCESS_S)
    assert is_refused(bearer(desk, guest.access_token))


async def test_a_token_like_ours_is_good(desk: Desk) -> None:
    """Else the tests below would refuse theirs for the wrong reason."""
    assert bearer(desk, signed(desk)).player is not None


@pytest.mark.filterwarnings("ignore::jwt.warnings.InsecureKeyLengthWarning")
@pytest.mark.parametrize(
    "difference",
    [
        {"typ": "refresh"},
        {"typ": None},
        {"exp": None},
        {"exp": 1},
        {"iss": "somebody else"},
        {"iss": None},
        {"algorithm": "HS512"},
        {"key": Secret.made().key("credentials")},
        {"key": b"x" * 32},
    ],
    ids=repr,
)
async def test_a_token_that_is_not_ours_is_refused(desk: Desk, difference: dict[str, Any]) -> None:
    assert is_refused(bearer(desk, signed(desk, **difference)))


async def test_a_token_signed_with_another_purposes_key_is_refused(desk: Desk) -> None:
    assert is_refused(bearer(desk, signed(desk, key=desk.secret.key("fingerprints"))))


async def test_an_unsigned_token_is_refused(desk: Desk) -> None:
    _, claims, _ = signed(desk).split(".")
    head = urlsafe_b64encode(b'{"alg":"none","typ":"JWT"}').rstrip(b"=").decode()
    assert is_refused(bearer(desk, f"{head}.{claims}."))


async def test_claims_that_were_changed_are_refused(desk: Desk) -> None:
    head, _, signature = signed(desk).split(".")
    _, claims, _ = signed(desk, sub="bob").split(".")
    assert is_refused(bearer(desk, f"{head}.{claims}.{signature}"))


async def test_a_refresh_token_is_no_access_token(desk: Desk) -> None:
    assert is_refused(bearer(desk, (await desk.guest()).refresh_token))


@pytest.mark.parametrize("token", ["x", "a.b.c", "..", "é", "\x00", "x" * (TOKEN_CHARS_MAX + 1), "a b", "\ud800", DEEP])
async def test_what_is_no_token_at_all_is_refused(desk: Desk, token: str) -> None:
    assert is_refused(bearer(desk, token))


async def test_the_service_key_is_a_game_server(desk: Desk) -> None:
    assert bearer(desk, SERVICE_KEY) == Caller(is_service=True)
    assert is_refused(bearer(desk, SERVICE_KEY[:-1]))


async def test_without_a_service_key_nobody_is_a_game_server(desk: Desk) -> None:
    authentication = Authentication(desk.credentials, desk.clock)
    assert [authentication.caller(f"Bearer {key}").is_service for key in (SERVICE_KEY, "None", "")] == [False] * 3


async def test_another_server_with_the_same_secret_knows_the_token(desk: Desk) -> None:
    guest = await desk.guest()
    other = Credentials(desk.secret, desk.store, desk.clock)
    assert other.caller(guest.access_token).player == guest.player
