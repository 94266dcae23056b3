"""Times on the command line: a moment in ISO 8601, or how long from now, such as 30m, 12h or 7d."""

from __future__ import annotations

import argparse
import re
from datetime import UTC, datetime, timedelta

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_is_span = re.compile(r"(\d{1,6})([smhd])", re.ASCII).fullmatch
HELP = "a time such as 2026-12-24T18:00Z, or from now on: 30m, 12h, 7d"


def read_time(text: str) -> datetime:
    """The moment. A time without an offset is in UTC. For argparse."""
    span = _is_span(text)
    if span is not None:
        return datetime.now(UTC) + timedelta(**{_UNITS[span[2]]: int(span[1])})
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{HELP}; not {text!r}") from None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def read_past_time(text: str) -> datetime:
    """As `read_time`, but a span counts back from now."""
    moment = read_time(text)
    now = datetime.now(UTC)
    return now - (moment - now) if _is_span(text) else moment


def to_text(moment: datetime) -> str:
    """As the API takes it."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
