"""How a load test goes on: a bar that renews itself on a terminal, a line every few seconds in a file or a pipe."""

from __future__ import annotations

import asyncio
import time
from typing import TextIO

from tools.load.figures import Figures
from tools.load.run import LoadRun

RENEW_S = 0.5
LINE_EVERY_S = 5.0
BAR_SIGNS = 24


async def show_progress(run: LoadRun, out: TextIO) -> None:
    """Write until cancelled."""
    is_terminal = out.isatty()
    began_at = time.monotonic()
    try:
        while True:
            await asyncio.sleep(RENEW_S if is_terminal else LINE_EVERY_S)
            if is_terminal:
                print(f"\r\033[K{progress_bar(run)}", end="", file=out, flush=True)
            else:
                print(f"{time.monotonic() - began_at:4.0f} s  {progress_text(run)}", file=out, flush=True)
    finally:
        if is_terminal:
            print("\r\033[K", end="", file=out, flush=True)


def progress_bar(run: LoadRun) -> str:
    filled = round(run.done_share * BAR_SIGNS)
    return f"[{'#' * filled}{'.' * (BAR_SIGNS - filled)}] {run.done_share:4.0%}  {progress_text(run)}"


def progress_text(run: LoadRun) -> str:
    figures, players = run.figures, run.plan.players
    if run.phase == "signing in":
        return f"signing in: {figures.signed_in} of {players} players"
    events = figures.events.count + figures.replayed
    return (
        f"{run.phase}: {figures.connected} of {players} connected, {figures.requests} requests{_newest_p99(figures)}, "
        f"{events} events, {figures.errors.total()} errors, {figures.sockets_lost} lost connections"
    )


def _newest_p99(figures: Figures) -> str:
    """Of the newest interval that is over."""
    newest = figures.intervals[-2].requests.percentile(0.99) if len(figures.intervals) > 1 else None
    return f" (p99 {newest:.0f} ms)" if newest is not None else ""
