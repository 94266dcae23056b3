"""The log of the server: text or JSON, each line with the request and the player that it belongs to."""

from __future__ import annotations

import faulthandler
import logging
import signal
import sys
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Any

import msgspec

from lobby.runtime.log_context import current_request

access = logging.getLogger("lobby.access")

BURST = 5
"""Warnings of one place in the code that are written in one interval."""
INTERVAL_S = 10.0
PLACES_MAX = 1_000
"""Places in the code that are counted at the same time."""
FIELDS = "fields"
"""The name of the attribute of a record with more fields for JSON."""

PlayerLabel = Callable[[str], str | None]


@dataclass(frozen=True, slots=True)
class LogOptions:
    """`player_label` makes the text for a player's id; None: the line has none."""

    is_json: bool
    level: str
    player_label: PlayerLabel


def set_up_logging(options: LogOptions) -> None:
    """Write all lines to standard error, in place of an earlier call."""
    handler = logging.StreamHandler()
    handler.setFormatter(
        JsonFormatter(options.player_label) if options.is_json else TextFormatter(options.player_label)
    )
    handler.addFilter(RepeatedLines())
    root = logging.getLogger()
    for former in [each for each in root.handlers if isinstance(each.formatter, TextFormatter | JsonFormatter)]:
        root.removeHandler(former)
    root.addHandler(handler)
    root.setLevel(options.level.upper())
    logging.getLogger("httpx").setLevel(logging.WARNING)  # it logs a line for every request
    # uvicorn logs three lines for every socket, and a warning for every request that is not HTTP.
    logging.getLogger("uvicorn").setLevel(logging.ERROR)
    logging.captureWarnings(True)
    ignore_unawaited_values()


def ignore_unawaited_values() -> None:
    """Log no warning about the values of an operation that is cancelled because its client has gone.

    graphql-core 3.3 makes coroutines of values that are not complete, and begins to await them together. When the operation is
    cancelled, the others are dropped, and Python warns of each.
    """
    warnings.filterwarnings("ignore", r"coroutine '(Bounded)?Executor\.", RuntimeWarning)


def write_stacks_on_signal() -> None:
    """SIGUSR1 writes the stacks of all threads to standard error, also while the event loop hangs. Windows has no such signal."""
    if hasattr(signal, "SIGUSR1"):
        faulthandler.register(signal.SIGUSR1, file=sys.stderr, all_threads=True)


def hashed_player(key: bytes) -> PlayerLabel:
    """Labels from which nobody finds the player without the key."""
    return lambda player_id: blake2b(player_id.encode(), key=key, digest_size=8).hexdigest()


class TextFormatter(logging.Formatter):
    """For people: `time LEVEL logger: message [request … player …]`."""

    def __init__(self, player_label: PlayerLabel) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")
        self._player_label = player_label

    def formatMessage(self, record: logging.LogRecord) -> str:
        ids = _ids(self._player_label)
        end = " ".join(f"{name.removesuffix('_id')} {value}" for name, value in ids.items())
        return super().formatMessage(record) + (f" [{end}]" if end else "")


class JsonFormatter(logging.Formatter):
    """One JSON object for each line: `time` (UTC), `level`, `logger`, `message`.

    Where there are any: `request_id`, `player_id`, `error` (a traceback) and the fields of the access log.
    """

    def __init__(self, player_label: PlayerLabel) -> None:
        super().__init__()
        self._player_label = player_label

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **_ids(self._player_label),
            **getattr(record, FIELDS, {}),
        }
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        return msgspec.json.encode(line).decode()


def _ids(player_label: PlayerLabel) -> dict[str, str]:
    request = current_request()
    if request is None:
        return {}
    request_id, player_id = request
    label = player_label(player_id) if player_id is not None else None
    return {"request_id": request_id} | ({"player_id": label} if label is not None else {})


class RepeatedLines(logging.Filter):
    """Lets `BURST` warnings of one place in the code through in each interval. The next one says how many were left out.

    While something fails again and again, a line for each time would fill the disk of the logs, and hide all other lines.
    """

    def __init__(self, now_s: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._now_s = now_s
        self._places: dict[tuple[str, int], _Place] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        if record.levelno < logging.WARNING:
            return True
        now_s, key = self._now_s(), (record.pathname, record.lineno)
        place = self._places.get(key)
        if place is None:
            if len(self._places) >= PLACES_MAX:
                self._places.clear()
            place = self._places[key] = _Place(now_s)
        if now_s - place.since_s >= INTERVAL_S:
            left_out = place.count - BURST
            place.since_s, place.count = now_s, 0
            if left_out > 0:
                record.msg = f"{record.getMessage()} ({left_out} lines like this were left out)"
                record.args = None
        place.count += 1
        return place.count <= BURST


class _Place:
    __slots__ = ("count", "since_s")

    def __init__(self, since_s: float) -> None:
        self.since_s = since_s
        self.count = 0


def log_access(method: str, path: str, status: int, took_s: float, address: str, request_id: str | None) -> None:
    """One line of the access log. `path`: without a query string."""
    fields = {"method": method, "path": path, "status": status, "ms": round(took_s * 1000, 1), "address": address}
    if request_id is not None:
        fields["request_id"] = request_id
    access.info("%s %s %d in %.1f ms, %s", method, path, status, took_s * 1000, address, extra={FIELDS: fields})
