"""The webhook of the text filter against a real receiver: the request, and what each answer means."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator
from typing import Any

import pytest

from lobby.ports import TextFilter
from lobby.text_filters import TextFilterSettings, create_text_filter
from lobby.text_filters.webhook import RESPONSE_BYTES_MAX
from tests.lobby.allocators.receiver import Receiver, receiver
from tests.manual_clock import ManualClock

SECRET = "whsec_" + b64encode(b"a secret of thirty two bytes ...").decode()
TEXTS = ["fine", "darn", "heck"]


@pytest.fixture
def service() -> Iterator[Receiver]:
    with receiver() as received:
        yield received


def text_filter(service: Receiver, **settings: Any) -> TextFilter:
    return create_text_filter(TextFilterSettings(url=service.url, secret=SECRET, **settings), ManualClock())


async def test_the_service_gets_all_texts_in_one_signed_request(service: Receiver) -> None:
    service.respond(200, {"refused": [2, 1, 7, -1]})
    hook = text_filter(service, timeout_ms=5_000)
    assert await hook.first_refused(TEXTS, "ann") == 1
    assert service.sent[0].message == {"type": "texts", "player_id": "ann", "texts": TEXTS}
    assert service.sent[0].headers["webhook-signature"].startswith("v1,")
    service.respond(200, {"refused": []})
    assert await hook.first_refused(TEXTS, None) is None
    assert await hook.first_refused([], None) is None
    assert len(service.sent) == 2
    await hook.close()


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (500, {"refused": [0]}),
        (302, {}),
        (200, b"no json"),
        (200, {"refused": "all"}),
        (200, b" " * (RESPONSE_BYTES_MAX + 1)),
    ],
)
@pytest.mark.parametrize("refuses", [True, False])
async def test_without_a_valid_answer_the_setting_decides(
    service: Receiver, status: int, body: Any, refuses: bool
) -> None:
    service.respond(status, body, location="http://127.0.0.1:1/")
    hook = text_filter(service, timeout_ms=5_000, refuses_without_answer=refuses)
    assert await hook.first_refused(TEXTS, "ann") == (0 if refuses else None)
    assert len(service.sent) == 1
    await hook.close()


@pytest.mark.parametrize("refuses", [True, False])
async def test_a_slow_service_is_not_waited_for(service: Receiver, refuses: bool) -> None:
    service.delay_s = 1.0
    hook = text_filter(service, timeout_ms=50, refuses_without_answer=refuses)
    assert await hook.first_refused(TEXTS, "ann") == (0 if refuses else None)
    await hook.close()


@pytest.mark.parametrize(
    ("settings", "name"),
    [
        (TextFilterSettings(url="ftp://example", secret=SECRET), "LOBBY_TEXT_WEBHOOK_URL"),
        (TextFilterSettings(url="http://example", secret="short"), "LOBBY_TEXT_WEBHOOK_SECRET"),
        (TextFilterSettings(url="http://example"), "LOBBY_TEXT_WEBHOOK_SECRET"),
    ],
)
def test_a_setting_that_is_not_valid_is_named(settings: TextFilterSettings, name: str) -> None:
    with pytest.raises(ValueError, match=name):
        create_text_filter(settings, ManualClock())
