"""The report of one run as Markdown: all figures, the comparison of two commits, growth with the store, goals, notes."""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from dataclasses import asdict, dataclass

from tools.bench.contenders import BARE, COLYSEUS, LOBBY, MERCURIUS, STRAWBERRY, Contender
from tools.bench.options import OTHER
from tools.bench.results import FIGURES, OTHERS, SIZE_FIGURES, Figure, Results, at_size, slices_of
from tools.bench.text_table import text_table

NONE = "-"
TOLERANCE = 0.05
"""A figure may be worse than that of the other commit by this share. Below it, two runs of one commit differ as much."""


def report(results: Results) -> str:
    """Markdown. Leaves out the parts without readings."""
    parts = [_figures(results), _comparison(results), _slices(results), _sizes(results), _goals(results)]
    parts.append(_notes(results))
    return "\n\n".join(part for part in parts if part) + "\n"


def figure_title(figure: Figure, results: Results) -> str:
    """The title with the numbers of this run, and the unit."""
    return f"{figure.title.format(**asdict(results.options))}, {figure.unit}"


def _figures(results: Results) -> str:
    measured = [figure for figure in FIGURES if results.median(figure.key, LOBBY.name) is not None]
    names = results.contenders_of([figure.key for figure in measured])
    if not measured:
        return ""
    rows = []
    for figure in measured:
        rows.append([figure_title(figure, results), *(_value(results, figure, figure.key, name) for name in names)])
        rows.append(["", *(_advantage(results, figure, name) for name in names)])
    head = ["median of the rounds; below it how many times better the lobby is", *names]
    return text_table(head, rows)


def _comparison(results: Results) -> str:
    """This checkout and the other one, figure by figure."""
    rows = []
    for key, figure, title in _keyed_figures(results):
        ratio = _better_ratio(results, key, figure, OTHER)
        if ratio is not None:
            verdict = "ok" if ratio >= 1 - TOLERANCE else "WORSE"
            values = (_value(results, figure, key, name) for name in (LOBBY.name, OTHER))
            rows.append([title, *values, f"x{ratio:.3f}", verdict])
    if not rows:
        return ""
    head = [f"this commit beside the other, in turn; ok: at most {TOLERANCE:.0%} worse"]
    return text_table([*head, LOBBY.name, OTHER, "better by", ""], rows)


def _slices(results: Results) -> str:
    """The CPU of a request beside that of similar servers, by many short measurements in turn."""
    rows = []
    for row in results.options.rows:
        for contender in results.options.variants:
            values = results.values(slices_of(row), contender.name)
            if values:
                quarter = len(values) // 4
                middle = values[quarter], values[-1 - quarter]
                median = f"x{statistics.median(values):.3f}"
                rows.append([row, contender.name, str(len(values)), median, f"x{middle[0]:.3f} to x{middle[1]:.3f}"])
    head = ["server CPU of a request slice by slice: how many times as much as the lobby", "", "pairs", "median"]
    return text_table([*head, "middle half"], rows) if rows else ""


def _keyed_figures(results: Results) -> Iterator[tuple[str, Figure, str]]:
    """Key, figure and title of all figures, those of each size too."""
    for figure in FIGURES:
        yield figure.key, figure, figure_title(figure, results)
    for size in results.options.sizes:
        for figure in SIZE_FIGURES:
            yield at_size(figure.key, size), figure, f"{size:,} parties: {figure.title}, {figure.unit}"


def _sizes(results: Results) -> str:
    """One table for each lobby server."""
    names = results.contenders_of([key for key, figure, _ in _keyed_figures(results) if figure in SIZE_FIGURES])
    return "\n\n".join(_sizes_of(results, name) for name in names)


def _sizes_of(results: Results, name: str) -> str:
    sizes = results.options.sizes
    rows = [
        [
            f"{figure.title}, {figure.unit}",
            *(_value(results, figure, at_size(figure.key, size), name) for size in sizes),
        ]
        for figure in SIZE_FIGURES
        if any(results.median(at_size(figure.key, size), name) is not None for size in sizes)
    ]
    return text_table([f"{name} by the number of parties in its store", *(f"{size:,}" for size in sizes)], rows)


def _goals(results: Results) -> str:
    rows = [_goal_row(goal) for goal in goals(results)]
    return text_table(["the lobby", "goal", "measured", "reached"], rows) if rows else ""


def _notes(results: Results) -> str:
    options = results.options
    lines = [f"- {contender.name}: {contender.description}" for contender in options.contenders]
    lines.append(f"- {options.rounds} rounds of {options.seconds} s each, {options.connections} connections for HTTP")
    others = [reading.value for reading in results.readings if reading.figure == OTHERS]
    if others:
        lines.append(f"- other processes took {min(others):.0%} to {max(others):.0%} of the server core's time")
    lines += [f"- {topic}: {fact}" for topic, fact in results.machine.items()]
    return "\n".join(lines)


def _value(results: Results, figure: Figure, key: str, contender: str) -> str:
    value = results.median(key, contender)
    return f"{value:,.{figure.digits}f}" if value is not None else NONE


def _advantage(results: Results, figure: Figure, contender: str) -> str:
    """How many times better the lobby is; empty for the lobby itself."""
    ratio = _better_ratio(results, figure.key, figure, contender)
    return "" if contender == LOBBY.name or ratio is None else f"x{ratio:.2f}"


def _better_ratio(results: Results, key: str, figure: Figure, contender: str) -> float | None:
    """Above 1 if the lobby is better, for rates as for costs."""
    ours, theirs = results.median(key, LOBBY.name), results.median(key, contender)
    if not ours or not theirs:
        return None
    return ours / theirs if figure.more_is_better else theirs / ours


@dataclass(frozen=True, slots=True)
class Goal:
    """A bound that `value` should reach: from above if `is_minimum`, else from below."""

    title: str
    bound: float
    is_minimum: bool
    value: float
    unit: str

    @property
    def is_reached(self) -> bool:
        return self.value >= self.bound if self.is_minimum else self.value <= self.bound


def goals(results: Results) -> list[Goal]:
    """The goals of the lobby server, as ratios of figures of one run. Leaves out those without readings."""
    found = [
        _against(results, "party.rate", MERCURIUS, "party query, known document", 1.3, True),
        _against(results, "mutation.rate", MERCURIUS, "mutation setReady", 1.0, True),
        _against(results, "untrusted.rate", STRAWBERRY, "party query, text seen before", 4.0, True),
        _against(results, "fanout.cpu", BARE, "CPU a delivery", 1.4, False),
        _against(results, "fanout.cpu", MERCURIUS, "CPU a delivery", 1 / 3, False),
        _against(results, "fanout.cpu", COLYSEUS, "CPU a delivery", 1.0, False),
        _goal("memory of an idle follower", 35, False, results.median("idle.memory", LOBBY.name), "KiB"),
        _growth(results, "sizes.mutation", "CPU of a mutation", 1.2),
        _growth(results, "sizes.party", "CPU of a party query", 1.2),
        _growth(results, "sizes.page", "CPU of a filtered page", 2.0),
        _growth(results, "sizes.rare", "CPU of a page that few match", 2.0),
    ]
    return [goal for goal in found if goal is not None]


def _against(
    results: Results, figure: str, rival: Contender, title: str, bound: float, is_minimum: bool
) -> Goal | None:
    value = _ratio(results.median(figure, LOBBY.name), results.median(figure, rival.name))
    return _goal(f"{title}, to {rival.name}", bound, is_minimum, value, "x")


def _growth(results: Results, figure: str, title: str, bound: float) -> Goal | None:
    few, many = results.options.sizes[0], results.options.sizes[-1]
    value = _ratio(results.median(at_size(figure, many), LOBBY.name), results.median(at_size(figure, few), LOBBY.name))
    return _goal(f"{title} at {many:,} parties, to {few:,}", bound, False, value, "x")


def _goal(title: str, bound: float, is_minimum: bool, value: float | None, unit: str) -> Goal | None:
    return Goal(title, bound, is_minimum, value, unit) if value is not None else None


def _ratio(one: float | None, other: float | None) -> float | None:
    return one / other if one is not None and other else None


def _goal_row(goal: Goal) -> list[str]:
    bound = f"{'>=' if goal.is_minimum else '<='} {goal.bound:.3g} {goal.unit}"
    return [goal.title, bound, f"{goal.value:.2f} {goal.unit}", "yes" if goal.is_reached else "no"]
