"""Access tokens: their player, their lifetime, and tokens of others."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from typing import Any

import jwt
import pytest

from lobby.auth.api_keys import HashedKeys
from lobby.auth.authentication import Authentication
from lobby.auth.caller import Caller
from lobby.auth.guest_credentials import ALGORITHM, ISSUER, TOKEN_CHARS_MAX, GuestCredentials, GuestPolicy
from lobby.auth.secret import Secret
from lobby.domain.rejections import Rejection, RejectionCode
from tests.lobby.auth.auth_services import SERVICE_KEY, AuthServices

ACCESS_S = 15 * 60
DEEP = f"{urlsafe_b64encode(b'[' * 2_000).decode()}.e30.x"
"""Nested too deep to be read."""


def bearer(services: AuthServices, token: str) -> Caller:
    return services.authentication.authenticate(f"Bearer {token}")


def is_refused(caller: Caller) -> bool:
    """True if the caller is refused and anonymous."""
    return caller.refusal is not None and caller.player is None and not caller.is_service


def signed(services: AuthServices, algorithm: str = ALGORITHM, key: bytes | None = None, **claims: Any) -> str:
    """A token with the given differences from a valid one; a claim of None is left out."""
    now_s = services.clock.now() // 1000
    ours = {"iss": ISSUER, "typ": "access", "sub": "ada", "name": "Ada", "iat": now_s, "exp": now_s + 60, **claims}
    kept = {name: claim for name, claim in ours.items() if claim is not None}
    return jwt.encode(kept, key or services.secret.key("credentials"), algorithm)


async def test_a_guest_is_a_new_player_with_the_given_name(services: AuthServices) -> None:
    first, second = await services.guest("  Ada "), await services.guest("Ada")
    assert (first.player.display_name, first.player.id != second.player.id) == ("Ada", True)


@pytest.mark.parametrize("name", ["", "   ", "x" * 33, "a\x00b", "\u202eevil", "\u200b"])
async def test_an_invisible_name_is_rejected(services: AuthServices, name: str) -> None:
    refusal = await services.credentials.sign_in_as_guest(name)
    assert isinstance(refusal, Rejection)
    assert (refusal.code, refusal.field) == (RejectionCode.INVALID_INPUT, "display_name")


async def test_an_access_token_identifies_its_player(services: AuthServices) -> None:
    guest = await services.guest()
    assert bearer(services, guest.access_token) == Caller(guest.player, guest.expires_at)


@pytest.mark.parametrize("header", [None, "", "  ", "Bearer", "bearer ", "Bearer   "])
async def test_without_a_token_the_caller_is_a_stranger(services: AuthServices, header: str | None) -> None:
    assert services.authentication.authenticate(header) == Caller()


@pytest.mark.parametrize("scheme", ["bearer", "BEARER", " Bearer "])
async def test_the_scheme_is_case_insensitive(services: AuthServices, scheme: str) -> None:
    guest = await services.guest()
    assert services.authentication.authenticate(f"{scheme} {guest.access_token}").player == guest.player


@pytest.mark.parametrize("header", ["Basic YTpi", "nonsense", "Token abc"])
async def test_another_scheme_is_rejected(services: AuthServices, header: str) -> None:
    assert is_refused(services.authentication.authenticate(header))


async def test_a_token_is_valid_until_it_expires(services: AuthServices) -> None:
    guest = await services.guest()
    assert guest.expires_at == services.clock.now() + ACCESS_S * 1000
    services.clock.advance(ACCESS_S - 0.001)
    assert bearer(services, guest.access_token).player == guest.player
    services.clock.advance(0.001)
    assert is_refused(bearer(services, guest.access_token))


async def test_an_expired_token_that_was_never_cached_is_rejected(services: AuthServices) -> None:
    guest = await services.guest()
    services.clock.advance(ACCESS_S)
    assert is_refused(bearer(services, guest.access_token))


async def test_a_correctly_signed_token_is_accepted(services: AuthServices) -> None:
    """Otherwise the tokens of the tests below would be refused for another reason."""
    assert bearer(services, signed(services)).player is not None


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
        {"key": Secret(b"s" * 32).key("credentials")},
        {"key": b"x" * 32},
    ],
    ids=repr,
)
async def test_a_token_with_other_claims_is_rejected(services: AuthServices, difference: dict[str, Any]) -> None:
    assert is_refused(bearer(services, signed(services, **difference)))


async def test_a_token_signed_with_the_key_of_another_purpose_is_rejected(services: AuthServices) -> None:
    assert is_refused(bearer(services, signed(services, key=services.secret.key("fingerprints"))))


async def test_an_unsigned_token_is_rejected(services: AuthServices) -> None:
    _, claims, _ = signed(services).split(".")
    head = urlsafe_b64encode(b'{"alg":"none","typ":"JWT"}').rstrip(b"=").decode()
    assert is_refused(bearer(services, f"{head}.{claims}."))


async def test_changed_claims_are_rejected(services: AuthServices) -> None:
    head, _, signature = signed(services).split(".")
    _, claims, _ = signed(services, sub="bob").split(".")
    assert is_refused(bearer(services, f"{head}.{claims}.{signature}"))


async def test_a_refresh_token_is_rejected_as_an_access_token(services: AuthServices) -> None:
    assert is_refused(bearer(services, (await services.guest()).refresh_token))


@pytest.mark.parametrize("token", ["x", "a.b.c", "..", "é", "\x00", "x" * (TOKEN_CHARS_MAX + 1), "a b", "\ud800", DEEP])
async def test_malformed_tokens_are_rejected(services: AuthServices, token: str) -> None:
    assert is_refused(bearer(services, token))


async def test_the_service_key_authenticates_a_game_server(services: AuthServices) -> None:
    assert bearer(services, SERVICE_KEY) == Caller(is_service=True)
    assert is_refused(bearer(services, SERVICE_KEY[:-1]))


async def test_without_a_service_key_nobody_is_a_game_server(services: AuthServices) -> None:
    authentication = Authentication(services.credentials, services.clock, HashedKeys(), HashedKeys(), ())
    assert [authentication.authenticate(f"Bearer {key}").is_service for key in (SERVICE_KEY, "None", "")] == [False] * 3


async def test_another_server_with_the_same_secret_accepts_the_token(services: AuthServices) -> None:
    guest = await services.guest()
    other = GuestCredentials(services.secret, services.store, services.clock, GuestPolicy())
    assert other.authenticate(guest.access_token).player == guest.player
