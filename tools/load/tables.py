"""The results of a load test as tables, for the terminal and for the page."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tools.load.advice import advice
from tools.load.histogram import Histogram
from tools.load.run import LoadRun

LAG_MAX_MS = 20.0
PERCENTILES = (0.5, 0.9, 0.99)


@dataclass(frozen=True, slots=True)
class Table:
    """`rows`: the first cell is a name, the others are numbers."""

    title: str
    note: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]


def tables(run: LoadRun) -> list[Table]:
    """Those that have rows."""
    figures = run.figures
    times = [_time_row(name, figures.operations[name]) for name in sorted(figures.operations)]
    streams = [
        _time_row("an event, from commit to frame", figures.events),
        _time_row("opening a socket", figures.connects),
        _time_row("timers of this program, late by", figures.lag),
    ]
    found = [
        Table(
            "Requests",
            "Milliseconds from a request to its answer, as the player sees it. Answers with RATE_LIMITED are left out.",
            ("operation", "count", "p50", "p90", "p99", "longest"),
            times,
        ),
        Table(
            "Events and sockets",
            f"Milliseconds. The clocks of server and client were compared to {run.clock_error_ms:.1f} ms. "
            "How late this program itself was is a part of all times.",
            ("", "count", "p50", "p90", "p99", "longest"),
            streams,
        ),
        Table(
            "Connections",
            "Players cut a connection now and then, and come back: they get the events that they missed, or a snapshot.",
            ("", "count"),
            [
                ("opened", f"{figures.sockets_opened:,}"),
                ("cut by players on purpose", f"{figures.sockets_cut:,}"),
                ("lost", f"{figures.sockets_lost:,}"),
                ("events that came after a lost connection", f"{figures.replayed:,}"),
                *((f"snapshots, {reason}", f"{count:,}") for reason, count in sorted(figures.snapshots.items())),
            ],
        ),
        Table(
            "Errors",
            "Requests, streams and sockets that failed, or that the server wants later.",
            ("operation", "code", "count"),
            _by_code(figures.errors.items()),
        ),
        Table(
            "Rejections",
            "A rule of the lobby said no, as happens in a game: two players wanted the last seat.",
            ("operation", "code", "count"),
            _by_code(figures.rejections.items()),
        ),
    ]
    return [table for table in found if table.rows]


def headlines(run: LoadRun) -> list[tuple[str, str]]:
    """The most important results: a name and a value."""
    figures, seconds = run.figures, max(run.played_s, 0.001)
    events = figures.events.count + figures.replayed
    return [
        ("server", f"{run.plan.address.base}, version {run.version}"),
        ("players", f"{figures.signed_in:,}, an action every {run.plan.pause_s:g} s on average, seed {run.plan.seed}"),
        ("played for", f"{seconds:,.0f} s"),
        ("requests", f"{figures.requests:,}, {figures.requests / seconds:,.1f} a second"),
        ("events", f"{events:,}, {events / seconds:,.1f} a second"),
        ("errors", f"{figures.errors.total():,}"),
        ("lost connections", f"{figures.sockets_lost:,}"),
    ]


def remarks(run: LoadRun) -> list[str]:
    """Notes for the reader of the results: facts to know, and steps to take."""
    said = advice(run.figures.codes)
    lag_ms = run.figures.lag.percentile(0.99)
    if lag_ms is not None and lag_ms > LAG_MAX_MS:
        said.append(
            f"This program itself was late: {lag_ms:.0f} ms (p99). The times above are too long by as much. Take fewer players, "
            "or several machines."
        )
    said += [f"A player ended, which is a fault of this program: {fault}" for fault in sorted(set(run.faults))]
    return said


def as_text(run: LoadRun) -> str:
    """All results for a terminal."""
    width = max(len(name) for name, _ in headlines(run))
    lines = [f"{name:{width}}  {value}" for name, value in headlines(run)]
    for table in tables(run):
        lines += ["", table.title, *_aligned([table.columns, *table.rows])]
    return "\n".join([*lines, *(f"\n! {remark}" for remark in remarks(run))])


def _aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return [
        "  ".join(
            f"{cell:{width}}" if number == 0 else f"{cell:>{width}}"
            for number, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in rows
    ]


def _time_row(name: str, times: Histogram) -> Sequence[str]:
    shown = (times.percentile(share) for share in PERCENTILES)
    longest = times.max_ms if times.count else None
    return (name, f"{times.count:,}", *map(_ms, shown), _ms(longest))


def _ms(value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:,.1f}" if value < 100 else f"{value:,.0f}"


def _by_code(counts: Iterable[tuple[tuple[str, str], int]]) -> list[Sequence[str]]:
    ordered = sorted(counts, key=lambda item: (-item[1], item[0]))
    return [(operation, code, f"{count:,}") for (operation, code), count in ordered]
