"""The figures that the players of a run measured."""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from dataclasses import dataclass, field

from tools.load.histogram import Histogram

RATE_LIMITED = "RATE_LIMITED"


@dataclass(slots=True)
class Interval:
    """One piece of the run. `begins_s`: seconds from its beginning. `connected`: open sockets at the end of the piece."""

    begins_s: float
    requests: Histogram = field(default_factory=Histogram)
    events: Histogram = field(default_factory=Histogram)
    errors: int = 0
    connected: int = 0


@dataclass(slots=True)
class Figures:
    """Updated where the thing happens, read by the progress line and the report."""

    operations: defaultdict[str, Histogram] = field(default_factory=lambda: defaultdict(Histogram))
    """Times from a request to its answer, by operation. Answers with `RATE_LIMITED` are not among them."""
    connects: Histogram = field(default_factory=Histogram)
    """Times from the TCP connection to the acknowledgement of a socket."""
    events: Histogram = field(default_factory=Histogram)
    """Times from the commit of an event, by the server's clock, to its frame."""
    by_event: Counter[str] = field(default_factory=Counter)
    replayed: int = 0
    """Events that came after a lost connection, later than to others. Their times are not in `events`."""
    snapshots: Counter[str] = field(default_factory=Counter)
    """By reason."""
    rejections: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Answers by which a rule of the lobby said no, by operation and code. A game has some, such as PARTY_FULL."""
    errors: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Requests, streams and connections that failed, and answers with `RATE_LIMITED`, by operation and code."""
    sockets_opened: int = 0
    sockets_cut: int = 0
    """Connections that players cut on purpose, to come back."""
    sockets_lost: int = 0
    """Connections that ended although their player had not cut them."""
    connected: int = 0
    """Open sockets now."""
    signed_in: int = 0
    lag: Histogram = field(default_factory=Histogram)
    """How late the timers of this program were: it is a part of each time above."""
    intervals: list[Interval] = field(default_factory=list)
    is_over: bool = False
    """True at the end, when all players leave at once. That would be a picture of this program, so nothing is counted then."""
    _began_at: float = 0.0

    def begin(self) -> None:
        """From now on intervals are counted."""
        self._began_at = time.monotonic()
        self.begin_interval()

    def begin_interval(self) -> None:
        if self.intervals:
            self.intervals[-1].connected = self.connected
        self.intervals.append(Interval(time.monotonic() - self._began_at))

    def add_request(self, operation: str, ms: float) -> None:
        if self.is_over:
            return
        self.operations[operation].add(ms)
        if self.intervals:
            self.intervals[-1].requests.add(ms)

    def add_event(self, kind: str, ms: float | None) -> None:
        """`ms` None: the event was replayed."""
        if self.is_over:
            return
        self.by_event[kind] += 1
        if ms is None:
            self.replayed += 1
            return
        self.events.add(ms)
        if self.intervals:
            self.intervals[-1].events.add(ms)

    def add_error(self, operation: str, code: str) -> None:
        self.errors[operation, code] += 1
        if self.intervals:
            self.intervals[-1].errors += 1

    @property
    def requests(self) -> int:
        return sum(histogram.count for histogram in self.operations.values())

    @property
    def codes(self) -> set[str]:
        """The codes of all errors."""
        return {code for _, code in self.errors}
