"""The row rooms: parties of eight members who are eight players, with one socket each.

The cost of a delivery is a difference: events of parties that all members follow, less the same changes of parties that nobody
follows. The change itself costs most, and its cost differs from minute to minute. So one server has both kinds of parties and
gets changes of one kind and of the other in turn, for a second each. All servers of the row run at once and take turns, too, so
that a slower phase of the machine affects all of them alike. A server that gets no changes uses almost nothing.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from types import TracebackType
from uuid import uuid4

from tools.bench.contenders import BARE, Contender
from tools.bench.documents import Request
from tools.bench.failures import FAILURES
from tools.bench.load.socket_loop import SocketLoop
from tools.bench.options import Options
from tools.bench.results import OTHERS, Reading
from tools.bench.rows.requests import message_mutation, ready_mutation
from tools.bench.rows.steady_load import Phase, SteadyLoad, measure_phase
from tools.bench.serving import RunningServer, start_server
from tools.bench.setup import Setup
from tools.bench.world import Party

WINDOW_S = 1
LEAD_S = 0.2
"""Load before each window, which is not measured: it fills the caches of the processor after the turn of another server."""

OTHERS_EVERY_S = 0.5


class TurnLoop(SocketLoop):
    """The loop of one of several servers that get load in turn. During its turn it also reads what the other servers send, such
    as pings: servers close a connection that does not answer them."""

    def __init__(self, loops: list[TurnLoop]) -> None:
        """`loops`: those of all the servers. This one is added."""
        super().__init__()
        self._loops = loops
        self._read_others_at_s = 0.0
        self._failure: Exception | None = None
        loops.append(self)

    def poll(self, wait_s: float) -> None:
        """As `SocketLoop.poll`, for `OTHERS_EVERY_S` at most. Raises what went wrong with this server, also during the turn of
        another one."""
        if self._failure is not None:
            raise self._failure
        super().poll(min(wait_s, OTHERS_EVERY_S))
        now_s = time.perf_counter()
        if now_s - self._read_others_at_s > OTHERS_EVERY_S:
            self._read_others_at_s = now_s
            for each in self._loops:
                if each is not self:
                    each.read_meanwhile()

    def read_meanwhile(self) -> None:
        if self._failure is None:
            try:
                super().poll(0)
            except FAILURES as failure:
                self._failure = failure

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._loops.remove(self)
        super().__exit__(kind, error, at)


def members_talk(contender: Contender, party: Party, nth: int) -> Request:
    """The members in turn: each gets ready and says something, then the next; in the next round each gets unready."""
    turn, is_message = divmod(nth - 1, 2)
    round_, seat = divmod(turn, len(party.members))
    member = party.members[seat]
    if is_message:
        return message_mutation(contender, party, member, f"message {nth}", str(uuid4()))
    return ready_mutation(contender, party, member, round_ % 2 == 0, str(uuid4()))


@dataclass(frozen=True, slots=True)
class Rooms:
    """One server with its parties that all members follow and as many that nobody follows."""

    server: RunningServer
    followed: SteadyLoad
    alone: SteadyLoad
    windows: list[tuple[Phase, Phase]]
    """Followed and alone, in pairs."""

    def measure_pair(self, followed_first: bool) -> None:
        """Measure a window of each kind."""
        followed = self._measure(self.followed) if followed_first else None
        alone = self._measure(self.alone)
        self.windows.append((followed or self._measure(self.followed), alone))

    def _measure(self, load: SteadyLoad) -> Phase:
        with load.connected():  # each time: Node closes a connection that was idle for 5 s
            return measure_phase(self.server, load, LEAD_S, WINDOW_S)

    def readings(self, key: str, round_: int) -> Iterator[Reading]:
        """The medians of the windows and of their pairs. Raises `DidNotServe` if the followers received nothing."""
        name = self.server.contender.name
        since_s = self.windows[0][0].since_s
        values = {
            f"{key}.delivery": [followed.delivery_us(alone) for followed, alone in self.windows],
            f"{key}.change": [alone.change_us for _, alone in self.windows],
            f"{key}.p99": [self.followed.percentiles_ms(since_s)[1]],
            OTHERS: [followed.others_share for followed, _ in self.windows],
        }
        for figure, measured in values.items():
            yield Reading(figure, name, round_, statistics.median(measured))


def measure_rooms(
    contenders: Sequence[Contender],
    setup: Setup,
    frame: str,
    key: str,
    options: Options,
    round_: int,
    log: Callable[[str], None],
) -> Iterator[tuple[str, Iterator[Reading]]]:
    """By server: microseconds of CPU per change that nobody follows, and beyond that per delivery if all members follow.

    `key`: the option that says how many parties are followed, `rooms_few` or `rooms_many`. As many others get changes, too.
    `frame`: the message that the bare server sends.
    A server that fails is logged and left out.
    """
    count = getattr(options, key)
    followed, alone = setup.world.parties[:count], setup.world.parties[count : 2 * count]
    with ExitStack() as stack:
        running: list[Rooms] = []
        loops: list[TurnLoop] = []
        for contender in contenders:
            try:
                rooms = stack.enter_context(_open(contender, setup, followed, alone, frame, options, loops))
            except FAILURES as failure:
                log(f"{key}, {contender.name}: no figures: {type(failure).__name__}: {failure}")
            else:
                running.append(rooms)
        for number in range(options.seconds):
            for rooms in tuple(running):
                try:
                    rooms.measure_pair(number % 2 == 0)
                except FAILURES as failure:
                    running.remove(rooms)
                    log(f"{key}, {rooms.server.contender.name}: no figures: {type(failure).__name__}: {failure}")
        for rooms in running:
            yield rooms.server.contender.name, rooms.readings(key, round_)


@contextmanager
def _open(
    contender: Contender,
    setup: Setup,
    followed: Sequence[Party],
    alone: Sequence[Party],
    frame: str,
    options: Options,
    loops: list[TurnLoop],
) -> Iterator[Rooms]:
    """A server that is warm, with all its followers."""
    with ExitStack() as stack:
        server = stack.enter_context(start_server(contender, setup))
        loop = stack.enter_context(TurnLoop(loops))
        if contender is BARE:
            server.request("PUT", "/frame", frame)
        loads = [SteadyLoad(server, parties, loop, options.room_rate, members_talk) for parties in (followed, alone)]
        stack.enter_context(loads[0].followed())
        for load in loads:
            with load.connected():
                load.send(options.warm_up_s)
                load.finish()
        yield Rooms(server, loads[0], loads[1], [])
