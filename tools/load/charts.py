"""Line charts as SVG, drawn by hand: no script, no font, no picture from elsewhere. Colours are those of the page around them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from math import floor, log10

WIDTH, HEIGHT = 480, 190
"""About the size on a page with two charts beside each other, so that texts keep their size."""
LEFT, RIGHT, TOP, BOTTOM = 48, 16, 12, 26
X_TICKS_MAX, Y_TICKS = 6, 4
X_STEPS_S = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 14_400, 28_800)
STYLES = ("first", "second", "third")
"""CSS classes of the lines, in this order: each has its own colour and its own dashes."""
SECONDS_PER_MIN = 60


@dataclass(frozen=True, slots=True)
class Line:
    """`values`: one for each x; None leaves a gap in the line."""

    name: str
    values: Sequence[float | None]


def line_chart(title: str, unit: str, xs: Sequence[float], lines: Sequence[Line]) -> str:
    """An SVG element. `xs`: seconds from the beginning of the run."""
    top = _round_up(max((value for line in lines for value in line.values if value is not None), default=1.0))
    end = max(xs[-1] if xs else 1.0, 1.0)
    parts = [
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(f"{title}, {unit}, by time", quote=True)}">',
        *_grid(top, end),
    ]
    for style, line in zip(STYLES, lines, strict=False):
        points = [(_x(x, end), _y(value, top)) for x, value in zip(xs, line.values, strict=True) if value is not None]
        if path := _path(xs, line.values, end, top):
            parts.append(f'<path class="line {style}" d="{path}"/>')
        if len(points) == 1:
            parts.append(f'<circle class="{style}" cx="{points[0][0]:.1f}" cy="{points[0][1]:.1f}" r="3"/>')
    return "\n".join([*parts, "</svg>"])


def legend(lines: Sequence[Line]) -> str:
    """The names of the lines, each beside a piece of its line."""
    keys = (
        f'<span class="key"><svg viewBox="0 0 28 8" aria-hidden="true"><path class="line {style}" d="M0 4H28"/></svg>'
        f"{escape(line.name)}</span>"
        for style, line in zip(STYLES, lines, strict=False)
    )
    return "".join(keys)


def _grid(top: float, end: float) -> Iterator[str]:
    for tick in range(Y_TICKS + 1):
        value = top * tick / Y_TICKS
        y = _y(value, top)
        yield f'<path class="grid" d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}"/>'
        yield f'<text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{value:g}</text>'
    step_s = next((step for step in X_STEPS_S if end / step <= X_TICKS_MAX), X_STEPS_S[-1])
    for seconds in range(0, int(end) + 1, step_s):
        yield f'<text x="{_x(seconds, end):.1f}" y="{HEIGHT - 6}" text-anchor="middle">{_time(seconds)}</text>'


def _path(xs: Sequence[float], values: Sequence[float | None], end: float, top: float) -> str:
    pieces, is_drawing = [], False
    for x, value in zip(xs, values, strict=True):
        if value is not None:
            pieces.append(f"{'L' if is_drawing else 'M'}{_x(x, end):.1f} {_y(value, top):.1f}")
        is_drawing = value is not None
    return "".join(pieces)


def _x(seconds: float, end: float) -> float:
    return LEFT + (WIDTH - LEFT - RIGHT) * seconds / end


def _y(value: float, top: float) -> float:
    return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * value / top


def _round_up(value: float) -> float:
    """The next of 1, 2, 4, 6, 8, 10 times a power of ten, so that the ticks are round."""
    if value <= 0:
        return 1.0
    power = 10.0 ** floor(log10(value))
    return next(step * power for step in (1, 2, 4, 6, 8, 10) if step * power >= value * (1 - 1e-9))


def _time(seconds: float) -> str:
    return f"{int(seconds // SECONDS_PER_MIN)}:{int(seconds % SECONDS_PER_MIN):02}"
