"""The output of a run: a progress line every few seconds, a summary at the end, and the violations."""

from __future__ import annotations

import asyncio
import sys
import time
from collections import Counter
from collections.abc import Sequence
from statistics import median

from tools.chaos.checks.judge import Verdict
from tools.chaos.figures import Figures
from tools.chaos.plan import Plan
from tools.chaos.run import Run
from tools.chaos.violation import Kind

PROGRESS_EVERY_S = 2.0
PRINTED_MAX = 20
"""The number of violations that are printed; the file has all of them."""


async def report_progress(run: Run) -> None:
    """Print a line every `PROGRESS_EVERY_S`, until cancelled."""
    began_at = time.monotonic()
    while True:
        await asyncio.sleep(PROGRESS_EVERY_S)
        write_line(f"{time.monotonic() - began_at:5.0f} s  {run.phase}: {_progress(run.figures)}")


def _progress(figures: Figures) -> str:
    return (
        f"{figures.acknowledged} acknowledgements of {figures.mutations} mutations, "
        f"{figures.retried} retries, {figures.kills} kills, {figures.terminations} stops, "
        f"{figures.server_faults.total()} other server faults, {figures.store_faults.total()} store faults, "
        f"{figures.cut.total()} connections cut, "
        f"{figures.resumes} resumes, {figures.frames} frames"
    )


def write_line(text: str) -> None:
    """Print without a delay, also into a file or pipe."""
    print(text, flush=True)


def summary_lines(run: Run, verdict: Verdict) -> list[str]:
    """One line per subject."""
    figures, plan, loss = run.figures, run.plan, run.failover_loss
    rows = {
        "run": f"{plan.seconds:g} s, seed {plan.seed}, {plan.players} players, {plan.nodes} server(s)",
        "mutations": f"{figures.mutations} in {figures.requests} requests, {figures.acknowledged} acknowledgements",
        "retried": f"{figures.retried} after a lost answer, {figures.repeated} for another reason; "
        f"{figures.replayed} replayed answers",
        "answer lost": f"of {run.evidence.lost_acceptances} mutations that were executed, as a later copy showed",
        "transports": f"{_counts(figures.by_transport)}; {figures.queries} queries, {figures.refreshed} token renewals",
        "operations": _counts(figures.by_operation),
        "rejections": _counts(figures.rejections),
        "kills": f"{figures.kills} by SIGKILL with {figures.killed_in_flight} requests in flight, "
        f"{figures.terminations} by SIGTERM",
        "server faults": f"{_counts(figures.server_faults)}; largest clock step {figures.clock_step_max_s:.0f} s",
        "restores": f"took back {run.lost_entries} entries, of {verdict.taken_back} mutations among others",
        "store faults": _counts(figures.store_faults),
        "maintenances": f"{len(figures.maintenances)}, in which {figures.ended_in_maintenance} sessions were completed",
        "calls": _counts(figures.call_faults),
        "restarts": f"{_times(figures.restart_s)}; stops by SIGTERM {_times(figures.stop_s)}",
        "drained": f"{figures.drained} streams got a Heartbeat and then 1012, {figures.completed} were completed instead",
        "longest wait": f"{figures.unanswered_s:.1f} s for the answer to one mutation",
        "bystander": f"{figures.direct_requests} requests past the proxy, the longest took {figures.direct_wait_max_s:.1f} s",
        "connections": f"{figures.connections}; cut: {_counts(figures.cut)}",
        "streams": f"{figures.subscriptions} subscriptions, {figures.resumes} of them resumes; {figures.frames} frames",
        "snapshots": _counts(figures.snapshots),
        "logs": f"{run.parties} parties, {run.events.total()} entries",
        "accounted for": f"{verdict.accounted} mutations, {verdict.late} of them rejected and executed by a late copy; "
        f"{verdict.unchanged} had nothing to change",
        "entries": _counts(run.events),
        "failovers": f"only a dead primary had {loss.entries} entries and {loss.records} records, "
        f"of {len(loss.party_ids)} parties; {len(verdict.excused)} violations follow from that and are not counted below",
        **{kind.value: str(verdict.count(kind)) for kind in Kind},
    }
    width = max(map(len, rows))
    return [f"{name:<{width}}  {row}" for name, row in rows.items()]


def write_violations(plan: Plan, verdict: Verdict) -> None:
    """Write all violations into a file, and the first ones to standard error."""
    path = plan.folder / "violations.txt"
    path.write_text("".join(f"{violation}\n" for violation in verdict.violations), encoding="utf-8")
    for violation in verdict.violations[:PRINTED_MAX]:
        print(violation, file=sys.stderr)
    print(f"{len(verdict.violations)} violations with seed {plan.seed}, all in {path}", file=sys.stderr)


def _counts(counter: Counter[str]) -> str:
    return ", ".join(f"{name} {count}" for name, count in counter.most_common()) or "none"


def _times(seconds: Sequence[float]) -> str:
    if not seconds:
        return "none"
    return f"{len(seconds)}, median {median(seconds):.2f} s, longest {max(seconds):.2f} s"
