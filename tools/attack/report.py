"""Prints the results of attacks as a table, and writes them as JSON."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from tools.attack.reference_client import Latencies, LatencyReport
from tools.attack.run import SLOWDOWN_MAX, AttackResult

COLUMNS = (25, 8, 8, 20, 20, 7, 6, 20, 20)
HEAD = ("attack", "sent", "slowest", "good p50", "good p99", "times", "", "query p99", "event p99")
UNITS = ("", "", "ms", "before→then→after ms", "before→then→after ms", "usual", "", "", "")
RESPONSES_SHOWN_MAX = 5


def print_line(line: str) -> None:
    print(line, flush=True)


def print_head() -> None:
    print_line(_row(HEAD))
    print_line(_row(UNITS))


def print_result(result: AttackResult) -> None:
    """Print a row, and below it the responses and the faults."""
    outcome, reports = result.outcome, (result.before, result.during, result.after)
    print_line(
        _row(
            (
                result.attack.name,
                str(outcome.sent),
                f"{outcome.slowest_s * 1000:.0f}",
                _ms([report.requests.p50_ms for report in reports]),
                _ms([report.requests.p99_ms for report in reports]),
                f"{result.slowdown:.2f}",
                "SLOWED" if result.is_slowed else "pass",
                _ms([report.queries.p99_ms for report in reports]),
                _ms([report.events.p99_ms for report in reports]),
            )
        )
    )
    shown = ", ".join(f"{what} ×{count}" for what, count in outcome.responses.most_common(RESPONSES_SHOWN_MAX))
    again = " (second attempt)" if result.attempt > 1 else ""
    print_line(f"    {result.attack.sends}: {shown or 'no responses'}{again}")
    for fault in outcome.faults:
        print_line(f"    FAULT: {fault}")


def print_summary(
    results: Sequence[AttackResult], faults: Sequence[str], memory: tuple[int | None, int | None]
) -> None:
    for fault in faults:
        print_line(f"FAULT: {fault}")
    if memory[0] is not None and memory[1] is not None:
        print_line(f"memory of the server: {memory[0] // 1024} MiB before, {memory[1] // 1024} MiB after")
    count = len(faults) + sum(len(each.outcome.faults) for each in results)
    passed = sum(not each.is_slowed for each in results)
    fewest = min((min(f.requests.count for f in (each.before, each.during, each.after)) for each in results), default=0)
    print_line(f"{len(results)} attacks, {count} faults")
    rule = f"the p99 of reference clients is at most {SLOWDOWN_MAX:g} times the usual, out of {fewest} requests or more"
    print_line(f"{passed} of {len(results)} pass: {rule}")
    print_line(f"by queries alone, attacks that pass: {sum(not each.are_queries_slowed for each in results)}")


def write(path: Path, results: Sequence[AttackResult], faults: Sequence[str]) -> None:
    """All of it as JSON."""
    attacks = [
        {
            "attack": each.attack.name,
            "sends": each.attack.sends,
            "times": each.attempt,
            "took_s": round(each.duration_s, 3),
            "sent": each.outcome.sent,
            "came_back": dict(each.outcome.responses.most_common()),
            "slowest_ms": round(each.outcome.slowest_s * 1000, 1),
            "slower": round(each.slowdown, 3),
            "passes": not each.is_slowed,
            "good_before": _report_json(each.before),
            "good_meanwhile": _report_json(each.during),
            "good_after": _report_json(each.after),
            "faults": each.outcome.faults,
        }
        for each in results
    ]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"attacks": attacks, "faults": list(faults)}, indent=2, ensure_ascii=False) + "\n")
    print(f"written to {path}", file=sys.stderr)


def _report_json(fare: LatencyReport) -> dict[str, object]:
    latencies = {"requests": fare.requests, "queries": fare.queries, "mutations": fare.mutations, "events": fare.events}
    return {**{name: _rounded(each) for name, each in latencies.items()}, "failed": fare.failed}


def _rounded(latencies: Latencies) -> dict[str, float]:
    return {name: round(value, 3) for name, value in asdict(latencies).items()}


def _ms(values: Sequence[float]) -> str:
    return " → ".join(f"{value:.2f}" for value in values)


def _row(cells: Sequence[str]) -> str:
    first, *others = (
        cell.ljust(width) if n == 0 else cell.rjust(width)
        for n, (cell, width) in enumerate(zip(cells, COLUMNS, strict=True))
    )
    return "  ".join((first, *others))
