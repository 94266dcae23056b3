"""How long to wait before something outside is asked again."""

from __future__ import annotations

import asyncio
import random

FIRST_S, MAX_S = 0.25, 4.0


async def after_pause(pause_s: float, asked_s: float | None = None) -> float:
    """Waits as long as was asked for, else for `pause_s` or somewhat less: those who failed together come back apart.

    Returns the next pause, which is twice as long.
    """
    await asyncio.sleep(asked_s if asked_s is not None else pause_s * random.uniform(0.5, 1.0))  # noqa: S311
    return min(pause_s * 2, MAX_S)
