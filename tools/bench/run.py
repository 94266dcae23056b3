"""Runs the benchmark: every row, round after round, one server at a time.

Within a round the servers of a row follow one another (A B A B over the rounds), so that a slow change of the machine
affects all of them alike.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

from tools.bench.contenders import BARE, VARIANTS, Contender
from tools.bench.failures import FAILURES
from tools.bench.options import Options
from tools.bench.results import Reading
from tools.bench.rows.fanout import measure_fanout
from tools.bench.rows.http import ROWS as HTTP_ROWS
from tools.bench.rows.http import measure_http, measure_slices, measure_switched
from tools.bench.rows.latency import measure_latency
from tools.bench.rows.listing import LIST_SIZE, measure_list
from tools.bench.rows.matchmaking import measure_matchmaking
from tools.bench.rows.matchmaking import size_of as searching_size
from tools.bench.rows.recording import record_answers, record_frame
from tools.bench.rows.rooms import measure_rooms
from tools.bench.rows.sizes import measure_sizes, size_of
from tools.bench.serving import start_server
from tools.bench.setup import Setup, Size, build_setup

PARTY_MEMBERS, FULL_MEMBERS = 4, 8
Log = Callable[[str], None]


def run(options: Options, folder: Path, log: Log) -> Iterator[Reading]:
    """Yields readings as they are made. Logs what a server cannot do, and continues without it."""
    contenders = _available(options, folder, log)
    for measure_part in (_measure_http_rows, _measure_stream_rows, _measure_list, _measure_matchmaking, _measure_sizes):
        try:
            yield from measure_part(options, contenders, folder, log)
        except FAILURES as failure:
            log(f"the lobby cannot be measured: {failure}")


def _available(options: Options, folder: Path, log: Log) -> tuple[Contender, ...]:
    """The servers that this machine can start. Starts each lobby server once, so that Python compiles its modules; not for a run
    without warm-up, which shows no meaningful figures."""
    tiny = build_setup(folder / "tiny", Size(1, 1, 1, 1))
    available = []
    for contender in options.contenders:
        missing = contender.missing
        if missing is None and contender.is_lobby and options.warm_up_s:
            try:
                with start_server(contender, tiny):
                    pass
            except FAILURES as failure:
                missing = str(failure)
        if missing is None:
            available.append(contender)
        else:
            log(f"{contender.name} is left out: {missing}")
    return tuple(available)


def _measure_http_rows(
    options: Options, contenders: tuple[Contender, ...], folder: Path, log: Log
) -> Iterator[Reading]:
    rows = [row for row in HTTP_ROWS if row in options.rows]
    if not rows:
        return
    setup = _build(folder / "four", Size(options.parties, PARTY_MEMBERS, options.parties, PARTY_MEMBERS), log)
    answers = record_answers(setup) if BARE in contenders else {}
    for round_ in range(1, options.rounds + 1):
        for row in rows:
            for contender in _in_row(row, tuple(each for each in contenders if each not in VARIANTS)):
                readings = measure_http(row, contender, setup, answers, options, round_)
                yield from _collect(readings, f"{row}, round {round_}, {contender.name}", log)
    for row in rows:
        for contender in _in_row(row, tuple(each for each in contenders if each in options.variants)):
            measure = measure_switched if contender in VARIANTS else measure_slices
            readings = measure(row, contender, setup, options)
            yield from _collect(readings, f"{row}, slice by slice, {contender.name}", log)


def _measure_stream_rows(
    options: Options, contenders: tuple[Contender, ...], folder: Path, log: Log
) -> Iterator[Reading]:
    rows = {"rooms", "fanout", "idle", "latency"} & set(options.rows)
    if not rows:
        return
    # The row rooms has as many parties again that nobody follows.
    parties = max(options.parties, 2 * max(options.rooms_few, options.rooms_many) if "rooms" in rows else 0)
    setup = _build(folder / "eight", Size(parties, FULL_MEMBERS, parties, FULL_MEMBERS), log)
    frame = record_frame(setup) if BARE in contenders else ""
    for round_ in range(1, options.rounds + 1):
        for key in ("rooms_few", "rooms_many") if "rooms" in rows else ():
            for name, readings in measure_rooms(_in_row("rooms", contenders), setup, frame, key, options, round_, log):
                yield from _collect(readings, f"{key}, round {round_}, {name}", log)
        if rows & {"fanout", "idle"}:
            for contender in _in_row("fanout", contenders):
                readings = measure_fanout(contender, setup, frame, options, round_)
                yield from _collect(readings, f"fan-out, round {round_}, {contender.name}", log)
        if "latency" in rows:
            for contender in _in_row("latency", contenders):
                readings = measure_latency(contender, setup, options, round_)
                yield from _collect(readings, f"latency, round {round_}, {contender.name}", log)


def _measure_list(options: Options, contenders: tuple[Contender, ...], folder: Path, log: Log) -> Iterator[Reading]:
    if "list" not in options.rows:
        return
    setup = _build(folder / "list", LIST_SIZE, log)
    for round_ in range(1, options.rounds + 1):
        for contender in _in_row("list", contenders):
            readings = measure_list(contender, setup, options, round_)
            yield from _collect(readings, f"list, round {round_}, {contender.name}", log)


def _measure_matchmaking(
    options: Options, contenders: tuple[Contender, ...], folder: Path, log: Log
) -> Iterator[Reading]:
    if "matchmaking" not in options.rows:
        return
    setup = _build(folder / "searching", searching_size(options.searching), log)
    for round_ in range(1, options.rounds + 1):
        for contender in _in_row("matchmaking", contenders):
            readings = measure_matchmaking(contender, setup, options, round_)
            yield from _collect(readings, f"matchmaking, round {round_}, {contender.name}", log)


def _measure_sizes(options: Options, contenders: tuple[Contender, ...], folder: Path, log: Log) -> Iterator[Reading]:
    if not {"sizes", "restart"} & set(options.rows):
        return
    setups = {size: _build(folder / str(size), size_of(size), log) for size in options.sizes}
    for round_ in range(1, options.rounds + 1):
        for size, setup in setups.items():
            for contender in _in_row("sizes", contenders):
                readings = measure_sizes(contender, setup, size, options, round_)
                yield from _collect(readings, f"{size:,} parties, round {round_}, {contender.name}", log)


def _in_row(row: str, contenders: tuple[Contender, ...]) -> list[Contender]:
    return [contender for contender in contenders if row in contender.rows]


def _build(folder: Path, size: Size, log: Log) -> Setup:
    started_at_s = time.perf_counter()
    setup = build_setup(folder, size)
    log(f"filled {size.parties:,} parties of {size.members} in {time.perf_counter() - started_at_s:.1f} s")
    return setup


def _collect(measure: Iterator[Reading], what: str, log: Log) -> Iterator[Reading]:
    """The readings of one measurement. A failure is logged and costs only these readings."""
    try:
        readings = list(measure)
    except FAILURES as failure:
        log(f"{what}: no figures: {type(failure).__name__}: {failure}")
        return
    log(f"{what}: " + ", ".join(f"{reading.figure} {reading.value:,.4g}" for reading in readings))
    yield from readings
