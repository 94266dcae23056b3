"""What is printed, and what is written."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path

from attack.run import Attempted

COLUMNS = (25, 7, 9, 17, 17, 9)
HEAD = ("attack", "sent", "slowest", "good p50", "good p99", "good max")
TOLD_MAX = 5


def say(line: str) -> None:
    print(line, flush=True)


def tell_head() -> None:
    say(_row(HEAD))
    say(_row(("", "", "ms", "before → then, ms", "before → then, ms", "ms")))


def tell(made: Attempted) -> None:
    """A row, what came back below it, and what should not be."""
    outcome, before, then = made.outcome, made.before, made.meanwhile
    say(
        _row(
            (
                made.attack.name,
                str(outcome.sent),
                f"{outcome.slowest_s * 1000:.0f}",
                f"{before.p50_ms:.1f} → {then.p50_ms:.1f}",
                f"{before.p99_ms:.1f} → {then.p99_ms:.1f}{' !' if made.is_doubled else ''}",
                f"{then.slowest_ms:.0f}",
            )
        )
    )
    told = ", ".join(f"{what} ×{count}" for what, count in outcome.came_back.most_common(TOLD_MAX))
    say(f"    {made.attack.sends}: {told or 'nothing came back'}")
    for fault in outcome.faults:
        say(f"    FAULT: {fault}")


def tell_end(made: Sequence[Attempted], faults: Sequence[str], memory: tuple[int | None, int | None]) -> None:
    for fault in faults:
        say(f"FAULT: {fault}")
    if memory[0] is not None and memory[1] is not None:
        say(f"memory of the server: {memory[0] // 1024} MiB before, {memory[1] // 1024} MiB after")
    count = len(faults) + sum(len(each.outcome.faults) for each in made)
    doubled = sum(each.is_doubled for each in made)
    say(f"{len(made)} attacks, {count} faults; in {doubled} of them (!) a good client's p99 was more than doubled")


def write(path: Path, made: Sequence[Attempted], faults: Sequence[str]) -> None:
    """All of it as JSON."""
    attacks = [
        {
            "attack": each.attack.name,
            "sends": each.attack.sends,
            "took_s": round(each.took_s, 3),
            "sent": each.outcome.sent,
            "came_back": dict(each.outcome.came_back.most_common()),
            "slowest_ms": round(each.outcome.slowest_s * 1000, 1),
            "good_before": _fare(each.before.p50_ms, each.before.p99_ms, each.before.slowest_ms, each.before.count),
            "good_meanwhile": _fare(
                each.meanwhile.p50_ms, each.meanwhile.p99_ms, each.meanwhile.slowest_ms, each.meanwhile.count
            ),
            "faults": each.outcome.faults,
        }
        for each in made
    ]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"attacks": attacks, "faults": list(faults)}, indent=2, ensure_ascii=False) + "\n")
    print(f"written to {path}", file=sys.stderr)


def _fare(p50_ms: float, p99_ms: float, slowest_ms: float, count: int) -> dict[str, float]:
    return {
        "p50_ms": round(p50_ms, 2),
        "p99_ms": round(p99_ms, 2),
        "slowest_ms": round(slowest_ms, 1),
        "requests": count,
    }


def _row(cells: Sequence[str]) -> str:
    first, *others = (
        cell.ljust(width) if n == 0 else cell.rjust(width)
        for n, (cell, width) in enumerate(zip(cells, COLUMNS, strict=True))
    )
    return "  ".join((first, *others))
