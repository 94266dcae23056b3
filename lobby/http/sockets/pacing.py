"""How a flood of messages on a socket is met."""

from __future__ import annotations

import asyncio

from lobby.http.admission import Admission


async def paced(admission: Admission, address: str) -> None:
    """Count a message, and return when there is room for it: a flood is read as slowly as it may come. uvicorn takes no more from
    the network meanwhile, so the waiting is done at the other end."""
    while wait_ms := admission.request_wait_ms(address):  # noqa: ASYNC110
        await asyncio.sleep(wait_ms / 1000)
