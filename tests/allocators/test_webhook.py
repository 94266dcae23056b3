"""The webhook, against a real receiver: what it is sent, and what each of its answers leads to."""

from __future__ import annotations

import hmac
import socket
from base64 import b64decode, b64encode
from collections.abc import AsyncIterator, Iterator
from hashlib import sha256
from typing import Any

import pytest

from lobby.allocators.chosen import Choice, chosen
from lobby.allocators.signing import read_secret
from lobby.allocators.webhook import ANSWER_BYTES_MAX, Webhook
from lobby.domain import commands as c
from lobby.domain.model import Endpoint, Party
from lobby.domain.values import SessionStatus
from lobby.ports import EndedRun, NoPlace, NoPlaceYet, Place
from tests.allocators.receiver import Receiver, receiver
from tests.domain.scenes import START, Scene, player
from tests.live.house import House
from tests.service.world import ManualClock

SECRET = "whsec_" + b64encode(b"a secret of thirty two bytes ...").decode()
KEY = read_secret(SECRET)
ENDED = EndedRun("session-1", "party", SessionStatus.COMPLETE, "victory")


@pytest.fixture
def service() -> Iterator[Receiver]:
    with receiver() as told:
        yield told


@pytest.fixture
async def webhook(service: Receiver) -> AsyncIterator[Webhook]:
    hook = Webhook(service.url, KEY, timeout_s=5.0, clock=ManualClock())
    yield hook
    await hook.close()


def party() -> Party:
    return Scene("ann", "bob").chooses("bob", "Knight").starts(force=True).after(5).party


async def place(webhook: Webhook) -> Place:
    async with webhook.place(party()) as found:
        return found


def endpoint(**fields: Any) -> dict[str, Any]:
    return {"endpoint": {"protocol": "udp", "address": "10.0.0.1", "port": 7777, **fields}}


async def test_it_is_told_who_wants_to_play_what(webhook: Webhook, service: Receiver) -> None:
    await place(webhook)
    assert service.sent[0].message == {
        "type": "allocate",
        "session_id": "session-1",
        "party_id": party().id,
        "game_type": "coop",
        "difficulty": "Easy",
        "players": [
            {"player_id": "ann", "display_name": "Ann", "character_class": None},
            {"player_id": "bob", "display_name": "Bob", "character_class": "Knight"},
        ],
    }


async def test_every_message_is_signed_as_standard_webhooks_are(webhook: Webhook, service: Receiver) -> None:
    await place(webhook)
    await webhook.release(ENDED)
    for sent, message_id in zip(service.sent, ("allocate.session-1", "ended.session-1"), strict=True):
        at = sent.headers["webhook-timestamp"]
        content = b".".join((message_id.encode(), at.encode(), sent.body))
        expected = "v1," + b64encode(hmac.digest(b64decode(SECRET[6:]), content, sha256)).decode()
        assert (sent.headers["webhook-id"], int(at)) == (message_id, START // 1000)
        assert sent.headers["webhook-signature"] == expected


async def test_asked_again_it_is_the_same_message(webhook: Webhook, service: Receiver) -> None:
    for _ in range(2):
        await place(webhook)
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
async def test_the_session_is_played_where_it_says(
    webhook: Webhook, service: Receiver, answer: Any, expected: Endpoint | None
) -> None:
    service.says(200, answer)
    assert await place(webhook) == Place(expected, "session-1")


@pytest.mark.parametrize("status", [202, 408, 425, 429, 500, 502, 503, 504])
async def test_later_means_again(webhook: Webhook, service: Receiver, status: int) -> None:
    service.says(status, retry_after="3")
    with pytest.raises(NoPlaceYet) as no:
        await place(webhook)
    assert no.value.retry_after_s == 3


@pytest.mark.parametrize(("said", "expected"), [("86400", 10), ("soon", None), ("-1", None), ("", None)])
async def test_nobody_is_kept_waiting_for_a_day(
    webhook: Webhook, service: Receiver, said: str, expected: float | None
) -> None:
    service.says(503, retry_after=said)
    with pytest.raises(NoPlaceYet) as no:
        await place(webhook)
    assert no.value.retry_after_s == expected


@pytest.mark.parametrize("status", [301, 400, 401, 404, 409, 410, 422])
async def test_no_means_no(webhook: Webhook, service: Receiver, status: int) -> None:
    service.says(status, location="http://127.0.0.1:1/")
    with pytest.raises(NoPlace):
        await place(webhook)


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
        b" " * (ANSWER_BYTES_MAX + 1),
    ],
    ids=lambda answer: repr(answer)[:40],
)
async def test_an_answer_that_can_not_be_is_a_no(webhook: Webhook, service: Receiver, answer: Any) -> None:
    service.says(200, answer)
    with pytest.raises(NoPlace):
        await place(webhook)


async def test_a_service_that_does_not_answer_in_time_is_asked_again(service: Receiver) -> None:
    service.delay_s = 0.5
    hook = Webhook(service.url, KEY, timeout_s=0.1, clock=ManualClock())
    with pytest.raises(NoPlaceYet):
        await place(hook)
    await hook.close()


async def test_a_service_that_is_not_there_is_asked_again() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        hook = Webhook(f"http://127.0.0.1:{free.getsockname()[1]}/", KEY, timeout_s=1, clock=ManualClock())
        for asking in (place(hook), hook.release(ENDED)):
            with pytest.raises(NoPlaceYet):
                await asking
        await hook.close()


@pytest.mark.parametrize("run", [ENDED, EndedRun("session-1", "party")], ids=["complete", "cancelled"])
async def test_it_is_told_of_the_end(webhook: Webhook, service: Receiver, run: EndedRun) -> None:
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
async def test_what_it_knows_nothing_of_has_ended_too(webhook: Webhook, service: Receiver, status: int) -> None:
    service.says(status)
    await webhook.release(ENDED)


@pytest.mark.parametrize("status", [400, 401, 429, 500])
async def test_an_end_that_it_does_not_take_is_told_again(webhook: Webhook, service: Receiver, status: int) -> None:
    service.says(status)
    with pytest.raises(NoPlaceYet):
        await webhook.release(ENDED)


async def test_a_party_plays_where_the_webhook_says_after_some_tries(house: House, service: Receiver) -> None:
    service.answers = [(503, None, {"retry_after": "0"}), (202, None, {"retry_after": "0"}), (200, endpoint(), {})]
    hook = chosen(Choice("webhook", url=service.url, secret=SECRET), house.world.store, house.world.clock)
    waiting = await house.world.party("ann", countdown_s=0)
    async with house.deadlines(hook):
        await house.world.does(waiting, c.StartSession(player("ann"), "run"))
        running = await house.comes_to(waiting, lambda now: now.session is not None and now.session.endpoint)
    await hook.close()
    assert running.session is not None
    assert running.session.endpoint == Endpoint("udp", "10.0.0.1", 7777)
    assert [sent.message["type"] for sent in service.sent] == ["allocate"] * 3


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_c2hvcnQ=", "secret", SECRET[6:], "whsec_!!!", SECRET + "="])
def test_a_secret_that_is_none_is_said_to_be_so(secret: str) -> None:
    with pytest.raises(ValueError, match="whsec_"):
        read_secret(secret)


@pytest.mark.parametrize(
    ("choice", "setting"),
    [
        (Choice("webhook"), "LOBBY_ALLOCATOR_URL"),
        (Choice("webhook", url="ftp://x"), "LOBBY_ALLOCATOR_URL"),
        (Choice("webhook", url="https://x"), "LOBBY_ALLOCATOR_SECRET"),
        (Choice("static"), "LOBBY_GAME_SERVERS"),
        (Choice("static", game_servers=["x"]), "LOBBY_GAME_SERVERS"),
    ],
)
async def test_a_choice_that_lacks_something_names_the_setting(house: House, choice: Choice, setting: str) -> None:
    with pytest.raises(ValueError, match=setting):
        chosen(choice, house.world.store, house.world.clock)
