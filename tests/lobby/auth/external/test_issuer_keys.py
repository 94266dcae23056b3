"""Keys of an issuer come and go, and so does the issuer itself."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from lobby.auth.external.issuer_keys import DOCUMENT_BYTES_MAX
from tests.auth.desk import Desk
from tests.auth.external.issuing import Publisher, jwk, new_key
from tests.auth.external.reading import Reading, reading

LONG_S = 3_600


async def test_the_first_token_waits_for_the_keys(desk: Desk, publisher: Publisher) -> None:
    async with reading(desk, publisher.settings()) as lobby:
        token = lobby.token(publisher)
        at_once = lobby.at_once(token)
        assert (at_once.player, at_once.waits_for is not None) == (None, True)
        assert (await lobby.caller(token)).player is not None


async def test_all_who_wait_share_one_look(desk: Desk, publisher: Publisher) -> None:
    async with reading(desk, publisher.settings(refresh_min_s=LONG_S)) as lobby:
        tokens = [lobby.token(publisher, sub=f"p{n}") for n in range(50)]
        callers = await asyncio.gather(*(lobby.caller(token) for token in tokens))
    assert all(caller.player is not None for caller in callers)
    assert publisher.asked == 1


async def test_who_gives_up_waiting_takes_the_look_from_nobody(desk: Desk, publisher: Publisher) -> None:
    async with reading(desk, publisher.settings()) as lobby:
        token = lobby.token(publisher)
        gone, stays = (asyncio.create_task(lobby.caller(token)) for _ in range(2))
        await asyncio.sleep(0)
        gone.cancel()
        assert (await stays).player is not None


async def test_a_rotated_key_is_found_and_the_old_one_ends(lobby: Reading, publisher: Publisher) -> None:
    old = lobby.token(publisher)
    assert (await lobby.caller(old)).player is not None
    publisher.rotate("k2")
    assert (await lobby.caller(lobby.token(publisher, kid="k2"))).player is not None
    assert "not known" in await lobby.refusal(old), "the issuer has taken the key back"


async def test_old_and_new_key_are_good_side_by_side(lobby: Reading, publisher: Publisher) -> None:
    old = lobby.token(publisher)
    await lobby.caller(old)
    publisher.keys["k2"] = new_key()
    assert (await lobby.caller(lobby.token(publisher, kid="k2"))).player is not None
    assert lobby.at_once(old).player is not None


async def test_a_key_that_changed_under_its_name_ends_what_it_signed(lobby: Reading, publisher: Publisher) -> None:
    old = lobby.token(publisher)
    await lobby.caller(old)
    publisher.rotate("k1")
    publisher.keys["k2"] = publisher.keys["k1"]
    await lobby.caller(lobby.token(publisher, kid="k2"))
    assert lobby.at_once(old).player is None


async def test_unknown_keys_have_the_issuer_asked_once_in_a_while(desk: Desk, publisher: Publisher) -> None:
    async with reading(desk, publisher.settings(refresh_min_s=LONG_S)) as lobby:
        await lobby.caller(lobby.token(publisher))
        for n in range(50):
            forged = lobby.token(publisher, headers={"kid": f"made-up-{n}"})
            assert lobby.at_once(forged).waits_for is None
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
async def test_while_the_issuer_is_in_trouble_the_old_keys_stay_good(
    lobby: Reading, publisher: Publisher, trouble: dict[str, Any]
) -> None:
    await lobby.caller(lobby.token(publisher))
    for name, value in trouble.items():
        setattr(publisher, name, value)
    asked = publisher.asked
    await lobby.refusal(lobby.token(publisher, headers={"kid": "unknown"}))
    assert publisher.asked > asked
    assert (await lobby.caller(lobby.token(publisher, sub="new"))).player is not None


async def test_an_issuer_that_is_down_lets_nobody_in_and_its_return_does(desk: Desk, publisher: Publisher) -> None:
    publisher.status = 503
    async with reading(desk, publisher.settings(refresh_min_s=0.001)) as lobby:
        assert "not known" in await lobby.refusal(lobby.token(publisher))
        assert lobby.authentication.issuers == {publisher.issuer: False}
        publisher.status = 200
        assert (await lobby.caller(lobby.token(publisher))).player is not None
        assert lobby.authentication.issuers == {publisher.issuer: True}


async def test_an_issuer_that_never_answers_is_waited_for_a_bounded_time(desk: Desk, publisher: Publisher) -> None:
    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/jwks"
    async with reading(desk, publisher.settings(jwks_url=url, wait_s=0.1)) as lobby, asyncio.timeout(2):
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
async def test_keys_that_are_not_to_check_by_are_left_out(desk: Desk, publisher: Publisher, listed: Any) -> None:
    publisher.listed = [listed(publisher.keys["k1"])]
    async with reading(desk, publisher.settings(refresh_min_s=0.001)) as lobby:
        assert "not known" in await lobby.refusal(lobby.token(publisher))


async def test_keys_are_found_by_discovery(desk: Desk, publisher: Publisher) -> None:
    async with reading(desk, publisher.settings(jwks_url=None)) as lobby:
        assert (await lobby.caller(lobby.token(publisher))).player is not None


async def test_a_discovery_document_of_another_issuer_is_none(desk: Desk, publisher: Publisher) -> None:
    publisher.discovered_issuer = "https://elsewhere.example"
    async with reading(desk, publisher.settings(jwks_url=None)) as lobby:
        await lobby.refusal(lobby.token(publisher))
    assert publisher.asked == 0


async def test_keys_are_looked_at_again_by_themselves(desk: Desk, publisher: Publisher) -> None:
    async with reading(desk, publisher.settings(refresh_s=0.01, refresh_min_s=LONG_S)) as lobby:
        await lobby.caller(lobby.token(publisher))
        publisher.rotate("k2")
        token = lobby.token(publisher, kid="k2")
        async with asyncio.timeout(5):
            while lobby.at_once(token).player is None:  # noqa: ASYNC110 nothing tells of it
                await asyncio.sleep(0.01)


def test_what_can_be_no_issuer_is_refused(publisher: Publisher) -> None:
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
