"""`python -m lobby.stores.copy sqlite:///data/lobby.db valkey://host:6379/0`, with no server at work on either."""

from __future__ import annotations

import argparse
import asyncio
import sys
import time

from lobby.clock import SystemClock
from lobby.domain.bounds import HOUR_MS, Bounds
from lobby.ports import Retention, Unavailable
from lobby.stores import InUse, NewerSchema, OldSqlite, open_store
from lobby.stores.codec import Unreadable
from lobby.stores.copy.choosing import source_of, target_of
from lobby.stores.copy.copying import Copied, Differs, compare, copy_store
from lobby.stores.copy.ends import NotEmpty

TELL_EVERY_S = 2.0
_REASONS = (NotEmpty, InUse, NewerSchema, OldSqlite, Unavailable, Unreadable, Differs, ValueError)


def main() -> int:
    """0: all of it is there. 1: with the reason on standard error; the target is not to be used, and may be tried again."""
    asked = _asked(sys.argv[1:])
    try:
        asyncio.run(_copy(asked.source, asked.target, Retention(log_ms=round(asked.log_kept_h * HOUR_MS))))
    except _REASONS as error:
        print(f"Not copied: {error}", file=sys.stderr)
        return 1
    return 0


async def _copy(source_url: str, target_url: str, retention: Retention) -> None:
    source, target = source_of(source_url), target_of(target_url, retention)
    try:
        await source.open()
        await target.open()
        began_at = time.monotonic()
        copied = await copy_store(source, target, Progress())
        print(f"Copied {copied}, in {time.monotonic() - began_at:.1f} s.")
        await target.close()
        store = await open_store(target_url, Bounds(), retention, SystemClock())
        try:
            await compare(source, store, Progress())
        finally:
            await store.close()
        print("Compared: every party, entry, session, record and sign-in is there as it was.")
    finally:
        await target.close()
        await source.close()


class Progress:
    """A line every few seconds."""

    def __init__(self) -> None:
        self._told_at = time.monotonic()

    def __call__(self, what: str, copied: Copied) -> None:
        if time.monotonic() - self._told_at >= TELL_EVERY_S:
            self._told_at = time.monotonic()
            print(f"{what} {copied} so far", flush=True)


def _asked(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m lobby.stores.copy",
        description="Copies one store into an empty one, and compares them. No server may be at work on either.",
    )
    parser.add_argument("source", help="a URL as LOBBY_STORE takes it")
    parser.add_argument("target", help="another one")
    parser.add_argument("--log-kept-h", type=float, default=24.0, help="as LOBBY_LOG_KEPT_H, where that is set")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
