"""`adventurebot-lobby load --url URL --players N --minutes M`, or `python -m tools.load`."""

from __future__ import annotations

import argparse
import asyncio
import gc
import math
import signal
import sys
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from pathlib import Path

from tools.demo.__main__ import DEFAULT_ADDRESS, DOCUMENTS_FOLDER, INTERRUPTED
from tools.demo.address import Address
from tools.load.advice import advice
from tools.load.open_files import TooFewFiles, allow_open_files
from tools.load.progress import show_progress
from tools.load.report_page import report_page
from tools.load.run import PAUSE_S, PLAYERS_MAX, CannotRun, LoadRun, Plan
from tools.load.tables import as_text
from web.graphql.execution.client_documents import client_documents

MINUTES_MIN, MINUTES_MAX = 0.05, 1_440
PAUSE_MIN_S, PAUSE_MAX_S = 0.1, 3_600
DONE, FAILED = 0, 1
GC_THRESHOLDS = (50_000, 20, 20)
"""Net allocations until the collector looks at new objects, and how many such looks until it looks at older ones and at all."""
ADVICE_EVERY_S = 1.0


def main(arguments: Sequence[str] | None = None, prog: str = "python -m tools.load") -> int:
    """The exit code: 0 if the players played; 1 if they could not, or if none of their requests was answered. 2 for arguments."""
    options = _parser(prog).parse_args(arguments)
    plan = Plan(options.url, options.players, options.minutes * 60, options.seed, options.pause)
    report: Path | None = options.report
    try:
        if report is not None:
            report.touch()
        allow_open_files(plan.open_files)
    except TooFewFiles as problem:
        return _fail(str(problem))
    except OSError as error:
        return _fail(f"--report: {error}")
    run = LoadRun(plan, client_documents(DOCUMENTS_FOLDER))
    try:
        _run(_execute(run))
    except KeyboardInterrupt:
        return INTERRUPTED
    except CannotRun as problem:
        return _fail(str(problem))
    print(as_text(run))
    if report is not None:
        report.write_text(report_page(run), encoding="utf-8")
        print(f"\nThe report is in {report}.")
    return DONE if run.figures.requests > run.figures.signed_in and not run.faults else FAILED


def _parser(prog: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=prog,
        description="Players that play on a server that runs: they sign in as guests, meet, chat, start, leave and lose their "
        "connections. Shows how long that takes and what fails. See docs/load.md. Do not aim it at a server of others.",
    )
    parser.add_argument("--url", type=Address.argument, default=DEFAULT_ADDRESS, help="where the server is")
    parser.add_argument("--players", type=_count(PLAYERS_MAX), default=50, metavar="N", help=f"1 to {PLAYERS_MAX:,}")
    parser.add_argument(
        "--minutes",
        type=_number("minutes", MINUTES_MIN, MINUTES_MAX),
        default=1.0,
        metavar="M",
        help="how long they play, such as 0.5",
    )
    parser.add_argument(
        "--pause",
        type=_number("seconds", PAUSE_MIN_S, PAUSE_MAX_S),
        default=PAUSE_S,
        metavar="SECONDS",
        help="between two actions of a player, on average, default %(default)s",
    )
    parser.add_argument("--seed", type=int, default=1, help="the same seed makes the same choices")
    parser.add_argument("--report", type=Path, metavar="FILE.html", help="write the results as a page with charts, too")
    return parser


def _count(most: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        if not text.isdecimal() or not 1 <= int(text) <= most:
            raise argparse.ArgumentTypeError(f"1 to {most:,}, not {text}")
        return int(text)

    return read


def _number(unit: str, least: float, most: float) -> Callable[[str], float]:
    def read(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not least <= value <= most:
            raise argparse.ArgumentTypeError(f"{least:g} to {most:,g} {unit}, not {text}")
        return value

    return read


def _run(work: Coroutine[None, None, None]) -> None:
    """On the faster event loop, where it exists, and with fewer looks for reference cycles: with 1,500 players these took a third
    of the time, and up to half a second each."""
    before = gc.get_threshold()
    gc.set_threshold(*GC_THRESHOLDS)
    try:
        if sys.platform == "win32":
            asyncio.run(work)
        else:
            import uvloop

            uvloop.run(work)
    finally:
        gc.set_threshold(*before)


async def _execute(run: LoadRun) -> None:
    with suppress(NotImplementedError):  # Windows: there an interrupt ends the program without a report
        asyncio.get_running_loop().add_signal_handler(signal.SIGINT, run.stop_soon)
    helpers = [asyncio.create_task(show_progress(run, sys.stdout)), asyncio.create_task(_show_advice(run))]
    try:
        await run.execute()
    finally:
        for helper in helpers:
            helper.cancel()
        await asyncio.wait(helpers)


async def _show_advice(run: LoadRun) -> None:
    """Say what to do about an error as soon as it comes up: nobody should wait an hour for it."""
    shown: set[str] = set()
    while True:
        await asyncio.sleep(ADVICE_EVERY_S)
        for text in advice(run.figures.codes):
            if text not in shown:
                shown.add(text)
                print(f"\n! {text}", file=sys.stderr, flush=True)


def _fail(message: str) -> int:
    print(message, file=sys.stderr)
    return FAILED


if __name__ == "__main__":
    sys.exit(main())
