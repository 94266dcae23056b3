"""The webhook against a real receiver: the requests, and the effect of each response."""

from __future__ import annotations

import asyncio
import hmac
import socket
import time
from base64 import b64decode, b64encode
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from hashlib import sha256
from typing import Any

import pytest

from lobby.allocators import AllocatorSettings, create_allocator
from lobby.allocators.webhook import RESPONSE_BYTES_MAX, Webhook
from lobby.domain import commands as c
from lobby.domain.model import Endpoint, Party
from lobby.domain.values import SessionStatus
from lobby.ports import Allocation, AllocationFailed, AllocationPending, EndedSession
from lobby.runtime.webhook_signing import parse_secret
from tests.lobby.allocators.receiver import Receiver, receiver
from tests.lobby.domain.scenes import START, Scene, player
from tests.lobby.live.live_lobby import LiveLobby
from tests.manual_clock import ManualClock

SECRET = "whsec_" + b64encode(b"a secret of thirty two bytes ...").decode()
KEY = parse_secret(SECRET)
ENDED = EndedSession("session-1", "party", SessionStatus.COMPLETE, "victory")


@pytest.fixture
def service() -> Iterator[Receiver]:
    with receiver() as received:
        yield received


@pytest.fixture
async def webhook(service: Receiver) -> AsyncIterator[Webhook]:
    hook = Webhook(service.url, KEY, timeout_s=5.0, clock=ManualClock())
    yield hook
    await hook.close()


def party() -> Party:
    return Scene("ann", "bob").chooses("bob", "Knight").starts(force=True).after(5).party


async def allocate(webhook: Webhook) -> Allocation:
    async with webhook.allocate(party()) as create:
        return create


def endpoint(**fields: Any) -> dict[str, Any]:
    return {"endpoint": {"protocol": "udp", "address": "10.0.0.1", "port": 7777, **fields}}


async def test_the_request_has_the_party_and_the_session(webhook: Webhook, service: Receiver) -> None:
    await allocate(webhook)
    assert service.sent[0].message == {
        "type": "allocate",
        "session_id": "session-1",
        "party_id": party().id,
        "game_type": "coop",
        "difficulty": "Easy",
        "region": None,
        "seed": None,
        "players": [
            {"player_id": "ann", "display_name": "Ann", "character_class": None, "team": None},
            {"player_id": "bob", "display_name": "Bob", "character_class": "Knight", "team": None},
        ],
    }


async def test_every_message_has_a_standard_webhooks_signature(webhook: Webhook, service: Receiver) -> None:
    await allocate(webhook)
    await webhook.release(ENDED)
    for sent, message_id in zip(service.sent, ("allocate.session-1", "ended.session-1"), strict=True):
        at = sent.headers["webhook-timestamp"]
        content = b".".join((message_id.encode(), at.encode(), sent.body))
        expected = "v1," + b64encode(hmac.digest(b64decode(SECRET[6:]), content, sha256)).decode()
        assert (sent.headers["webhook-id"], int(at)) == (message_id, START // 1000)
        assert sent.headers["webhook-signature"] == expected


async def test_a_repeated_request_has_the_same_id_and_body(webhook: Webhook, service: Receiver) -> None:
    for _ in range(2):
        await allocate(webhook)
    assert service.sent[0].headers["webhook-id"] == service.sent[1].headers["webhook-id"]
    assert service.sent[0].body == service.sent[1].body


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (endpoint(), Endpoint("udp", "10.0.0.1", 7777)),
        (endpoint(more="is left aside"), Endpoint("udp", "10.0.0.1", 7777)),
        ({"endpoint": {"protocol": "relay", "relay_code": "JKL789"}}, Endpoint("relay", relay_code="JKL789")),
        ({"endpoint": None}, None),
    ],
)
async def test_the_response_has_the_endpoint(
    webhook: Webhook, service: Receiver, answer: Any, expected: Endpoint | None
) -> None:
    service.respond(200, answer)
    assert await allocate(webhook) == Allocation(expected, "session-1")


@pytest.mark.parametrize("status", [202, 408, 425, 429, 500, 502, 503, 504])
async def test_a_retry_status_makes_the_allocation_pending(webhook: Webhook, service: Receiver, status: int) -> None:
    service.respond(status, retry_after="3")
    with pytest.raises(AllocationPending) as failure:
        await allocate(webhook)
    assert failure.value.retry_after_s == 3


@pytest.mark.parametrize(("said", "expected"), [("86400", 10), ("soon", None), ("-1", None), ("", None)])
async def test_retry_after_is_bounded(webhook: Webhook, service: Receiver, said: str, expected: float | None) -> None:
    service.respond(503, retry_after=said)
    with pytest.raises(AllocationPending) as failure:
        await allocate(webhook)
    assert failure.value.retry_after_s == expected


@pytest.mark.parametrize("status", [301, 400, 401, 404, 409, 410, 422])
async def test_a_client_error_makes_the_allocation_fail(webhook: Webhook, service: Receiver, status: int) -> None:
    service.respond(status, location="http://127.0.0.1:1/")
    with pytest.raises(AllocationFailed):
        await allocate(webhook)


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"{",
        b"\xff",
        [],
        {},
        {"endpoint": "10.0.0.1:7777"},
        endpoint(port=0),
        endpoint(port="7777"),
        endpoint(address=""),
        endpoint(relay_code="JKL789"),
        endpoint(protocol="pigeon"),
        b" " * (RESPONSE_BYTES_MAX + 1),
    ],
    ids=lambda answer: repr(answer)[:40],
)
async def test_an_invalid_response_makes_the_allocation_fail(webhook: Webhook, service: Receiver, answer: Any) -> None:
    service.respond(200, answer)
    with pytest.raises(AllocationFailed):
        await allocate(webhook)


@pytest.mark.parametrize("status", [503, 429, 202])
async def test_a_long_response_does_not_overrule_its_status(webhook: Webhook, service: Receiver, status: int) -> None:
    """Such as the error page of a proxy."""
    service.respond(status, b"<p>" * RESPONSE_BYTES_MAX)
    with pytest.raises(AllocationPending):
        await allocate(webhook)


async def test_a_long_response_to_the_end_of_a_session_counts_by_its_status(
    webhook: Webhook, service: Receiver
) -> None:
    service.respond(503, b"<p>" * RESPONSE_BYTES_MAX)
    with pytest.raises(AllocationPending):
        await webhook.release(ENDED)
    service.respond(200, b"<p>" * RESPONSE_BYTES_MAX)
    await webhook.release(ENDED)


async def test_the_timeout_is_for_the_whole_request() -> None:
    """A service that sends single bytes at long intervals does not extend the wait."""

    has_ended = asyncio.Event()

    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1024)
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n")
        with suppress(ConnectionError):
            while True:
                writer.write(b" ")
                await writer.drain()
                await asyncio.sleep(0.05)
        writer.close()
        has_ended.set()

    server = await asyncio.start_server(drip, "127.0.0.1", 0)
    hook = Webhook(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/", KEY, timeout_s=0.3, clock=ManualClock())
    began_at = time.monotonic()
    with pytest.raises(AllocationPending, match=r"within 0\.3 s"):
        await allocate(hook)
    assert time.monotonic() - began_at < 1.5
    await hook.close()
    await asyncio.wait_for(has_ended.wait(), 5)
    server.close()


@pytest.mark.parametrize(
    "address",
    ["game example", "udp://game.example", "game.example/path", "game.example:7777", "a..b", "-", "a b", "::x"],
)
async def test_an_address_that_is_no_host_makes_the_allocation_fail(
    webhook: Webhook, service: Receiver, address: str
) -> None:
    service.respond(200, endpoint(address=address))
    with pytest.raises(AllocationFailed, match="host name"):
        await allocate(webhook)


@pytest.mark.parametrize(
    "address",
    ["game-1.example", "10.0.0.1", "2001:db8::1", "[2001:db8::1]", "host_1", "spiel.münchen.example", "a.example."],
)
async def test_host_names_and_ip_addresses_are_taken(webhook: Webhook, service: Receiver, address: str) -> None:
    service.respond(200, endpoint(address=address))
    found = (await allocate(webhook)).endpoint
    assert found is not None
    assert found.address == address


async def test_a_timeout_makes_the_allocation_pending(service: Receiver) -> None:
    service.delay_s = 0.5
    hook = Webhook(service.url, KEY, timeout_s=0.1, clock=ManualClock())
    with pytest.raises(AllocationPending):
        await allocate(hook)
    await hook.close()


async def test_an_unreachable_service_makes_the_allocation_pending() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        hook = Webhook(f"http://127.0.0.1:{free.getsockname()[1]}/", KEY, timeout_s=1, clock=ManualClock())
        for asking in (allocate(hook), hook.release(ENDED)):
            with pytest.raises(AllocationPending):
                await asking
        await hook.close()


@pytest.mark.parametrize("run", [ENDED, EndedSession("session-1", "party")], ids=["complete", "cancelled"])
async def test_the_end_of_a_session_is_reported(webhook: Webhook, service: Receiver, run: EndedSession) -> None:
    await webhook.release(run)
    status = "complete" if run.status else "cancelled"
    assert service.sent[0].message == {
        "type": "ended",
        "session_id": "session-1",
        "party_id": "party",
        "status": status,
        "outcome": run.outcome,
    }


@pytest.mark.parametrize("status", [200, 204, 404, 410])
async def test_an_unknown_session_counts_as_released(webhook: Webhook, service: Receiver, status: int) -> None:
    service.respond(status)
    await webhook.release(ENDED)


@pytest.mark.parametrize("status", [400, 401, 429, 500])
async def test_a_rejected_release_is_pending(webhook: Webhook, service: Receiver, status: int) -> None:
    service.respond(status)
    with pytest.raises(AllocationPending):
        await webhook.release(ENDED)


async def test_a_party_gets_the_endpoint_after_some_retries(lobby: LiveLobby, service: Receiver) -> None:
    service.answers = [(503, None, {"retry_after": "0"}), (202, None, {"retry_after": "0"}), (200, endpoint(), {})]
    hook = create_allocator(
        AllocatorSettings("webhook", url=service.url, secret=SECRET), lobby.world.store, lobby.world.clock
    )
    waiting = await lobby.world.party("ann", countdown_s=0)
    async with lobby.deadlines(hook):
        await lobby.world.execute(waiting, c.StartSession(player("ann"), "run"))
        running = await lobby.wait_until(waiting, lambda now: now.session is not None and now.session.endpoint)
    await hook.close()
    assert running.session is not None
    assert running.session.endpoint == Endpoint("udp", "10.0.0.1", 7777)
    assert [sent.message["type"] for sent in service.sent] == ["allocate"] * 3


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_c2hvcnQ=", "secret", SECRET[6:], "whsec_!!!", SECRET + "="])
def test_an_invalid_secret_is_rejected(secret: str) -> None:
    with pytest.raises(ValueError, match="whsec_"):
        parse_secret(secret)


@pytest.mark.parametrize(
    ("choice", "setting"),
    [
        (AllocatorSettings("webhook"), "LOBBY_ALLOCATOR_URL"),
        (AllocatorSettings("webhook", url="ftp://x"), "LOBBY_ALLOCATOR_URL"),
        (AllocatorSettings("webhook", url="https://x"), "LOBBY_ALLOCATOR_SECRET"),
        (AllocatorSettings("static"), "LOBBY_GAME_SERVERS"),
        (AllocatorSettings("static", game_servers=["x"]), "LOBBY_GAME_SERVERS"),
    ],
)
async def test_a_missing_setting_is_named(lobby: LiveLobby, choice: AllocatorSettings, setting: str) -> None:
    with pytest.raises(ValueError, match=setting):
        create_allocator(choice, lobby.world.store, lobby.world.clock)
