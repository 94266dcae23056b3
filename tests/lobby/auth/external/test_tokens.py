"""Which tokens of an issuer count, and whom for."""

from __future__ import annotations

import hmac
import json
from base64 import urlsafe_b64encode
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from lobby.auth.external_tokens import TOKEN_CHARS_MAX
from lobby.domain.identities import SUBJECT_CHARS_MAX
from tests.lobby.auth.auth_services import AuthServices
from tests.lobby.auth.external.fake_issuer import AUDIENCE, FakeIssuer, jwk, new_key
from tests.lobby.auth.external.token_reader import TokenReader, reading


def part(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value)
    return urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


async def test_a_player_of_the_issuer_is_authenticated(lobby: TokenReader, publisher: FakeIssuer) -> None:
    caller = await lobby.authenticate(lobby.token(publisher))
    assert caller.player is not None
    assert (caller.player.display_name, caller.refusal) == ("Ada", None)
    assert caller.expires_at == round((lobby.now_s + 600 + 30) * 1000)


async def test_a_known_token_is_authenticated_without_a_read(lobby: TokenReader, publisher: FakeIssuer) -> None:
    token = lobby.token(publisher)
    caller, asked = await lobby.authenticate(token), publisher.asked
    assert lobby.at_once(token) is caller
    assert publisher.asked == asked


@pytest.mark.parametrize("algorithm", ["RS256", "PS384", "ES256", "EdDSA"])
async def test_each_kind_of_key_signs_by_its_own_algorithms(
    services: AuthServices, publisher: FakeIssuer, algorithm: str
) -> None:
    publisher.rotate("k1", algorithm)
    async with reading(services, publisher.settings(algorithms=(algorithm,))) as lobby:
        assert (await lobby.authenticate(lobby.token(publisher, algorithm=algorithm))).player is not None


async def test_the_id_is_stable_bounded_and_hides_the_subject(lobby: TokenReader, publisher: FakeIssuer) -> None:
    subject = "ada@example.com"
    first = (await lobby.authenticate(lobby.token(publisher, sub=subject))).player
    again = (await lobby.authenticate(lobby.token(publisher, sub=subject, name="Ada L."))).player
    long = (await lobby.authenticate(lobby.token(publisher, sub="x" * SUBJECT_CHARS_MAX))).player
    assert first is not None
    assert again is not None
    assert long is not None
    assert first.id == again.id == publisher.settings().player_id(subject)
    assert (len(first.id), len(long.id), first.id.startswith("ext:"), "example" in first.id) == (36, 36, True, False)


async def test_two_issuers_may_have_the_same_subject(services: AuthServices, publisher: FakeIssuer) -> None:
    other = publisher.settings(issuer="https://other.example")
    async with reading(services, publisher.settings(), other) as lobby:
        mine = await lobby.authenticate(lobby.token(publisher))
        theirs = await lobby.authenticate(lobby.token(publisher, iss="https://other.example"))
    assert mine.player is not None
    assert theirs.player is not None
    assert mine.player.id != theirs.player.id


@pytest.mark.parametrize(
    ("claim", "shown"),
    [
        ("  Ada  ", "Ada"),
        ("A" * 100, "A" * 32),
        (None, None),
        ("", None),
        ("\u202eevil", None),
        ("a\x00b", None),
        ("\u200b", None),
        (7, None),
        (["Ada"], None),
    ],
)
async def test_a_name_follows_the_rules_for_names(
    lobby: TokenReader, publisher: FakeIssuer, claim: Any, shown: str | None
) -> None:
    player = (await lobby.authenticate(lobby.token(publisher, name=claim))).player
    assert player is not None
    assert player.display_name == (shown or f"Player {player.id[-4:]}")


async def test_the_claim_of_the_name_is_a_setting(services: AuthServices, publisher: FakeIssuer) -> None:
    async with reading(services, publisher.settings(name_claim="nickname")) as lobby:
        player = (await lobby.authenticate(lobby.token(publisher, nickname="Countess"))).player
    assert player is not None
    assert player.display_name == "Countess"


@pytest.mark.parametrize("audience", [["other", AUDIENCE], [AUDIENCE]])
async def test_one_of_several_audiences_is_enough(
    lobby: TokenReader, publisher: FakeIssuer, audience: list[str]
) -> None:
    assert (await lobby.authenticate(lobby.token(publisher, aud=audience))).player is not None


@pytest.mark.parametrize(
    "audience", [None, "", "other", [], ["other"], [7], {AUDIENCE: 1}, AUDIENCE + "x", [[AUDIENCE]]]
)
async def test_a_token_for_another_audience_is_rejected(
    lobby: TokenReader, publisher: FakeIssuer, audience: Any
) -> None:
    assert await lobby.refusal(lobby.token(publisher, aud=audience)) == "the access token is for another audience"


@pytest.mark.parametrize(
    ("claims", "why"),
    [
        ({"exp": -31}, "has expired"),
        ({"nbf": 31}, "not valid yet"),
        ({"iat": 31}, "not valid yet"),
    ],
)
async def test_an_expired_or_future_token_is_rejected(
    lobby: TokenReader, publisher: FakeIssuer, claims: dict[str, float], why: str
) -> None:
    moved = {name: lobby.now_s + after_s for name, after_s in claims.items()}
    assert why in await lobby.refusal(lobby.token(publisher, **moved))


@pytest.mark.parametrize("claims", [{"exp": -29}, {"nbf": 29}, {"iat": 29}])
async def test_clocks_may_differ_a_little(lobby: TokenReader, publisher: FakeIssuer, claims: dict[str, float]) -> None:
    moved = {name: lobby.now_s + after_s for name, after_s in claims.items()}
    assert (await lobby.authenticate(lobby.token(publisher, **moved))).player is not None


async def test_tokens_go_by_the_time_of_their_issuer_while_the_clock_is_ahead(
    publisher: FakeIssuer, services: AuthServices
) -> None:
    """After the system's clock was set back by an hour."""
    async with reading(services, publisher.settings(refresh_min_s=0.001), ahead_ms=3_600_000) as lobby:
        issuer_s = lobby.now_s - 3_600
        token = lobby.token(publisher, now_s=issuer_s)
        assert (await lobby.authenticate(token)).player is not None
        assert lobby.at_once(token).player is not None
        assert "not valid yet" in await lobby.refusal(lobby.token(publisher, now_s=lobby.now_s))
        services.clock.advance(631)
        assert lobby.at_once(token).refusal == "the access token has expired"


async def test_a_cached_token_expires(lobby: TokenReader, publisher: FakeIssuer) -> None:
    token = lobby.token(publisher)
    await lobby.authenticate(token)
    lobby.services.clock.advance(629)
    assert lobby.at_once(token).player is not None
    lobby.services.clock.advance(2)
    assert lobby.at_once(token).refusal == "the access token has expired"
    assert "expired" in await lobby.refusal(token)


@pytest.mark.parametrize("time_s", ["1", True, -1, 2**41, [], {}])
@pytest.mark.parametrize("claim", ["exp", "nbf", "iat"])
async def test_invalid_times_are_rejected(lobby: TokenReader, publisher: FakeIssuer, claim: str, time_s: Any) -> None:
    await lobby.refusal(lobby.token(publisher, **{claim: time_s}))


async def test_a_token_that_never_expires_is_rejected(lobby: TokenReader, publisher: FakeIssuer) -> None:
    assert "does not say when" in await lobby.refusal(lobby.token(publisher, exp=None))


@pytest.mark.parametrize("subject", [None, "", 7, ["ada"], "x" * (SUBJECT_CHARS_MAX + 1)])
async def test_a_token_without_a_subject_is_rejected(lobby: TokenReader, publisher: FakeIssuer, subject: Any) -> None:
    assert await lobby.refusal(lobby.token(publisher, sub=subject)) == "the access token names no subject"


@pytest.mark.parametrize("issuer", ["https://elsewhere.example", "", None])
async def test_a_token_of_another_issuer_is_rejected(
    lobby: TokenReader, publisher: FakeIssuer, issuer: str | None
) -> None:
    """With the right key too: it reads as one of ours, which it is not."""
    assert await lobby.refusal(lobby.token(publisher, iss=issuer)) == "the access token is not valid"


async def test_a_token_signed_with_the_public_key_as_secret_is_rejected(
    lobby: TokenReader, publisher: FakeIssuer
) -> None:
    """Algorithm confusion: a verifier that believes the header `alg` would use the public key as a shared secret."""
    public = publisher.keys["k1"].public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    for secret in (public, json.dumps(jwk("k1", publisher.keys["k1"])).encode()):
        for algorithm, digest in (("HS256", "sha256"), ("HS512", "sha512")):
            text = f"{part({'alg': algorithm, 'kid': 'k1'})}.{lobby.token(publisher).split('.')[1]}"
            signature = urlsafe_b64encode(hmac.digest(secret, text.encode(), digest)).rstrip(b"=").decode()
            assert "algorithm" in await lobby.refusal(f"{text}.{signature}")


@pytest.mark.parametrize("algorithm", ["none", "None", "NONE", "", None, ["ES256"], 7])
async def test_a_token_without_a_signature_is_rejected(
    lobby: TokenReader, publisher: FakeIssuer, algorithm: Any
) -> None:
    claims = lobby.token(publisher).split(".")[1]
    header = part({"alg": algorithm, "kid": "k1", "typ": "JWT"})
    for signature in ("", lobby.token(publisher).split(".")[2]):
        await lobby.refusal(f"{header}.{claims}.{signature}")


async def test_an_algorithm_that_is_not_configured_is_rejected(services: AuthServices, publisher: FakeIssuer) -> None:
    publisher.rotate("k1", "RS256")
    async with reading(services, publisher.settings(algorithms=("RS256",))) as lobby:
        assert "algorithm" in await lobby.refusal(lobby.token(publisher, algorithm="RS512"))


async def test_a_key_is_only_used_for_its_published_algorithm(services: AuthServices, publisher: FakeIssuer) -> None:
    publisher.rotate("k1", "RS256")
    publisher.listed = [jwk("k1", publisher.keys["k1"], alg="RS256")]
    async with reading(services, publisher.settings(algorithms=("RS256", "PS256"))) as lobby:
        assert (await lobby.authenticate(lobby.token(publisher, algorithm="RS256"))).player is not None
        assert "another algorithm" in await lobby.refusal(lobby.token(publisher, algorithm="PS256"))


@pytest.mark.parametrize(
    "header",
    [
        {"jku": "https://evil.example/jwks"},
        {"x5u": "https://evil.example/cert"},
        {"jwk": {"kty": "oct", "k": "AAAA"}},
        {"x5c": ["AAAA"]},
        {"crit": ["exp"], "exp": 1},
        {"crit": []},
        {"crit": ["b64"], "b64": True},
        {"typ": "logout+jwt"},
        {"typ": "dpop+jwt"},
        {"typ": 7},
        {"kid": ""},
        {"kid": "x" * 257},
    ],
)
async def test_a_token_with_a_refused_header_is_rejected(
    lobby: TokenReader, publisher: FakeIssuer, header: dict[str, Any]
) -> None:
    await lobby.authenticate(lobby.token(publisher))
    head = part({"alg": "ES256", "typ": "JWT", "kid": "k1", **header})
    claims = lobby.token(publisher).split(".")[1]
    signature = _signed(publisher, f"{head}.{claims}")
    asked = publisher.asked
    await lobby.refusal(f"{head}.{claims}.{signature}")
    assert publisher.asked == asked, "what the token says must have nothing fetched"


async def test_the_type_of_an_access_token_is_accepted(lobby: TokenReader, publisher: FakeIssuer) -> None:
    for media_type in ("at+jwt", "application/at+JWT", "JWT"):
        token = lobby.token(publisher, headers={"typ": media_type})
        assert (await lobby.authenticate(token)).player is not None


async def test_a_token_signed_by_another_key_is_rejected(lobby: TokenReader, publisher: FakeIssuer) -> None:
    await lobby.authenticate(lobby.token(publisher))
    for forged in (
        lobby.token(publisher, key=new_key()),
        lobby.token(publisher, key=new_key("EdDSA"), algorithm="EdDSA"),
        lobby.token(publisher)[:-4] + "AAAA",
    ):
        await lobby.refusal(forged)


async def test_long_or_malformed_tokens_are_rejected_without_a_read(lobby: TokenReader, publisher: FakeIssuer) -> None:
    await lobby.authenticate(lobby.token(publisher))
    head, claims, _ = lobby.token(publisher).split(".")
    deep = part('{"a":' + "[" * 3_000)
    asked = publisher.asked
    for token in (
        lobby.token(publisher, padding="x" * TOKEN_CHARS_MAX),
        f"{deep}.{claims}.x",
        f"{deep}.{deep}.x",
        f"{head}.{deep}.x",
        f"{head}.{claims}",
        f"{head}.{claims}.x.y",
        f"{head}.{part([])}.x",
        f"{head}.{part({'iss': [publisher.issuer]})}.x",
        f"\ud800.{claims}.x",
        f"{head}.é.x",
        "...",
        "." * 5_000,
    ):
        await lobby.refusal(token)
    assert publisher.asked == asked


def _signed(publisher: FakeIssuer, text: str) -> str:
    algorithm = jwt.get_algorithm_by_name("ES256")
    signature = algorithm.sign(text.encode(), publisher.keys["k1"])
    return urlsafe_b64encode(signature).rstrip(b"=").decode()
