"""The report as one HTML file, which needs nothing else: no script, and no file from anywhere."""

from __future__ import annotations

import time
from collections.abc import Iterator
from html import escape

from tools.load.charts import Line, legend, line_chart
from tools.load.figures import Interval
from tools.load.run import LoadRun
from tools.load.tables import Table, headlines, remarks, tables

_STYLE = """
:root { color-scheme: light dark; --page: #f9fafb; --card: #ffffff; --rule: #d1d5db; --text: #1f2937; --quiet: #4b5563;
  --first: #1d4ed8; --second: #b45309; --third: #15803d; --warn: #fef3c7; }
@media (prefers-color-scheme: dark) { :root { --page: #0f172a; --card: #1e293b; --rule: #475569; --text: #e2e8f0;
  --quiet: #b6c2d4; --first: #93c5fd; --second: #fdba74; --third: #86efac; --warn: #422006; } }
body { max-width: 60rem; margin: 0 auto; padding: 2rem 1rem; background: var(--page); color: var(--text);
  font: 16px/1.5 system-ui, sans-serif; }
h1 { margin: 0; font-size: 1.75rem; }
h2 { margin: 2rem 0 0; font-size: 1.125rem; }
p { margin: 0.25rem 0 0.75rem; color: var(--quiet); }
dl { display: grid; grid-template-columns: repeat(auto-fit, minmax(14rem, 1fr)); gap: 0.75rem; }
dl div, figure, .table { background: var(--card); border: 1px solid var(--rule); border-radius: 0.5rem; padding: 0.75rem 1rem; }
dt { color: var(--quiet); font-size: 0.875rem; }
dd { margin: 0; font-weight: 600; overflow-wrap: anywhere; }
.remark { background: var(--warn); border: 1px solid var(--second); border-radius: 0.5rem; padding: 0.75rem 1rem;
  color: var(--text); }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(26rem, 100%), 1fr)); gap: 1rem; }
figure { margin: 0; min-width: 0; }
figcaption { font-weight: 600; }
figure svg { width: 100%; height: auto; }
.key { margin-right: 1rem; font-size: 0.875rem; font-weight: 400; white-space: nowrap; }
.key svg { width: 28px; height: 8px; margin-right: 0.375rem; }
text { fill: var(--quiet); font: 12px system-ui, sans-serif; }
.grid { stroke: var(--rule); fill: none; }
.line { fill: none; stroke-width: 2; }
.first { stroke: var(--first); }
.second { stroke: var(--second); stroke-dasharray: 6 3; }
.third { stroke: var(--third); stroke-dasharray: 2 3; }
.table { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { padding: 0.25rem 0.75rem; text-align: right; border-top: 1px solid var(--rule); }
th:first-child, td.word, th.word { text-align: left; }
thead th, thead td { border-top: 0; color: var(--quiet); font-weight: 600; }
"""
_WORDS = ("operation", "code", "")
"""Columns of words; all others have numbers."""


def report_page(run: LoadRun) -> str:
    """The whole page."""
    when = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime())
    return "\n".join(
        [
            '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>Load test of {escape(run.plan.address.base)}</title>",
            f"<style>{_STYLE}</style>\n</head>\n<body>\n<main>",
            f"<h1>Load test</h1>\n<p>Ended {when}. Made by <code>adventurebot-lobby load</code>.</p>",
            *(f'<p class="remark">{escape(remark)}</p>' for remark in remarks(run)),
            "<dl>",
            *(f"<div><dt>{escape(name)}</dt><dd>{escape(value)}</dd></div>" for name, value in headlines(run)),
            '</dl>\n<h2>Over time</h2>\n<div class="charts">',
            *_charts(run.figures.intervals, run.played_s),
            "</div>",
            *(_table(table) for table in tables(run)),
            "</main>\n</body>\n</html>\n",
        ]
    )


def _charts(intervals: list[Interval], played_s: float) -> Iterator[str]:
    ends = [interval.begins_s for interval in intervals[1:]] + [played_s]
    # A last piece of a moment would look like a fall of all rates.
    if len(intervals) > 1 and ends[-1] - intervals[-1].begins_s < (ends[0] - intervals[0].begins_s) / 2:
        intervals, ends = intervals[:-1], ends[:-1]
    lengths = [max(end - interval.begins_s, 0.001) for interval, end in zip(intervals, ends, strict=True)]
    requests, events = [each.requests for each in intervals], [each.events for each in intervals]
    charts = (
        (
            "Requests and events",
            "per second",
            [
                Line("requests", [each.count / length for each, length in zip(requests, lengths, strict=True)]),
                Line("events", [each.count / length for each, length in zip(events, lengths, strict=True)]),
            ],
        ),
        (
            "Requests, time to the answer",
            "ms",
            [
                Line("p99", [each.percentile(0.99) for each in requests]),
                Line("p50", [each.percentile(0.5) for each in requests]),
            ],
        ),
        (
            "Events, time from commit to frame",
            "ms",
            [
                Line("p99", [each.percentile(0.99) for each in events]),
                Line("p50", [each.percentile(0.5) for each in events]),
            ],
        ),
        (
            "Connections and errors",
            "count",
            [
                Line("connected players", [each.connected for each in intervals]),
                Line("errors in each piece", [each.errors for each in intervals]),
            ],
        ),
    )
    for title, unit, lines in charts:
        yield (
            f"<figure><figcaption>{title} ({unit})<br>{legend(lines)}</figcaption>"
            f"{line_chart(title, unit, ends, lines)}</figure>"
        )


def _table(table: Table) -> str:
    classes = ["word" if column in _WORDS else "number" for column in table.columns]
    head = "".join(
        f'<th scope="col" class="{kind}">{escape(column)}</th>' if column else "<td></td>"
        for kind, column in zip(classes, table.columns, strict=True)
    )
    rows = "\n".join(
        f'<tr><th scope="row">{escape(row[0])}</th>'
        + "".join(f'<td class="{kind}">{escape(cell)}</td>' for kind, cell in zip(classes[1:], row[1:], strict=True))
        + "</tr>"
        for row in table.rows
    )
    return (
        f"<h2>{escape(table.title)}</h2>\n<p>{escape(table.note)}</p>\n"
        f'<div class="table" tabindex="0" role="group" aria-label="{escape(table.title, quote=True)}">'
        f"<table><thead><tr>{head}</tr></thead><tbody>\n{rows}\n</tbody></table></div>"
    )
