"""The report as text: the figures of all, those that grow with the store, what was to be reached, and how all was read."""

from __future__ import annotations

from dataclasses import asdict

from bench.contenders import LOBBY
from bench.figures import FIGURES, OTHERS, SIZE_FIGURES, Figure, at_size
from bench.report.needs import Need, needs
from bench.report.results import Results
from bench.report.text_table import text_table

NONE = "-"


def report(results: Results) -> str:
    """Markdown. Parts that this run has no figures for are left out."""
    parts = [_figures(results), _sizes(results), _needs(results), _notes(results)]
    return "\n\n".join(part for part in parts if part) + "\n"


def title(figure: Figure, results: Results) -> str:
    """With the numbers that this run had."""
    return f"{figure.title.format(**asdict(results.options))}, {figure.unit}"


def _figures(results: Results) -> str:
    read = [figure for figure in FIGURES if results.median(figure.key, LOBBY.name) is not None]
    names = results.contenders_of([figure.key for figure in read])
    if not read:
        return ""
    rows = []
    for figure in read:
        rows.append([title(figure, results), *(_value(results, figure, figure.key, name) for name in names)])
        rows.append(["", *(_ahead(results, figure, name) for name in names)])
    head = ["median of the rounds; below it how many times better the lobby is", *names]
    return text_table(head, rows)


def _sizes(results: Results) -> str:
    sizes = results.options.sizes
    rows = [
        [
            f"{figure.title}, {figure.unit}",
            *(_value(results, figure, at_size(figure.key, n), LOBBY.name) for n in sizes),
        ]
        for figure in SIZE_FIGURES
        if results.median(at_size(figure.key, sizes[0]), LOBBY.name) is not None
    ]
    return text_table(["the lobby with so many parties in its store", *(f"{n:,}" for n in sizes)], rows) if rows else ""


def _needs(results: Results) -> str:
    rows = [_judged(need) for need in needs(results)]
    return text_table(["the lobby", "needs", "is", "reached"], rows) if rows else ""


def _notes(results: Results) -> str:
    options = results.options
    lines = [f"- {contender.name}: {contender.what}" for contender in options.contenders]
    lines.append(f"- {options.rounds} rounds of {options.seconds} s each, {options.connections} connections for HTTP")
    others = [reading.value for reading in results.readings if reading.figure == OTHERS]
    if others:
        lines.append(f"- other things took {min(others):.0%} to {max(others):.0%} of the servers' core meanwhile")
    lines += [f"- {about}: {said}" for about, said in results.machine.items()]
    return "\n".join(lines)


def _value(results: Results, figure: Figure, key: str, contender: str) -> str:
    value = results.median(key, contender)
    return f"{value:,.{figure.digits}f}" if value is not None else NONE


def _ahead(results: Results, figure: Figure, contender: str) -> str:
    """More than 1: the lobby is ahead, whether more is better or less."""
    ours, theirs = results.median(figure.key, LOBBY.name), results.median(figure.key, contender)
    if contender == LOBBY.name or not ours or not theirs:
        return ""
    return f"x{ours / theirs if figure.more_is_better else theirs / ours:.2f}"


def _judged(need: Need) -> list[str]:
    bound = f"{'>=' if need.is_floor else '<='} {need.bound:.3g} {need.unit}"
    return [need.title, bound, f"{need.value:.2f} {need.unit}", "yes" if need.is_met else "no"]
