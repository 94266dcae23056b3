"""What a run says of itself: a line now and then, and all its figures at the end."""

from __future__ import annotations

import asyncio
import sys
import time
from collections import Counter
from collections.abc import Sequence
from statistics import median

from chaos.checks.judge import Verdict
from chaos.checks.violation import Kind
from chaos.figures import Figures
from chaos.plan import Plan
from chaos.run import Run

EVERY_S = 5.0
SHOWN_MAX = 20
"""Violations that are printed; the file has all of them."""


async def tell_progress(figures: Figures) -> None:
    """A line every few seconds, until cancelled."""
    began_at = time.monotonic()
    while True:
        await asyncio.sleep(EVERY_S)
        say(
            f"{time.monotonic() - began_at:5.0f} s  {figures.acknowledged} acknowledged of {figures.acts} mutations, "
            f"{figures.retried} retries, {figures.kills} kills, {figures.mishaps.total()} mishaps, "
            f"{sum(figures.cut.values())} connections cut, "
            f"{figures.resumes} resumes, {figures.frames} frames"
        )


def say(text: str) -> None:
    """At once, also where the output goes into a file."""
    print(text, flush=True)


def figures_in_words(run: Run, verdict: Verdict) -> list[str]:
    """One line a subject."""
    figures, plan = run.figures, run.plan
    rows = {
        "run": f"{plan.seconds:g} s, seed {plan.seed}, {plan.players} players, {plan.nodes} server(s)",
        "mutations": f"{figures.acts} wished for, {figures.copies} requests sent, {figures.acknowledged} acknowledgements",
        "retried": f"{figures.retried} after a lost answer, {figures.repeated} besides; {figures.replayed} replayed answers",
        "answer lost": f"of {run.evidence.done_unheard} mutations that were done all the same, as a later copy was told",
        "transports": _counted(figures.by_transport)
        + f"; {figures.queries} queries, {figures.refreshed} token renewals",
        "asked for": _counted(figures.by_operation),
        "rejections": _counted(figures.rejections),
        "kills": f"{figures.kills} by SIGKILL with {figures.killed_in_flight} requests in flight, "
        f"{figures.terminations} by SIGTERM",
        "mishaps": _counted(figures.mishaps),
        "restarts": _times(figures.restart_s) + f"; stops by SIGTERM {_times(figures.stop_s)}",
        "longest wait": f"{figures.unanswered_s:.1f} s for the answer to one mutation",
        "connections": f"{figures.connections}; cut: {_counted(figures.cut)}",
        "streams": f"{figures.subscriptions} subscriptions, {figures.resumes} of them resumes; {figures.frames} frames",
        "snapshots": _counted(figures.snapshots),
        "logs": f"{run.parties} parties, {run.happened.total()} entries",
        "accounted for": f"{verdict.accounted} mutations, of them {verdict.doubtful} refused and done by a late copy; "
        f"{verdict.unchanged} had nothing to change",
        "entries": _counted(run.happened),
        "failovers": f"{run.lost.entries} entries and {run.lost.records} records, of {len(run.lost.party_ids)} parties, were on "
        f"the disk of a dead primary alone; {len(verdict.excused)} violations come of that, and are not among these:",
        **{kind.value: str(verdict.count(kind)) for kind in Kind},
    }
    width = max(map(len, rows))
    return [f"{name:<{width}}  {row}" for name, row in rows.items()]


def write_violations(plan: Plan, verdict: Verdict) -> None:
    """All of them into a file, the first ones to standard error."""
    path = plan.folder / "violations.txt"
    path.write_text("".join(f"{violation}\n" for violation in verdict.violations), encoding="utf-8")
    for violation in verdict.violations[:SHOWN_MAX]:
        print(violation, file=sys.stderr)
    print(f"{len(verdict.violations)} violations with seed {plan.seed}, all in {path}", file=sys.stderr)


def _counted(counter: Counter[str]) -> str:
    return ", ".join(f"{name} {count}" for name, count in counter.most_common()) or "none"


def _times(seconds: Sequence[float]) -> str:
    if not seconds:
        return "none"
    return f"{len(seconds)}, median {median(seconds):.2f} s, longest {max(seconds):.2f} s"
