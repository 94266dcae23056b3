"""The figures as a bar chart in SVG: a panel for each figure, a bar for each server, the lobby's bar in colour."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from tools.bench.contenders import LOBBY
from tools.bench.report import figure_title
from tools.bench.results import FIGURES, Figure, Results

WIDTH, MARGIN = 760, 20
NAME_WIDTH, VALUE_WIDTH = 90, 90
TITLE_HEIGHT, BAR_HEIGHT, BAR_STEP = 26, 14, 20
OURS, THEIRS, INK = "#0b7285", "#adb5bd", "#212529"


def chart(results: Results) -> str:
    """An SVG document. The bars of one panel share a scale that begins at 0."""
    at = MARGIN
    panels: list[str] = []
    for figure in FIGURES:
        bars = _bars(results, figure)
        if len(bars) > 1:
            panels.extend(_panel(figure_title(figure, results), bars, figure, at))
            at += TITLE_HEIGHT + BAR_STEP * len(bars) + MARGIN
    size = f'width="{WIDTH}" height="{at}" viewBox="0 0 {WIDTH} {at}"'
    style = f'font-family="system-ui, sans-serif" font-size="12" fill="{INK}"'
    body = "\n".join([f'<rect width="{WIDTH}" height="{at}" fill="white"/>', *panels])
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size} {style}>\n{body}\n</svg>\n'


def _bars(results: Results, figure: Figure) -> list[tuple[str, float]]:
    """Name and median of each server with a reading, the best first."""
    medians = [(name, results.median(figure.key, name)) for name in results.contenders_of([figure.key])]
    measured = [(name, value) for name, value in medians if value is not None]
    return sorted(measured, key=lambda bar: bar[1], reverse=figure.more_is_better)


def _panel(heading: str, bars: list[tuple[str, float]], figure: Figure, top: int) -> Iterator[str]:
    better = "more is better" if figure.more_is_better else "less is better"
    yield f'<text x="{MARGIN}" y="{top + BAR_HEIGHT}" font-weight="600">{escape(heading)} ({better})</text>'
    scale = (WIDTH - 2 * MARGIN - NAME_WIDTH - VALUE_WIDTH) / max(max(value for _, value in bars), 1e-9)
    for row, (name, value) in enumerate(bars):
        y = top + TITLE_HEIGHT + row * BAR_STEP
        x, width = MARGIN + NAME_WIDTH, max(1.0, value * scale)
        fill = OURS if name == LOBBY.name else THEIRS
        yield f'<text x="{x - 8}" y="{y + BAR_HEIGHT - 3}" text-anchor="end">{escape(name)}</text>'
        yield f'<rect x="{x}" y="{y}" width="{width:.1f}" height="{BAR_HEIGHT}" fill="{fill}"/>'
        yield f'<text x="{x + width + 6:.1f}" y="{y + BAR_HEIGHT - 3}">{value:,.{figure.digits}f}</text>'
