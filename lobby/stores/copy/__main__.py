"""Copies a store: `python -m lobby.stores.copy sqlite:///data/lobby.db valkey://host:6379/0`. No server may use either."""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from collections.abc import Sequence

from lobby.domain.bounds import HOUR_MS, Bounds
from lobby.ports import Retention, Unavailable
from lobby.runtime.clock import SystemClock
from lobby.stores import InUse, NewerSchema, OldSqlite, open_store
from lobby.stores.codec import Unreadable
from lobby.stores.copy import create_source, create_target
from lobby.stores.copy.copying import Copied, Differs, NotEmpty, compare, copy_store
from lobby.struct import replace

PROGRESS_EVERY_S = 2.0
MORE_MS = 365 * 24 * HOUR_MS
_FAILURES = (NotEmpty, InUse, NewerSchema, OldSqlite, Unavailable, Unreadable, Differs, ValueError)


def main(arguments: Sequence[str] | None = None, prog: str = "python -m lobby.stores.copy") -> int:
    """Returns 0 if everything was copied, else 1, with the reason on standard error.

    After a failure no server should use the target. The copy may be repeated into it.
    """
    options = _parse(arguments, prog)
    try:
        asyncio.run(_copy(options.source, options.target, _retention(options)))
    except _FAILURES as error:
        print(f"Not copied: {error}", file=sys.stderr)
        return 1
    return 0


def _retention(options: argparse.Namespace) -> Retention:
    log_ms, checkpoint_ms = options.log_kept_h * HOUR_MS, options.checkpoint_days * 24 * HOUR_MS
    inbox_ms = options.inbox_days * 24 * HOUR_MS
    return Retention(log_ms=round(log_ms), checkpoint_ms=round(checkpoint_ms), inbox_ms=round(inbox_ms))


async def _copy(source_url: str, target_url: str, retention: Retention) -> None:
    source, target = create_source(source_url), create_target(target_url, retention)
    try:
        await source.open()
        await target.open()
        began_at = time.monotonic()
        copied = await copy_store(source, target, Progress())
        print(f"Copied {copied}, in {time.monotonic() - began_at:.1f} s.")
        await target.close()
        # so that entries that expire during the copy are compared all the same
        retention = replace(retention, inbox_ms=retention.inbox_ms + MORE_MS)
        store = await open_store(target_url, Bounds(), retention, SystemClock())
        try:
            await compare(source, store, Progress())
        finally:
            await store.close()
        print("Compared: everything is there as it was.")
    finally:
        await target.close()
        await source.close()


class Progress:
    """Prints a line every few seconds."""

    def __init__(self) -> None:
        self._printed_at = time.monotonic()

    def __call__(self, what: str, copied: Copied) -> None:
        if time.monotonic() - self._printed_at >= PROGRESS_EVERY_S:
            self._printed_at = time.monotonic()
            print(f"{what} {copied} so far", flush=True)


def _parse(arguments: Sequence[str] | None, prog: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog=prog,
        description="Copies one store into an empty one, and compares them. No server may use either meanwhile.",
    )
    parser.add_argument("source", help="a URL, as LOBBY_STORE takes it")
    parser.add_argument("target", help="another URL")
    parser.add_argument("--log-kept-h", type=float, default=24.0, help="the value of LOBBY_LOG_KEPT_H, if that is set")
    parser.add_argument(
        "--checkpoint-days", type=float, default=90.0, help="the value of LOBBY_CHECKPOINT_DAYS, if that is set"
    )
    parser.add_argument("--inbox-days", type=float, default=7.0, help="the value of LOBBY_INBOX_DAYS, if that is set")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
