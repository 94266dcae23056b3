"""Computes the tables of docs/scale.md from the figures on that page: `python -m tools.capacity` writes them.

The figures stand in one table of the page, each with the command that measures it. After a measurement change them there, then
run this; `tests/docs/test_scale.py` holds the page to it.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil, expm1
from pathlib import Path

PAGE = Path(__file__).parents[1] / "docs/scale.md"
PLAYERS = (10_000, 100_000, 1_000_000)
BEGIN, END = "<!-- {}: computed by tools/capacity.py -->\n", "<!-- end -->"
_FIGURE = re.compile(r"^\| ([^|]+?) \| ([\d,.]+) (us|KiB|KB|bytes|s|€)? ?\|", re.MULTILINE)
DAY_S = 86_400
MONTH_S = 30 * DAY_S
SECOND_US = 1e6
GB, TB = 1e9, 1e12
MEMBERS = 4
NODE_LOAD = 0.5
"""The share of a core that a node is to use on average, so that there is room for peaks and for the load of a failed node."""
SOCKETS_PER_NODE_MAX = 10_000


class MissingFigure(ValueError):
    """The page has no figure of this name."""


@dataclass(frozen=True, slots=True)
class Figures:
    """The figures of the page by their names."""

    values: Mapping[str, float]

    @classmethod
    def read(cls, page: str) -> Figures:
        return cls({name: float(value.replace(",", "")) for name, value, _ in _FIGURE.findall(page)})

    def __getitem__(self, name: str) -> float:
        if name not in self.values:
            raise MissingFigure(f"docs/scale.md has no figure {name!r}")
        return self.values[name]


@dataclass(frozen=True, slots=True)
class Load:
    """The work of so many players in a second."""

    players: int
    commits: float
    frames: float
    heartbeats: float
    pings: float
    list_pages: float

    @classmethod
    def of(cls, players: int, figures: Figures) -> Load:
        actions = players / figures["an action of a player every"]
        commits = actions + players / figures["a connection lost or opened every"]
        frames = commits * figures["entries of a commit"] * MEMBERS
        # A follower gets a heartbeat after some time without a frame, and frames come at random times.
        each, after_s = frames / players, figures["a heartbeat after"]
        return cls(
            players,
            commits,
            frames,
            players * each / expm1(each * after_s),
            players / figures["a ping every"],
            players / figures["a page of the list every"],
        )


Part = tuple[str, Callable[[Load], float]]
"""A kind of work, and the cores that it takes."""


def one_server_parts(figures: Figures) -> Sequence[Part]:
    """The work of one server with its file."""
    us = SECOND_US
    return (
        ("commits", lambda load: load.commits * figures["a mutation, one server"] / us),
        ("frames", lambda load: load.frames * figures["a frame delivered"] / us),
        (
            "heartbeats",
            lambda load: load.heartbeats * figures["a heartbeat, four members on a node"] / us,
        ),
        ("pings and pongs", lambda load: load.pings * figures["a ping and its pong"] / us),
        ("pages of the list", lambda load: load.list_pages * figures["a page of the list"] / us),
    )


def node_parts(figures: Figures) -> Sequence[Part]:
    """The work of all nodes over a Valkey together, except the hints, which depend on the number of nodes."""
    us, read = SECOND_US, figures["a read of another node's commit"]
    return (
        ("commits", lambda load: load.commits * figures["a mutation, a node over a Valkey"] / us),
        (
            "reading the commits of other nodes: three of four members are on other nodes",
            lambda load: load.commits * (MEMBERS - 1) * read / us,
        ),
        (
            "reading without a hint, every 30 s for each party and node",
            lambda load: load.players / figures["a log is read without a hint every"] * read / us,
        ),
        (
            "making the frame of an event, once for each node",
            lambda load: load.frames * figures["a party query"] / us,
        ),
        ("frames", lambda load: load.frames * figures["a frame delivered"] / us),
        (
            "heartbeats, each made for one follower",
            lambda load: load.heartbeats * figures["a heartbeat, one member on a node"] / us,
        ),
        ("pings and pongs", lambda load: load.pings * figures["a ping and its pong"] / us),
        ("pages of the list", lambda load: load.list_pages * figures["a page of the list"] / us),
    )


def node_count(load: Load, figures: Figures) -> tuple[int, float]:
    """Nodes of one core at `NODE_LOAD`, and the cores for hints: each node receives every hint."""
    own = sum(cores(load) for _, cores in node_parts(figures))
    hint = load.commits * figures["a hint"] / SECOND_US
    by_cpu = own / (NODE_LOAD - hint) if hint < NODE_LOAD else float("inf")
    nodes = ceil(max(by_cpu, load.players / SOCKETS_PER_NODE_MAX))
    return nodes, nodes * hint


def load_table(figures: Figures) -> str:
    loads = [Load.of(players, figures) for players in PLAYERS]
    rows: list[tuple[str, Callable[[Load], float]]] = [
        ("commits", lambda load: load.commits),
        ("frames of events", lambda load: load.frames),
        ("heartbeats", lambda load: load.heartbeats),
        ("pings, and as many pongs", lambda load: load.pings),
        ("pages of the list", lambda load: load.list_pages),
    ]
    return _table("a second", [(name, [f"{value(load):,.0f}" for load in loads]) for name, value in rows])


def one_server_table(figures: Figures) -> str:
    loads = [Load.of(players, figures) for players in PLAYERS]
    parts = one_server_parts(figures)
    rows = [(name, [f"{cores(load):,.2f}" for load in loads]) for name, cores in parts]
    total = [sum(cores(load) for _, cores in parts) for load in loads]
    return _table(
        "cores of one server with its file", [*rows, ("**together**", [f"**{each:,.2f}**" for each in total])]
    )


def node_table(figures: Figures) -> str:
    loads = [Load.of(players, figures) for players in PLAYERS]
    parts = node_parts(figures)
    hints = [node_count(load, figures)[1] for load in loads]
    total = [sum(cores(load) for _, cores in parts) + hint for load, hint in zip(loads, hints, strict=True)]
    rows = [(name, [f"{cores(load):,.2f}" for load in loads]) for name, cores in parts]
    rows += [
        ("the bus: each node receives every hint", [f"{hint:,.2f}" for hint in hints]),
        ("**together**", [f"**{each:,.2f}**" for each in total]),
    ]
    return _table("cores of all nodes together", rows)


def need_table(figures: Figures) -> str:
    """Machines, memory, disk, traffic and money."""
    rows: dict[str, list[str]] = {}
    for players in PLAYERS:
        load = Load.of(players, figures)
        nodes, _ = node_count(load, figures)
        reads = load.commits * (MEMBERS - 1) + load.players / figures["a log is read without a hint every"]
        valkey = (load.commits * figures["a mutation, its Valkey"] + reads * figures["a read, its Valkey"]) / SECOND_US
        primaries = ceil(valkey / NODE_LOAD)
        sockets_gb = players * figures["memory of a player's socket"] * 1024 / GB
        kept_gb = load.commits * DAY_S * figures["kept for a mutation, Valkey"] / GB
        parties_gb = players / MEMBERS * figures["a party of four, Valkey"] * 1000 / GB
        file_gb = load.commits * DAY_S * figures["kept for a mutation, file"] / GB
        bytes_s = (load.frames + load.heartbeats) * figures["a frame"]
        cores = nodes + 2 * primaries
        cost = cores * figures["price of a core and 4 GB, a month"]
        traffic = bytes_s * MONTH_S / TB
        row = {
            "nodes of one core, at half load": f"{nodes:,}",
            "memory of all sockets, GB": f"{sockets_gb:,.1f}",
            "cores of the Valkey": f"{valkey:,.1f}",
            "primaries at half load, each with a replica": f"{primaries:,}",
            "live parties in the Valkey, GB": f"{parties_gb:,.2f}",
            "the data of one day in the Valkey, GB": f"{kept_gb:,.0f}",
            "the same in the file of one server, GB": f"{file_gb:,.0f}",
            "frames and heartbeats to players, Mbit/s": f"{bytes_s * 8 / 1e6:,.0f}",
            "the same in a month, TB": f"{traffic:,.0f}",
            "cores of nodes and Valkey, € a month": f"{cost:,.0f}",
            "memory for the data of a day, with a replica, € a month": (
                f"{2 * kept_gb / 4 * figures['price of 4 GB more, a month']:,.0f}"
            ),
            "traffic, € a month": f"{traffic * figures['price of a TB to players']:,.0f}",
        }
        for name, value in row.items():
            rows.setdefault(name, []).append(value)
    return _table("", list(rows.items()))


TABLES = {"load": load_table, "one server": one_server_table, "nodes": node_table, "needs": need_table}


def computed(page: str) -> str:
    """The page with its tables computed from its figures. Raises `MissingFigure`, `ValueError`."""
    figures = Figures.read(page)
    for name, make in TABLES.items():
        before, begin, rest = page.partition(BEGIN.format(name))
        _, end, after = rest.partition(END)
        if not begin or not end:
            raise ValueError(f"docs/scale.md has no place for the table {name!r}")
        page = f"{before}{begin}\n{make(figures)}\n\n{end}{after}"
    return page


def _table(title: str, rows: Sequence[tuple[str, Sequence[str]]]) -> str:
    head = f"| {title} | {' | '.join(f'{players:,} players' for players in PLAYERS)} |"
    lines = (f"| {name} | {' | '.join(cells)} |" for name, cells in rows)
    return "\n".join([head, f"|---|{'---:|' * len(PLAYERS)}", *lines])


def main() -> int:
    PAGE.write_text(computed(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
