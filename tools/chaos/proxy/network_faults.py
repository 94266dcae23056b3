"""The faults of a bad network, drawn at random for each connection."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random


@dataclass(frozen=True, slots=True)
class ConnectionFault:
    """The faults of one connection; None, 0 and False for those it does not have. Bytes and times count from its beginning."""

    refused: bool = False
    """The connection is closed as soon as it is open."""
    delay_s: float = 0.0
    """Each piece of data is delayed by up to this time, in both directions."""
    cut_after_s: float | None = None
    cut_after_bytes_up: int | None = None
    """Bytes to the server, after which the connection is cut: in the middle of a request or frame."""
    cut_after_bytes_down: int | None = None
    """Bytes to the player, after which the connection is cut."""
    unanswered_after: int | None = None
    """The server receives this many pieces of data; its next answer is dropped, and the connection is cut."""
    silent_after_s: float | None = None
    """After this time nothing is passed on in either direction, and the connection stays open until it is cut."""
    half_closed_after_s: float | None = None
    """After this time the player gets the end of the stream (FIN). Data from the player is still passed on until the cut."""
    lingers_s: float = 0.0
    """The time after a cut for which the server's side stays open, as after the loss of a phone's network."""


NO_FAULT = ConnectionFault()


SILENT_S = 6.0
HALF_CLOSED_S = 6.0
LINGER_MAX_S = 4.0
LONG_DELAY_FACTOR = 7.0
"""Half of the delayed connections have delays that are longer by this factor: 0.15 s and 1 s by default."""


@dataclass(frozen=True, slots=True)
class Times:
    """`lifetime_mean_s`: the mean time until a connection is cut, gets silent or is half closed."""

    lifetime_mean_s: float = 12.0
    delay_max_s: float = 0.15


class NetworkFaults:
    """Draws the fault of each new connection, until `stop`."""

    def __init__(self, random: Random, shares: Mapping[str, float] | None = None, times: Times | None = None) -> None:
        """`shares`: the share of the connections that have each fault, by its name in `FAULTS`. The rest has none."""
        shares = CHAOS_SHARES if shares is None else shares
        self._random = random
        self._times = times or Times()
        self._draws = [*(FAULTS[name] for name in shares), _no_fault]
        self._shares = [*shares.values(), max(1 - sum(shares.values()), 0.0)]
        self.is_stopped = False

    def stop(self) -> None:
        self.is_stopped = True

    def next_fault(self) -> ConnectionFault:
        """The fault of the next connection; `NO_FAULT` after `stop`."""
        if self.is_stopped:
            return NO_FAULT
        [draw] = self._random.choices(self._draws, self._shares)
        return draw(self._random, self._times)


def _no_fault(random: Random, times: Times) -> ConnectionFault:
    return NO_FAULT


def _cut_later(random: Random, times: Times) -> ConnectionFault:
    return ConnectionFault(cut_after_s=random.expovariate(1 / times.lifetime_mean_s), lingers_s=_lingers(random))


def _slow(random: Random, times: Times) -> ConnectionFault:
    delay_s = random.choice([times.delay_max_s, times.delay_max_s * LONG_DELAY_FACTOR])
    return ConnectionFault(
        delay_s=delay_s, cut_after_s=random.expovariate(1 / times.lifetime_mean_s), lingers_s=_lingers(random)
    )


def _cut_up(random: Random, times: Times) -> ConnectionFault:
    return ConnectionFault(cut_after_bytes_up=_size(random), lingers_s=_lingers(random))


def _cut_down(random: Random, times: Times) -> ConnectionFault:
    return ConnectionFault(cut_after_bytes_down=_size(random), lingers_s=_lingers(random))


def _unanswered(random: Random, times: Times) -> ConnectionFault:
    return ConnectionFault(unanswered_after=random.randint(1, 12), delay_s=random.choice([0.0, times.delay_max_s]))


def _silent(random: Random, times: Times) -> ConnectionFault:
    silent_after_s = random.expovariate(1 / times.lifetime_mean_s)
    return ConnectionFault(
        silent_after_s=silent_after_s, cut_after_s=silent_after_s + SILENT_S, lingers_s=_lingers(random)
    )


def _half_closed(random: Random, times: Times) -> ConnectionFault:
    half_closed_after_s = random.expovariate(1 / times.lifetime_mean_s)
    return ConnectionFault(half_closed_after_s=half_closed_after_s, cut_after_s=half_closed_after_s + HALF_CLOSED_S)


def _refused(random: Random, times: Times) -> ConnectionFault:
    return ConnectionFault(refused=True)


def _size(random: Random) -> int:
    """A number of bytes, from the first line of a request to some hundred frames."""
    return round(10 ** random.uniform(1, 5.3))


def _lingers(random: Random) -> float:
    return random.choice([0.0, 0.0, random.uniform(0, LINGER_MAX_S)])


FAULTS: dict[str, Callable[[Random, Times], ConnectionFault]] = {
    "cut": _cut_later,
    "delay": _slow,
    "cut_request": _cut_up,
    "cut_answer": _cut_down,
    "drop_answer": _unanswered,
    "stall": _silent,
    "refuse": _refused,
    "half_close": _half_closed,
}
CHAOS_SHARES = {
    "cut": 0.38,
    "delay": 0.14,
    "cut_request": 0.12,
    "cut_answer": 0.12,
    "drop_answer": 0.12,
    "stall": 0.08,
    "refuse": 0.04,
}
"""Those of the chaos test, in which every connection has a fault."""
