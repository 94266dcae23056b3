"""Settings of the garbage collector, which has little to find here and must cost little.

Nearly all objects here are values without reference cycles, which are freed by counting references. The collector
only finds cycles, and reads every object that it tracks to find them.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

GC_THRESHOLDS = (2_000, 20, 200)
"""The collector looks for reference cycles after this many net allocations; after 20 such looks it also reads the objects
that survived one look, and after 200 of those it reads all. Python's own numbers are 700, 10 and 10. With those, collecting
took a sixth of a mutation's time. A look at 20,000 objects took up to 30 ms, where they were to be freed."""
FREEZE_PARTIES_MIN = 10_000
"""From this many restored parties on they are hidden from the collector, which would take seconds to read them all."""


def enable_gc() -> None:
    """Make the collector run, seldom enough for a server that makes few reference cycles."""
    gc.set_threshold(*GC_THRESHOLDS)
    gc.enable()


def freeze_startup_objects() -> None:
    """Hide all objects of now, such as the modules and the schema, from the collector, since they live as long as the process.

    To read them takes 100 ms and more, and every request waits for that. Among them are some 6,000 objects in reference cycles
    that nobody needs any more. To free them first would take as long.
    """
    gc.freeze()


def freeze_restored_parties(party_count: int) -> None:
    """Hide the objects of a large restored store from the collector. They are freed by counting references."""
    if party_count >= FREEZE_PARTIES_MIN:
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
