"""Keys of an issuer come and go, and so does the issuer itself."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from lobby.auth.external_issuers import DOCUMENT_BYTES_MAX
from tests.lobby.auth.auth_services import AuthServices
from tests.lobby.auth.external.fake_issuer import FakeIssuer, jwk, new_key
from tests.lobby.auth.external.token_reader import TokenReader, reading

LONG_S = 3_600


async def test_the_first_token_waits_for_the_keys(services: AuthServices, publisher: FakeIssuer) -> None:
    async with reading(services, publisher.settings()) as lobby:
        token = lobby.token(publisher)
        at_once = lobby.at_once(token)
        assert (at_once.player, at_once.key_refresh is not None) == (None, True)
        assert (await lobby.authenticate(token)).player is not None


async def test_all_waiting_callers_share_one_read(services: AuthServices, publisher: FakeIssuer) -> None:
    async with reading(services, publisher.settings(refresh_min_s=LONG_S)) as lobby:
        tokens = [lobby.token(publisher, sub=f"p{n}") for n in range(50)]
        callers = await asyncio.gather(*(lobby.authenticate(token) for token in tokens))
    assert all(caller.player is not None for caller in callers)
    assert publisher.asked == 1


async def test_a_cancelled_caller_does_not_cancel_the_read_of_others(
    services: AuthServices, publisher: FakeIssuer
) -> None:
    async with reading(services, publisher.settings()) as lobby:
        token = lobby.token(publisher)
        gone, stays = (asyncio.create_task(lobby.authenticate(token)) for _ in range(2))
        await asyncio.sleep(0)
        gone.cancel()
        assert (await stays).player is not None


async def test_a_rotated_key_is_found_and_the_old_one_is_rejected(lobby: TokenReader, publisher: FakeIssuer) -> None:
    old = lobby.token(publisher)
    assert (await lobby.authenticate(old)).player is not None
    publisher.rotate("k2")
    assert (await lobby.authenticate(lobby.token(publisher, kid="k2"))).player is not None
    assert "not known" in await lobby.refusal(old), "the issuer has taken the key back"


async def test_old_and_new_key_are_valid_at_the_same_time(lobby: TokenReader, publisher: FakeIssuer) -> None:
    old = lobby.token(publisher)
    await lobby.authenticate(old)
    publisher.keys["k2"] = new_key()
    assert (await lobby.authenticate(lobby.token(publisher, kid="k2"))).player is not None
    assert lobby.at_once(old).player is not None


async def test_a_changed_key_with_the_same_kid_invalidates_its_tokens(
    lobby: TokenReader, publisher: FakeIssuer
) -> None:
    old = lobby.token(publisher)
    await lobby.authenticate(old)
    publisher.rotate("k1")
    publisher.keys["k2"] = publisher.keys["k1"]
    await lobby.authenticate(lobby.token(publisher, kid="k2"))
    assert lobby.at_once(old).player is None


async def test_unknown_keys_cause_a_bounded_number_of_reads(services: AuthServices, publisher: FakeIssuer) -> None:
    async with reading(services, publisher.settings(refresh_min_s=LONG_S)) as lobby:
        await lobby.authenticate(lobby.token(publisher))
        for n in range(50):
            forged = lobby.token(publisher, headers={"kid": f"made-up-{n}"})
            assert lobby.at_once(forged).key_refresh is None
            assert "not known" in await lobby.refusal(forged)
    assert publisher.asked == 1


@pytest.mark.parametrize(
    "trouble",
    [
        {"status": 500},
        {"status": 302},
        {"body": b"not json"},
        {"body": b"[" * 100_000},
        {"body": b"{}"},
        {"body": b"7"},
        {"body": b'{"keys": 7}'},
        {"body": b'{"keys": ["x", null, {}]}'},
        {"listed": []},
        {"body": b" " * (DOCUMENT_BYTES_MAX + 1)},
    ],
    ids=lambda trouble: next(iter(trouble)),
)
async def test_while_the_issuer_fails_the_old_keys_stay_valid(
    lobby: TokenReader, publisher: FakeIssuer, trouble: dict[str, Any]
) -> None:
    await lobby.authenticate(lobby.token(publisher))
    for name, value in trouble.items():
        setattr(publisher, name, value)
    asked = publisher.asked
    await lobby.refusal(lobby.token(publisher, headers={"kid": "unknown"}))
    assert publisher.asked > asked
    assert (await lobby.authenticate(lobby.token(publisher, sub="new"))).player is not None


async def test_tokens_are_rejected_until_the_issuer_is_up(services: AuthServices, publisher: FakeIssuer) -> None:
    publisher.status = 503
    async with reading(services, publisher.settings(refresh_min_s=0.001)) as lobby:
        assert "not known" in await lobby.refusal(lobby.token(publisher))
        assert lobby.authentication.issuers == {publisher.issuer: False}
        publisher.status = 200
        assert (await lobby.authenticate(lobby.token(publisher))).player is not None
        assert lobby.authentication.issuers == {publisher.issuer: True}


async def test_the_wait_for_a_silent_issuer_is_bounded(services: AuthServices, publisher: FakeIssuer) -> None:
    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/jwks"
    async with reading(services, publisher.settings(jwks_url=url, wait_s=0.1)) as lobby, asyncio.timeout(2):
        assert "not known" in await lobby.refusal(lobby.token(publisher))
    server.close()


@pytest.mark.parametrize(
    "listed",
    [
        lambda key: jwk("k1", key, use="enc"),
        lambda key: {"kty": "oct", "kid": "k1", "k": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"},
        lambda key: {"kty": "EC", "kid": "k1", "crv": "secp256k1", "x": "AA", "y": "AA"},
        lambda key: {"kty": "RSA", "kid": "k1", "n": "AQAB", "e": "AQAB"},
        lambda key: jwk("k1", key, alg="HS256"),
        lambda key: {name: value for name, value in jwk("k1", key).items() if name != "kid"},
    ],
    ids=["for encryption", "a shared secret", "an odd curve", "too short", "for another algorithm", "without a name"],
)
async def test_keys_that_cannot_verify_are_left_out(services: AuthServices, publisher: FakeIssuer, listed: Any) -> None:
    publisher.listed = [listed(publisher.keys["k1"])]
    async with reading(services, publisher.settings(refresh_min_s=0.001)) as lobby:
        assert "not known" in await lobby.refusal(lobby.token(publisher))


async def test_keys_are_found_by_discovery(services: AuthServices, publisher: FakeIssuer) -> None:
    async with reading(services, publisher.settings(jwks_url=None)) as lobby:
        assert (await lobby.authenticate(lobby.token(publisher))).player is not None


async def test_a_discovery_document_of_another_issuer_is_rejected(
    services: AuthServices, publisher: FakeIssuer
) -> None:
    publisher.discovered_issuer = "https://elsewhere.example"
    async with reading(services, publisher.settings(jwks_url=None)) as lobby:
        await lobby.refusal(lobby.token(publisher))
    assert publisher.asked == 0


async def test_keys_are_refreshed_regularly(services: AuthServices, publisher: FakeIssuer) -> None:
    async with reading(services, publisher.settings(refresh_s=0.01, refresh_min_s=LONG_S)) as lobby:
        await lobby.authenticate(lobby.token(publisher))
        publisher.rotate("k2")
        token = lobby.token(publisher, kid="k2")
        async with asyncio.timeout(5):
            while lobby.at_once(token).player is None:  # noqa: ASYNC110 there is no event for it
                await asyncio.sleep(0.01)


def test_invalid_issuer_settings_are_rejected(publisher: FakeIssuer) -> None:
    for wrong in (
        {"issuer": ""},
        {"audiences": ()},
        {"audiences": ("",)},
        {"jwks_url": "http://elsewhere.example/jwks"},
        {"jwks_url": "file:///etc/passwd"},
        {"jwks_url": None, "issuer": "http://elsewhere.example"},
        {"algorithms": ("HS256",)},
        {"algorithms": ("none",)},
        {"algorithms": ()},
        {"clock_skew_s": 301},
        {"refresh_min_s": 0},
        {"wait_s": 5},
    ):
        with pytest.raises(ValueError, match=next(iter(wrong)).split("_")[0]):
            publisher.settings(**wrong)
