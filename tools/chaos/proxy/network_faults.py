"""The faults of a bad network, drawn at random for each connection."""

from __future__ import annotations

from collections.abc import Callable
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
    lingers_s: float = 0.0
    """The time after a cut for which the server's side stays open, as after the loss of a phone's network."""


NO_FAULT = ConnectionFault()


LIFETIME_MEAN_S = 12.0
"""The mean time after which a connection without other faults is cut."""
DELAY_MAX_S = 0.15
LONG_DELAY_MAX_S = 1.0
SILENT_S = 6.0
LINGER_MAX_S = 4.0


class NetworkFaults:
    """Draws the fault of each new connection, until `stop`."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self.is_stopped = False

    def stop(self) -> None:
        self.is_stopped = True

    def next_fault(self) -> ConnectionFault:
        """The fault of the next connection; `NO_FAULT` after `stop`."""
        if self.is_stopped:
            return NO_FAULT
        draws, shares = zip(*_DRAWS, strict=True)
        draw: Callable[[Random], ConnectionFault] = self._random.choices(draws, shares)[0]
        return draw(self._random)


def _cut_later(random: Random) -> ConnectionFault:
    return ConnectionFault(cut_after_s=random.expovariate(1 / LIFETIME_MEAN_S), lingers_s=_lingers(random))


def _slow(random: Random) -> ConnectionFault:
    delay_s = random.choice([DELAY_MAX_S, LONG_DELAY_MAX_S])
    return ConnectionFault(
        delay_s=delay_s, cut_after_s=random.expovariate(1 / LIFETIME_MEAN_S), lingers_s=_lingers(random)
    )


def _cut_up(random: Random) -> ConnectionFault:
    return ConnectionFault(cut_after_bytes_up=_size(random), lingers_s=_lingers(random))


def _cut_down(random: Random) -> ConnectionFault:
    return ConnectionFault(cut_after_bytes_down=_size(random), lingers_s=_lingers(random))


def _unanswered(random: Random) -> ConnectionFault:
    return ConnectionFault(unanswered_after=random.randint(1, 12), delay_s=random.choice([0.0, DELAY_MAX_S]))


def _silent(random: Random) -> ConnectionFault:
    silent_after_s = random.expovariate(1 / LIFETIME_MEAN_S)
    return ConnectionFault(
        silent_after_s=silent_after_s, cut_after_s=silent_after_s + SILENT_S, lingers_s=_lingers(random)
    )


def _refused(random: Random) -> ConnectionFault:
    return ConnectionFault(refused=True)


def _size(random: Random) -> int:
    """A number of bytes, from the first line of a request to some hundred frames."""
    return round(10 ** random.uniform(1, 5.3))


def _lingers(random: Random) -> float:
    return random.choice([0.0, 0.0, random.uniform(0, LINGER_MAX_S)])


_DRAWS: tuple[tuple[Callable[[Random], ConnectionFault], float], ...] = (
    (_cut_later, 0.38),
    (_slow, 0.14),
    (_cut_up, 0.12),
    (_cut_down, 0.12),
    (_unanswered, 0.12),
    (_silent, 0.08),
    (_refused, 0.04),
)
"""Each fault with its share; the shares add up to 1."""
