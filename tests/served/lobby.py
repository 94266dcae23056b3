"""The whole server for tests of what it promises under failures: times are short, and still nothing is lost."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Iterator
from contextlib import contextmanager
from typing import Any

from tests.journey.players import Player, guest
from tests.serving import served
from tests.stores_of_servers import fresh_store
from tools.demo.address import Address
from tools.demo.answers import Answer, RequestFailed
from tools.demo.http_client import HttpClient
from web.app import create_app
from web.settings.settings import Settings

GRACE_S = 1.0
LEADER_GRACE_S = 0.4
LEADER_IDLE_S = 0.5
POLL_S = 0.05
HISTORY_MAX = 500

QUICK: dict[str, Any] = {
    "countdown_s": 0,
    "grace_waiting_s": GRACE_S,
    "grace_starting_s": GRACE_S,
    "grace_in_progress_s": GRACE_S,
    "leader_grace_s": LEADER_GRACE_S,
    "leader_idle_s": LEADER_IDLE_S,
    "kick_cooldown_s": 0.5,
    "heartbeat_s": 0.3,
}


@contextmanager
def lobby(**settings: Any) -> Iterator[Address]:
    """A server with short times; settings come on top."""
    app = create_app(Settings(**{"store": fresh_store(), **QUICK, **settings}))
    with served(app, drain=app.drain) as url:
        yield Address(url)


async def guests(http: HttpClient, address: Address, count: int) -> list[Player]:
    return list(await asyncio.gather(*(guest(http, address) for _ in range(count))))


async def history(member: Player, party_id: str) -> list[Answer]:
    """The whole log, as a member reads it."""
    log: list[Answer] = []
    while True:
        after = log[-1]["cursor"] if log else None
        page = await member.ask("PartyHistory", partyId=party_id, after=after, first=HISTORY_MAX)
        log += page
        if len(page) < HISTORY_MAX:
            return log


async def error_code(asking: Awaitable[object]) -> str:
    """The code of the top-level error that an operation gets; the test fails if it gets none."""
    try:
        answer = await asking
    except RequestFailed as failure:
        return failure.code
    raise AssertionError(f"answered: {answer}")
