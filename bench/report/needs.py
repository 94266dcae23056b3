"""What the lobby set out to reach, as ratios of figures of one run."""

from __future__ import annotations

from dataclasses import dataclass

from bench.contenders import BARE, COLYSEUS, LOBBY, MERCURIUS, STRAWBERRY, Contender
from bench.figures import at_size
from bench.report.results import Results


@dataclass(frozen=True, slots=True)
class Need:
    """A bound that `value` is to reach, from below or from above."""

    title: str
    bound: float
    is_floor: bool
    value: float
    unit: str

    @property
    def is_met(self) -> bool:
        return self.value >= self.bound if self.is_floor else self.value <= self.bound


def needs(results: Results) -> list[Need]:
    """In the order of the table; those that this run did not read the figures for are left out."""
    wanted = [
        _against(results, "party.rate", MERCURIUS, "party query, known document", 1.3, True),
        _against(results, "mutation.rate", MERCURIUS, "mutation setReady", 1.0, True),
        _against(results, "untrusted.rate", STRAWBERRY, "party query, text seen before", 4.0, True),
        _against(results, "fanout.cpu", BARE, "CPU a delivery", 1.4, False),
        _against(results, "fanout.cpu", MERCURIUS, "CPU a delivery", 1 / 3, False),
        _against(results, "fanout.cpu", COLYSEUS, "CPU a delivery", 1.0, False),
        _need("memory of an idle follower", 35, False, results.median("idle.memory", LOBBY.name), "KiB"),
        _growth(results, "sizes.mutation", "CPU of a mutation", 1.2),
        _growth(results, "sizes.party", "CPU of a party query", 1.2),
        _growth(results, "sizes.page", "CPU of a filtered page", 2.0),
        _growth(results, "sizes.rare", "CPU of a page that few match", 2.0),
    ]
    return [need for need in wanted if need is not None]


def _against(results: Results, figure: str, rival: Contender, title: str, bound: float, is_floor: bool) -> Need | None:
    value = _ratio(results.median(figure, LOBBY.name), results.median(figure, rival.name))
    return _need(f"{title}, to {rival.name}", bound, is_floor, value, "x")


def _growth(results: Results, figure: str, title: str, bound: float) -> Need | None:
    few, many = results.options.sizes[0], results.options.sizes[-1]
    value = _ratio(results.median(at_size(figure, many), LOBBY.name), results.median(at_size(figure, few), LOBBY.name))
    return _need(f"{title} at {many:,} parties, to {few:,}", bound, False, value, "x")


def _need(title: str, bound: float, is_floor: bool, value: float | None, unit: str) -> Need | None:
    return Need(title, bound, is_floor, value, unit) if value is not None else None


def _ratio(one: float | None, other: float | None) -> float | None:
    return one / other if one is not None and other else None
