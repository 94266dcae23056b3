"""The whole benchmark: every row, round after round, one server at a time."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from http.client import HTTPException
from pathlib import Path

from bench.contenders import LOBBY, Contender
from bench.fill import Size
from bench.load.follower import Lost
from bench.load.http_link import Refused
from bench.load.once import NotAnswered
from bench.load.wrk import LoadFailed
from bench.options import Options
from bench.reading import Reading
from bench.rows.fanout import read_fanout
from bench.rows.http import ROWS as HTTP_ROWS
from bench.rows.http import read_http
from bench.rows.latency import read_latency
from bench.rows.recording import recorded_answers, recorded_frame
from bench.rows.sizes import read_sizes, size_of
from bench.serving import DidNotServe
from bench.stage import Stage, staged

PARTY_MEMBERS, FULL_MEMBERS = 4, 8
Say = Callable[[str], None]


def run(options: Options, folder: Path, say: Say) -> Iterator[Reading]:
    """Readings as they are made; what a contender can't do is said, and left out."""
    contenders = _able(options.contenders, say)
    for part in (_over_http, _streams, _sizes):
        try:
            yield from part(options, contenders, folder, say)
        except DidNotServe as failure:
            say(f"the lobby can't be measured: {failure}")


def _able(contenders: tuple[Contender, ...], say: Say) -> tuple[Contender, ...]:
    for contender in contenders:
        if contender.missing:
            say(f"{contender.name} is left out: {contender.missing}")
    return tuple(contender for contender in contenders if not contender.missing)


def _over_http(options: Options, contenders: tuple[Contender, ...], folder: Path, say: Say) -> Iterator[Reading]:
    rows = [row for row in HTTP_ROWS if row in options.rows]
    if not rows:
        return
    stage = _filled(folder / "four", Size(options.parties, PARTY_MEMBERS, options.parties, PARTY_MEMBERS), say)
    answers = recorded_answers(stage)
    for round_ in range(1, options.rounds + 1):
        for row in rows:
            for contender in _in(row, contenders):
                reads = read_http(row, contender, stage, answers, options, round_)
                yield from _said(reads, f"{row}, round {round_}, {contender.name}", say)


def _streams(options: Options, contenders: tuple[Contender, ...], folder: Path, say: Say) -> Iterator[Reading]:
    rows = {"fanout", "idle", "latency"} & set(options.rows)
    if not rows:
        return
    stage = _filled(folder / "eight", Size(options.parties, FULL_MEMBERS, options.parties, FULL_MEMBERS), say)
    frame = recorded_frame(stage)
    for round_ in range(1, options.rounds + 1):
        if rows & {"fanout", "idle"}:
            for contender in _in("fanout", contenders):
                fanout = read_fanout(contender, stage, frame, options, round_)
                yield from _said(fanout, f"fan-out, round {round_}, {contender.name}", say)
        if "latency" in rows:
            for contender in _in("latency", contenders):
                latency = read_latency(contender, stage, options, round_)
                yield from _said(latency, f"latency, round {round_}, {contender.name}", say)


def _sizes(options: Options, _: tuple[Contender, ...], folder: Path, say: Say) -> Iterator[Reading]:
    if not {"sizes", "restart"} & set(options.rows):
        return
    stages = {size: _filled(folder / str(size), size_of(size), say) for size in options.sizes}
    for round_ in range(1, options.rounds + 1):
        for size, stage in stages.items():
            reads = read_sizes(stage, size, options, round_)
            yield from _said(reads, f"{size:,} parties, round {round_}, {LOBBY.name}", say)


def _in(row: str, contenders: tuple[Contender, ...]) -> list[Contender]:
    return [contender for contender in contenders if row in contender.rows]


def _filled(folder: Path, size: Size, say: Say) -> Stage:
    began_s = time.perf_counter()
    stage = staged(folder, size)
    say(f"filled {size.parties:,} parties of {size.members} in {time.perf_counter() - began_s:.1f} s")
    return stage


def _said(reads: Iterator[Reading], what: str, say: Say) -> Iterator[Reading]:
    """A failure costs its own figures and no others."""
    try:
        readings = list(reads)
    except (DidNotServe, Refused, Lost, LoadFailed, NotAnswered, OSError, HTTPException) as failure:
        say(f"{what}: no figures: {type(failure).__name__}: {failure}")
        return
    say(f"{what}: " + ", ".join(f"{reading.figure} {reading.value:,.4g}" for reading in readings))
    yield from readings
