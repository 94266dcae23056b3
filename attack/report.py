"""What is printed, and what is written."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from attack.run import SLOWER_MAX, Attempted
from attack.witness import Fare, Waits

COLUMNS = (25, 8, 8, 20, 20, 7, 6, 20, 20)
HEAD = ("attack", "sent", "slowest", "good p50", "good p99", "times", "", "query p99", "event p99")
UNITS = ("", "", "ms", "before→then→after ms", "before→then→after ms", "usual", "", "", "")
TOLD_MAX = 5


def say(line: str) -> None:
    print(line, flush=True)


def tell_head() -> None:
    say(_row(HEAD))
    say(_row(UNITS))


def tell(made: Attempted) -> None:
    """A row, what came back below it, and what should not be."""
    outcome, fares = made.outcome, (made.before, made.meanwhile, made.after)
    say(
        _row(
            (
                made.attack.name,
                str(outcome.sent),
                f"{outcome.slowest_s * 1000:.0f}",
                _ms([fare.requests.p50_ms for fare in fares]),
                _ms([fare.requests.p99_ms for fare in fares]),
                f"{made.slower:.2f}",
                "FELT" if made.is_felt else "pass",
                _ms([fare.queries.p99_ms for fare in fares]),
                _ms([fare.events.p99_ms for fare in fares]),
            )
        )
    )
    told = ", ".join(f"{what} ×{count}" for what, count in outcome.came_back.most_common(TOLD_MAX))
    again = " (made twice)" if made.times > 1 else ""
    say(f"    {made.attack.sends}: {told or 'nothing came back'}{again}")
    for fault in outcome.faults:
        say(f"    FAULT: {fault}")


def tell_end(made: Sequence[Attempted], faults: Sequence[str], memory: tuple[int | None, int | None]) -> None:
    for fault in faults:
        say(f"FAULT: {fault}")
    if memory[0] is not None and memory[1] is not None:
        say(f"memory of the server: {memory[0] // 1024} MiB before, {memory[1] // 1024} MiB after")
    count = len(faults) + sum(len(each.outcome.faults) for each in made)
    passed = sum(not each.is_felt for each in made)
    fewest = min((min(f.requests.count for f in (each.before, each.meanwhile, each.after)) for each in made), default=0)
    say(f"{len(made)} attacks, {count} faults")
    rule = f"a good client's p99 at most {SLOWER_MAX:g} times the usual, out of {fewest} requests or more"
    say(f"{passed} of {len(made)} pass: {rule}")
    say(f"by queries alone it would be {sum(not each.is_felt_by_queries for each in made)}")


def write(path: Path, made: Sequence[Attempted], faults: Sequence[str]) -> None:
    """All of it as JSON."""
    attacks = [
        {
            "attack": each.attack.name,
            "sends": each.attack.sends,
            "times": each.times,
            "took_s": round(each.took_s, 3),
            "sent": each.outcome.sent,
            "came_back": dict(each.outcome.came_back.most_common()),
            "slowest_ms": round(each.outcome.slowest_s * 1000, 1),
            "slower": round(each.slower, 3),
            "passes": not each.is_felt,
            "good_before": _fare(each.before),
            "good_meanwhile": _fare(each.meanwhile),
            "good_after": _fare(each.after),
            "faults": each.outcome.faults,
        }
        for each in made
    ]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"attacks": attacks, "faults": list(faults)}, indent=2, ensure_ascii=False) + "\n")
    print(f"written to {path}", file=sys.stderr)


def _fare(fare: Fare) -> dict[str, object]:
    waits = {"requests": fare.requests, "queries": fare.queries, "mutations": fare.mutations, "events": fare.events}
    return {**{name: _rounded(each) for name, each in waits.items()}, "failed": fare.failed}


def _rounded(waits: Waits) -> dict[str, float]:
    return {name: round(value, 3) for name, value in asdict(waits).items()}


def _ms(values: Sequence[float]) -> str:
    return " → ".join(f"{value:.2f}" for value in values)


def _row(cells: Sequence[str]) -> str:
    first, *others = (
        cell.ljust(width) if n == 0 else cell.rjust(width)
        for n, (cell, width) in enumerate(zip(cells, COLUMNS, strict=True))
    )
    return "  ".join((first, *others))
