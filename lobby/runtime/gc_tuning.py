"""Settings of the garbage collector, which has little to find here and must cost little.

Nearly all objects here are values without reference cycles, which are freed by counting references. The collector
only finds cycles, and reads every object that it tracks to find them.
"""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic

GC_THRESHOLDS = (2_000, 4, 1_000_000)
"""The collector looks for reference cycles after this many net allocations; after 4 such looks it also reads the objects
that survived one look. It never reads all by itself, which would take a second: that is up to `YoungObjects`. Python's own
numbers are 700, 10 and 10. With those, collecting took a sixth of a mutation's time. A look at 20,000 objects took up to 30 ms,
where they were to be freed."""
YOUNG_LOOK_S = 0.02
"""How often `YoungObjects` looks. At 1,500 mutations a second there are about 6,000 young objects then, which takes 1 to 2 ms."""
SHORT_LOOK_S = 0.0002
"""After a look that was shorter, the next one is in `IDLE_LOOK_S`: an idle process pays 0.1 ms to wake up."""
IDLE_LOOK_S = 0.1
LOOKS_BEFORE_OLD = 2
"""Each such look also reads the objects that survived the looks since the last one of these."""
ALL_LOOK_S = 3_600
"""After this time it looks at all objects, as soon as the server is idle. That takes up to a second with 4,000 parties and their
followers. The server makes next to no reference cycles that live longer than two looks: a socket that has ended leaves none."""
ALL_LOOK_MAX_S = 6 * ALL_LOOK_S
"""After this time it does so although the server is busy."""
FREEZE_RESTORED_MIN = 10_000
"""From this many restored parties or players on they are hidden from the collector, which would take seconds to read them all."""


class YoungObjects:
    """Lets the collector look at the young objects in short intervals, so that no request waits for long.

    By itself the collector counts allocations minus deallocations. A server that replaces old states of parties by new ones frees
    as much as it allocates, so that the count hardly rises while the young objects become 100,000, and a look takes 90 ms. The
    work is the same in small pieces: each object is read twice while it is young.
    """

    def __init__(self) -> None:
        self._looks = 0
        self._is_idle = False
        self._all_at_s = monotonic()
        """When it looked at all objects last."""
        self._timer: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Look until `stop`. To be called in the event loop."""
        self._wait(YOUNG_LOOK_S)

    def _wait(self, seconds: float) -> None:
        self._timer = asyncio.get_running_loop().call_later(seconds, self._look)

    def stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()

    def _look(self) -> None:
        began_at_s = monotonic()
        if gc.isenabled():
            self._looks += 1
            if began_at_s - self._all_at_s >= (ALL_LOOK_S if self._is_idle else ALL_LOOK_MAX_S):
                self._all_at_s = began_at_s
                gc.collect(2)
            else:
                gc.collect(1 if self._looks % LOOKS_BEFORE_OLD == 0 else 0)
        self._is_idle = monotonic() - began_at_s < SHORT_LOOK_S
        self._wait(IDLE_LOOK_S if self._is_idle else YOUNG_LOOK_S)


def enable_gc() -> None:
    """Make the collector run, seldom enough for a server that makes few reference cycles."""
    gc.set_threshold(*GC_THRESHOLDS)
    gc.enable()


def freeze_startup_objects() -> None:
    """Hide all objects of now, such as the modules and the schema, from the collector, since they live as long as the process.

    To read them takes 100 ms and more, and every request waits for that. Among them are about 6,000 objects in reference cycles
    that nobody needs any more. To free them first would take as long.
    """
    gc.freeze()


def freeze_restored(count: int) -> None:
    """Hide so many restored parties or players from the collector. They are freed by counting references."""
    if count >= FREEZE_RESTORED_MIN:
        gc.freeze()


@contextmanager
def gc_paused(collect_young_objects: bool = False) -> Iterator[None]:
    """Turn the collector off while the context lasts. To restore millions of values takes twice as long with it.

    `collect_young_objects`: at the end, free the reference cycles that were made in the meantime. Thousands of young objects take
    0.5 ms; once they are old they are read with hundreds of thousands of others, for a third of a second.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collect_young_objects:
            gc.collect(0)
        if was_enabled:
            gc.enable()
